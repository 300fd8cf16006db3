"""The turtle's drawing: the same commands give the same lines, and each can be taken back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.jobs.turtle._commands import command_from
from turnout.jobs.turtle._drawing import Change, Drawing, Turtle

COMMANDS = st.sampled_from(
    [
        *("forward:50", "back:20", "left:30", "right:30", "pen", "penup", "pendown", "colour:next", "colour:red"),
        *("width:3", "home", "clear", "undo", "count:9"),
    ]
)


def drawn(*texts: str) -> Drawing:
    drawing = Drawing()
    for text in texts:
        drawing.do(command_from(text))
    return drawing


def test_the_turtle_starts_in_the_middle_and_looks_to_the_right() -> None:
    drawing = Drawing()

    assert (drawing.turtle, list(drawing.segments)) == (Turtle(), [])


def test_forward_draws_and_left_turns_counterclockwise() -> None:
    drawing = drawn("forward:50", "left:90", "forward:50")

    one, other = drawing.segments
    assert (one.x1, one.y1, one.x2, one.y2) == (0, 0, 50, 0)
    assert (other.x2, other.y2) == pytest.approx((50, 50))
    assert drawing.turtle.heading == 90


def test_twelve_turns_of_the_course_are_a_full_one() -> None:
    drawing = drawn(*["forward:50", "right:30"] * 12)

    assert (drawing.turtle.x, drawing.turtle.y) == pytest.approx((0, 0), abs=1e-9)
    assert drawing.turtle.heading == 0


def test_a_heading_never_reaches_a_full_turn() -> None:
    drawing = drawn("right:1e-14")

    assert drawing.turtle.heading == 0


def test_a_lifted_pen_moves_without_a_line() -> None:
    drawing = drawn("pen", "forward:50", "pen", "back:20")

    assert [(segment.x1, segment.x2) for segment in drawing.segments] == [(50, 30)]


def test_home_draws_the_way_and_looks_to_the_right() -> None:
    drawing = drawn("forward:50", "left:30", "home")

    assert (drawing.turtle.x, drawing.turtle.y, drawing.turtle.heading) == (0, 0, 0)
    assert (drawing.segments[-1].x1, drawing.segments[-1].x2) == (50, 0)


def test_clear_takes_the_lines_and_leaves_the_turtle() -> None:
    drawing = drawn("forward:50", "clear")

    assert (drawing.turtle.x, list(drawing.segments)) == (50, [])


def test_undo_brings_cleared_lines_back() -> None:
    drawing = drawn("forward:50", "left:30", "forward:50", "clear")
    change = drawing.do(command_from("undo"))

    assert (change.kept, change.added) == (0, tuple(drawing.segments))
    assert len(drawing.segments) == 2


def test_undo_on_a_new_drawing_changes_nothing() -> None:
    drawing = Drawing()

    assert drawing.do(command_from("undo")) == Change(kept=0, added=(), turtle=Turtle())


def test_what_changes_nothing_takes_no_step_back() -> None:
    drawing = drawn("forward:50", "pendown", "left:0", "undo")

    assert (drawing.turtle, list(drawing.segments)) == (Turtle(), [])


def test_no_more_than_ten_thousand_steps_are_taken_back() -> None:
    drawing = drawn(*["forward:1"] * 10_001, *["undo"] * 10_001)

    assert drawing.turtle.x == 1


@given(texts=st.lists(COMMANDS))
def test_whoever_applies_the_changes_has_the_drawing(texts: list[str]) -> None:
    drawing, copy = Drawing(), list[object]()

    for text in texts:
        change = drawing.do(command_from(text))
        copy[change.kept :] = change.added

    assert copy == list(drawing.segments)


@given(texts=st.lists(COMMANDS.filter(lambda text: text != "undo")))
def test_enough_undos_lead_back_to_the_beginning(texts: list[str]) -> None:
    drawing = drawn(*texts, *["undo"] * len(texts))

    assert (drawing.turtle, list(drawing.segments)) == (Turtle(), [])
    assert math.isfinite(drawing.turtle.x)
