"""How a drawing looks, for every display and file alike: the turtle's arrow, what a window shows, what a file holds."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from turnout.jobs.turtle._drawing import Segment, Turtle

WINDOW = 500
"""Pixels on each side, as the course's program has it."""

TITLE = "Event Handling 101"

_NOSE, _TAIL, _HALF, _NOTCH = 6.0, 6.0, 5.0, 3.0
_MARGIN = 20.0


def arrow(turtle: Turtle) -> tuple[tuple[float, float], ...]:
    """Return the corners of the arrow that stands for the turtle; its notched back shows where it comes from."""
    cosine, sine = math.cos(math.radians(turtle.heading)), math.sin(math.radians(turtle.heading))
    corners = ((_NOSE, 0.0), (-_TAIL, _HALF), (-_NOTCH, 0.0), (-_TAIL, -_HALF))
    return tuple((turtle.x + x * cosine - y * sine, turtle.y + x * sine + y * cosine) for x, y in corners)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A part of the plane, y upwards."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom


def box_of(segments: Iterable[Segment], turtle: Turtle) -> Box:
    """Return what a file has to show: the course's window at least, and all that was drawn beyond it."""
    half = WINDOW / 2
    left, bottom, right, top = min(-half, turtle.x - _MARGIN), min(-half, turtle.y - _MARGIN), half, half
    right, top = max(half, turtle.x + _MARGIN), max(half, turtle.y + _MARGIN)
    for segment in segments:
        margin = _MARGIN + segment.width / 2
        left = min(left, segment.x1 - margin, segment.x2 - margin)
        right = max(right, segment.x1 + margin, segment.x2 + margin)
        bottom = min(bottom, segment.y1 - margin, segment.y2 - margin)
        top = max(top, segment.y1 + margin, segment.y2 + margin)
    return Box(left=left, bottom=bottom, right=right, top=top)


def follow(middle: tuple[float, float], turtle: Turtle, width: float, height: float) -> tuple[float, float]:
    """Return the point in the middle of a window so that the turtle stays in sight.

    Args:
        middle: The point that is there now; it moves no more than it has to.
        turtle: Who must be seen.
        width: Of the window, in steps.
        height: Likewise.
    """
    x, y = middle
    across, along = max(width / 2 - _MARGIN, 0.0), max(height / 2 - _MARGIN, 0.0)
    return (
        min(max(x, turtle.x - across), turtle.x + across),
        min(max(y, turtle.y - along), turtle.y + along),
    )
