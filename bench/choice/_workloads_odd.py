"""Work that changes, fails, can't be sent, or isn't what its first items seem."""

import threading
from collections.abc import Callable, Iterator
from time import sleep

from choice._workload import Workload, compute_ms

SLOW_START_S = 0.1
_cache: list[str] = []


def compute_or_sleep(milliseconds: float) -> None:
    """Compute so many milliseconds, or sleep them if negative."""
    if milliseconds >= 0:
        compute_ms(milliseconds)
    else:
        sleep(-milliseconds / 1000)


def compute_after_a_slow_start(milliseconds: float) -> int:
    """Wait for what is then at hand in this process, and compute."""
    if not _cache:
        sleep(SLOW_START_S)
        _cache.append("found")
    return compute_ms(milliseconds)


def compute_or_raise(number: int) -> int:
    """Compute 1 ms, and raise for every third number."""
    total = compute_ms(1)
    if number % 3 == 0:
        raise ValueError(number)
    return total


def with_a_lock() -> Callable[[float], int]:
    """Return a function that can't be pickled."""
    lock = threading.Lock()
    calls = 0

    def compute(milliseconds: float) -> int:
        nonlocal calls
        with lock:
            calls += 1
        return compute_ms(milliseconds)

    return compute


def with_a_table() -> Callable[[int], int]:
    """Return a closure, which pickles by value only."""
    table = {number: number * number for number in range(1000)}

    def look_up(number: int) -> int:
        return table[number % 1000] + compute_ms(1)

    return look_up


def add_up(numbers: Iterator[int]) -> int:
    return sum(numbers)


def generators(count: int) -> list[Iterator[int]]:
    """Return generators, which can't be pickled, of about 1 ms each."""
    return [(number * number for number in range(14_000)) for _ in range(count)]


WORKLOADS = (
    Workload(
        name="bimodal",
        character="400 items in turn: 2 ms of Python, 5 ms of sleep",
        reason="the mean item is neither",
        function=compute_or_sleep,
        items=lambda: [2, -5] * 200,
        count=400,
        waits=True,
    ),
    Workload(
        name="sleep_then_compute",
        character="200 sleeps of 10 ms, then 200 times 2 ms of Python",
        reason="what suits the first half is wrong for the second",
        function=compute_or_sleep,
        items=lambda: [-10] * 200 + [2] * 200,
        count=400,
        waits=True,
    ),
    Workload(
        name="compute_then_sleep",
        character="200 times 2 ms of Python, then 200 sleeps of 10 ms",
        reason="likewise, the other way round",
        function=compute_or_sleep,
        items=lambda: [2] * 200 + [-10] * 200,
        count=400,
        waits=True,
    ),
    Workload(
        name="slow_start",
        character="400 items of 1 ms of Python; the first in each process waits 100 ms for what is then cached",
        reason="a pilot's first item says waiting, the work is computing",
        function=compute_after_a_slow_start,
        items=lambda: [1] * 400,
        count=400,
    ),
    Workload(
        name="failing",
        character="400 items of 1 ms of Python, every third raises",
        reason="failures must be neither lost nor taken for quick items",
        function=compute_or_raise,
        items=lambda: list(range(400)),
        count=400,
        failing=134,
    ),
    Workload(
        name="unpicklable_function",
        character="400 items of 1 ms of Python, a closure over a lock",
        reason="can't be sent, but can be forked with",
        function=with_a_lock(),
        items=lambda: [1] * 400,
        count=400,
    ),
    Workload(
        name="unpicklable_items",
        character="400 generators in a list, 1 ms of Python each",
        reason="items that can't be sent, but can be forked with",
        function=add_up,
        items=lambda: generators(400),
        count=400,
    ),
    Workload(
        name="unpicklable_stream",
        character="400 generators from a generator, 1 ms of Python each",
        reason="items that can neither be sent nor be there at a fork: processes would fail",
        function=add_up,
        items=lambda: iter(generators(400)),
        count=400,
    ),
    Workload(
        name="closure",
        character="400 items of 1 ms of Python, a closure over a table of 1,000",
        reason="pickles by value only, which must not rule out processes",
        function=with_a_table(),
        items=lambda: list(range(400)),
        count=400,
    ),
)
