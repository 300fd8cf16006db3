"""What the table of peers has them do: one workload for each kind of work that fools a choice of executor."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from _work import blocks, digest, echo, nap, noop, payloads, spin, spin_and_nap
from turnout.jobs.factor import prime_factors, random_numbers

Function = Callable[[Any], object]  # takes whatever the items are

MS = 30_000  # rounds of `spin`, about a millisecond


class Counted:
    """An endless source that counts what is pulled from it.

    Attributes:
        pulled: How many items were.
    """

    def __init__(self, item: int) -> None:
        self.item = item
        self.pulled = 0

    def __iter__(self) -> Iterator[int]:
        for self.pulled in count(1):
            yield self.item


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A function and its items.

    Attributes:
        what: What is done.
        make: Returns both; called in the process that is timed, before the clock runs.
        chunks: Chunk sizes that peers are tried with.
        waits: Whether many more workers than cores may help.
        taken: How many results are taken of an endless source; all of any other.
    """

    what: str
    make: Callable[[], tuple[Function, Iterable[Any]]]
    chunks: tuple[int, ...]
    waits: bool = False
    taken: int | None = None


def _sorts() -> tuple[Function, Iterable[Any]]:
    from _arrays import arrays, sort  # noqa: PLC0415  only the peers' environment must have NumPy

    return sort, arrays(32, 524_288)


def _squares() -> tuple[Function, Iterable[Any]]:
    from _arrays import arrays, square  # noqa: PLC0415  likewise

    return square, arrays(16, 1_000, 1_000)


def _closure(shift: int) -> tuple[Function, Iterable[Any]]:
    return lambda number: prime_factors(number + shift), random_numbers()


WORKLOADS = {
    "w0": Workload(what="100 items of 8 µs", make=lambda: (spin, [280] * 100), chunks=(50,)),
    "w1": Workload(what="100,000 no-ops", make=lambda: (noop, range(100_000)), chunks=(2_500, 25_000)),
    "w2": Workload(
        what="10 kB each way, 10,000 times", make=lambda: (echo, payloads(10_000, 10_000)), chunks=(50, 250)
    ),
    "w3": Workload(what="10,000 factorisations", make=lambda: (prime_factors, random_numbers()), chunks=(250, 1_250)),
    "w4": Workload(what="1,000 sleeps of 10 ms", make=lambda: (nap, [0.01] * 1_000), chunks=(1,), waits=True),
    "w5a": Workload(what="sort of 32 arrays of 4 MB", make=_sorts, chunks=(1, 4)),
    "w5b": Workload(what="16 products of 1,000 x 1,000", make=_squares, chunks=(1, 4)),
    "w6": Workload(what="SHA-256 of 400 MB", make=lambda: (digest, blocks(400, 1_000_000)), chunks=(4, 50)),
    "w7": Workload(
        what="300 items of 2 ms and one of 200",
        make=lambda: (spin, [*[2 * MS] * 225, 200 * MS, *[2 * MS] * 75]),
        chunks=(1, 10),
    ),
    "w8": Workload(
        what="200 times 1.5 ms of Python and 10 of sleep",
        make=lambda: (spin_and_nap, [3 * MS // 2] * 200),
        chunks=(1,),
        waits=True,
    ),
    "w9": Workload(what="50,000 items of 8 µs", make=lambda: (spin, [280] * 50_000), chunks=(1_250, 6_250)),
    "w10": Workload(
        what="1,000 of an endless source of 1 ms items", make=lambda: (spin, Counted(MS)), chunks=(10,), taken=1_000
    ),
    "w11": Workload(what="10,000 factorisations by a closure", make=partial(_closure, 0), chunks=(250, 1_250)),
}
