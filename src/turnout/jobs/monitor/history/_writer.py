"""Writes what was seen and done, in one transaction at a time."""

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Lock

from turnout.clock import epoch_ns
from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Alarm, Batch, Change, Layout
from turnout.jobs.monitor.history._alarms import Stock, write_alarms
from turnout.jobs.monitor.history._body import readings_body
from turnout.jobs.monitor.history._file import HISTORY_FILE
from turnout.jobs.monitor.history._folding import MOST_AT_ONCE, fold
from turnout.jobs.monitor.history._keeper import Keeper
from turnout.jobs.monitor.history._levels import BUCKET_NS, BUCKET_S, STEPS_S, Keeping
from turnout.jobs.monitor.history._numbers import Numbers

_AHEAD_NS = 3600 * 10**9  # a reading from further in the future has a wrong clock, and would be kept for ever
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
        now_ns: Tells nanoseconds since the Unix epoch.
        say: Told of what was damaged.

    Attributes:
        kept_count: Readings that are in the file or wait to be.
        misdated_count: Readings left out, because their times were in the future or older than readings are kept.
        dropped_count: Readings left out, because the file could not be written for too long.

    Raises:
        UsageError: If something else is there. A disk that is full, and a file that is damaged, are no reason.
    """

    def __init__(
        self,
        folder: Path,
        layout: Layout,
        keeping: Keeping | None = None,
        *,
        most_waiting: int = MOST_WAITING,
        now_ns: Callable[[], int] = epoch_ns,
        say: Callable[[str], None] = print,
    ) -> None:
        self._spans_s = (keeping or Keeping()).spans_s()
        self._keeper = Keeper(folder / HISTORY_FILE, layout, now_ns=now_ns, say=say)
        self._say = say
        self._lock = Lock()
        self._waiting: deque[Batch] = deque()
        self._waiting_count = 0
        self._most_waiting = most_waiting
        self._changes: deque[Change | Stock] = deque()
        self._reactions: deque[tuple[int, str]] = deque()
        self._levels: dict[str, float] = {}
        self._cooling: tuple[int, Mapping[str, float]] | None = None
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

    def stand(self, time_ns: int, zones: Iterable[str], alarms: Iterable[Alarm]) -> None:
        """Take all alarms of some zones that stand at a moment; those that are known and not among them are over."""
        self._changes.append(Stock(time_ns=time_ns, zones=tuple(zones), alarms=tuple(alarms)))

    def cool(self, time_ns: int, levels: Mapping[str, float]) -> None:
        """Take how much some zones are cooled; the others stay as they were.

        Args:
            time_ns: Since when.
            levels: 0 to 1, by zone of the layout; NaN where it is not known any more.
        """
        self._levels |= levels
        self._cooling = time_ns, dict(self._levels)

    def react(self, time_ns: int, reaction: Mapping[str, object] | str) -> None:
        """Take what was done about an alarm: anything that JSON can hold, or its JSON."""
        line = reaction if isinstance(reaction, str) else json.dumps(reaction, ensure_ascii=False)
        self._reactions.append((time_ns, line))

    def commit(self, now_ns: int) -> None:
        """Write what was taken; make summaries that are due and drop what is too old. Call it every second or so.

        Raises:
            sqlite3.Error: If the file cannot be written, as on a full disk. Nothing is lost then: the next call tries
                again with what has come meanwhile, and in a new file if this one was damaged.
            OSError: If there is no file, and none can be made; likewise.
        """
        with self._lock:
            batches, self._waiting = list(self._waiting), deque()
            count, self._waiting_count = self._waiting_count, 0
        changes, reactions, cooling = list(self._changes), list(self._reactions), self._cooling
        try:
            with self._keeper.writing() as opened:
                connection, numbers = opened.connection, opened.numbers
                misdated = self._write_readings(connection, numbers, batches, now_ns)
                write_alarms(connection, changes)
                connection.executemany("INSERT INTO reactions (time_ns, line) VALUES (?, ?)", reactions)
                levels = opened.cooling if cooling is None else numbers.cooling_body(cooling[1])
                if cooling is not None and levels != opened.cooling:
                    connection.execute("INSERT OR REPLACE INTO cooling VALUES (?, ?)", (cooling[0], levels))
                if fold(connection, numbers, now_ns / 1e9, self._say) < MOST_AT_ONCE:
                    self._prune(connection, now_ns / 1e9)  # and not what has still to be summed up
        except BaseException:
            with self._lock:
                self._waiting.extendleft(reversed(batches))
                self._waiting_count += count
            raise
        for taken, written in ((self._changes, changes), (self._reactions, reactions)):
            for _ in written:
                taken.popleft()
        opened.cooling = levels
        with self._lock:
            self.misdated_count += misdated
            self.kept_count -= misdated

    def close(self) -> None:
        """Close the file, without another commit. All of it is in one file then, even if somebody reads it."""
        self._keeper.close()

    def _write_readings(
        self, connection: sqlite3.Connection, numbers: Numbers, batches: list[Batch], now_ns: int
    ) -> int:
        """Write readings, each row those of one bucket; return how many were left out for their times."""
        if not any(map(len, batches)):
            return 0
        times_ns = np.concatenate([batch.times_ns for batch in batches])
        sensors = numbers.of_sensor[np.concatenate([batch.sensors for batch in batches])]
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
            body = readings_body(Batch(sensors=sensors[chosen], values=values[chosen], times_ns=times_ns[chosen]))
            connection.execute("INSERT INTO readings (bucket, body) VALUES (?, ?)", (bucket, body))
            connection.execute("INSERT OR IGNORE INTO stale VALUES (?, ?)", (STEPS_S[0], bucket * BUCKET_S))
            kept += len(chosen)
        return len(times_ns) - kept

    def _prune(self, connection: sqlite3.Connection, now_s: float) -> None:
        if abs(now_s - self._pruned_s) < _PRUNE_S:
            return
        readings_s, *summaries_s = self._spans_s
        done = [_delete(connection, "readings", "bucket <", (now_s - readings_s) // BUCKET_S)]
        for step, coarser, span_s in zip(STEPS_S, (*STEPS_S[1:], 1), summaries_s, strict=True):
            limit = (now_s - span_s) // coarser * coarser  # where the next level has a border, so that no gap is left
            done.append(_delete(connection, "summaries", f"step = {step} AND start <", limit))
        oldest_ns = int((now_s - summaries_s[-1]) * 1e9)
        done.append(_delete(connection, "cooling", "time_ns <", int((now_s - summaries_s[0]) * 1e9), "time_ns"))
        done += [_delete(connection, table, "time_ns <", oldest_ns) for table in ("changes", "reactions")]
        done.append(_delete(connection, "alarms", "cleared_ns <", oldest_ns))
        if max(done) < _PRUNED_AT_ONCE:  # else there is more, and the next commit goes on
            self._pruned_s = now_s


def _delete(connection: sqlite3.Connection, table: str, condition: str, limit: float, key: str = "id") -> int:
    chosen = f"SELECT {key} FROM {table} WHERE {condition} ? LIMIT {_PRUNED_AT_ONCE}"  # noqa: S608  our own words
    done = connection.execute(f"DELETE FROM {table} WHERE {key} IN ({chosen})", (limit,))  # noqa: S608  likewise
    return done.rowcount
