"""Drawings as files, read back by other programs: an XML parser and Pillow."""

import io
from xml.etree import ElementTree as ET

import pytest

from turnout.jobs.turtle._commands import command_from
from turnout.jobs.turtle._drawing import Drawing
from turnout.jobs.turtle._png import png_of
from turnout.jobs.turtle._scene import arrow, box_of, follow
from turnout.jobs.turtle._svg import svg_of

NAMESPACE = "{http://www.w3.org/2000/svg}"
PAPER = (0xAD, 0xD8, 0xE6)


def drawn(*texts: str) -> Drawing:
    drawing = Drawing()
    for text in texts:
        drawing.do(command_from(text))
    return drawing


def test_lines_of_one_pen_in_a_row_are_one_svg_element() -> None:
    drawing = drawn(
        "forward:50", "left:90", "forward:50", "colour:red", "forward:10", "penup", "back:50", "pendown", "home"
    )

    root = ET.fromstring(svg_of(drawing.segments, drawing.turtle))  # noqa: S314  our own text

    lines = [(line.get("points"), line.get("stroke")) for line in root.iter(f"{NAMESPACE}polyline")]
    assert lines == [
        ("0,0 50,0 50,-50", "#000000"),
        ("50,-50 50,-60", "#d00000"),
        ("50,-10 0,0", "#d00000"),
    ]
    assert root.get("viewBox") == "-250 -250 500 500"


def test_an_empty_drawing_is_the_paper_and_the_turtle() -> None:
    drawing = Drawing()

    root = ET.fromstring(svg_of(drawing.segments, drawing.turtle))  # noqa: S314  our own text

    assert [part.tag.removeprefix(NAMESPACE) for part in root] == ["title", "rect", "g", "polygon"]
    assert root.findtext(f"{NAMESPACE}title") == "Event Handling 101"


def test_a_file_shows_what_lies_beyond_the_window() -> None:
    drawing = drawn("forward:400", "right:90", "forward:300", "home")

    box = box_of(drawing.segments, drawing.turtle)

    assert (box.left, box.top) == (-250, 250)
    assert (box.right, box.bottom) == pytest.approx((420.5, -320.5))


def test_a_picture_has_the_line_the_paper_and_the_turtle() -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    drawing = drawn("colour:red", "width:4", "forward:100")

    picture = image.open(io.BytesIO(png_of(drawing.segments, drawing.turtle)))

    picture.load()
    assert (picture.size, picture.mode) == ((1000, 1000), "RGB")
    assert picture.getpixel((10, 10)) == PAPER
    assert picture.getpixel((600, 500)) == (0xD0, 0, 0)
    assert picture.getpixel((600, 490)) == PAPER
    assert picture.getpixel((705, 500)) == (0xD0, 0, 0)  # of the turtle


def test_edges_of_a_slanting_line_are_smooth() -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    drawing = drawn("left:30", "forward:100")

    picture = image.open(io.BytesIO(png_of(drawing.segments, drawing.turtle)))

    shades = {picture.getpixel((500 + column, row)) for column in range(20, 60) for row in range(440, 500)}
    assert {PAPER, (0, 0, 0)} < shades
    assert len(shades) > 10


def test_a_far_journey_is_drawn_smaller() -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    drawing = drawn("forward:100000")

    picture = image.open(io.BytesIO(png_of(drawing.segments, drawing.turtle)))

    assert picture.size == (4000, 20)


def test_a_dot_and_a_line_off_the_picture_do_no_harm() -> None:
    drawing = drawn("width:100", "forward:1e-300", "left:45", "forward:0.001")

    assert png_of(drawing.segments, drawing.turtle).startswith(b"\x89PNG")


def test_the_arrow_points_where_the_turtle_looks() -> None:
    drawing = drawn("left:90", "penup", "forward:10")

    nose = arrow(drawing.turtle)[0]

    assert nose == pytest.approx((0, 16))


def test_a_window_follows_the_turtle_no_more_than_it_has_to() -> None:
    inside, outside = drawn("forward:200"), drawn("forward:300", "left:90", "back:1000")

    assert follow((0, 0), inside.turtle, 500, 500) == (0, 0)
    assert follow((0, 0), outside.turtle, 500, 500) == pytest.approx((70, -770))
    assert follow((0, 0), outside.turtle, 1, 1) == pytest.approx((300, -1000))
