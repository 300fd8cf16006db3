"""Items cut into batches: small enough to spread and to stop, large enough that handing them over costs little."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from turnout.clock import wall_ns
from turnout.executors._limits import BATCH_LIMIT
from turnout.executors._worker import FINE_CPU_FROM_NS
from turnout.trace import SpanBatch

if TYPE_CHECKING:
    from array import array

BATCH_BYTES = 1 << 18  # on the wire; it fits a socket's buffer, so that neither side waits for the other
LEAST_NS = 1_000_000  # even the last batches should keep a worker busy for so long
GROWTH = 8  # a batch is at most this many times the last: one fast item doesn't prove the next thousand
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
    """

    batch: Batch
    values: list[Any]  # the caller's results
    failures: dict[int, BaseException]
    spans: SpanBatch | None
    sent_bytes: int = 0
    again: list[Batch] = field(default_factory=list)


def apart(batch: Batch, error: BaseException | None) -> Reply:
    """Answer for a batch with a bad item: a single one is failed, of several each is to be tried by itself."""
    if len(batch.items) == 1 and error is not None:
        return Reply(batch, [None], {0: error}, None)
    singles = [Batch(batch.first + offset, [item], batch.attempt) for offset, item in enumerate(batch.items)]
    return Reply(batch, [], {}, None, again=singles)


class Feed(Protocol):
    """Where batches come from."""

    def take(self, count: int) -> Sequence[Any]:
        """Return up to ``count`` further items, at least one unless there are no more."""
        ...

    def remaining(self) -> int | None:
        """Return how many items are left; None if that is unknown."""
        ...


class SequenceFeed:
    """Items that are in memory already."""

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

    def __init__(self, items: Iterable[Any]) -> None:
        self._items: Iterator[Any] = iter(items)

    def take(self, count: int) -> Sequence[Any]:
        """Return up to ``count`` further items, fewer if they take long to come."""
        deadline = wall_ns() + PULL_NS
        taken = list(islice(self._items, 1))
        while taken and len(taken) < count and wall_ns() < deadline:
            # in bites that double, so that the clock costs little and a slow source is noticed early
            more = list(islice(self._items, min(len(taken), count - len(taken))))
            if not more:
                break
            taken += more
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
        target_ns: How long a batch should keep a worker busy.
        fixed: A size to keep to, whatever is learned; a greater one than fits the workers' memory is cut to that.

    Raises:
        ValueError: If ``fixed`` is less than 1.
    """

    def __init__(self, *, workers: int, target_ns: int, fixed: int | None = None) -> None:
        if fixed is not None and fixed < 1:
            raise ValueError(f"batch_size must be at least 1, not {fixed}")
        self._workers = workers
        self._target_ns = target_ns
        self._fixed = None if fixed is None else min(fixed, BATCH_LIMIT)
        self._limit = 1
        self._item_ns: float | None = None
        self._item_bytes = 0.0

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
        # the longest of late, forgotten by and by: a batch that is too long hurts more than one too short
        self._item_ns = took if self._item_ns is None else max(took, 0.7 * self._item_ns + 0.3 * took)
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
