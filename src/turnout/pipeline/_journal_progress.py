"""How far a journal is, for a reader who runs nothing and loads no pickles, also while another process writes it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from turnout.errors import JournalError
from turnout.pipeline._journal_file import connect, is_there, journal_path

ROWS = 1024  # failures that are read at once

_RUNS = """
SELECT began, ended, coalesce(sum(count), 0), coalesce(sum(failed), 0)
FROM runs LEFT JOIN (SELECT run, sum(count) AS count, sum(failed) AS failed FROM pieces GROUP BY run) ON run = id
GROUP BY id ORDER BY id
"""
_FAILURES = "SELECT item_index, item, error, attempts FROM failures WHERE item_index > ? ORDER BY item_index LIMIT ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRun:
    """One time that the work was begun or gone on with.

    Attributes:
        began: Date and time, ISO 8601.
        ended: Likewise; None if it goes on, or was cut off.
        finished: Items whose outcome is from it; those that a later run tried again are that one's.
        failed: How many of them failed.
    """

    began: str
    ended: str | None
    finished: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFailure:
    """An item that failed.

    Attributes:
        index: Its place among the items, from 0.
        item: The item, as a short text.
        error: What was raised, as text.
        attempts: How often it was tried.
    """

    index: int
    item: str
    error: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalProgress:
    """How far a journal was when it was looked at.

    Attributes:
        path: The file.
        work: What is done with the items.
        created: When the journal was begun, ISO 8601.
        item_count: How many items there are; None if that is not known.
        runs: In their order.
    """

    path: Path
    work: str
    created: str
    item_count: int | None
    runs: tuple[JournalRun, ...]

    @property
    def finished(self) -> int:
        """Items that have an outcome, failed ones too."""
        return sum(run.finished for run in self.runs)

    @property
    def failed(self) -> int:
        """How many of them failed."""
        return sum(run.failed for run in self.runs)

    @property
    def succeeded(self) -> int:
        """How many of them did not."""
        return self.finished - self.failed

    def failures(self) -> Iterator[JournalFailure]:
        """Yield the failures in the order of their items; read as they are asked for.

        Raises:
            JournalError: If the file cannot be read any more.
        """
        last = -1
        while True:
            with _open(self.path) as connection:
                rows = connection.execute(_FAILURES, (last, ROWS)).fetchall()
            for last, item, error, attempts in rows:
                yield JournalFailure(index=last, item=item, error=error, attempts=attempts)
            if len(rows) < ROWS:
                return


def read_progress(path: str | Path) -> JournalProgress:
    """Look at a journal; nothing is changed, and a run that writes it is not held up.

    Raises:
        JournalError: If there is none, or it cannot be read.
    """
    path = Path(path)
    if not is_there(path):
        found = "is empty" if path.exists() else "does not exist"
        raise JournalError(f"the journal {str(path)!r} {found}; it is made by a run with --journal")
    with _open(path) as connection:
        connection.execute("BEGIN")  # both from one moment
        ((work, created, item_count),) = connection.execute("SELECT work, created, item_count FROM about")
        runs = tuple(
            JournalRun(began=began, ended=ended, finished=finished, failed=failed)
            for began, ended, finished, failed in connection.execute(_RUNS)
        )
    return JournalProgress(path=path, work=work, created=created, item_count=item_count, runs=runs)


def read_stages(path: str | Path) -> tuple[JournalProgress, ...]:
    """Look at the journals of all stages of a pipeline; at the one journal of what is none.

    Args:
        path: That of the first stage.

    Raises:
        JournalError: If there is none, or one cannot be read.
    """
    found = [read_progress(path)]
    with suppress(JournalError):  # what has such a name by chance belongs to somebody else
        while is_there(journal_path(path, len(found))):
            found.append(read_progress(journal_path(path, len(found))))
    return tuple(found)


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(_connect(path.resolve())) as connection:
            yield connection
    except sqlite3.Error as error:
        if type(error) is sqlite3.DatabaseError:
            raise JournalError(f"the journal {str(path)!r} is damaged ({error}); begin with another one") from error
        raise JournalError(f"the journal {str(path)!r} cannot be read ({error}); see to its rights") from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = connect(path, "mode=ro")
    try:
        connection.execute("SELECT 1 FROM about").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if path.with_name(f"{path.name}-wal").exists():
            raise
        return connect(path, "mode=ro&immutable=1")  # in a folder that is read-only, so nobody writes it either
    return connection
