"""Sets and maps of 64-bit keys that take few bytes for each."""

from array import array
from collections.abc import Iterable

_SEGMENTS = 64  # so that only a 64th is copied when one grows: 10 ms at a million keys each
_FIRST_SLOTS = 64
_FULLEST = 0.6
_LOW = _SEGMENTS - 1


class SeenSet:
    """A growing set of signed 64-bit keys, none of them 0: about 20 bytes each, where Python's own takes 100.

    Args:
        keys: What it begins with.
    """

    def __init__(self, keys: Iterable[int] = ()) -> None:
        self._tables = [_empty(_FIRST_SLOTS) for _ in range(_SEGMENTS)]
        self._counts = [0] * _SEGMENTS
        for key in keys:
            self.add(key)

    def __len__(self) -> int:
        return sum(self._counts)

    def __contains__(self, key: int) -> bool:
        table = self._tables[key & _LOW]
        mask = len(table) - 1
        slot = (key >> 6) & mask
        while found := table[slot]:
            if found == key:
                return True
            slot = (slot + 1) & mask
        return False

    def add(self, key: int) -> bool:
        """Take a key; return whether it is new."""
        segment = key & _LOW
        table = self._tables[segment]
        mask = len(table) - 1
        slot = (key >> 6) & mask
        while found := table[slot]:
            if found == key:
                return False
            slot = (slot + 1) & mask
        table[slot] = key
        self._counts[segment] += 1
        if self._counts[segment] > _FULLEST * len(table):
            self._tables[segment] = _grown(table)
        return True


class RecentMap:
    """A map of 64-bit keys to 64-bit values that forgets: each pair may displace an older one. Takes 16 bytes a slot.

    Args:
        slots: How many; a power of two.
    """

    def __init__(self, slots: int = 1 << 18) -> None:
        self._mask = slots - 1
        self._keys = _empty(slots)
        self._values = _empty(slots)

    def get(self, key: int) -> int:
        """Return the value of a key, or 0."""
        slot = key & self._mask
        return self._values[slot] if self._keys[slot] == key else 0

    def put(self, key: int, value: int) -> None:
        """Remember a value."""
        slot = key & self._mask
        self._keys[slot] = key
        self._values[slot] = value


def _empty(slots: int) -> "array[int]":
    return array("q", bytes(8 * slots))


def _grown(table: "array[int]") -> "array[int]":
    larger = _empty(2 * len(table))
    mask = len(larger) - 1
    for key in table:
        if key:
            slot = (key >> 6) & mask
            while larger[slot]:
                slot = (slot + 1) & mask
            larger[slot] = key
    return larger
