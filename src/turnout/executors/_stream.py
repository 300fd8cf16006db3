"""The loop that every executor shares: feed the crew, take its replies, hand out outcomes in order."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any, Protocol

from turnout.clock import wall_ns
from turnout.executors._batches import Batch, BatchSize, Feed, Reply
from turnout.outcomes import Failure, Outcome, Success
from turnout.trace import Recorder

WAITING_LIMIT = 1024  # finished outcomes that may wait behind a slow one, when the items' number is unknown


class Crew(Protocol):
    """Workers that take batches and give replies."""

    workers: int

    def has_room(self) -> bool:
        """Tell whether a batch put now would be looked at soon."""
        ...

    def put(self, batch: Batch) -> None:
        """Hand over a batch; never waits."""
        ...

    def get(self) -> Reply:
        """Wait for a batch that was put, whichever is done first."""
        ...

    def close(self, recorder: Recorder | None) -> None:
        """Let workers finish the item at hand, and wait for them to end."""
        ...

    def abort(self) -> None:
        """Leave at once; workers that cannot be stopped are left to end by themselves."""
        ...


def stream(crew: Crew, source: Feed, size: BatchSize, *, ordered: bool, recorder: Recorder | None) -> Iterator[Reply]:
    """Yield replies, each with some outcomes, until the source is dry.

    Nothing runs but while the caller asks for the next ones or the crew works on what it was given: at most two
    batches for each worker, and `WAITING_LIMIT` outcomes behind a slow one. So an endless source is never read far
    ahead, and no thread of ours is needed.

    Args:
        crew: The workers; closed when the stream ends, however it ends.
        source: The items.
        size: Says how many items go into a batch.
        ordered: Whether outcomes keep the order of the items or come as they are done.
        recorder: Where spans go.
    """
    _under_way.add(crew)
    if recorder is not None:
        recorder.start_ns = wall_ns()
    try:
        yield from _stream(crew, source, size, ordered=ordered, recorder=recorder)
    except KeyboardInterrupt:
        crew.abort()
        raise
    finally:
        if recorder is not None:
            recorder.end_ns = wall_ns()
        _under_way.discard(crew)
        crew.close(recorder)


# A forgotten stream that is part of a cycle would be collected with its crew, in any order; held here, the crew is
# whole when the stream closes it.
_under_way: set[Crew] = set()


def _stream(crew: Crew, source: Feed, size: BatchSize, *, ordered: bool, recorder: Recorder | None) -> Iterator[Reply]:
    intake = _Intake(source, size)
    line = _Line()
    in_flight = 0
    while True:
        while crew.has_room() and (not in_flight or intake.may_pull(line.waiting_count)):
            batch = intake.next()
            if batch is None:
                break
            crew.put(batch)
            in_flight += 1
        if not in_flight:
            return
        reply = crew.get()
        in_flight -= 1
        intake.take_back(reply)
        if recorder is not None and reply.spans is not None:
            recorder.add(reply.spans)
        if ordered:
            yield from line.in_order(reply)
        elif reply.values:
            yield reply


class _Intake:
    """Cuts the source into batches, and gives back those that lost their worker."""

    def __init__(self, source: Feed, size: BatchSize) -> None:
        self._source = source
        self._size = size
        self._again: deque[Batch] = deque()
        self._pulled = 0
        self._is_dry = False

    def may_pull(self, waiting_count: int) -> bool:
        """Tell whether another batch may be taken while so many outcomes wait behind a slow one."""
        return waiting_count <= WAITING_LIMIT or self._source.remaining() is not None

    def next(self) -> Batch | None:
        """Return the next batch; None if there is none now."""
        if self._again:
            batch = self._again.popleft()
        elif self._is_dry:
            return None
        else:
            items = self._source.take(self._size.next(self._source.remaining()))
            if not items:
                self._is_dry = True
                return None
            batch = Batch(self._pulled, items, fine_cpu=self._size.fine_cpu)
            self._pulled += len(items)
        batch.queued_ns = wall_ns()
        return batch

    def take_back(self, reply: Reply) -> None:
        """Learn from a reply, and keep what must be tried again."""
        self._again.extend(reply.again)
        self._size.learn(reply)


class _Line:
    """Lets replies out in the order of their items."""

    def __init__(self) -> None:
        self._waiting: dict[int, Reply] = {}
        self._next = 0
        self.waiting_count = 0

    def in_order(self, reply: Reply) -> Iterator[Reply]:
        """Take a reply, and yield all whose turn it is."""
        if not reply.values:
            return
        self._waiting[reply.batch.first] = reply
        self.waiting_count += len(reply.values)
        while (due := self._waiting.pop(self._next, None)) is not None:
            self._next += len(due.values)
            self.waiting_count -= len(due.values)
            yield due


def outcomes_of(reply: Reply) -> Iterable[Outcome[Any]]:
    """Return the outcomes of a batch, in the order of its items."""
    batch = reply.batch
    indexes = range(batch.first, batch.first + len(reply.values))
    successes = map(Success, reply.values, batch.items, indexes)
    if batch.attempt == 1 and not reply.failures:
        return successes  # made as they are asked for: three times faster than a list of them, which leaves the cache
    outcomes: list[Outcome[Any]] = list(successes)
    for outcome in outcomes:
        outcome.attempts = batch.attempt
    for offset, error in reply.failures.items():
        outcomes[offset] = Failure(error, batch.items[offset], batch.first + offset, batch.attempt)
    return outcomes


def values_of(replies: Iterator[Reply]) -> Iterator[Any]:  # the caller's results
    """Yield the results up to the first failure, end the workers, and raise it."""
    return chain.from_iterable(map(partial(_values_of, replies), replies))


def _values_of(replies: Iterator[Reply], reply: Reply) -> Iterable[Any]:  # the caller's results
    return _until_failure(replies, reply) if reply.failures else reply.values


def _until_failure(replies: Iterator[Reply], reply: Reply) -> Iterator[Any]:  # the caller's results
    first = min(reply.failures)
    yield from reply.values[:first]
    if isinstance(replies, Generator):
        replies.close()  # now, and not when the error's traceback lets go of it
    raise reply.failures[first]
