"""What a living thread has used so far, as the kernel counts it."""

import os
from collections.abc import Callable, Collection
from contextlib import closing, suppress

from turnout.clock import other_thread_cpu_ns

TASKS = "/proc/self/task"


def count_running(apart_from: Collection[int], tasks: str = TASKS) -> int:
    """Return how many threads of this process are on a core or ready for one; 0 if the system does not tell.

    Args:
        apart_from: Threads that are not meant, by the system's numbers.
        tasks: The folder that has one of each thread.
    """
    return sum(_is_running(thread) for thread in _threads(tasks) if thread not in apart_from)


def bring_up_to_date(tasks: str = TASKS, ask: Callable[[int], object] = other_thread_cpu_ns) -> None:
    """Have the system count what the threads of this process have used until now.

    Else the process's time on cores lacks up to four milliseconds of each thread that is on one.

    Args:
        tasks: The folder that has one of each thread.
        ask: Asks one for its clock.
    """
    for thread in _threads(tasks):
        with suppress(OSError):  # it has ended
            ask(thread)


def _threads(tasks: str) -> list[int]:
    try:
        return [int(name) for name in os.listdir(tasks)]  # noqa: PTH208  a third of the time
    except OSError:  # another system
        return []


def _is_running(thread: int) -> bool:
    with closing(ThreadMeter(thread)) as meter:
        return meter.is_asleep() is False  # and not unknown, as of one that has ended


class ThreadMeter:
    """Reads the time that a thread of this process spent on a core, and ready but without one.

    Args:
        native_id: The thread's number in the system.
        pid: Its process; this one by default.
    """

    def __init__(self, native_id: int, pid: int | None = None) -> None:
        self._own_thread = native_id if pid is None else None
        process = "self" if pid is None else str(pid)
        self._folder = f"/proc/{process}/task/{native_id}"
        self._state = -1
        try:
            self._handle = os.open(f"{self._folder}/schedstat", os.O_RDONLY)
        except OSError:  # another system, or the thread has ended
            self._handle = -1

    def is_asleep(self) -> bool | None:
        """Tell whether the thread waits for something else than a core, right now; None if the system does not tell."""
        try:
            if self._state < 0:
                self._state = os.open(f"{self._folder}/stat", os.O_RDONLY)
            return os.pread(self._state, 400, 0).rpartition(b")")[2].split()[0] != b"R"
        except (OSError, IndexError):
            return None

    def read(self) -> tuple[int, int]:
        """Return nanoseconds on a core, and nanoseconds ready without one; zeros if the system does not tell.

        The first may be some milliseconds old if the thread is of another process, and runs.
        """
        if self._handle < 0:
            return 0, 0
        if self._own_thread is not None:
            with suppress(OSError):
                other_thread_cpu_ns(self._own_thread)  # then the kernel's figures are up to date
        try:
            cpu, queue, *_ = os.pread(self._handle, 100, 0).split()
        except (OSError, ValueError):  # the thread has ended
            return 0, 0
        return int(cpu), int(queue)

    def close(self) -> None:
        """Give the descriptor back."""
        for handle in (self._handle, self._state):
            if handle >= 0:
                os.close(handle)
        self._handle = self._state = -1
