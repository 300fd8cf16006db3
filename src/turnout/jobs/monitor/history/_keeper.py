"""The file of a history, held open as soon as it can be: neither a full disk nor damage keeps a monitor from work."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from turnout.jobs.monitor._aside import move_aside
from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.history._file import is_damage, open_to_write
from turnout.jobs.monitor.history._numbers import Numbers

_AGAIN_NS = 600 * 10**9  # a disk that damages each new file would be full of them soon


@dataclass(slots=True)
class Opened:
    """A file that is open.

    Attributes:
        connection: To it.
        numbers: Of the sensors and zones in it.
        cooling: The last that was written of it.
    """

    connection: sqlite3.Connection
    numbers: Numbers
    cooling: bytes = b""


class Keeper:
    """Opens the file of a history, again and again if need be; one that is damaged is moved aside, and another made.

    Args:
        path: The file.
        layout: What is kept in it.
        now_ns: Tells nanoseconds since the Unix epoch.
        say: Told where a damaged file is now.

    Attributes:
        opened: The file, if it is open.

    Raises:
        UsageError: If something else is there.
    """

    def __init__(self, path: Path, layout: Layout, *, now_ns: Callable[[], int], say: Callable[[str], None]) -> None:
        self._path, self._layout = path, layout
        self._now_ns, self._say = now_ns, say
        self._moved_ns: int | None = None
        self.opened: Opened | None = None
        with suppress(sqlite3.Error, OSError):  # who writes is told
            try:
                self._open()
            except sqlite3.DatabaseError as error:
                self._look_into(error)
                self._open()

    @contextmanager
    def writing(self) -> Iterator[Opened]:
        """Write in one transaction; nothing is written if the block raises.

        Raises:
            sqlite3.Error: If the file cannot be written. If it was damaged, the next transaction is in a new one.
            OSError: If there is no file, and none can be made.
        """
        try:
            opened = self._open()
            opened.connection.execute("BEGIN IMMEDIATE")
            with opened.connection:
                yield opened
        except sqlite3.DatabaseError as error:
            self._look_into(error)
            raise

    def close(self) -> None:
        """Close the file. All of it is in one file then, even if somebody reads it."""
        if self.opened is None:
            return
        connection = self.opened.connection
        with suppress(sqlite3.Error):  # as on a full disk: the log beside it stays, and is read by the next one
            connection.execute("PRAGMA busy_timeout = 200")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        self.opened = None

    def _open(self) -> Opened:
        if self.opened is None:
            connection = open_to_write(self._path)
            try:
                self.opened = Opened(connection, Numbers(connection, self._layout))
            except BaseException:
                connection.close()
                raise
        return self.opened

    def _look_into(self, error: sqlite3.Error) -> None:
        """Move the file aside, if it is damaged."""
        now_ns = self._now_ns()
        if not is_damage(error) or (self._moved_ns is not None and now_ns < self._moved_ns + _AGAIN_NS):
            return
        self._moved_ns = now_ns
        if self.opened is not None:
            self.opened.connection.close()
            self.opened = None
        try:
            aside = move_aside(self._path, now_ns)
        except OSError as refusal:
            self._say(f"the history {self._path} is damaged ({error}), and cannot be moved aside ({refusal.strerror})")
            return
        self._say(
            f"the history was damaged ({error}): it is {aside} now, and a new one begins; rules and reactions go on. "
            f"To see what is left of it: sqlite3 {aside} .recover"
        )
