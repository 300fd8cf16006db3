"""Batches as bytes, each column as narrow as it can be without the change of a single bit.

A column of integers is its width, its least value, and what each one is above that: sensors that are near each other
take a byte or two, and times of one socket read little. Values with at most four decimals, as sensors send them, are
integers too: a thousandth of one is the very float that its text is, since both are rounded correctly.
"""

import struct
from typing import TYPE_CHECKING

from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COUNT = struct.Struct("<I")
_CODE = struct.Struct("<B")
_COLUMN = struct.Struct("<Bq")
_NARROW = (0, 1, 2, 4)  # bytes
_RAW = 8
_EXACT = 2.0**53  # integers below it are floats
_FLOATS = 0
_SCALES = {1: 1_000.0, 2: 10_000.0}


def pack(batch: Batch) -> bytes:
    """Return a batch as bytes: about 5 a reading, 20 at most."""
    return b"".join(
        (
            _COUNT.pack(len(batch.sensors)),
            _pack_integers(batch.sensors.astype("<i8")),
            _pack_integers(batch.times_ns),
            _pack_floats(batch.values),
        )
    )


def unpack(content: bytes) -> Batch:
    """Return the batch that `pack` made these bytes of.

    Raises:
        ValueError: If it did not.
    """
    try:
        (count,) = _COUNT.unpack_from(content)
        sensors, end = _unpack_integers(content, _COUNT.size, count)
        times_ns, end = _unpack_integers(content, end, count)
        values, end = _unpack_floats(content, end, count)
    except struct.error as error:
        raise ValueError(str(error)) from None
    if end != len(content):
        raise ValueError(f"{len(content) - end} bytes are left over")
    return Batch(sensors=sensors.astype("int32"), values=values, times_ns=times_ns)


def count_of(content: bytes) -> int:
    """Return how many readings a packed batch has."""
    return int(_COUNT.unpack_from(content)[0])


def _pack_integers(column: "NDArray[np.int64]") -> bytes:
    if not len(column):
        return b""
    low, high = int(column.min()), int(column.max())
    for width in _NARROW:
        if high - low < 1 << (8 * width):
            above = (column - low).astype(f"<u{width}").tobytes() if width else b""
            return _COLUMN.pack(width, low) + above
    return _COLUMN.pack(_RAW, 0) + column.astype("<i8").tobytes()


def _unpack_integers(content: bytes, start: int, count: int) -> "tuple[NDArray[np.int64], int]":
    if not count:
        return np.zeros(0, "int64"), start
    width, low = _COLUMN.unpack_from(content, start)
    start += _COLUMN.size
    if width == 0:
        return np.full(count, low, "int64"), start
    kind = "<i8" if width == _RAW else f"<u{width}"
    found = np.frombuffer(content, kind, count, start).astype("int64")
    return found + low, start + count * width


def _pack_floats(column: "NDArray[np.float64]") -> bytes:
    if len(column):
        bits = column.view("int64")
        with np.errstate(over="ignore", invalid="ignore"):
            for code, scale in _SCALES.items():
                parts = np.rint(column * scale)
                if not np.abs(parts).max() < _EXACT:
                    continue
                whole = parts.astype("int64")
                if ((whole / scale).view("int64") == bits).all():  # of the integers: there is no minus zero among them
                    return bytes((code,)) + _pack_integers(whole)
    return bytes((_FLOATS,)) + column.astype("<f8").tobytes()


def _unpack_floats(content: bytes, start: int, count: int) -> "tuple[NDArray[np.float64], int]":
    code = _CODE.unpack_from(content, start)[0]
    start += _CODE.size
    if code in _SCALES:
        parts, end = _unpack_integers(content, start, count)
        return parts / _SCALES[code], end
    if code != _FLOATS:
        raise ValueError(f"no column begins with {code}")
    return np.frombuffer(content, "<f8", count, start).astype("float64"), start + count * 8
