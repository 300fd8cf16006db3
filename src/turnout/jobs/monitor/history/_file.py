"""The file of a history: how it is made, and told from other files.

    sensors     a number for each sensor there ever was, which arrays are in the order of
    groups      a number for each kind of sensor in each zone, likewise
    zones       a number for each zone, likewise
    readings    as they came, those of one commit and one bucket of 10 s in one row
    summaries   least, mean and greatest of each sensor and each group, one row for each step of each level
    stale       summaries that have to be made, or made anew
    cooling     of all zones, whenever one changes
    alarms      one row each, also after it is cleared; changes: what became of them
    reactions   what was done about them

It outlives a ``kill -9`` with all that was committed; a power cut may cost the last moments.
"""

import sqlite3
import stat
from pathlib import Path

from turnout.errors import UsageError

HISTORY_FILE = "history.db"
APPLICATION = 0x7475_7268
FORMAT = 1
_BUSY_S = 30.0
_CHECKPOINT_PAGES = 2_000
_SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
CREATE TABLE IF NOT EXISTS sensors (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    rack TEXT NOT NULL,
    zone TEXT NOT NULL,
    room TEXT NOT NULL,
    kind TEXT NOT NULL,
    in_group INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS groups (id INTEGER PRIMARY KEY, zone TEXT NOT NULL, kind TEXT NOT NULL, UNIQUE (zone, kind));
CREATE TABLE IF NOT EXISTS zones (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS readings (
    id INTEGER PRIMARY KEY,
    bucket INTEGER NOT NULL,  -- of 10 s since the epoch, by the readings' own times
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS readings_in_time ON readings (bucket);
CREATE TABLE IF NOT EXISTS summaries (
    id INTEGER PRIMARY KEY,
    step INTEGER NOT NULL,    -- seconds
    start INTEGER NOT NULL,   -- seconds since the epoch
    groups BLOB NOT NULL,     -- comes first, so that a chart of zones reads none of the pages of the next
    body BLOB NOT NULL,
    UNIQUE (step, start)
);
CREATE TABLE IF NOT EXISTS stale (step INTEGER, start INTEGER, PRIMARY KEY (step, start)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cooling (time_ns INTEGER PRIMARY KEY, levels BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS alarms (
    id TEXT PRIMARY KEY,
    raised_ns INTEGER NOT NULL,
    cleared_ns INTEGER,
    severity INTEGER NOT NULL,
    rule TEXT NOT NULL,
    subject TEXT NOT NULL,
    zone TEXT NOT NULL,
    room TEXT NOT NULL,
    value REAL,
    cause TEXT NOT NULL,      -- JSON
    labels TEXT NOT NULL      -- likewise
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alarms_in_time ON alarms (raised_ns);
CREATE INDEX IF NOT EXISTS alarms_that_stand ON alarms (raised_ns) WHERE cleared_ns IS NULL;
CREATE TABLE IF NOT EXISTS changes (
    id INTEGER PRIMARY KEY,
    time_ns INTEGER NOT NULL,
    alarm TEXT NOT NULL,
    kind TEXT NOT NULL,
    value REAL,
    UNIQUE (time_ns, alarm, kind)
);
CREATE TABLE IF NOT EXISTS reactions (id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, line TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS reactions_in_time ON reactions (time_ns);
"""


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open a history, and make it if there is none. At most one process may write it.

    Raises:
        UsageError: If something else is there.
        sqlite3.Error: If it cannot be written, as on a full disk, or is damaged: see `is_damage`.
        OSError: If its folder cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _check(path)
        connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_S, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.executescript(_SCHEMA)
        except BaseException:
            connection.close()
            raise
    except ValueError as error:
        raise UsageError(f"no history can be kept in {str(path)!r} ({error}); name another folder") from None
    return connection


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether it is the file's content that is wrong, and not the disk that is full, or the file that is held."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # what is above tells more of it; not all errors have one
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a history, also while a monitor writes it.

    Raises:
        UsageError: If there is none.
    """
    try:
        if not _check(path):
            raise UsageError(f"there is no history in {str(path.parent)!r}; it is the folder that a monitor keeps")
        uri = f"{path.absolute().as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_S, check_same_thread=False)
    except (sqlite3.Error, OSError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"the history {str(path)!r} cannot be read ({error})") from None


def _check(path: Path) -> bool:
    """Tell whether a history is there.

    Raises:
        ValueError: If it is something else.
    """
    if not path.exists() or not path.stat().st_size:
        return False
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is no regular file")
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (number,) = connection.execute("PRAGMA user_version").fetchone()
    finally:
        connection.close()
    if application != APPLICATION:
        raise ValueError("it is the file of something else")
    if number != FORMAT:
        raise ValueError(f"it is of format {number}, and this version of turnout knows {FORMAT}")
    return True
