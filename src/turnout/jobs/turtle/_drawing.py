"""The drawing: where the turtle is, what it has drawn, and the way back. No display, no clock, no event."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from turnout.jobs.turtle._colours import INK, next_colour
from turnout.jobs.turtle._commands import NEXT, Command, Verb

_MOST_STEPS_BACK = 10_000
_FULL_TURN = 360.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turtle:
    """Where the turtle is and what its pen is like.

    Attributes:
        x: To the right of the middle, in steps; a step is a pixel.
        y: Above the middle.
        heading: Where it looks, in degrees counterclockwise: 0 to the right, 90 up; at least 0 and below 360.
        is_down: Whether the pen draws.
        colour: Of the pen: ``#rrggbb``.
        width: Of the pen, in pixels.
    """

    x: float = 0.0
    y: float = 0.0
    heading: float = 0.0
    is_down: bool = True
    colour: str = INK
    width: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A straight line that was drawn; its ends are as a turtle's ``x`` and ``y``."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a command made of the drawing.

    Attributes:
        kept: How many segments from the beginning stand as they were.
        added: Those that follow them now.
        turtle: How the turtle is now.
    """

    kept: int
    added: tuple[Segment, ...]
    turtle: Turtle


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What undoes a command.

    Attributes:
        turtle: How it was.
        kept: How many segments stay.
        removed: Those to put back after them.
    """

    turtle: Turtle
    kept: int
    removed: tuple[Segment, ...] = ()


class Drawing:
    """A turtle and its segments; the latest 10,000 commands can be undone.

    Attributes:
        turtle: How it is now.
    """

    def __init__(self) -> None:
        self.turtle = Turtle()
        self._segments: list[Segment] = []
        self._before: deque[_Before] = deque(maxlen=_MOST_STEPS_BACK)

    @property
    def segments(self) -> Sequence[Segment]:
        """What is drawn, the oldest first. It changes with the drawing; not to be changed by the caller."""
        return self._segments

    def do(self, command: Command) -> Change:
        """Carry ``command`` out. One that has nothing to do changes nothing, and is not an error."""
        match command.verb:
            case Verb.UNDO:
                return self._undo()
            case Verb.CLEAR:
                return self._clear()
            case verb:
                return self._become(_AFTER[verb](self.turtle, command))

    def _become(self, turtle: Turtle) -> Change:
        was, kept = self.turtle, len(self._segments)
        if turtle != was:
            self._before.append(_Before(turtle=was, kept=kept))
        added: tuple[Segment, ...] = ()
        if was.is_down and (turtle.x, turtle.y) != (was.x, was.y):
            line = Segment(x1=was.x, y1=was.y, x2=turtle.x, y2=turtle.y, colour=was.colour, width=was.width)
            added = (line,)
        self.turtle = turtle
        self._segments += added
        return Change(kept=kept, added=added, turtle=turtle)

    def _clear(self) -> Change:
        if self._segments:
            self._before.append(_Before(turtle=self.turtle, kept=0, removed=tuple(self._segments)))
            self._segments.clear()
        return Change(kept=0, added=(), turtle=self.turtle)

    def _undo(self) -> Change:
        if not self._before:
            return Change(kept=len(self._segments), added=(), turtle=self.turtle)
        before = self._before.pop()
        self.turtle = before.turtle
        self._segments[before.kept :] = before.removed
        return Change(kept=before.kept, added=before.removed, turtle=self.turtle)


def _moved(turtle: Turtle, steps: float) -> Turtle:
    angle = math.radians(turtle.heading)
    return replace(turtle, x=turtle.x + steps * math.cos(angle), y=turtle.y + steps * math.sin(angle))


def _turned(turtle: Turtle, degrees: float) -> Turtle:
    heading = (turtle.heading + degrees) % _FULL_TURN
    # what is left of a tiny turn to the right is rounded up to 360
    return replace(turtle, heading=0.0 if heading == _FULL_TURN else heading)


def _coloured(turtle: Turtle, colour: str) -> Turtle:
    return replace(turtle, colour=next_colour(turtle.colour) if colour == NEXT else colour)


_AFTER: dict[Verb, Callable[[Turtle, Command], Turtle]] = {
    Verb.FORWARD: lambda turtle, command: _moved(turtle, command.amount),
    Verb.BACK: lambda turtle, command: _moved(turtle, -command.amount),
    Verb.LEFT: lambda turtle, command: _turned(turtle, command.amount),
    Verb.RIGHT: lambda turtle, command: _turned(turtle, -command.amount),
    Verb.HOME: lambda turtle, _: replace(turtle, x=0.0, y=0.0, heading=0.0),
    Verb.PEN: lambda turtle, _: replace(turtle, is_down=not turtle.is_down),
    Verb.PEN_UP: lambda turtle, _: replace(turtle, is_down=False),
    Verb.PEN_DOWN: lambda turtle, _: replace(turtle, is_down=True),
    Verb.COLOUR: lambda turtle, command: _coloured(turtle, command.colour),
    Verb.WIDTH: lambda turtle, command: replace(turtle, width=command.amount),
    Verb.COUNT: lambda turtle, _: turtle,
}
"""How the turtle is after each command that does not look back at the drawing."""
