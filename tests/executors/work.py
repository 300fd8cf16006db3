"""What the workers of the tests do: by name, so that a worker that was not forked finds it too."""

import asyncio
import fcntl
import os
import resource
import threading
from collections.abc import Callable, Container
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import turnout

T = TypeVar("T")
TITLE: ContextVar[object] = ContextVar("title", default="untitled")


class Soon:
    """A plain function as a coroutine function.

    Args:
        function: Takes any arguments.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:  # whatever the function takes and returns
        """Call the function."""
        return self.function(*args, **kwargs)


class Aside(Soon):
    """A function that blocks, as a coroutine function that lets its event loop go on."""

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:  # whatever the function takes and returns
        """Call the function in a thread."""
        return await asyncio.to_thread(self.function, *args, **kwargs)


def double(number: int) -> int:
    return 2 * number


def same(item: T) -> T:
    return item


def raise_for_multiples_of_three(number: int) -> int:
    if number % 3 == 0:
        raise LookupError("a multiple of three", number)
    return number


def leave(number: int) -> NoReturn:
    raise SystemExit(number)


def fork_at_three(number: int, *, raises: bool) -> int:
    """Return how a process of this very program ended that returns, or raises, where it should have left."""
    if number != 3:
        return number
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if raises:
        raise SystemExit(7)
    return number


def interrupt(_number: int) -> NoReturn:
    raise KeyboardInterrupt


async def double_soon(number: int) -> int:
    return 2 * number


async def take_nothing() -> None:
    """Be called with an item, which is an error."""


def wait_at(gate: str) -> str:
    """Wait until the test opens the gate, which is a named pipe."""
    Path(f"{gate}.bell").write_bytes(b"!")
    return Path(gate).read_text(encoding="ascii")


def wait_at_first(number: int, gate: str) -> int:
    """Wait at the gate with item 0 only."""
    if number == 0:
        wait_at(gate)
    return number


def run_nested(number: int, executor: str, start_method: str | None) -> list[int]:
    run = turnout.run(double, range(number), executor=executor, start_method=start_method, workers=2)
    return list(run.values())


def submit_nested(number: int, executor: str, start_method: str | None) -> int:
    with turnout.executor(executor, 2, start_method=start_method) as pool:
        return pool.submit(double, number).result()


def exit_at_three(number: int) -> int:
    if number == 3:
        os._exit(7)
    return number


def be_killed_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), 9)
    return number


def hang_up_at_three(number: int) -> int:
    """Close all descriptors, as a careless daemon does."""
    if number == 3:
        os.closerange(3, 256)
    return number


def hang_up_at_three_and_go_on(number: int) -> int:
    """Close all descriptors at item 3, and be on the item behind it when that is noticed."""
    hang_up_at_three(number)
    if number == 4 and not Path("/proc/self/fd/3").exists():
        threading.Event().wait()
    return number


def always_exit(_item: object) -> NoReturn:
    os._exit(7)


def make_lock(number: int) -> Any:  # an int, or what cannot be pickled
    return {"guard": [threading.Lock()]} if number == 3 else number


class Explosive:
    """Pickles, and raises when it is loaded."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (explode, ("loaded",))


def explode(what: str) -> NoReturn:
    raise ArithmeticError(f"exploded when {what}")


def make_explosive(number: int) -> Any:  # an int, or what cannot be loaded
    return Explosive() if number == 3 else number


class OneWayError(Exception):
    """Pickles but doesn't load: its constructor takes other arguments than it keeps."""

    def __init__(self, place: str, number: int) -> None:
        super().__init__(f"{place} {number}")


def raise_one_way(number: int) -> int:
    if number == 3:
        raise OneWayError("platform", number)
    return number


class SecretError(Exception):
    """Does not pickle, since it holds a lock."""

    def __init__(self) -> None:
        super().__init__("cannot be told")
        self.guard = threading.Lock()


def raise_secret(number: int) -> int:
    if number == 3:
        raise SecretError
    return number


class Unloadable:
    """A function that pickles, and raises when a worker loads it."""

    def __call__(self, number: int) -> int:
        return number

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (explode, ("sent to a worker",))


class Unsendable:
    """A function that doesn't pickle."""

    def __init__(self) -> None:
        self.guard = threading.Lock()

    def __call__(self, number: int) -> int:
        return number


def reverse(data: bytes) -> bytes:
    return data[::-1]


def my_pid(_item: object) -> int:
    return os.getpid()


def remember(line: str, path: str) -> None:
    """Append a line to a file, in one write."""
    with Path(path).open("a", encoding="ascii") as file:
        file.write(f"{line}\n")


def remember_and_exit_at_three(number: int, path: str) -> int:
    remember(str(number), path)
    return exit_at_three(number)


def hang_at(number: int, some: Container[int], hold: str) -> int:
    """Hang with some of the numbers until the test lets go, after telling it which process does."""
    if number in some:
        with Path(hold).open("rb") as file:
            Path(f"{hold}.bell").write_text(f"{os.getpid()}\n", encoding="ascii")
            fcntl.flock(file, fcntl.LOCK_SH)
    return number


async def hang_at_soon(number: int, some: Container[int], hold: str) -> int:
    """Do the same, but let the event loop go on."""
    if number in some:
        await asyncio.to_thread(Path(f"{hold}.bell").write_text, f"{os.getpid()}\n", encoding="ascii")
        await asyncio.Event().wait()
    return number


def remember_and_hang_at(number: int, some: Container[int], hold: str, path: str) -> int:
    remember(str(number), path)
    return hang_at(number, some, hold)


def take_a_moment(number: int, seconds: float) -> int:
    threading.Event().wait(seconds)
    return number


def be_late_at_one(number: int, path: str) -> int:
    """Take more than a second with item 1, and tell the test."""
    if number == 1:
        take_a_moment(number, 1.5)
        Path(path).write_bytes(b"!")
    return number


def give_up_at_three(number: int) -> int:
    if number == 3:
        raise TimeoutError("the server's own")
    return number


def use_too_much_memory_at_three(number: int) -> int:
    if number == 3:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        return len(bytearray(1 << 31))
    return number


def be_chosen_at_three(number: int, counter: str) -> int:
    """End as the kernel ends a process when memory has run out, which it counts."""
    if number == 3:
        Path(counter).write_text("oom_kill 8\n", encoding="ascii")
    return be_killed_at_three(number)


def title(_item: object) -> object:
    return TITLE.get()


async def title_soon(_item: object) -> object:
    await asyncio.sleep(0)
    return TITLE.get()


def retitle(number: int) -> object:
    before = TITLE.get()
    TITLE.set(f"by item {number}")
    return before


def title_or_exit_at_three(number: int) -> object:
    exit_at_three(number)
    return TITLE.get()


def wait_at_first_once(number: int, gate: str) -> int:
    """Wait at the gate with item 0 when it is tried for the first time, and leave our ancestors' numbers there."""
    import psutil  # noqa: PLC0415  not every interpreter under test has it

    if number == 0 and not Path(f"{gate}.who").exists():
        Path(f"{gate}.who").write_text(" ".join(str(parent.pid) for parent in psutil.Process().parents()), "ascii")
        wait_at(gate)
    return number


def end_dask_worker_at_three(number: int) -> int:
    """End the process that leads this one through its fork server."""
    import psutil  # noqa: PLC0415  as above

    if number == 3:
        psutil.Process().parents()[1].kill()
        threading.Event().wait()  # and end with it
    return number


def wait_long_at_three(number: int) -> int:
    if number == 3:
        threading.Event().wait(60)
    return number
