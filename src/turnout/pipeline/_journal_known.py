"""What a journal knew when it was opened, read along with the items and never held as a whole."""

import pickle
import sqlite3
from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from turnout.errors import JournalError
from turnout.executors._pickling import Packed, unpack_error
from turnout.pipeline._journal_pieces import marks_from

if TYPE_CHECKING:
    from array import array

ROWS = 1024  # that are read at once
HELD_BYTES = 1 << 22  # of results, after which no more rows are read at once

_SELECT = (
    "SELECT first, count, attempts, marks, results, errors FROM pieces WHERE first > ? AND first < ? "
    "ORDER BY first LIMIT ?"
)


@dataclass(slots=True)
class Known:
    """Outcomes of neighbouring items, from as many rows as have the same number of attempts.

    Attributes:
        first: Index of the first item.
        end: Index after the last one.
        attempts: How often each was tried.
        marks: Of the items.
        values: Results, None where the item failed.
        errors: Packed errors, by index.
    """

    first: int
    end: int
    attempts: int
    marks: "array[int]"
    values: list[Any]  # the caller's results
    errors: dict[int, Packed]

    def covers(self, start: int, end: int, marks: "array[int]") -> bool:
        """Tell whether all of the items have succeeded here, and are the same."""
        if self.errors or start < self.first or end > self.end:
            return False
        return self.marks[start - self.first : end - self.first] == marks

    def failures(self, start: int, end: int) -> dict[int, BaseException]:
        """Return the errors at the indexes from ``start`` to before ``end``, by offset from ``start``."""
        indexes = range(start, end)
        return {index - start: unpack_error(packed) for index, packed in self.errors.items() if index in indexes}


class KnownOutcomes:
    """A cursor over the rows in the order of their indexes.

    Rows are read in bites, each by a statement of its own: a statement that stayed open would keep the WAL from being
    folded into the file.

    Args:
        connection: The journal's.
        end: Index after the last item of these rows; what is kept from now on lies in gaps, or behind.
    """

    def __init__(self, connection: sqlite3.Connection, end: int) -> None:
        self._connection = connection
        self._end = end
        self._read_to = -1  # the last row's first index
        self._ahead: deque[Known] = deque()

    @property
    def current(self) -> Known | None:
        """Where the last call ended; None if that was at the end of what was read."""
        return self._ahead[0] if self._ahead else None

    def overlapping(self, start: int, end: int) -> list[Known]:
        """Return what overlaps the indexes from ``start`` to before ``end``, in order.

        Args:
            start: Not less than in an earlier call.
            end: More than ``start``.

        Raises:
            JournalError: If a result does not load.
        """
        found: list[Known] = []
        ahead = self._ahead
        while ahead or self._read():
            known = ahead[0]
            if known.first >= end:
                break
            if known.end > start:
                found.append(known)
                if known.end > end:
                    break
            ahead.popleft()
        return found

    def _read(self) -> bool:
        """Read further rows, and tell whether there were any."""
        rows: list[_Row] = []
        held_bytes = 0
        cursor = self._connection.execute(_SELECT, (self._read_to, self._end, ROWS))
        for row in cursor:
            rows.append(row)
            held_bytes += len(row[4])
            if held_bytes > HELD_BYTES:
                break
        cursor.close()
        if rows:
            self._read_to = rows[-1][0]
            whole = _as_one(rows)
            self._ahead.extend([whole] if whole is not None else _grouped(rows))
        return bool(rows)


_Row = tuple[int, int, int, bytes, bytes, bytes | None]  # in the order of _SELECT


def _as_one(rows: list[_Row]) -> Known | None:
    """Return the rows as one, without a step for each, if they are neighbours and nothing is the matter with them."""
    firsts, counts, attempts, marks, results, errors = zip(*rows, strict=True)
    first, end = firsts[0], firsts[-1] + counts[-1]
    if end - first != sum(counts) or len(set(attempts)) > 1 or any(errors):
        return None
    try:
        values = list(chain.from_iterable(map(pickle.loads, results)))
    except Exception:  # noqa: BLE001  the results' own code may raise anything; which one it is will be found out
        return None
    return Known(first, end, attempts[0], marks_from(b"".join(marks)), values, {})


def _grouped(rows: list[_Row]) -> list[Known]:
    groups: list[Known] = []
    for first, count, attempts, marks, results, errors in rows:
        try:
            values = pickle.loads(results)
        except Exception as error:  # whatever the results' own code raises
            raise _does_not_load(first, count, error) from error
        packed = {first + place: one for place, one in pickle.loads(errors).items()} if errors else {}
        group = groups[-1] if groups else None
        if group is not None and group.end == first and group.attempts == attempts:
            group.end += count
            group.marks.frombytes(marks)
            group.values += values
            group.errors.update(packed)
        else:
            groups.append(Known(first, first + count, attempts, marks_from(marks), values, packed))
    return groups


def _does_not_load(first: int, count: int, error: Exception) -> JournalError:
    which = f"item {first}" if count == 1 else f"items {first} to {first + count - 1}"
    return JournalError(
        f"the journal's result of {which} does not load here ({type(error).__name__}: {error}); "
        f"run it where the classes of the results are as they were, or begin with another journal"
    )
