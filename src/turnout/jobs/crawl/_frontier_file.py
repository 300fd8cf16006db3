"""The file of a frontier: how it is made, told from other files, opened and locked.

    about      names and values: the format, the seeds and the scope as JSON
    hosts      one row for each scheme, host and port
    urls       one row for each address that was found
    fetches    what became of an address when it was fetched last
    links, anchors, aliases: see `turnout.pages`
    outbox     addresses that another shard owns, until it has them
    rules      the robots.txt of hosts, kept by a shard from one job to the next of the same run
    runs       one row for each time the crawl was begun or gone on with
    timeline   what was done in each span of a run

Rows of urls are numbered as they are found, which is about the order in which they are fetched: a batch of pages
changes few pages of the file. Like a journal, it outlives the process, whatever kills it; a power cut may cost the last
moments.
"""

import fcntl
import os
import sqlite3
import stat
from pathlib import Path
from typing import Self

from turnout.errors import UsageError
from turnout.pages import FRONTIER_FILE

APPLICATION = 0x7475_7266
FORMAT = 1
_BUSY_S = 30.0
_CACHE_KB = 16_384
_CHECKPOINT_PAGES = 4_000
_LOCK_FILE = "lock"
_SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hosts (
    id INTEGER PRIMARY KEY,
    origin TEXT NOT NULL UNIQUE,  -- "http://example.org:8080"
    note TEXT NOT NULL DEFAULT '' -- why nothing is fetched there, if so
);
CREATE TABLE IF NOT EXISTS urls (
    id INTEGER PRIMARY KEY,
    key INTEGER NOT NULL,
    host INTEGER NOT NULL,
    state INTEGER NOT NULL,       -- see State
    rank INTEGER NOT NULL,        -- what has a lower one is fetched first
    depth INTEGER NOT NULL,
    hops INTEGER NOT NULL,
    url TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS waiting ON urls (host, rank) WHERE state = 0;
CREATE TABLE IF NOT EXISTS fetches (
    id INTEGER PRIMARY KEY,
    status INTEGER NOT NULL,      -- of HTTP; 0 if there was no answer
    note TEXT NOT NULL,           -- why it is not in the index, or what failed
    fetched_s REAL NOT NULL,
    ms REAL NOT NULL,
    bytes INTEGER NOT NULL,
    content INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS links (id INTEGER PRIMARY KEY, targets BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS anchors (target INTEGER NOT NULL, anchor TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS aliases (key INTEGER PRIMARY KEY, stands_for INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (  -- addresses for the shards that own their hosts
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- a number is not given twice, even if all rows are gone
    key INTEGER NOT NULL,
    url TEXT NOT NULL,
    depth INTEGER NOT NULL,
    hops INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS rules (host INTEGER PRIMARY KEY, status INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY,
    began TEXT NOT NULL,
    ended TEXT,
    wall_s REAL NOT NULL DEFAULT 0,
    cpu_s REAL NOT NULL DEFAULT 0,
    fetched INTEGER NOT NULL DEFAULT 0,
    indexed INTEGER NOT NULL DEFAULT 0,
    stages TEXT NOT NULL DEFAULT '{{}}'
);
CREATE TABLE IF NOT EXISTS timeline (
    run INTEGER NOT NULL,
    start_s REAL NOT NULL,
    span_s REAL NOT NULL,
    fetched INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    bytes INTEGER NOT NULL
);
"""


class FolderLock:
    """Holds a folder for one crawl at a time, as long as the process lives.

    Args:
        folder: It is made if it is not there.

    Raises:
        UsageError: If another process holds it, or it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(f"the folder {str(folder)!r} cannot be used ({reason}); name another one") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise UsageError(
                f"another crawl works in {str(folder)!r}; wait for its end, or name another folder"
            ) from None

    def release(self) -> None:
        """Let the next one have it."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def open_to_write(folder: Path) -> sqlite3.Connection:
    """Open the frontier in a folder that is locked, and make it if there is none.

    Raises:
        UsageError: If something else is there.
    """
    path = folder / FRONTIER_FILE
    check(path)
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_S, check_same_thread=False)
        try:
            _refuse_others(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.executescript(_SCHEMA)
        except BaseException:
            connection.close()
            raise
    except sqlite3.DatabaseError as error:
        raise UsageError(f"{str(path)!r} cannot be used as a frontier ({error}); name another folder") from None
    return connection


def _refuse_others(connection: sqlite3.Connection, path: Path) -> None:
    """Let alone what another program has made: a frontier says that it is one before it has its first table."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise _not_ours(path)


def _not_ours(path: Path) -> UsageError:
    return UsageError(f"{str(path)!r} is a SQLite database, but not a frontier of turnout; name another folder")


def cannot_be_read(folder: str | Path, error: sqlite3.Error) -> UsageError:
    """Return what to do about a frontier that is damaged."""
    return UsageError(f"the crawl in {str(folder)!r} cannot be read ({error}); name another folder")


def is_damaged(error: Exception) -> bool:
    """Tell whether an error says that a file is no whole database, rather than what the disk does not take."""
    name: str = getattr(error, "sqlite_errorname", "")
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def open_to_read(folder: Path) -> sqlite3.Connection:
    """Open the frontier in a folder, also while a crawl writes it.

    Raises:
        UsageError: If there is none.
    """
    path = folder / FRONTIER_FILE
    if not check(path):
        raise UsageError(
            f"{str(folder)!r} is not the folder of a crawl; make one with: turnout crawl URL --state FOLDER"
        )
    try:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)
    except sqlite3.Error as error:
        raise UsageError(f"{str(path)!r} cannot be read ({error}); make it readable, or name another folder") from None


def check(path: Path) -> bool:
    """Tell whether a frontier is there.

    Raises:
        UsageError: If there is something else.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{str(path)!r} cannot be used ({reason}); name another folder") from None
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{str(path)!r} is no regular file; name another folder")
    if not status.st_size:
        return False
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            connection.execute("PRAGMA writable_schema = ON")  # as of a journal: the file may be torn without its log
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise UsageError(f"{str(path)!r} is not a frontier ({error}); name another folder") from None
    if application not in {APPLICATION, 0}:
        raise _not_ours(path)
    if version > FORMAT:
        raise UsageError(f"{str(path)!r} has format {version}; use the newer turnout that made it")
    return True
