"""Reads the past, also while it is being written."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Alarm, Reading, Severity
from turnout.jobs.monitor.history._body import readings_of, summary_of
from turnout.jobs.monitor.history._file import HISTORY_FILE, open_to_read
from turnout.jobs.monitor.history._levels import BUCKET_NS, BUCKET_S, STEPS_S
from turnout.jobs.monitor.history._series import Series, Whose, finest_at, series_of

if TYPE_CHECKING:
    from turnout.jobs.monitor._numpy import Floats, Ints, Longs, Singles

_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """How everything stood at one moment.

    Attributes:
        time_ns: The moment.
        step_s: How fine it is known: 0 for readings, else the seconds of a summary, whose means are the values.
        values: float32, shape (n,), in the order of `Past.sensors`; NaN where nothing is known.
        ages_s: float32, shape (n,): how old each value was then.
        cooling: 0 to 1 by zone, of the zones where it is known.
        alarms: That stood then, the worst and then the newest first.
    """

    time_ns: int
    step_s: int
    values: "Singles"
    ages_s: "Singles"
    cooling: Mapping[str, float]
    alarms: tuple[Alarm, ...]


class Past:
    """A history to look into. One thread at a time may use it.

    Args:
        folder: Where a monitor keeps it.

    Raises:
        UsageError: If there is none.
    """

    def __init__(self, folder: Path) -> None:
        self._connection = open_to_read(folder / HISTORY_FILE)

    @property
    def sensors(self) -> tuple[str, ...]:
        """All names of sensors there ever were, in the order of `State.values`."""
        return self._named[1]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def span_ns(self) -> tuple[int, int] | None:
        """Return from when to when there are readings or summaries; None if there are none."""
        firsts = [self._one("SELECT min(start) FROM summaries WHERE step = ?", step) for step in STEPS_S]
        bucket, last = self._one("SELECT min(bucket) FROM readings"), self._one("SELECT max(bucket) FROM readings")
        known = [first for first in firsts if first is not None] + ([] if bucket is None else [bucket * BUCKET_S])
        if not known:
            return None
        if last is not None:
            return min(known) * _SECOND_NS, max(int(readings_of(body).times_ns.max()) for body in self._bodies(last))
        ends = [self._one("SELECT max(start) FROM summaries WHERE step = ?", step) for step in STEPS_S]
        until = max(end + step for end, step in zip(ends, STEPS_S, strict=True) if end is not None)
        return min(known) * _SECOND_NS, until * _SECOND_NS

    def state_at(self, time_ns: int, *, lookback_s: float = 60.0, zones: Collection[str] | None = None) -> State:
        """Return how everything stood.

        Args:
            time_ns: The moment.
            lookback_s: How old a reading may be and still count.
            zones: Whose sensors matter: some readings of others may be missing. None for all.
        """
        step_s = finest_at(self._connection, time_ns)
        if step_s:
            values, times_ns = self._summary_at(time_ns, step_s)
        else:
            values, times_ns = self._readings_at(time_ns, lookback_s, self._wanted(zones))
        ages = np.where(np.isnan(values), np.nan, (time_ns - times_ns) / 1e9).astype(np.float32)
        return State(
            time_ns=time_ns,
            step_s=step_s,
            values=values.astype(np.float32),
            ages_s=ages,
            cooling=self._cooling_at(time_ns),
            alarms=self.alarms_at(time_ns),
        )

    def series(
        self,
        start_ns: int,
        end_ns: int,
        points: int,
        *,
        zone: str | None = None,
        sensor: str | None = None,
        kind: str | None = None,
    ) -> Series:
        """Return a zone's or a sensor's course.

        Args:
            start_ns: From when.
            end_ns: Until when, later.
            points: At least 1; each stands for an equal part of that time.
            zone: Whose; or else name a sensor.
            sensor: Whose.
            kind: Of the zone's sensors; those of the first kind if None.

        Raises:
            KeyError: If there is no such zone or sensor.
        """
        if sensor is not None:
            number = self._number("SELECT id FROM sensors WHERE name = ?", sensor)
            return series_of(self._connection, Whose(number=number, is_sensor=True), start_ns, end_ns, points)
        query = "SELECT id FROM groups WHERE zone = ? AND (kind = ? OR ? IS NULL) ORDER BY id LIMIT 1"
        number = self._number(query, zone, kind, kind)
        return series_of(self._connection, Whose(number=number, is_sensor=False), start_ns, end_ns, points)

    def alarms_at(self, time_ns: int) -> tuple[Alarm, ...]:
        """Return the alarms that stood, the worst and then the newest first."""
        rows = self._connection.execute(
            "SELECT * FROM alarms WHERE raised_ns <= ? AND (cleared_ns IS NULL OR cleared_ns > ?)"
            " ORDER BY severity DESC, raised_ns DESC",
            (time_ns, time_ns),
        )
        return tuple(map(_alarm, rows))

    def alarms_between(self, start_ns: int, end_ns: int) -> Iterator[tuple[Alarm, int | None]]:
        """Give the alarms that were raised then, and when each was cleared; the oldest first."""
        rows = self._connection.execute(
            "SELECT * FROM alarms WHERE raised_ns >= ? AND raised_ns < ? ORDER BY raised_ns", (start_ns, end_ns)
        )
        for row in rows.fetchall():
            yield _alarm(row), row[2]

    def reactions_between(self, start_ns: int, end_ns: int) -> Iterator[tuple[int, dict[str, Any]]]:  # as it was taken
        """Give what was done then, and when; the oldest first."""
        rows = self._connection.execute(
            "SELECT time_ns, line FROM reactions WHERE time_ns >= ? AND time_ns < ? ORDER BY time_ns",
            (start_ns, end_ns),
        )
        for time_ns, line in rows.fetchall():
            yield time_ns, json.loads(line)

    def _readings_at(self, time_ns: int, lookback_s: float, wanted: "Ints") -> tuple["Floats", "Longs"]:
        size = int(self._numbers.max(initial=0)) + 1
        values, times_ns = np.full(size, np.nan), np.zeros(size, np.int64)
        bucket = time_ns // BUCKET_NS
        oldest_ns = time_ns - int(lookback_s * 1e9)
        for each in range(bucket, oldest_ns // BUCKET_NS - 1, -1):
            found, found_ns = np.full(size, np.nan), np.zeros(size, np.int64)
            for body in self._bodies(each):
                batch = readings_of(body)
                fits = (batch.times_ns <= time_ns) & (batch.times_ns >= oldest_ns) & np.isfinite(batch.values)
                order = np.argsort(batch.times_ns[fits], kind="stable")  # the last one of a sensor stays
                numbers, moments = batch.sensors[fits][order], batch.times_ns[fits][order]
                newer = moments >= found_ns[numbers]
                found[numbers[newer]], found_ns[numbers[newer]] = batch.values[fits][order][newer], moments[newer]
            missing = np.isnan(values)
            values[missing], times_ns[missing] = found[missing], found_ns[missing]
            if not np.isnan(values[wanted]).any():
                break
        return values[self._numbers], times_ns[self._numbers]

    def _summary_at(self, time_ns: int, step: int) -> tuple["Floats", "Longs"]:
        values, times_ns = np.full(len(self._numbers), np.nan), np.full(len(self._numbers), time_ns)
        row = self._connection.execute(
            "SELECT start, body FROM summaries WHERE step = ? AND start > ? AND start <= ? ORDER BY start DESC LIMIT 1",
            (step, time_ns / 1e9 - 2 * step, time_ns / 1e9),
        ).fetchone()
        if row is not None:
            mean = summary_of(row[1]).mean
            known = self._numbers < len(mean)
            values[known] = mean[self._numbers[known]]
            times_ns[:] = min(time_ns, (row[0] + step) * _SECOND_NS)
        return values, times_ns

    def _cooling_at(self, time_ns: int) -> dict[str, float]:
        row = self._connection.execute(
            "SELECT levels FROM cooling WHERE time_ns <= ? ORDER BY time_ns DESC LIMIT 1", (time_ns,)
        ).fetchone()
        if row is None:
            return {}
        levels = np.frombuffer(row[0], "<f4")
        zones = self._connection.execute("SELECT id, name FROM zones")
        known = ((name, float(levels[number])) for number, name in zones if number < len(levels))
        return {name: level for name, level in known if not isnan(level)}

    @property
    def _numbers(self) -> "Ints":
        return self._named[0]

    @cached_property
    def _named(self) -> tuple["Ints", tuple[str, ...]]:
        """Return the numbers of all sensors, and their names in the same order."""
        rows = self._connection.execute("SELECT id, name FROM sensors ORDER BY id").fetchall()
        numbers, names = zip(*rows, strict=True) if rows else ((), ())
        return np.array(numbers, np.intp), names

    def _wanted(self, zones: Collection[str] | None) -> "Ints":
        if zones is None:
            return self._numbers
        query = "SELECT id FROM sensors WHERE zone IN (SELECT value FROM json_each(?))"
        return np.array([number for (number,) in self._connection.execute(query, (json.dumps([*zones]),))], np.intp)

    def _number(self, query: str, *values: object) -> int:
        row = self._connection.execute(query, values).fetchone()
        if row is None:
            raise KeyError(*values)
        return int(row[0])

    def _one(self, query: str, *values: object) -> Any:  # a single value, or None
        return self._connection.execute(query, values).fetchone()[0]

    def _bodies(self, bucket: int) -> list[bytes]:
        rows = self._connection.execute("SELECT body FROM readings WHERE bucket = ? ORDER BY id", (bucket,))
        return [body for (body,) in rows]


def _alarm(row: tuple[Any, ...]) -> Alarm:  # columns of several types
    name, raised_ns, _, severity, rule, subject, zone, room, value, cause, labels = row
    return Alarm(
        id=name,
        rule=rule,
        subject=subject,
        zone=zone,
        room=room,
        severity=Severity(severity),
        raised_ns=raised_ns,
        value=_float(value),
        cause=tuple(Reading(sensor, _float(each), time_ns) for sensor, each, time_ns in json.loads(cause)),
        labels=tuple(json.loads(labels).items()),
    )


def _float(value: float | None) -> float:
    return nan if value is None else value
