"""One run at a time on one journal: a lock that ends with its process, however that ends.

It lies on a file beside the journal, not on the journal itself: closing any handle on a file drops all locks that the
process has on it, SQLite's own among them. It is a lock of POSIX's kind, which forked workers do not inherit, so that
a worker that outlives a killed run does not hold it.
"""

import os
from contextlib import suppress
from pathlib import Path

from turnout.clock import timestamp
from turnout.errors import JournalError, UnavailableError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # there is no other way to say that it is missing

_held: set[str] = set()  # by this process, whose own locks never stop it


class Lock:
    """Held from when it is made until it is let go.

    Args:
        journal: The journal; the lock's file is named after it.

    Raises:
        JournalError: If another run holds it, or its file cannot be made.
        UnavailableError: If this system has no such locks.
    """

    def __init__(self, journal: Path) -> None:
        if fcntl is None:
            raise UnavailableError(
                "a journal", "this system has no POSIX locks", "run without it, or on Linux or macOS"
            )
        self._journal = journal
        self._path = f"{journal}-lock"
        if self._path in _held:
            raise _in_use(journal, f"process {os.getpid()}, this one")
        try:
            self._handle = self._take()
        except OSError as error:
            reason = error.strerror or error
            raise JournalError(
                f"the lock of the journal {str(journal)!r} cannot be made ({reason}); name a journal in another folder"
            ) from None
        _held.add(self._path)

    def release(self) -> None:
        """Let it go; its file goes too."""
        if self._path in _held:
            _held.discard(self._path)
            with suppress(OSError):  # somebody removed it
                Path(self._path).unlink()
            os.close(self._handle)

    def _take(self) -> int:
        while True:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not _is_at(handle, self._path):  # its last holder has removed it meanwhile
                    os.close(handle)
                    continue
                os.ftruncate(handle, 0)
                os.pwrite(handle, f"process {os.getpid()}, since {timestamp()}".encode(), 0)
            except BlockingIOError:
                holder = os.pread(handle, 100, 0).decode("ascii", "replace")
                os.close(handle)
                raise _in_use(self._journal, holder or "another process") from None
            except BaseException:
                os.close(handle)
                raise
            return handle


def _is_at(handle: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))  # noqa: PTH116  beside fstat
    except FileNotFoundError:
        return False


def _in_use(journal: Path, holder: str) -> JournalError:
    return JournalError(
        f"the journal {str(journal)!r} is in use by another run ({holder}); wait for it or end it, "
        f"or name another journal"
    )
