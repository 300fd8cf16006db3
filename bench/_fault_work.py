"""What goes wrong: each function spoils item 50 of 200; a module that every worker can import."""

import asyncio
import ctypes
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from time import sleep
from typing import Any

COUNT, GUILTY = 200, 50
MB = 1 << 20
GROUP = "TURNOUT_BENCH_MEMORY"  # names the control group in which the kernel ends whoever takes 100 MB
guard = threading.Lock()


def ordinary(number: int) -> int:
    """Compute for about 2 ms."""
    return number + 0 * sum(range(60_000))


def fail(number: int) -> int:
    if number == GUILTY:
        raise ValueError(number)
    return ordinary(number)


def leave(number: int) -> int:
    if number == GUILTY:
        os._exit(7)
    return ordinary(number)


def be_killed(number: int) -> int:
    if number == GUILTY:
        os.kill(os.getpid(), signal.SIGKILL)
    return ordinary(number)


def read_nowhere(number: int) -> int:
    """Read address 0."""
    if number == GUILTY:
        ctypes.string_at(0)
    return ordinary(number)


def lack_memory(number: int) -> int:
    """Ask for more memory than the process may have."""
    if number == GUILTY:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 100 * MB, before[1]))
        try:
            return len(bytearray(1024 * MB))
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)
    return ordinary(number)


def anger_the_kernel(number: int) -> int:
    """Take more memory than the control group has, in a process that alone belongs to it."""
    if number == GUILTY:
        Path(os.environ[GROUP], "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
        return len(b"x" * (300 * MB))
    return ordinary(number)


def keep_to_itself(number: int) -> Any:  # a number, or what cannot be pickled
    return threading.Lock() if number == GUILTY else ordinary(number)


class SecretError(Exception):
    """Cannot be pickled."""

    def __init__(self) -> None:
        super().__init__("secret")
        self.guard = threading.Lock()


class OneWayError(Exception):
    """Pickles, but cannot be loaded: it takes other arguments than it keeps."""

    def __init__(self, place: str, number: int) -> None:
        super().__init__(f"{place} {number}")


def raise_secret(number: int) -> int:
    if number == GUILTY:
        raise SecretError
    return ordinary(number)


def raise_one_way(number: int) -> int:
    if number == GUILTY:
        raise OneWayError("platform", number)
    return ordinary(number)


def ignore_type(item: object) -> int:
    """Take any argument."""
    return ordinary(item) if isinstance(item, int) else -1


def never_end(number: int) -> int:
    if number == GUILTY:
        sleep(3_600)
    return ordinary(number)


def be_long(number: int) -> int:
    """Tell that work has begun, and take 12 s."""
    os.write(1, b"ready\n")
    sleep(12)
    return number


def need_guard(number: int) -> int:
    """Need a lock that another thread holds while the pool is opened."""
    with guard:
        return ordinary(number)


def hold_guard_for(seconds: float) -> None:
    """Have a thread hold the lock."""
    held = threading.Event()

    def hold() -> None:
        with guard:
            held.set()
            sleep(seconds)

    threading.Thread(target=hold).start()
    held.wait()


class Twin:
    """A function as a coroutine function; what waits in the one waits in the other."""

    def __init__(self, function: Callable[[int], int]) -> None:
        self.function = function

    async def __call__(self, number: int) -> int:
        """Do as the function does."""
        if self.function is be_long:
            os.write(1, b"ready\n")
            await asyncio.sleep(12)
        elif self.function is never_end and number == GUILTY:
            await asyncio.sleep(3_600)
        await asyncio.sleep(0.002)
        return fail(number) if self.function is fail else number


class SlowSource:
    """An endless source of which each item takes 1 ms.

    Attributes:
        pulled: How many items were.
    """

    pulled = 0

    def __iter__(self) -> Iterator[int]:
        for number in count():
            self.pulled += 1
            sleep(0.001)
            yield number
