"""Segments thinned to what a screen can show: short neighbours become one cell that keeps their shares."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from turnout.observe import Recording, State, ThreadRecord

NO_STACK = -1
What = TypeVar("What", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Cell(Generic[What]):
    """A stretch of time in a lane.

    Attributes:
        start_ns: On the recording's clock.
        end_ns: Likewise, later.
        parts: What it was spent on and for how long, ns, the longest first; at least one.
        stack: Index of `Recording.stacks` of the longest piece of the first part; -1 if there is none.
    """

    start_ns: int
    end_ns: int
    parts: tuple[tuple[What, int], ...]
    stack: int = NO_STACK


Piece = tuple[int, int, What, int]  # from, to, what, stack


def thread_cells(thread: ThreadRecord, limit: int, wall_ns: int) -> list[Cell[State]]:
    """Return one thread's cells, some ``limit`` of them at most.

    A thread whose segments were not kept becomes one cell with its shares.

    Args:
        thread: What it did.
        limit: About how many cells to make; as many as there are segments if those are fewer.
        wall_ns: How long the lane is, from which follows how short a cell may be.
    """
    if not thread.segments:
        parts = tuple((state, ns) for state, ns in Counter(thread.state_ns).most_common() if ns > 0)
        return [Cell(thread.start_ns, thread.end_ns, parts)] if parts and thread.wall_ns > 0 else []
    pieces = ((one.start_ns, one.end_ns, one.state, one.stack) for one in thread.segments)
    return list(thinned(pieces, shortest_ns(len(thread.segments), limit, wall_ns)))


def hold_cells(recording: Recording, limit: int) -> list[Cell[int]]:
    """Return who held the global lock, as cells of native ids, 0 where it was free."""
    pieces = ((one.start_ns, one.end_ns, one.thread, NO_STACK) for one in recording.holds)
    return list(thinned(pieces, shortest_ns(len(recording.holds), limit, recording.wall_ns)))


def shortest_ns(count: int, limit: int, wall_ns: int) -> int:
    """Return how short a cell may be so that ``count`` pieces make no more than about ``limit`` cells.

    Between two long pieces lies at most one cell of merged ones, so a limit of cells allows half as many of the
    shortest length.
    """
    return 0 if count <= limit else -(-2 * max(0, wall_ns) // max(1, limit))


def allowance(counts: Sequence[int], whole: int, most: int) -> int:
    """Return how many cells each lane may have so that all of them fit.

    Args:
        counts: How many pieces each lane has; what lanes with few of them leave is for the others.
        whole: How many cells fit in all.
        most: How many a lane may have at most.
    """
    left = whole
    fair = most
    for place, count in enumerate(sorted(counts)):
        fair = min(most, left // (len(counts) - place))
        left -= min(count, fair)
    return max(1, fair)


def thinned(pieces: Iterable[Piece[What]], least_ns: int) -> Iterator[Cell[What]]:
    """Yield cells in order; pieces shorter than ``least_ns`` are merged with their neighbours until they reach it.

    Where pieces overlap, the earlier one counts; pieces of no length are left out.
    """
    heap = _Heap[What]()
    last_ns: int | None = None
    for given_ns, end_ns, what, stack in pieces:
        start_ns = given_ns if last_ns is None else max(given_ns, last_ns)
        if end_ns <= start_ns:
            continue
        if start_ns != last_ns or end_ns - start_ns >= least_ns:
            yield from heap.emptied()
        last_ns = end_ns
        heap.add(start_ns, end_ns, what, stack)
        if heap.wall_ns >= least_ns:
            yield from heap.emptied()
    yield from heap.emptied()


@dataclass(slots=True)
class _Heap(Generic[What]):
    """Pieces that become one cell."""

    start_ns: int = 0
    end_ns: int = 0
    by_stack: Counter[tuple[What, int]] = field(default_factory=Counter)

    @property
    def wall_ns(self) -> int:
        return self.end_ns - self.start_ns

    def add(self, start_ns: int, end_ns: int, what: What, stack: int) -> None:
        if not self.by_stack:
            self.start_ns = start_ns
        self.end_ns = end_ns
        self.by_stack[what, stack] += end_ns - start_ns

    def emptied(self) -> Iterator[Cell[What]]:
        if not self.by_stack:
            return
        parts: Counter[What] = Counter()
        for (what, _), ns in self.by_stack.items():
            parts[what] += ns
        ranked = tuple(parts.most_common())
        first = ranked[0][0]
        _, stack = max((ns, stack) for (what, stack), ns in self.by_stack.items() if what == first)
        yield Cell(self.start_ns, self.end_ns, ranked, stack)
        self.by_stack.clear()
