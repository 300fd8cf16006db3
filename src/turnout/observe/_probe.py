"""Reads how one thread of another process stands, from files of the system that stay open."""

import os
from pathlib import Path

from turnout.errors import ObserveError
from turnout.observe._proc import TICKS_PER_S

_NOWHERE = b"-1 0x0 0x0"  # in no call, and without a stack: it has ended, and nobody has waited for it


class ChildrenProbe:
    """Looks at what the children of a process took on cores that it has waited for.

    Args:
        pid: The process.
        proc: Where the system tells of processes.
    """

    def __init__(self, pid: int, proc: Path = Path("/proc")) -> None:
        self._path = f"{proc}/{pid}/stat"
        self._handle = -1

    def cpu_ns(self) -> int | None:
        """Return nanoseconds on cores; None if the process is gone."""
        try:
            if self._handle < 0:
                self._handle = os.open(self._path, os.O_RDONLY)
            said = os.pread(self._handle, 1024, 0)
            user_ticks, system_ticks = said[said.rindex(b")") + 1 :].split(maxsplit=15)[13:15]
            return (int(user_ticks) + int(system_ticks)) * (1_000_000_000 // TICKS_PER_S)
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Look no more."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


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
        self._schedule_said = self._call_said = b""
        self._times: tuple[int, int] | None = None
        self._text: bytes | None = None

    def look(self) -> tuple[bytes | None, tuple[int, int] | None]:
        """Return what `call` and `times` do."""
        return self.call(), self.times()

    def times(self) -> tuple[int, int] | None:
        """Return nanoseconds on a core, and ready but without one; None if the thread has ended.

        While it runs, they may be some milliseconds old. They are the same object as before if it has not been on a
        core since.
        """
        try:
            said = os.pread(self._schedule, 64, 0)
            if said != self._schedule_said:
                run_ns, queue_ns, _slices = map(int, said.split())
                self._schedule_said, self._times = said, (run_ns, queue_ns)
        except (OSError, ValueError):
            return None
        return self._times

    def call(self) -> bytes | None:
        """Return the system's line on what the thread waits in; ``running`` if it could run, None if it has ended.

        It is the same object as before if it says the same.
        """
        try:
            said = os.pread(self._call, 256, 0)
        except PermissionError:
            return b"-1"
        except OSError:
            return None
        if said != self._call_said:
            text = said.rstrip()
            self._call_said, self._text = said, None if text in {b"", _NOWHERE} else text
        return self._text

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
