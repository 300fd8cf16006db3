"""The only reader of time.

All times are integer nanoseconds. ``wall_ns`` is monotonic and, on Linux and macOS, common to all processes
of one machine, so that spans from several processes lie on one axis.
"""

import time
from typing import Protocol

wall_ns = time.perf_counter_ns
thread_cpu_ns = time.thread_time_ns
process_cpu_ns = time.process_time_ns
pause_s = time.sleep
epoch_s = time.time
epoch_ns = time.time_ns


_OF_A_THREAD = 6  # Linux: the scheduler's count of one thread


def other_thread_cpu_ns(native_id: int) -> int:
    """Return nanoseconds that a thread of this process spent on a core, up to this moment, even if it is on one now.

    Args:
        native_id: The thread's number in the system.

    Raises:
        OSError: If there is no such thread, or this system has no such clock.

    Source: Linux, include/linux/posix-timers_types.h, which clock ids are made by `pthread_getcpuclockid`.
    """
    return time.clock_gettime_ns(~native_id << 3 | _OF_A_THREAD)


class Clock(Protocol):
    """What a caller may hand in to be in charge of time."""

    def wall_ns(self) -> int:
        """Return monotonic nanoseconds since an arbitrary start."""
        ...

    def cpu_ns(self) -> int:
        """Return nanoseconds that this process spent on a core."""
        ...

    def pause_s(self, seconds: float) -> None:
        """Wait for ``seconds``."""
        ...


class SystemClock:
    """The machine's own clock."""

    def wall_ns(self) -> int:
        """Return monotonic nanoseconds since an arbitrary start."""
        return wall_ns()

    def cpu_ns(self) -> int:
        """Return nanoseconds that this process spent on a core."""
        return process_cpu_ns()

    def pause_s(self, seconds: float) -> None:
        """Wait for ``seconds``."""
        pause_s(seconds)


def timestamp() -> str:
    """Return the local date and time in ISO 8601, to the second, with its offset from UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
