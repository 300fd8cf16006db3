"""The colours that a pen may have; written as ``#rrggbb`` everywhere, which Tk, SVG and PNG all take."""

import re

from turnout.errors import UsageError

PAPER = "#add8e6"  # light blue, as the course's program has it
INK = "#000000"
COLOURS = {
    "black": INK,
    "blue": "#0000ff",
    "brown": "#8b4513",
    "gray": "#808080",
    "green": "#008000",
    "grey": "#808080",
    "navy": "#000080",
    "orange": "#d2691e",
    "pink": "#ff1493",
    "purple": "#800080",
    "red": "#d00000",
    "white": "#ffffff",
    "yellow": "#ffff00",
}
PALETTE = tuple(COLOURS[name] for name in ("black", "red", "blue", "green", "purple", "orange", "white"))
"""What ``colour:next`` goes through: those that stand out on the paper."""

_HEXADECIMAL = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")


def colour_from(text: str) -> str:
    """Return the colour that ``text`` names, as ``#rrggbb``.

    Args:
        text: A name of `COLOURS`, ``#rgb`` or ``#rrggbb``, in whatever case.

    Raises:
        UsageError: If it is none of these.
    """
    lower = text.strip().lower()
    if lower in COLOURS:
        return COLOURS[lower]
    if _HEXADECIMAL.fullmatch(lower):
        digits = lower[1:]
        return f"#{digits}" if len(digits) == 6 else "#" + "".join(digit * 2 for digit in digits)  # noqa: PLR2004
    raise UsageError(f"there is no colour {text!r}; known: {', '.join(COLOURS)}, or one as #rrggbb")


def next_colour(colour: str) -> str:
    """Return the colour of the palette that follows ``colour``; the first if it is not of the palette."""
    place = PALETTE.index(colour) + 1 if colour in PALETTE else 0
    return PALETTE[place % len(PALETTE)]


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255 each, of ``#rrggbb``."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue
