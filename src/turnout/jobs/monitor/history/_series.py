"""The course of a zone or a sensor between two moments, as coarse as it is to be shown."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor.history._body import groups_of, readings_of, summary_of
from turnout.jobs.monitor.history._levels import BUCKET_S, STEPS_S

if TYPE_CHECKING:
    from turnout.jobs.monitor._numpy import Bools, Floats, Longs, Singles

_SECOND_NS = 1_000_000_000
_READINGS = -1  # the level below the finest summaries


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """A zone or a sensor over time, NaN where there are no readings.

    Attributes:
        times_ns: int64, shape (points,): where each point begins.
        low: float32, shape (points,): the least reading of any sensor.
        mean: float32, shape (points,): the mean of the sensors' means; where it is made of readings, that of all these.
        high: float32, shape (points,).
    """

    times_ns: "Longs"
    low: "Singles"
    mean: "Singles"
    high: "Singles"

    @classmethod
    def of(cls, start_ns: int, end_ns: int, *, low: "Singles", mean: "Singles", high: "Singles") -> "Series":
        """Return one whose points stand for equal parts of the time between two moments."""
        width_ns = (end_ns - start_ns) / len(mean)
        times_ns = start_ns + (np.arange(len(mean)) * width_ns).astype(np.int64)
        return cls(times_ns=times_ns, low=low, mean=mean, high=high)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Whose:
    """A sensor or a group of sensors in the file.

    Attributes:
        number: Its number.
        is_sensor: Which of both it is.
    """

    number: int
    is_sensor: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Piece:
    """Some rows: int64 and float64, shape (n,); each stands for ``step_ns`` from its time on."""

    times_ns: "Longs"
    low: "Floats"
    mean: "Floats"
    high: "Floats"
    step_ns: int


def series_of(connection: sqlite3.Connection, whose: Whose, start_ns: int, end_ns: int, points: int) -> Series:
    """Return a course; see `Past.series`."""
    width_ns = (end_ns - start_ns) / points
    low, high = np.full(points, np.inf), np.full(points, -np.inf)
    total, count = np.zeros(points), np.zeros(points)
    for piece in _pieces(connection, whose, start_ns, end_ns, width_ns):
        spread = max(1, round(piece.step_ns / width_ns))  # a coarse row is shown at all points that it stands for
        times_ns = (piece.times_ns[:, None] + np.arange(spread) * (piece.step_ns // spread)).ravel()
        place = ((times_ns - start_ns) // width_ns).astype(np.intp)
        lows, means, highs = (np.repeat(row, spread) for row in (piece.low, piece.mean, piece.high))
        fits = (place >= 0) & (place < points) & ~np.isnan(means)
        place = place[fits]
        np.minimum.at(low, place, lows[fits])
        np.maximum.at(high, place, highs[fits])
        np.add.at(total, place, means[fits])
        np.add.at(count, place, 1)
    nothing = count == 0
    rows = [np.where(nothing, np.nan, row).astype(np.float32) for row in (low, total / np.maximum(count, 1), high)]
    return Series.of(start_ns, end_ns, low=rows[0], mean=rows[1], high=rows[2])


def _pieces(
    connection: sqlite3.Connection, whose: Whose, start_ns: int, end_ns: int, width_ns: float
) -> Iterator[_Piece]:
    """Give the rows of the level that suits points of that width.

    What is older than it is kept comes from coarser levels, and what it does not tell of yet from finer ones.
    """
    wanted = max((place for place, step in enumerate(STEPS_S) if step * _SECOND_NS <= width_ns), default=_READINGS)
    for level in range(len(STEPS_S) - 1, _READINGS - 1, -1):
        until_ns = end_ns
        first_s = _first_s(connection, level - 1) if level > wanted else None
        if first_s is not None:  # only steps that end there: one that goes on may tell of nothing but what is finer
            until_ns = min(end_ns, first_s * _SECOND_NS - STEPS_S[level] * _SECOND_NS + 1)
        if start_ns >= until_ns:
            continue
        if level == _READINGS:
            yield from _readings(connection, whose, start_ns, until_ns)
            continue
        piece = _summaries(connection, whose, STEPS_S[level], start_ns, until_ns)
        if piece is not None:
            yield piece
            start_ns = int(piece.times_ns[-1]) + piece.step_ns


def finest_at(connection: sqlite3.Connection, time_ns: int) -> int:
    """Return the step, seconds, of the finest summaries that reach back to a moment; 0 if readings do, or nothing."""
    for level, step in enumerate((0, *STEPS_S), _READINGS):
        first_s = _first_s(connection, level)
        if first_s is not None and first_s * _SECOND_NS <= time_ns:
            return step
    return 0


def _first_s(connection: sqlite3.Connection, level: int) -> int | None:
    """Return where a level begins; None if there is nothing of it."""
    if level == _READINGS:
        (bucket,) = connection.execute("SELECT min(bucket) FROM readings").fetchone()
        return None if bucket is None else int(bucket) * BUCKET_S
    (start,) = connection.execute("SELECT min(start) FROM summaries WHERE step = ?", (STEPS_S[level],)).fetchone()
    return None if start is None else int(start)


def _summaries(connection: sqlite3.Connection, whose: Whose, step: int, start_ns: int, until_ns: int) -> _Piece | None:
    column = "body" if whose.is_sensor else "groups"
    rows = connection.execute(
        f"SELECT start, {column} FROM summaries WHERE step = ? AND start > ? AND start < ? ORDER BY start",  # noqa: S608  one of two words
        (step, start_ns // _SECOND_NS - step, -(-until_ns // _SECOND_NS)),
    )
    times, found = [], []
    for start, body in rows:
        values = _one_of_summary(body, whose.number) if whose.is_sensor else _one_of_groups(body, whose.number)
        if values is not None:
            times.append(start)
            found.append(values)
    if not times:
        return None
    low, mean, high = np.array(found, np.float64).T
    times_ns = np.array(times, np.int64) * _SECOND_NS
    return _Piece(times_ns=times_ns, low=low, mean=mean, high=high, step_ns=step * _SECOND_NS)


def _one_of_groups(body: bytes, number: int) -> "Singles | None":
    rows = groups_of(body)
    return rows[:, number] if number < rows.shape[1] else None


def _one_of_summary(body: bytes, number: int) -> "Singles | None":
    summary = summary_of(body)
    if number >= len(summary.count):
        return None
    return np.array([summary.low[number], summary.mean[number], summary.high[number]])


def _readings(connection: sqlite3.Connection, whose: Whose, start_ns: int, until_ns: int) -> Iterator[_Piece]:
    first, beyond = start_ns // _SECOND_NS // BUCKET_S, -(-until_ns // _SECOND_NS // BUCKET_S) + 1
    rows = connection.execute("SELECT body FROM readings WHERE bucket >= ? AND bucket < ?", (first, beyond))
    members = _members(connection, whose)
    for (body,) in rows:
        batch = readings_of(body)
        fits = (
            members[batch.sensors]
            & np.isfinite(batch.values)
            & (batch.times_ns >= start_ns)
            & (batch.times_ns < until_ns)
        )
        values = batch.values[fits]
        yield _Piece(times_ns=batch.times_ns[fits], low=values, mean=values, high=values, step_ns=0)


def _members(connection: sqlite3.Connection, whose: Whose) -> "Bools":
    """Tell of each number of a sensor whether it is meant."""
    column = "id" if whose.is_sensor else "in_group"
    numbers = connection.execute(f"SELECT id FROM sensors WHERE {column} = ?", (whose.number,))  # noqa: S608  one of two words
    (last,) = connection.execute("SELECT max(id) FROM sensors").fetchone()
    members = np.zeros(last + 1, np.bool_)
    members[[number for (number,) in numbers]] = True
    return members
