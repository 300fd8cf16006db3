"""Programs in which something goes wrong: each spoils item 50 of 200. Run as a user would, since some take it along.

``python -c "import fault_work; fault_work.main('exit', 'processes/fork')"`` prints what became of each item, as JSON.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

import turnout

COUNT, GUILTY = 200, 50
FEW = 8
MB = 1 << 20
guard = threading.Lock()


def ordinary(number: int) -> int:
    """Compute for about a millisecond, so that processes are worth their while."""
    return number + 0 * sum(range(30_000))


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


def anger_the_kernel(number: int, group: str) -> int:
    """Take more memory than the control group has, in a process that alone belongs to it."""
    if number == GUILTY:
        Path(group, "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
        return len(b"x" * (300 * MB))
    return ordinary(number)


def give_a_lock(number: int) -> Any:  # a number, or what does not pickle
    return threading.Lock() if number == GUILTY else ordinary(number)


def take_anything(item: object) -> int:
    return ordinary(item) if isinstance(item, int) else GUILTY


class SecretError(Exception):
    """Does not pickle."""

    def __init__(self) -> None:
        super().__init__("secret")
        self.guard = threading.Lock()


class OneWayError(Exception):
    """Pickles but doesn't load: its constructor takes other arguments than it keeps."""

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


def never_end(number: int) -> int:
    if number == GUILTY:
        threading.Event().wait()
    return ordinary(number)


def be_long(number: int) -> int:
    os.write(1, b"ready\n")
    threading.Event().wait(60)
    return number


def need_guard(number: int) -> int:
    with guard:
        return ordinary(number)


def nest(number: int, runner: str) -> int:
    """Open a pool of the same kind inside an item."""
    inner = list(run(ordinary, range(4), runner).values())
    return number if inner == list(range(4)) else -1


def run(function: Callable[[Any], Any], items: Iterable[Any], runner: str, **options: Any) -> turnout.Run[Any]:
    """Return a run on ``"executor"`` or ``"executor/start method"``."""
    executor, _, start_method = runner.partition("/")
    workers = None if executor == "auto" else 2
    return turnout.run(
        function, items, executor=executor, workers=workers, start_method=start_method or None, **options
    )


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "raise": fail,
    "exit": leave,
    "kill": be_killed,
    "segv": read_nowhere,
    "memory": lack_memory,
    "oom": anger_the_kernel,
    "argument": take_anything,
    "result": give_a_lock,
    "error": raise_secret,
    "one-way": raise_one_way,
    "hang": never_end,
    "ctrl-c": be_long,
    "lock": need_guard,
    "nested": nest,
}


def main(row: str, runner: str, **arguments: str) -> None:
    """Run, and print a list for each outcome: its index, the error's type or "value", the error's text."""
    if row == "endless":
        pulled = 0

        def source() -> Iterator[int]:
            nonlocal pulled
            for pulled in count(1):
                threading.Event().wait(0.001)  # as a slow disk does
                yield pulled - 1

        told = [tell(outcome) for outcome in islice(run(ordinary, source(), runner), COUNT)]
        sys.stdout.write(json.dumps({"outcomes": told, "pulled": pulled}))
        return
    items = [threading.Lock() if row == "argument" and number == GUILTY else number for number in range(COUNT)]
    function = partial(FUNCTIONS[row], **arguments) if arguments else FUNCTIONS[row]
    if row == "nested":
        items, function = items[:FEW], partial(nest, runner=runner)
    if row == "lock":
        hold_guard()
    options = {"timeout_s": 1.0} if row == "hang" else {}
    source_of = iter if row == "argument" else list  # an iterator's items are sent, a list's may be inherited
    told = [tell(outcome) for outcome in run(function, source_of(items), runner, **options)]
    sys.stdout.write(json.dumps({"outcomes": told}))


def tell(outcome: Any) -> tuple[int, str, str]:
    if isinstance(outcome, turnout.Failure):
        return outcome.index, type(outcome.error).__name__, str(outcome.error)
    return outcome.index, "value", ""


def hold_guard() -> None:
    """Have a thread hold the lock while workers are started, and for a while after, as loggers do."""
    held = threading.Event()

    def hold() -> None:
        with guard:
            held.set()
            threading.Event().wait(0.5)

    threading.Thread(target=hold).start()
    held.wait()
