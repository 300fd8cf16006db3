"""What a key can make the turtle do, and how it is written: ``forward:50``, ``left:30``, ``colour:red``, ``undo``."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from turnout.errors import UsageError
from turnout.jobs.turtle._colours import colour_from


class Verb(StrEnum):
    """What is done."""

    FORWARD = "forward"
    BACK = "back"
    LEFT = "left"
    RIGHT = "right"
    PEN = "pen"
    PEN_UP = "penup"
    PEN_DOWN = "pendown"
    COLOUR = "colour"
    WIDTH = "width"
    HOME = "home"
    CLEAR = "clear"
    UNDO = "undo"
    COUNT = "count"


_EXAMPLES = {
    Verb.FORWARD: "forward:50",
    Verb.BACK: "back:50",
    Verb.LEFT: "left:30",
    Verb.RIGHT: "right:30",
    Verb.COLOUR: "colour:red",
    Verb.WIDTH: "width:3",
    Verb.COUNT: "count:300000",
}
"""Those that need a value after a colon; all others stand alone."""

_RANGES = {
    Verb.FORWARD: (-100_000.0, 100_000.0),
    Verb.BACK: (-100_000.0, 100_000.0),
    Verb.LEFT: (-100_000.0, 100_000.0),
    Verb.RIGHT: (-100_000.0, 100_000.0),
    Verb.WIDTH: (0.5, 100.0),
    Verb.COUNT: (0.0, 10_000_000.0),
}
"""What may be after the colon, where it is a number."""

NEXT = "next"
_COLOUR = re.compile(rf"#[0-9a-f]{{6}}|{NEXT}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing for the turtle to do.

    Attributes:
        verb: What.
        amount: Of steps (`FORWARD`, `BACK`), degrees (`LEFT`, `RIGHT`) or pixels (`WIDTH`); below which primes are
            counted (`COUNT`); else 0.
        colour: Of `COLOUR`: ``#rrggbb``, or ``"next"`` for the one of the palette that follows; else empty.

    Raises:
        UsageError: If it cannot be one; so nothing else comes out of a recording, whoever has written it.
    """

    verb: Verb
    amount: float = 0.0
    colour: str = ""

    def __post_init__(self) -> None:
        if not _is_sound(self.verb, self.amount, self.colour):
            raise UsageError(f"the turtle cannot {self.verb!r} with {self.amount!r} and {self.colour!r}")

    def __str__(self) -> str:
        value = self.colour or (f"{self.amount:.15g}" if self.verb in _EXAMPLES else "")
        return f"{self.verb}:{value}" if value else str(self.verb)


def command_from(text: str) -> Command:
    """Return the command that is written in ``text``.

    Raises:
        UsageError: If it is not one, or its value is none.
    """
    name, colon, value = text.strip().partition(":")
    try:
        verb = Verb("colour" if name.strip().lower() == "color" else name.strip().lower())
    except ValueError:
        known = ", ".join(_EXAMPLES.get(verb, verb) for verb in Verb)
        raise UsageError(f"the turtle cannot {text!r}; it can {known}") from None
    if verb in _EXAMPLES and not value.strip():
        raise UsageError(f"{text!r} lacks its value; write it as in {_EXAMPLES[verb]}")
    if verb in _RANGES:
        return Command(verb=verb, amount=_number(text, value, *_RANGES[verb]))
    if verb is Verb.COLOUR:
        return Command(verb=verb, colour=NEXT if value.strip().lower() == NEXT else colour_from(value))
    if colon:
        raise UsageError(f"{text!r} has a value, which {verb} does not take; write {verb} alone")
    return Command(verb=verb)


def _number(text: str, value: str, least: float, most: float) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise UsageError(f"{text!r} needs a number from {least:,g} to {most:,g} after the colon")
    return number


def _is_sound(verb: object, amount: object, colour: object) -> bool:
    if not (isinstance(verb, Verb) and isinstance(amount, int | float) and isinstance(colour, str)):
        return False
    least, most = _RANGES.get(verb, (0.0, 0.0))
    return least <= amount <= most and (_COLOUR.fullmatch(colour) is not None if verb is Verb.COLOUR else not colour)
