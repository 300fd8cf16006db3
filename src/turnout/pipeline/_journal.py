"""What a run has done already, kept in a file, so that after any end it goes on where it was."""

import os
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, Self

from turnout.clock import timestamp
from turnout.errors import JournalError
from turnout.executors import Reply
from turnout.executors._batches import Batch
from turnout.pipeline._item_marks import differing, marks_of, shown
from turnout.pipeline._journal_file import is_there, make, open_to_write
from turnout.pipeline._journal_known import Known, KnownOutcomes
from turnout.pipeline._journal_lock import Lock
from turnout.pipeline._journal_pieces import (
    COLUMNS,
    INSERT,
    PIECE_BYTES,
    Piece,
    failure_rows,
    piece_from,
    piece_of,
    row_of,
    rows_of,
)
from turnout.pipeline._omitted import OMITTED


class Counts(NamedTuple):
    """How far a journal is.

    Attributes:
        finished: Items that have an outcome, failed ones too.
        failed: How many of them failed.
    """

    finished: int
    failed: int


class Journal:
    """Outcomes in a SQLite file, each durable before it is reported.

    A finished outcome survives the end of the process at any moment, ``kill -9`` included. What a power cut can take
    is said in `_journal_file`.

    An item is known by its index and a mark of its value. Results are pickled by name where that can be done, so that
    the same program loads them as they were; what does not pickle, or does not load again, is reported as a failure,
    so that a run that was interrupted tells the same as one that was not.

    Args:
        path: The file; made if there is none, or an empty one.
        work: What is done with the items: a function's qualified name, or a pipeline's stages.
        retry_failed: Whether only the items that failed are run again, and all that were never finished left out.
        runs_unknown: Whether those that were never finished are run all the same: in a later stage of a pipeline, they
            are what came of items that had failed before it.

    Raises:
        JournalError: If the file is something else, belongs to other work, is in use, or cannot be read or written.
    """

    def __init__(self, path: str | Path, *, work: str, retry_failed: bool = False, runs_unknown: bool = False) -> None:
        self._path = Path(path)
        self._retry_failed = retry_failed
        self._omits_unknown = retry_failed and not runs_unknown
        if not is_there(self._path) and self._omits_unknown:
            raise JournalError(f"there is no journal {self._name}, which could tell what failed; name the one there is")
        target = self._path.resolve()
        self._lock = Lock(target)
        try:
            with self._told():
                if not is_there(self._path):  # it may have come to be before the lock was ours
                    make(target, work)
                self._connection = open_to_write(target)
                try:
                    self._begin(work)
                except BaseException:
                    self._connection.close()
                    raise
        except BaseException:
            self._lock.release()
            raise
        self._is_open = True
        self._marks: dict[int, int] = {}  # of items under way, as they were before the work could change them

    def _begin(self, work: str) -> None:
        ((kept,),) = self._connection.execute("SELECT work FROM about")
        if kept != work:
            raise JournalError(
                f"the journal {self._name} is of other work: {kept}, and this is {work}; name another journal"
            )
        total = "SELECT coalesce(sum(count), 0), coalesce(sum(failed), 0), coalesce(max(first + count), 0) FROM pieces"
        self._known_end: int  # SQLite's rows are of any type
        ((self._finished, self._failed, self._known_end),) = self._connection.execute(total)
        self._known = KnownOutcomes(self._connection, self._known_end)
        run = "INSERT INTO runs (began, pid) VALUES (?, ?)"
        self._run = self._connection.execute(run, (timestamp(), os.getpid())).lastrowid or 0

    @property
    def counts(self) -> Counts:
        """How many items are finished now."""
        return Counts(self._finished, self._failed)

    @property
    def known_end(self) -> int:
        """Index after the last item that was finished when the journal was opened; larger batches pay until there."""
        return self._known_end

    def try_failed_again(self) -> None:
        """Have those run again that failed, beside those that were never finished; to be called before the first."""
        self._retry_failed = True

    def expect(self, item_count: int) -> None:
        """Note how many items there are in all, for whoever looks at the progress."""
        with self._told():
            self._connection.execute("UPDATE about SET item_count = ?", (item_count,))

    def sort(self, batch: Batch) -> list[Batch | Reply]:
        """Cut a batch into answers that are known and batches that are still to be run, in order.

        Args:
            batch: Items that were not sorted before, behind all that were.

        Raises:
            JournalError: If an item is not the one that the journal knows, or a result does not load.
        """
        first, end = batch.first, batch.first + len(batch.items)
        marks = marks_of(batch.items)
        if first >= self._known_end:
            return [self._unknown(batch, first, end, marks)]
        known = self._known.current
        if known is not None and known.covers(first, end, marks):
            return [_answer(known, batch, first, end)]
        parts: list[Batch | Reply] = []
        at = first
        try:
            for known in self._known.overlapping(first, end):
                if at < known.first:
                    parts.append(self._unknown(batch, at, known.first, marks))
                    at = known.first
                stop = min(known.end, end)
                self._compare(known, batch, at, stop, marks)
                if self._retry_failed and known.errors:
                    parts += self._answers_and_failed(known, batch, at, stop, marks)
                else:
                    parts.append(_answer(known, batch, at, stop))
                at = stop
        except sqlite3.Error as error:
            raise self._complaint(error) from error
        if at < end:
            parts.append(self._unknown(batch, at, end, marks))
        return parts

    def keep(self, reply: Reply) -> Reply:
        """Make the outcomes of a reply durable, and return it as it is to be reported.

        Args:
            reply: Its values are final; what it has yet to try again is not kept.

        Raises:
            JournalError: If it cannot be written; then nothing of it is kept.
        """
        count = len(reply.values)
        if not count:
            return reply
        first = reply.batch.first
        piece, results, reply = piece_of(reply, self._noted(reply.batch.items, first, count), self._run)
        try:
            if not reply.failures and first >= self._known_end and len(results) <= PIECE_BYTES:
                self._connection.execute(INSERT, row_of(piece, results))
                self._finished += count
            else:
                self._replace(piece, results, reply.failures)
        except (sqlite3.Error, OverflowError) as error:
            raise self._complaint(error) from error
        return reply

    def close(self) -> None:
        """Leave the file as one, for the next run."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            with self._told():
                ended = "UPDATE runs SET ended = ? WHERE id = ?"
                self._connection.execute(ended, (timestamp(), self._run))
                with suppress(sqlite3.OperationalError):  # somebody reads it just now; then its WAL stays beside it
                    self._connection.execute("PRAGMA busy_timeout = 0")
                    self._connection.execute("PRAGMA journal_mode = DELETE")
        finally:
            self._connection.close()
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _name(self) -> str:
        return repr(str(self._path))

    def _unknown(self, batch: Batch, start: int, end: int, marks: "array[int]") -> Batch | Reply:
        part = _part(batch, start, end)
        if self._omits_unknown:
            return Reply(part, [OMITTED] * (end - start), {}, None)
        self._note(start, marks[start - batch.first : end - batch.first])
        return part

    def _answers_and_failed(
        self, known: Known, batch: Batch, start: int, end: int, marks: "array[int]"
    ) -> Iterator[Batch | Reply]:
        at = start
        for is_failed, indexes in groupby(range(start, end), key=known.errors.__contains__):
            stop = at + sum(1 for _ in indexes)
            if is_failed:
                self._note(at, marks[at - batch.first : stop - batch.first])
                yield _part(batch, at, stop)
            else:
                yield _answer(known, batch, at, stop)
            at = stop

    def _note(self, first: int, marks: "array[int]") -> None:
        self._marks.update(zip(range(first, first + len(marks)), marks, strict=True))

    def _noted(self, items: Sequence[Any], first: int, count: int) -> "array[int]":  # the caller's items
        try:
            return array("q", map(self._marks.pop, range(first, first + count)))
        except KeyError:
            return marks_of(items[:count])

    def _compare(self, known: Known, batch: Batch, start: int, end: int, marks: "array[int]") -> None:
        old = known.marks[start - known.first : end - known.first]
        place = differing(old, marks[start - batch.first : end - batch.first])
        if place is None:
            return
        index = start + place
        row = "SELECT first, items FROM pieces WHERE first <= ? ORDER BY first DESC LIMIT 1"
        ((first, texts),) = self._connection.execute(row, (index,))
        was = old[place] if texts is None else texts.split("\n")[index - first]
        raise JournalError(
            f"item {index} is {shown(batch.items[index - batch.first])}, but the journal {self._name} was written "
            f"with {was} in its place; give the items as they were, or name another journal"
        )

    def _replace(self, piece: Piece, results: bytes, failures: dict[int, BaseException]) -> None:
        """Keep a piece where there may be one: what failed before gives way."""
        connection, first, end = self._connection, piece.first, piece.end
        finished, failed = len(piece.values), len(failures)
        with _transaction(connection):
            before = "(SELECT max(first) FROM pieces WHERE first <= ?)"
            overlapping = f"SELECT {COLUMNS} FROM pieces WHERE first >= coalesce({before}, ?) AND first < ?"  # noqa: S608  our own words
            for row in connection.execute(overlapping, (first, first, end)).fetchall():
                old = piece_from(row)
                if old.end > first:
                    connection.execute("DELETE FROM pieces WHERE first = ?", (old.first,))
                    for left in old.without(first, end):
                        connection.executemany(INSERT, rows_of(left))
                    finished -= min(end, old.end) - max(first, old.first)
            gone = connection.execute("DELETE FROM failures WHERE item_index >= ? AND item_index < ?", (first, end))
            connection.executemany(INSERT, rows_of(piece, results))
            connection.executemany("INSERT INTO failures VALUES (?, ?, ?, ?)", failure_rows(piece, failures))
        self._finished += finished
        self._failed += failed - gone.rowcount

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise self._complaint(error) from error

    def _complaint(self, error: Exception) -> JournalError:
        reason = getattr(error, "strerror", None) or error
        if type(error) is sqlite3.DatabaseError:
            return JournalError(f"the journal {self._name} is damaged ({reason}); begin with another one")
        return JournalError(
            f"the journal {self._name} cannot be read or written ({reason}); all that was reported is in it: "
            f"see to room and rights, and run the same again"
        )


def _part(batch: Batch, start: int, end: int) -> Batch:
    if end - start == len(batch.items):
        return batch
    return replace(batch, first=start, items=batch.items[start - batch.first : end - batch.first])


def _answer(known: Known, batch: Batch, start: int, end: int) -> Reply:
    part = Batch(start, batch.items[start - batch.first : end - batch.first], known.attempts)
    failures = known.failures(start, end) if known.errors else {}
    return Reply(part, known.values[start - known.first : end - known.first], failures, None)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
