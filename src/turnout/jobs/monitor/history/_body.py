"""Arrays as the bytes of a row."""

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._packing import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnout.jobs.monitor._numpy import Floats, Ints, Longs, Singles
    from turnout.jobs.monitor._types import Batch

_PIECE = 20_000  # readings
_FAST = 1  # zlib's level: the highest takes twice the time for 2 % less (10,000 readings with one decimal)
_ROWS = 4  # of a summary: count, least, mean, greatest
_SINGLE = 4  # bytes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summary:
    """What readings came to in one step, by the numbers of sensors.

    Attributes:
        count: int64, shape (n,): how many finite readings; 0 makes the others NaN.
        low: float32, shape (n,).
        mean: float32, shape (n,).
        high: float32, shape (n,).
    """

    count: "Longs"
    low: "Singles"
    mean: "Singles"
    high: "Singles"


def readings_body(batch: "Batch") -> bytes:
    """Return readings as bytes: about four for each of those with one decimal, and not a bit is lost."""
    return zlib.compress(pack(batch), _FAST)


def readings_of(body: bytes) -> "Batch":
    """Return the readings in a row.

    Raises:
        ValueError: If it is damaged.
    """
    return unpack(_whole(body))


def summary_body(summary: Summary) -> bytes:
    """Return a summary as bytes."""
    counts = summary.count.astype("<u4")
    rows = [counts.view("<f4"), *(row.astype("<f4") for row in (summary.low, summary.mean, summary.high))]
    # The bytes of one place side by side: exponents are nearly the same, and take next to nothing.
    shuffled = np.stack(rows).view(np.uint8).reshape(_ROWS, -1, _SINGLE).transpose(0, 2, 1)
    return zlib.compress(shuffled.tobytes(), _FAST)


def summary_of(body: bytes) -> Summary:
    """Return the summary in a row.

    Raises:
        ValueError: If it is damaged.
    """
    shuffled = np.frombuffer(_whole(body), np.uint8).reshape(_ROWS, _SINGLE, -1)
    rows = np.ascontiguousarray(shuffled.transpose(0, 2, 1)).view("<f4").reshape(_ROWS, -1)
    return Summary(count=rows[0].view("<u4").astype(np.int64), low=rows[1], mean=rows[2], high=rows[3])


def summary_of_readings(batches: "Sequence[Batch]", sensors: int) -> Summary:
    """Return what readings come to; those that are no finite number do not count.

    Args:
        batches: Of one step, their sensors given as numbers below ``sensors``.
        sensors: How many there are.
    """
    count, total = np.zeros(sensors, np.int64), np.zeros(sensors)
    low, high = np.full(sensors, np.inf), np.full(sensors, -np.inf)
    for batch in batches:
        # In pieces: each call of NumPy holds the interpreter, and with it whoever waits for a reading.
        for start in range(0, len(batch), _PIECE):
            numbers, values = batch.sensors[start : start + _PIECE], batch.values[start : start + _PIECE]
            finite = np.isfinite(values)
            numbers, values = numbers[finite], values[finite]
            count += np.bincount(numbers, minlength=sensors)
            np.minimum.at(low, numbers, values)
            np.maximum.at(high, numbers, values)
            with np.errstate(over="ignore"):
                total += np.bincount(numbers, weights=values, minlength=sensors)
    return _summary(count, low, total / np.maximum(count, 1), high)


def summary_of_summaries(parts: "Sequence[Summary]", sensors: int) -> Summary:
    """Return what finer summaries come to, each mean by the number of its readings."""
    count = np.zeros(sensors, np.int64)
    total, low, high = np.zeros(sensors), np.full(sensors, np.inf), np.full(sensors, -np.inf)
    for part in parts:
        known = len(part.count)  # sensors that came later are missing in it
        count[:known] += part.count
        total[:known] += np.where(part.count > 0, part.mean, 0.0) * part.count
        low[:known] = np.fmin(low[:known], part.low)
        high[:known] = np.fmax(high[:known], part.high)
    return _summary(count, low, total / np.maximum(count, 1), high)


def group_body(summary: Summary, group_of: "Ints", groups: int) -> bytes:
    """Return what groups of sensors come to, as bytes: float32, shape (3, groups), least, mean and greatest.

    The mean is that of the sensors' means: one that sends more often does not weigh more.

    Args:
        summary: Of the sensors.
        group_of: The group of each sensor.
        groups: How many there are.
    """
    seen = summary.count > 0
    where = group_of[: len(seen)][seen]
    count = np.bincount(where, minlength=groups)
    low, high = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(low, where, summary.low[seen].astype(np.float64))
    np.maximum.at(high, where, summary.high[seen].astype(np.float64))
    total = np.bincount(where, weights=summary.mean[seen].astype(np.float64), minlength=groups)
    mean = total / np.maximum(count, 1)
    found = _summary(count, low, mean, high)
    return np.stack([found.low, found.mean, found.high]).astype("<f4").tobytes()


def groups_of(body: bytes) -> "Singles":
    """Return least, mean and greatest of groups, float32, shape (3, groups)."""
    return np.frombuffer(body, "<f4").reshape(3, -1)


def _whole(body: bytes) -> bytes:
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise ValueError(f"a row is damaged: {error}") from None


def _summary(count: "Longs", low: "Floats", mean: "Floats", high: "Floats") -> Summary:
    nothing = count == 0
    rows = [np.where(nothing, np.nan, row) for row in (low, mean, high)]
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
        low32, mean32, high32 = (row.astype(np.float32) for row in rows)
    return Summary(count=count.astype(np.int64), low=low32, mean=mean32, high=high32)
