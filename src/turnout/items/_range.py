"""Whole numbers as items, by their ends."""

import re

from turnout.errors import ItemsError

_RANGE = re.compile(r"([-+]?[0-9_]+)\.\.([-+]?[0-9_]+)(?:\.\.([-+]?[0-9_]+))?")
_GREATEST = 2**63 - 1  # a sequence cannot be longer


def parse_range(text: str) -> range:
    """Return the whole numbers from A to B, both included.

    Args:
        text: ``A..B``, or ``A..B..STEP``; with a negative step it counts down. ``1_000`` is read as 1000.

    Raises:
        ItemsError: If it is not of that form, or holds no number, or more than a sequence can.
    """
    match = _RANGE.fullmatch(text.strip())
    try:
        first, last, step = (int(part) for part in match.groups(default="1")) if match else (0, 0, 0)
    except ValueError:
        match = None
    if match is None:
        raise ItemsError(f"{text!r} is not a range of whole numbers; write A..B, as in 1..1000, or A..B..STEP")
    if step == 0:
        raise ItemsError(f"the range {text!r} has a step of 0; write a step that leads from A to B")
    if max(abs(first), abs(last), abs(step)) > _GREATEST:
        raise ItemsError(f"the range {text!r} goes beyond 2**63; keep its ends below")
    numbers = range(first, last + (1 if step > 0 else -1), step)
    if not numbers:
        down = f"; to count down, write {first}..{last}..-1" if step > 0 else ""
        raise ItemsError(f"there are no items in the range {text!r}, whose step leads away from its end{down}")
    if (abs(last - first) // abs(step)) >= _GREATEST:
        raise ItemsError(f"the range {text!r} holds more numbers than a sequence can; bring its ends together")
    return numbers
