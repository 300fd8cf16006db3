"""What the workers of the tests do: by name, so that a worker that was not forked finds it too."""

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import turnout

T = TypeVar("T")


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
