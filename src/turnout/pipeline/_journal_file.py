"""The file of a journal: how it is made, told from other files, and opened.

    about      one row: what work it is of, when it was begun, how many items there are
    runs       one row for each time the work was begun or gone on with
    pieces     one row for each reply: the first index, how many neighbouring items, and what became of them
    failures   one row for each failed item, for a reader who does not load pickles

Its WAL is written before an outcome is reported but not flushed to the disk for each (``synchronous=NORMAL``): what the
kernel has outlives the process, whatever kills it. If the whole machine stops (a power cut), the outcomes of the last
moments may be lost, those since the last checkpoint at most; the file stays whole, and those items run again.
"""

import sqlite3
import stat
from pathlib import Path

from turnout.clock import timestamp
from turnout.errors import JournalError

APPLICATION = 0x7475_726E  # SQLite keeps it in the file's header
FORMAT = 1  # likewise
LEAST_BYTES = 512  # a page of a SQLite database
PAGE_BYTES = 1024  # a commit writes whole pages: 19 µs for a row of one item where pages of 4096 take 35
CHECKPOINT_PAGES = 16_000  # each checkpoint flushes to the disk
BUSY_S = 30.0  # how long a reader's or a checkpoint's short lock is waited for

_SCHEMA = f"""
PRAGMA page_size = {PAGE_BYTES};
BEGIN;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
CREATE TABLE about (work TEXT NOT NULL, created TEXT NOT NULL, item_count INTEGER);
CREATE TABLE runs (id INTEGER PRIMARY KEY, began TEXT NOT NULL, ended TEXT, pid INTEGER NOT NULL);
CREATE TABLE pieces (
    first INTEGER PRIMARY KEY,  -- index of the first item
    count INTEGER NOT NULL,
    run INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    failed INTEGER NOT NULL,    -- how many of them
    marks BLOB NOT NULL,        -- int64 for each item, see _item_marks
    results BLOB NOT NULL,      -- a pickled list, None where the item failed
    errors BLOB,                -- a pickled dict: offset to packed error; NULL without failures
    items TEXT                  -- the items as text, one a line; NULL if their marks tell them
);
CREATE TABLE failures (
    item_index INTEGER PRIMARY KEY,
    item TEXT NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL
);
"""


def journal_path(path: str | Path, number: int) -> Path:
    """Return where the journal of a pipeline's stage is.

    Args:
        path: As the user names it, which is where that of the first stage is.
        number: The stage's, from 0.
    """
    return Path(path) if number == 0 else Path(f"{path}.{number + 1}")


def is_there(path: Path) -> bool:
    """Tell whether ``path`` is a journal; if not, one may be made there.

    Nothing is changed, not even for a moment: the file is opened as if it lay on a read-only medium.

    Raises:
        JournalError: If there is something else.
    """
    name = repr(str(path))
    try:
        status = path.stat()
    except FileNotFoundError:
        if path.parent.is_dir():
            return False
        raise JournalError(f"the journal {name} is in a folder that does not exist; make it first") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise JournalError(f"the journal {name} cannot be used ({reason}); name another file") from None
    if stat.S_ISDIR(status.st_mode):
        raise JournalError(f"the journal {name} is a folder; name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise JournalError(f"the journal {name} is no regular file; name one that is, or a new one")
    if not status.st_size:
        return False
    if status.st_size < LEAST_BYTES:  # SQLite would take it for an empty database
        raise JournalError(f"{name} is not a journal (it has {status.st_size} bytes); name another file")
    application, version = _header(path)
    if application != APPLICATION:
        raise JournalError(f"{name} is a SQLite database, but not a journal of turnout; name another file")
    if version > FORMAT:
        raise JournalError(
            f"the journal {name} has format {version}, and this turnout knows those up to {FORMAT}; "
            f"use the newer turnout that made it, or name another file"
        )
    return True


def _header(path: Path) -> tuple[int, int]:
    name = repr(str(path))
    try:
        connection = connect(path, "mode=ro&immutable=1")
        try:
            # Without its log, the file is torn while a checkpoint is under way, or since one was cut off: shorter than
            # it says, which SQLite refuses unless told that this is an attempt to save what there is.
            connection.execute("PRAGMA writable_schema = ON")
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        raise JournalError(f"the journal {name} cannot be read ({error}); make it readable, or name another") from None
    except sqlite3.DatabaseError as error:
        raise JournalError(f"{name} is not a journal ({error}); name another file") from None
    return application, version


def connect(path: Path, how: str) -> sqlite3.Connection:
    """Open the file without changing it.

    Args:
        path: The file.
        how: SQLite's URI parameters: ``"mode=ro"``.
    """
    uri = f"{path.absolute().as_uri()}?{how}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_S, check_same_thread=False)


def make(path: Path, work: str) -> None:
    """Make an empty journal, which is there as a whole or not at all.

    Args:
        path: Where nothing is, or an empty file.
        work: What it is a journal of.
    """
    draft = path.with_name(f"{path.name}-new")
    draft.unlink(missing_ok=True)  # of a run that was killed here
    connection = connect(draft, "mode=rwc")
    try:
        connection.executescript(_SCHEMA)
        connection.execute("INSERT INTO about VALUES (?, ?, NULL)", (work, timestamp()))
        connection.execute("COMMIT")
    finally:
        connection.close()
    for ending in ("-wal", "-shm", "-journal"):  # of a journal that was removed: SQLite would fold them into this one
        path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)
    draft.replace(path)


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open a journal for the run that holds its lock."""
    connection = connect(path, "mode=rw")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    except BaseException:
        connection.close()
        raise
    return connection
