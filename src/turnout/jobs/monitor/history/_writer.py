"""Writes what was seen and done, in one transaction at a time."""

import json
import sqlite3
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Alarm, Batch, Change, ChangeKind, Layout
from turnout.jobs.monitor.history._body import readings_body
from turnout.jobs.monitor.history._file import HISTORY_FILE, open_to_write
from turnout.jobs.monitor.history._folding import MOST_AT_ONCE, fold
from turnout.jobs.monitor.history._levels import BUCKET_NS, BUCKET_S, STEPS_S, Keeping
from turnout.jobs.monitor.history._numbers import Numbers

if TYPE_CHECKING:
    from turnout.jobs.monitor._numpy import Singles

_AHEAD_NS = 3600 * 10**9  # a reading from further in the future has a wrong clock, and would be kept for ever
_BEGINS = frozenset({ChangeKind.RAISED, ChangeKind.FLAPPING})
_ENDS = frozenset({ChangeKind.CLEARED, ChangeKind.CALM})
_PRUNE_S = 60.0
_PRUNED_AT_ONCE = 500  # rows of a table: some 30 MB, so that readers and the disk are not held up
MOST_WAITING = 20_000_000  # readings that wait for the disk: 400 MB, or half an hour of 10,000 a second


class History:
    """Keeps readings, alarms, cooling and reactions in a file.

    `add` and its like only take note, and may be called from an event loop while another thread is in `commit`.

    Args:
        folder: Where the file is; made if there is none. One process at a time may write there.
        layout: What the readings' indexes mean.
        keeping: How long.
        most_waiting: How many readings may wait for the disk, before the oldest are given up.

    Attributes:
        kept_count: Readings that are in the file or wait to be.
        misdated_count: Readings left out, because their times were in the future or older than readings are kept.
        dropped_count: Readings left out, because the file could not be written for too long.

    Raises:
        UsageError: If no history can be kept there.
    """

    def __init__(
        self, folder: Path, layout: Layout, keeping: Keeping | None = None, *, most_waiting: int = MOST_WAITING
    ) -> None:
        self._spans_s = (keeping or Keeping()).spans_s()
        self._connection = open_to_write(folder / HISTORY_FILE)
        self._numbers = Numbers(self._connection, layout)
        self._lock = Lock()
        self._waiting: deque[Batch] = deque()
        self._waiting_count = 0
        self._most_waiting = most_waiting
        self._changes: deque[Change] = deque()
        self._reactions: deque[tuple[int, str]] = deque()
        self._levels: Singles = np.full(self._numbers.zones, np.nan, "<f4")
        self._cooling: tuple[int, bytes] | None = None
        self._cooling_kept = b""
        self._pruned_s = 0.0
        self.kept_count = 0
        self.misdated_count = 0
        self.dropped_count = 0

    def add(self, batch: Batch) -> None:
        """Take readings; the arrays are not copied, and must not change any more."""
        with self._lock:
            self._waiting.append(batch)
            self._waiting_count += len(batch)
            self.kept_count += len(batch)
            while self._waiting_count > self._most_waiting:
                lost = len(self._waiting.popleft())
                self._waiting_count -= lost
                self.kept_count -= lost
                self.dropped_count += lost

    def note(self, change: Change) -> None:
        """Take what became of an alarm."""
        self._changes.append(change)

    def cool(self, time_ns: int, levels: Mapping[str, float]) -> None:
        """Take how much some zones are cooled; the others stay as they were.

        Args:
            time_ns: Since when.
            levels: 0 to 1, by zone of the layout; NaN where it is not known any more.
        """
        for zone, level in levels.items():
            self._levels[self._numbers.of_zone[zone]] = level
        self._cooling = time_ns, self._levels.tobytes()

    def react(self, time_ns: int, reaction: Mapping[str, object] | str) -> None:
        """Take what was done about an alarm: anything that JSON can hold, or its JSON."""
        line = reaction if isinstance(reaction, str) else json.dumps(reaction, ensure_ascii=False)
        self._reactions.append((time_ns, line))

    def commit(self, now_ns: int) -> None:
        """Write what was taken; make summaries that are due and drop what is too old. Call it every second or so.

        Raises:
            sqlite3.Error: If the file cannot be written, as on a full disk. Nothing is lost then: the next call tries
                again with what has come meanwhile.
        """
        with self._lock:
            batches, self._waiting = list(self._waiting), deque()
            count, self._waiting_count = self._waiting_count, 0
        changes, reactions, cooling = list(self._changes), list(self._reactions), self._cooling
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                misdated = self._write_readings(batches, now_ns)
                self._write_changes(changes)
                self._connection.executemany("INSERT INTO reactions (time_ns, line) VALUES (?, ?)", reactions)
                if cooling is not None and cooling[1] != self._cooling_kept:
                    self._connection.execute("INSERT OR REPLACE INTO cooling VALUES (?, ?)", cooling)
                if fold(self._connection, self._numbers, now_ns / 1e9) < MOST_AT_ONCE:
                    self._prune(now_ns / 1e9)  # and not what has still to be summed up
        except BaseException:
            with self._lock:
                self._waiting.extendleft(reversed(batches))
                self._waiting_count += count
            raise
        for taken, written in ((self._changes, changes), (self._reactions, reactions)):
            for _ in written:
                taken.popleft()
        self._cooling_kept = cooling[1] if cooling else b""
        with self._lock:
            self.misdated_count += misdated
            self.kept_count -= misdated

    def close(self) -> None:
        """Close the file, without another commit. All of it is in one file then, even if somebody reads it."""
        with suppress(sqlite3.Error):  # as on a full disk: the log beside it stays, and is read by the next one
            self._connection.execute("PRAGMA busy_timeout = 200")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def _write_readings(self, batches: list[Batch], now_ns: int) -> int:
        """Write readings, each row those of one bucket; return how many were left out for their times."""
        if not any(map(len, batches)):
            return 0
        times_ns = np.concatenate([batch.times_ns for batch in batches])
        numbers = self._numbers.of_sensor[np.concatenate([batch.sensors for batch in batches])]
        values = np.concatenate([batch.values for batch in batches])
        buckets = times_ns // BUCKET_NS
        oldest = (now_ns - int(self._spans_s[0] * 1e9)) // BUCKET_NS + 1
        newest = (now_ns + _AHEAD_NS) // BUCKET_NS
        first, last = int(buckets.min()), int(buckets.max())
        # Nearly always there is but one bucket, and to look for others would take as long as to pack the readings.
        found = [first] if first == last else np.unique(buckets).tolist()
        kept = 0
        for bucket in found:
            if not oldest <= bucket <= newest:
                continue
            chosen = np.flatnonzero(buckets == bucket)
            body = readings_body(Batch(sensors=numbers[chosen], values=values[chosen], times_ns=times_ns[chosen]))
            self._connection.execute("INSERT INTO readings (bucket, body) VALUES (?, ?)", (bucket, body))
            self._connection.execute("INSERT OR IGNORE INTO stale VALUES (?, ?)", (STEPS_S[0], bucket * BUCKET_S))
            kept += len(chosen)
        return len(times_ns) - kept

    def _write_changes(self, changes: list[Change]) -> None:
        for change in changes:
            if change.kind in _BEGINS:
                self._connection.execute(
                    "INSERT OR IGNORE INTO alarms VALUES (?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, ?)", _row_of(change.alarm)
                )
            elif change.kind in _ENDS:
                ended = (change.time_ns, change.alarm.id)
                self._connection.execute("UPDATE alarms SET cleared_ns = ? WHERE id = ?", ended)
            self._connection.execute(  # OR IGNORE, since a monitor that was killed tells its last changes again
                "INSERT OR IGNORE INTO changes (time_ns, alarm, kind, value) VALUES (?, ?, ?, ?)",
                (change.time_ns, change.alarm.id, str(change.kind), _number(change.value)),
            )

    def _prune(self, now_s: float) -> None:
        if abs(now_s - self._pruned_s) < _PRUNE_S:
            return
        readings_s, *summaries_s = self._spans_s
        done = [self._delete("readings", "bucket <", (now_s - readings_s) // BUCKET_S)]
        for step, coarser, span_s in zip(STEPS_S, (*STEPS_S[1:], 1), summaries_s, strict=True):
            limit = (now_s - span_s) // coarser * coarser  # where the next level has a border, so that no gap is left
            done.append(self._delete("summaries", f"step = {step} AND start <", limit))
        oldest_ns = int((now_s - summaries_s[-1]) * 1e9)
        done.append(self._delete("cooling", "time_ns <", int((now_s - summaries_s[0]) * 1e9), "time_ns"))
        done += [self._delete(table, "time_ns <", oldest_ns) for table in ("changes", "reactions")]
        done.append(self._delete("alarms", "cleared_ns <", oldest_ns))
        if max(done) < _PRUNED_AT_ONCE:  # else there is more, and the next commit goes on
            self._pruned_s = now_s

    def _delete(self, table: str, condition: str, limit: float, key: str = "id") -> int:
        chosen = f"SELECT {key} FROM {table} WHERE {condition} ? LIMIT {_PRUNED_AT_ONCE}"  # noqa: S608  our own words
        done = self._connection.execute(f"DELETE FROM {table} WHERE {key} IN ({chosen})", (limit,))  # noqa: S608  likewise
        return done.rowcount


def _row_of(alarm: Alarm) -> tuple[object, ...]:
    cause = [[reading.sensor, _number(reading.value), reading.time_ns] for reading in alarm.cause]
    return (
        alarm.id,
        alarm.raised_ns,
        int(alarm.severity),
        alarm.rule,
        alarm.subject,
        alarm.zone,
        alarm.room,
        _number(alarm.value),
        json.dumps(cause),
        json.dumps(dict(alarm.labels)),
    )


def _number(value: float) -> float | None:
    """Return what JSON and SQLite can hold: they have no NaN."""
    return value if isfinite(value) else None
