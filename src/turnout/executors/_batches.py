"""Items cut into batches: small enough to spread and to stop, large enough that handing them over costs little."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from turnout.clock import wall_ns
from turnout.executors._limits import ATTEMPTS, BATCH_LIMIT
from turnout.executors._worker import FINE_CPU_FROM_NS
from turnout.trace import SpanBatch

if TYPE_CHECKING:
    from array import array

BATCH_BYTES = 1 << 18  # on the wire; it fits a socket's buffer, so that neither side waits for the other
LEAST_NS = 1_000_000  # even the last batches should keep a worker busy for so long
GROWTH = 8  # a batch is at most this many times the last: one fast item doesn't prove the next thousand
TURN_NS = 140_000  # of a batch for each worker: one thread serves them all in turn, some 30 µs each
TURNS_NS = 5_000_000  # but longer items go one by one, however many workers there are
WARM = 2  # replies: the first item is often slow in ways of its own
PULL_NS = 1_000_000  # a slow source must not hold back the items that it has given already


@dataclass(slots=True)
class Batch:
    """Neighbouring items that one worker runs one after the other.

    Attributes:
        first: Index of the first item.
        items: The items.
        attempt: 1 for the first try.
        fine_cpu: Whether each item's CPU time is worth reading.
        queued_ns: When it was handed to the workers.
    """

    first: int
    items: Sequence[Any]  # the caller's items
    attempt: int = 1
    fine_cpu: bool = True
    queued_ns: int = 0

    def spans(
        self, *, worker: int, start_ns: int, ends: "array[int]", cpu_ns: int, cpus: "array[int] | None"
    ) -> SpanBatch:
        """Return what a worker did with the batch; the arguments are those of `SpanBatch`."""
        return SpanBatch(
            worker=worker,
            first_item=self.first,
            queued_ns=self.queued_ns,
            start_ns=start_ns,
            ends=ends,
            cpu_ns=cpu_ns,
            cpus=cpus,
            attempt=self.attempt,
        )


@dataclass(slots=True)
class Reply:
    """What became of a batch.

    Attributes:
        batch: The batch.
        values: Results in order, None where the call failed.
        failures: What was raised, by offset in the batch.
        spans: When each item ran.
        sent_bytes: What the results weighed on the wire; 0 if they stayed in the process.
        again: Batches of items that have no outcome yet, because their worker died; ``values`` is then shorter.
        tell: Hands on what the items said; to be called when their outcomes are given out. None if they were silent.
    """

    batch: Batch
    values: list[Any]  # the caller's results
    failures: dict[int, BaseException]
    spans: SpanBatch | None
    sent_bytes: int = 0
    again: list[Batch] = field(default_factory=list)
    tell: Callable[[], None] | None = None


def apart(batch: Batch, error: BaseException | None) -> Reply:
    """Answer for a batch with a bad item: a single one is failed, of several each is to be tried by itself."""
    if len(batch.items) == 1 and error is not None:
        return Reply(batch, [None], {0: error}, None)
    singles = [Batch(batch.first + offset, [item], batch.attempt) for offset, item in enumerate(batch.items)]
    return Reply(batch, [], {}, None, again=singles)


def without_worker(
    batch: Batch, error: BaseException, spans: SpanBatch | None, done: int | None, *, hung_up: bool = False
) -> Reply:
    """Answer for a batch whose worker has ended: the item that it was on fails, and the others are run again.

    Args:
        batch: The batch.
        error: What the item fails with.
        spans: Of the items that were done, and of that one.
        done: How many were; None if none had begun.
        hung_up: Whether the worker went on after its link was closed, which an earlier item may have done.
    """
    is_any = hung_up and len(batch.items) > 1
    if done is None or done == len(batch.items) or is_any:  # none is known to be guilty: all again, at last one by one
        if batch.attempt >= ATTEMPTS:
            return apart(batch, error)
        return Reply(batch, [], {}, spans, again=[Batch(batch.first, batch.items, batch.attempt + 1)])
    guilty = Batch(batch.first + done, batch.items[done : done + 1], batch.attempt)
    again = []
    if done:
        again.append(Batch(batch.first, batch.items[:done], batch.attempt + 1))
    if done + 1 < len(batch.items):
        again.append(Batch(batch.first + done + 1, batch.items[done + 1 :], batch.attempt))
    return Reply(guilty, [None], {0: error}, spans, again=again)


class Feed(Protocol):
    """Where batches come from."""

    @property
    def again_ns(self) -> int | None:
        """When there may be something though nothing else happens; None if that cannot be said."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether there may be items later when there are none now."""
        ...

    def take(self, count: int) -> Sequence[Any]:
        """Return up to ``count`` further items, at least one unless there are none now."""
        ...

    def remaining(self) -> int | None:
        """Return how many items are left; None if that is unknown."""
        ...


class SequenceFeed:
    """Items that are in memory already."""

    again_ns: int | None = None
    is_open = False

    def __init__(self, items: Sequence[Any]) -> None:
        self._items = items
        self._next = 0
        self._end = len(items)

    def take(self, count: int) -> Sequence[Any]:
        """Return up to ``count`` further items."""
        start = self._next
        self._next = min(self._end, start + count)
        return self._items[start : self._next]

    def remaining(self) -> int | None:
        """Return how many items are left."""
        return self._end - self._next


class IteratorFeed:
    """Items that are made one by one, perhaps slowly, perhaps without end."""

    again_ns: int | None = None
    is_open = False

    def __init__(self, items: Iterable[Any]) -> None:
        self._items: Iterator[Any] = iter(items)
        self._error: Exception | None = None

    def take(self, count: int) -> Sequence[Any]:
        """Return up to ``count`` further items, fewer if they take long to come.

        Raises what the iterator raised, once the items before are taken.
        """
        if self._error is not None:
            raise self._error
        deadline = wall_ns() + PULL_NS
        taken: list[Any] = []
        while len(taken) < count and (not taken or wall_ns() < deadline):
            # in bites that double, so that the clock costs little and a slow source is noticed early
            bite = min(max(1, len(taken)), count - len(taken))
            before = len(taken)
            try:
                taken.extend(islice(self._items, bite))  # which keeps what came before an error
            except Exception as error:
                if not taken:
                    raise
                self._error = error
                break
            if len(taken) < before + bite:
                break
        return taken

    def remaining(self) -> int | None:
        """Return None: nobody knows."""
        return None


def feed(items: Iterable[Any]) -> Feed:
    """Return the right feed: lists, tuples and ranges are cut, everything else is pulled."""
    return SequenceFeed(items) if isinstance(items, list | tuple | range) else IteratorFeed(items)


class BatchSize:
    """Learns how many items make a batch of the right length.

    Args:
        workers: How many workers share the items.
        target_ns: How long a batch should keep a worker busy; longer where there are many to be served in turn.
        fixed: A size to keep to, whatever is learned; a greater one than fits the workers' memory is cut to that.

    Raises:
        ValueError: If ``fixed`` is less than 1.
    """

    def __init__(self, *, workers: int, target_ns: int, fixed: int | None = None) -> None:
        if fixed is not None and fixed < 1:
            raise ValueError(f"batch_size must be at least 1, not {fixed}")
        self.retarget(workers, target_ns)
        self._fixed = None if fixed is None else min(fixed, BATCH_LIMIT)
        self._limit = 1
        self._replies = 0
        self._item_ns: float | None = None
        self._item_bytes = 0.0

    def retarget(self, workers: int, target_ns: int) -> None:
        """Fit further batches to so many workers, each kept busy for so long by one."""
        self._workers = workers
        self._target_ns = max(target_ns, min(workers * TURN_NS, TURNS_NS))

    @property
    def fine_cpu(self) -> bool:
        """Whether items are long enough for their CPU time to be read one by one."""
        return self._item_ns is None or self._item_ns >= FINE_CPU_FROM_NS

    def learn(self, reply: Reply) -> None:
        """Take notice of how long a batch took and what it weighed."""
        spans, count = reply.spans, len(reply.values)
        if spans is None or not count:
            return
        took = (spans.end_ns - spans.start_ns) / count
        self._replies += 1
        if self._item_ns is None or self._replies == WARM:
            self._item_ns = took
        else:  # the longest of late, forgotten by and by: a batch that is too long hurts more than one too short
            self._item_ns = max(took, 0.7 * self._item_ns + 0.3 * took)
        self._item_bytes = max(reply.sent_bytes / count, self._item_bytes * 0.9)
        if count >= self._limit:
            self._limit = min(BATCH_LIMIT, self._limit * GROWTH)

    def next(self, remaining: int | None) -> int:
        """Return the size of the next batch, at least 1.

        Args:
            remaining: Items left, None if unknown; the last ones are shared out evenly.
        """
        if self._fixed is not None:
            return self._fixed
        if self._item_ns is None:
            return 1
        count = min(self._limit, int(self._target_ns / max(self._item_ns, 1)))
        if self._item_bytes:
            count = min(count, int(BATCH_BYTES / self._item_bytes))
        if remaining is not None:
            least = min(count, int(LEAST_NS / max(self._item_ns, 1)))
            count = min(count, max(least, -(-remaining // (2 * self._workers))))
        return max(1, count)
