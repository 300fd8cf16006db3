"""How the text of an item becomes a value.

    str     as it stands
    int     a whole number
    float   a number
    json    any JSON value

Where no type is named, text is ``int`` if each item is written as Python writes an ``int``, else ``float`` if each is a
decimal number that a float can hold, whole ones to their last digit, else ``str``. So ``007`` stays text: it is a
label, not a quantity.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from turnout.errors import ItemsError
from turnout.items._complaints import shorten

ITEM_TYPES = ("str", "int", "float", "json")

_INT = re.compile(r"0|-?[1-9][0-9]*")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


class Piece(NamedTuple):
    """The text of one item.

    Attributes:
        line: Where it ends in its source, from 1.
        text: Neither empty nor blank.
    """

    line: int
    text: str


def convert_all(pieces: list[Piece], source: str, item_type: str | None) -> list[Any]:
    """Return the items; a type that is not named is chosen from all of them.

    Raises:
        ItemsError: If there is none, or one is not of the named type.
    """
    if not pieces:
        raise _no_items(source)
    return list(_convert(pieces, source, item_type or _guess(pieces), ""))


def convert_lazily(pieces: Iterable[Piece], source: str, item_type: str | None) -> Iterator[Any]:
    """Return an iterator over the items; a type that is not named is chosen from the first one.

    Waits for that first one.

    Raises:
        ItemsError: If there is none; while iterating, if one is not of the type.
    """
    remaining = iter(pieces)
    first = next(remaining, None)
    if first is None:
        raise _no_items(source)
    why = "" if item_type else " like the first item"
    return _convert(chain([first], remaining), source, item_type or _guess([first]), why)


def _convert(pieces: Iterable[Piece], source: str, item_type: str, why: str) -> Iterator[Any]:
    parse = (_GUESSED if why else _PARSERS)[item_type]
    remedy = "correct it, or name a type that fits all with --item-type"
    for line, text in pieces:
        try:
            value = parse(text)
        except (ValueError, RecursionError):
            wanted = "JSON" if item_type == "json" else f"of type {item_type}"
            found = shorten(repr(text))
            raise ItemsError(f"{source}, line {line}: {found} is not {wanted}{why}; {remedy}") from None
        yield value


def _guess(pieces: list[Piece]) -> str:
    for name, pattern in (("int", _INT), ("float", _FLOAT)):
        if all(pattern.fullmatch(text.strip()) for _, text in pieces):
            try:
                for _, text in pieces:
                    _GUESSED[name](text)
            except ValueError:  # more digits than `sys.get_int_max_str_digits` or a float lets through
                return "str"
            return name
    return "str"


def _float(text: str) -> float:
    """Return a number, unless that would be another one than is written."""
    number = float(text)
    plain = text.strip()
    if math.isinf(number) and plain[-1].isdigit():
        raise ValueError(text)
    if _INT.fullmatch(plain) and int(plain) != number:
        raise ValueError(text)
    return number


def _no_items(source: str) -> ItemsError:
    return ItemsError(f"there are no items in {source}; give at least one")


_PARSERS: dict[str, Callable[[str], Any]] = {"str": str, "int": int, "float": float, "json": json.loads}
_GUESSED = {**_PARSERS, "float": _float}
