"""A history as columns, piece by piece, for files that others read."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from turnout.errors import UsageError
from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor.history._body import readings_of, summary_of
from turnout.jobs.monitor.history._file import HISTORY_FILE, open_to_read
from turnout.jobs.monitor.history._levels import BUCKET_S, STEPS_S

if TYPE_CHECKING:
    from turnout.jobs.monitor._numpy import Bools, Floats, Ints, Longs, Singles

Column: TypeAlias = "Floats | Longs | Singles"
LEVELS: Mapping[str, int] = {"readings": 0, "10s": STEPS_S[0], "1min": STEPS_S[1], "1h": STEPS_S[2]}
"""How fine, by the words of the command line: seconds of a summary, 0 for readings as they came."""

_SECOND_NS = 1_000_000_000
_ROWS_AT_ONCE = 64  # of the file: some 640,000 readings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Some rows of the table, ordered by the time of their step; all arrays of shape (n,).

    Attributes:
        names: The sensors' names, racks, zones, rooms and kinds: shape (sensors, 5).
        sensor: Which of them.
        time_ns: When it was measured, or where its step begins.
        values: The columns of numbers: ``value``, or ``count``, ``low``, ``mean`` and ``high``.
    """

    names: "np.ndarray[tuple[int, int], np.dtype[np.object_]]"
    sensor: "Ints"
    time_ns: "Longs"
    values: "Mapping[str, Column]"

    def times(self) -> list[str]:
        """Return the times as ISO 8601, to the millisecond, or as fine as they are."""
        unit: Literal["ns", "ms"] = "ns" if (self.time_ns % 1_000_000).any() else "ms"
        moments = np.datetime_as_string(self.time_ns.astype("datetime64[ns]"), unit=unit, timezone="UTC")
        texts: list[str] = moments.tolist()
        return texts


def columns_of(
    folder: Path, *, level: str = "readings", start_ns: int | None = None, end_ns: int | None = None,
    zone: str | None = None,
) -> Iterator[Columns]:  # fmt: skip
    """Give the rows of a history.

    Each piece is read by itself, so that a writer is not held up, and only one is in memory.

    Args:
        folder: Where a monitor keeps it.
        level: One of `LEVELS`.
        start_ns: From when; the beginning if None.
        end_ns: Until before when; the end if None.
        zone: Only its sensors; all if None.

    Raises:
        UsageError: If there is no history, it has no such zone, or it is damaged where it is read.
    """
    connection = open_to_read(folder / HISTORY_FILE)
    try:
        yield from _columns(connection, LEVELS[level], start_ns, end_ns, zone)
    except UsageError:
        raise
    except (sqlite3.Error, ValueError) as error:
        raise UsageError(f"the history in {str(folder)!r} cannot be read on ({error}); ask for another time") from None
    finally:
        connection.close()


def _columns(
    connection: sqlite3.Connection, step: int, start_ns: int | None, end_ns: int | None, zone: str | None
) -> Iterator[Columns]:
    rows = connection.execute("SELECT id, name, rack, zone, room, kind FROM sensors").fetchall()
    size = 1 + max((number for number, *_ in rows), default=0)
    names = np.full((size, 5), "", object)
    for number, *words in rows:
        names[number] = words
    wanted = np.ones(size, np.bool_) if zone is None else names[:, 2] == zone
    if not wanted.any():
        known = sorted({row[3] for row in rows})
        raise UsageError(f"the history knows no zone {zone!r}; it has {', '.join(known[:20]) or 'none at all'}")
    start_ns = start_ns if start_ns is not None else -(1 << 62)
    end_ns = end_ns if end_ns is not None else 1 << 62
    pieces = _summaries if step else _readings
    for sensor, time_ns, values in pieces(connection, step, start_ns, end_ns, wanted):
        yield Columns(names=names, sensor=sensor, time_ns=time_ns, values=values)


_Pieces = Iterator[tuple["Ints", "Longs", "Mapping[str, Column]"]]


def _readings(connection: sqlite3.Connection, _step: int, start_ns: int, end_ns: int, wanted: "Bools") -> _Pieces:
    last = (start_ns // _SECOND_NS // BUCKET_S, -1)
    while True:
        rows = connection.execute(
            "SELECT bucket, id, body FROM readings WHERE (bucket, id) > (?, ?) AND bucket <= ?"
            " ORDER BY bucket, id LIMIT ?",
            (*last, end_ns // _SECOND_NS // BUCKET_S, _ROWS_AT_ONCE),
        ).fetchall()
        for _, _, body in rows:
            batch = readings_of(body)
            fits = wanted[batch.sensors] & (batch.times_ns >= start_ns) & (batch.times_ns < end_ns)
            if fits.any():
                yield batch.sensors[fits].astype(np.intp), batch.times_ns[fits], {"value": batch.values[fits]}
        if len(rows) < _ROWS_AT_ONCE:
            return
        last = rows[-1][:2]


def _summaries(connection: sqlite3.Connection, step: int, start_ns: int, end_ns: int, wanted: "Bools") -> _Pieces:
    last = -(-start_ns // _SECOND_NS) - 1
    while True:
        rows = connection.execute(
            "SELECT start, body FROM summaries WHERE step = ? AND start > ? AND start < ? ORDER BY start LIMIT ?",
            (step, last, -(-end_ns // _SECOND_NS), _ROWS_AT_ONCE),
        ).fetchall()
        for start, body in rows:
            summary = summary_of(body)
            chosen = np.flatnonzero((summary.count > 0) & wanted[: len(summary.count)])
            if len(chosen):
                rows_of: Mapping[str, Column] = {
                    "count": summary.count,
                    "low": summary.low,
                    "mean": summary.mean,
                    "high": summary.high,
                }
                yield (
                    chosen,
                    np.full(len(chosen), start * _SECOND_NS),
                    {name: column[chosen] for name, column in rows_of.items()},
                )
        if len(rows) < _ROWS_AT_ONCE:
            return
        last = rows[-1][0]
