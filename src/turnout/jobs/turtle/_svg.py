"""A drawing as SVG, which browsers and drawing programs open."""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from turnout.jobs.turtle._colours import PAPER
from turnout.jobs.turtle._drawing import Segment, Turtle
from turnout.jobs.turtle._scene import TITLE, arrow, box_of


def svg_of(segments: Sequence[Segment], turtle: Turtle) -> str:
    """Return the whole file: the paper, what was drawn on it, and the turtle."""
    box = box_of(segments, turtle)
    size = f'width="{_written(box.width)}" height="{_written(box.height)}"'
    view = f"{_written(box.left)} {_written(-box.top)} {_written(box.width)} {_written(box.height)}"
    paper = f'x="{_written(box.left)}" y="{_written(-box.top)}" {size}'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{view}">',
        f"<title>{TITLE}</title>",
        f'<rect {paper} fill="{PAPER}"/>',
        '<g fill="none" stroke-linecap="round" stroke-linejoin="round">',
        *(_polyline(stroke) for stroke in _strokes(segments)),
        "</g>",
        f'<polygon points="{_points(arrow(turtle))}" fill="{turtle.colour}"/>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _strokes(segments: Sequence[Segment]) -> Iterable[list[Segment]]:
    """Yield what was drawn in one go with one pen: it makes one element, and its corners are round."""
    starts = [0, *(number for number, pair in enumerate(pairwise(segments), 1) if not _goes_on(*pair))]
    for first, end in pairwise([*starts, len(segments)]):
        if first < end:
            yield list(segments[first:end])


def _goes_on(one: Segment, following: Segment) -> bool:
    return (one.x2, one.y2, one.colour, one.width) == (
        following.x1,
        following.y1,
        following.colour,
        following.width,
    )


def _polyline(stroke: list[Segment]) -> str:
    points = [(stroke[0].x1, stroke[0].y1), *((segment.x2, segment.y2) for segment in stroke)]
    pen = stroke[0]
    return f'<polyline points="{_points(points)}" stroke="{pen.colour}" stroke-width="{_written(pen.width)}"/>'


def _points(points: Iterable[tuple[float, float]]) -> str:
    written = (f"{_written(x)},{_written(-y)}" for x, y in points)
    return " ".join(key for key, _ in groupby(written))


def _written(number: float) -> str:
    """Return a coordinate with at most three decimals, and never as -0."""
    return f"{round(number, 3) + 0.0:.3f}".rstrip("0").rstrip(".")
