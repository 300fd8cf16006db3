"""Reads how one thread of another process stands, from files of the system that stay open."""

import os
from pathlib import Path

from turnout.errors import ObserveError
from turnout.observe._proc import TICKS_PER_S, parse_stat

_NOWHERE = b"-1 0x0 0x0"  # in no call, and without a stack: it has ended, and nobody has waited for it


def children_cpu_ns(pid: int, proc: Path = Path("/proc")) -> int | None:
    """Return what the children of a process took on cores that it has waited for; None if it is gone.

    Args:
        pid: The process.
        proc: Where the system tells of processes.
    """
    try:
        stat = parse_stat((proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return (stat.children_user_ticks + stat.children_system_ticks) * (1_000_000_000 // TICKS_PER_S)


class ThreadProbe:
    """Looks at one thread.

    Args:
        pid: The process.
        native_id: The thread's number by the system.
        proc: Where the system tells of processes.

    Raises:
        ObserveError: If the thread has ended.
    """

    def __init__(self, pid: int, native_id: int, proc: Path = Path("/proc")) -> None:
        folder = proc / str(pid) / "task" / str(native_id)
        self._handles: list[int] = []
        try:
            for name in ("schedstat", "syscall", "comm"):
                self._handles.append(os.open(folder / name, os.O_RDONLY))
        except OSError as error:
            self.close()
            raise ObserveError(f"thread {native_id} of process {pid} has ended, or may not be looked at") from error
        self._schedule, self._call, self._name = self._handles

    def times(self) -> tuple[int, int] | None:
        """Return nanoseconds on a core, and ready but without one; None if the thread has ended.

        While it runs, they may be some milliseconds old.
        """
        try:
            run_ns, queue_ns, _slices = map(int, os.pread(self._schedule, 64, 0).split())
        except (OSError, ValueError):
            return None
        return run_ns, queue_ns

    def call(self) -> bytes | None:
        """Return the system's line on what the thread waits in; ``running`` if it could run, None if it has ended."""
        try:
            text = os.pread(self._call, 256, 0).rstrip()
        except PermissionError:
            return b"-1"
        except OSError:
            return None
        return None if text in {b"", _NOWHERE} else text

    def name(self) -> str:
        """Return what the system calls it; empty if it has ended."""
        try:
            return os.pread(self._name, 64, 0).decode("utf-8", "replace").rstrip("\n")
        except OSError:
            return ""

    def close(self) -> None:
        """Look no more."""
        for handle in self._handles:
            os.close(handle)
        self._handles = []
