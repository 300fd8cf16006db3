"""A number for each item, by which a journal tells whether it is still the same item.

    int below 2**63    the number itself: nothing to compute, and a mismatch shows what it was
    str                64 bits of its hash
    anything else      64 bits of the hash of its encoding, see `turnout.measurement.encoding`
    what can't be compared between processes (a generator, a lock): `INCOMPARABLE`

Python's own ``hash`` of text is salted anew in each process, so it is of no use here.
"""

from array import array
from collections.abc import Sequence
from hashlib import blake2b
from reprlib import Repr
from typing import Any

from turnout.measurement import encoding

INCOMPARABLE = -(1 << 63)
LAST = (1 << 63) - 1
TEXT_LIMIT = 80  # characters of an item that are shown

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = TEXT_LIMIT


def marks_of(items: Sequence[Any]) -> "array[int]":  # the caller's items
    """Return the mark of each item, as int64."""
    kinds = _kinds(items)
    if kinds == {int}:
        try:
            return array("q", items)
        except OverflowError:  # one of them is larger
            pass
    return array("q", map(_text_mark if kinds == {str} else _mark, items))


def differing(kept: "array[int]", found: "array[int]") -> int | None:
    """Return where the marks of as many items first tell of another item; None if they nowhere do."""
    if kept == found:
        return None
    pairs = enumerate(zip(kept, found, strict=True))
    return next((place for place, (old, new) in pairs if old != new and INCOMPARABLE not in {old, new}), None)


def are_told_by(marks: "array[int]", items: Sequence[Any]) -> bool:  # the caller's items
    """Tell whether the items are whole numbers that can be read from their marks."""
    return _kinds(items) == {int} and marks.tolist() == list(items)


def shown(item: Any) -> str:  # any item of the caller's
    """Return an item as a short text in one line, even one whose own ``__repr__`` raises."""
    if type(item) is str and len(item) <= TEXT_LIMIT:
        return repr(item)
    try:
        return storable(" ".join(_SHORT.repr(item).splitlines()))
    except Exception:  # noqa: BLE001  the user's own __repr__ may raise anything
        return f"<{type(item).__name__}>"


def storable(text: str) -> str:
    """Return ``text`` with lone surrogates written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _kinds(items: Sequence[Any]) -> set[type]:  # the caller's items
    return {int} if isinstance(items, range) else set(map(type, items))


def _mark(item: Any) -> int:  # any item of the caller's
    kind = type(item)
    if kind is int and INCOMPARABLE < item <= LAST:
        return int(item)
    if kind is str:
        return _text_mark(item)
    encoded = encoding(item)
    return INCOMPARABLE if encoded is None else _hash(encoded)


def _text_mark(item: str) -> int:
    return _hash(item.encode("utf-8", "surrogatepass"))


def _hash(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little", signed=True)
