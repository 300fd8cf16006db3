"""Programs in which something goes wrong: each spoils item 50 of 200. Run as a user would, since some take it along.

``python -c "import fault_work; fault_work.main('exit', 'processes/fork')"`` prints what became of each item, as JSON.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count, islice
from typing import Any

import _fault_work as faults
import turnout

FEW = 8


def be_long(number: int) -> int:
    os.write(1, b"ready\n")
    threading.Event().wait(60)
    return number


def nest(number: int, runner: str) -> int:
    """Open a pool of the same kind inside an item."""
    inner = list(run(faults.ordinary, range(4), runner).values())
    return number if inner == list(range(4)) else -1


def run(function: Callable[[Any], Any], items: Iterable[Any], runner: str, **options: Any) -> turnout.Run[Any]:
    """Return a run on ``"executor"`` or ``"executor/start method"``."""
    executor, _, start_method = runner.partition("/")
    workers = None if executor == "auto" else 2
    return turnout.run(
        function, items, executor=executor, workers=workers, start_method=start_method or None, **options
    )


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "raise": faults.fail,
    "exit": faults.leave,
    "kill": faults.be_killed,
    "segv": faults.read_nowhere,
    "memory": faults.lack_memory,
    "oom": faults.anger_the_kernel,
    "argument": faults.ignore_type,
    "result": faults.keep_to_itself,
    "error": faults.raise_secret,
    "one-way": faults.raise_one_way,
    "hang": faults.never_end,
    "ctrl-c": be_long,
    "lock": faults.need_guard,
}


def main(row: str, runner: str) -> None:
    """Run, and print a list for each outcome: its index, the error's type or "value", the error's text."""
    if row == "endless":
        pulled = 0

        def source() -> Iterator[int]:
            nonlocal pulled
            for pulled in count(1):
                threading.Event().wait(0.001)  # as a slow disk does
                yield pulled - 1

        told = [tell(outcome) for outcome in islice(run(faults.ordinary, source(), runner), faults.COUNT)]
        sys.stdout.write(json.dumps({"outcomes": told, "pulled": pulled}))
        return
    spoilt = faults.GUILTY if row == "argument" else None
    items = [threading.Lock() if number == spoilt else number for number in range(faults.COUNT)]
    function = FUNCTIONS[row] if row != "nested" else partial(nest, runner=runner)
    if row == "nested":
        items = items[:FEW]
    if row == "lock":
        faults.hold_guard_for(0.5)  # while workers are started, and for a while after, as loggers do
    options = {"timeout_s": 1.0} if row == "hang" else {}
    source_of = iter if row == "argument" else list  # an iterator's items are sent, a list's may be inherited
    told = [tell(outcome) for outcome in run(function, source_of(items), runner, **options)]
    sys.stdout.write(json.dumps({"outcomes": told}))


def tell(outcome: Any) -> tuple[int, str, str]:
    if isinstance(outcome, turnout.Failure):
        return outcome.index, type(outcome.error).__name__, str(outcome.error)
    return outcome.index, "value", ""
