"""The loop that every executor shares: feed the crew, take its replies, hand out outcomes in order."""

from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any, Protocol

from turnout.clock import wall_ns
from turnout.errors import repr_of
from turnout.executors._batches import Batch, Reply
from turnout.executors._intake import Intake
from turnout.outcomes import Failure, Outcome, Success
from turnout.trace import Recorder


class Crew(Protocol):
    """Workers that take batches and give replies."""

    workers: int

    @property
    def is_calling_here(self) -> bool:
        """Whether an item is run by this very thread, at this moment: a signal's handler may ask."""
        ...

    def has_room(self) -> bool:
        """Tell whether a batch put now would be looked at soon."""
        ...

    def put(self, batch: Batch) -> None:
        """Hand over a batch; never waits."""
        ...

    def get(self, until_ns: int | None = None) -> Reply | None:
        """Wait for a batch that was put, whichever is done first.

        Args:
            until_ns: When to stop waiting, on the clock `wall_ns`; None to wait for ever.

        Returns:
            The reply; None if the time was over or `wake` was called.
        """
        ...

    def wake(self) -> None:
        """Have the `get` of another thread return now, or else the next one."""
        ...

    def threads(self) -> list[tuple[int, int]]:
        """Return the process and the system's number of each worker's thread, as far as they have begun."""
        ...

    def close(self, recorder: Recorder | None) -> None:
        """Let workers finish the item at hand, and wait for them to end."""
        ...

    def abort(self) -> None:
        """Leave at once; workers that cannot be stopped are left to end by themselves."""
        ...


def shortage_of(crew: Crew) -> Exception | None:
    """Return what the system said when it started fewer workers than were asked for; None if it did not."""
    shortage: Exception | None = getattr(crew, "shortage", None)  # not all crews start workers
    return shortage


def salvage_of(crew: Crew) -> list[Reply]:
    """Return what is done, for a stream that waits no longer for the rest; to be called once.

    What worker processes have done of a batch that is not done is with them, and is not had.
    """
    salvage: Callable[[], list[Reply]] | None = getattr(crew, "salvage", None)
    replies = iter(partial(crew.get, wall_ns()), None) if salvage is None else salvage()
    return [reply for reply in replies if reply.values]


def stream(crew: Crew, intake: Intake, *, ordered: bool, recorder: Recorder | None) -> Generator[Reply, None, None]:
    """Yield replies, each with some outcomes, until the intake is dry.

    Nothing runs but while the caller asks for the next ones or the crew works on what it was given: at most two
    batches for each worker, and `WAITING_LIMIT` outcomes behind a slow one. So an endless source is never read far
    ahead, and no thread of ours is needed.

    Args:
        crew: The workers; closed when the stream ends, however it ends.
        intake: What there is to do.
        ordered: Whether outcomes keep the order of the items or come as they are done.
        recorder: Where spans go.
    """
    _under_way.add(crew)
    if recorder is not None:
        recorder.start_ns = wall_ns()
    try:
        for reply in _stream(crew, intake, ordered=ordered, recorder=recorder):
            if reply.tell is not None:
                reply.tell()
            yield reply
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


def _stream(crew: Crew, intake: Intake, *, ordered: bool, recorder: Recorder | None) -> Iterator[Reply]:
    line = _Line() if ordered else _Throng()
    in_flight = 0
    while True:
        while crew.has_room() and (given := _next(intake, line.waiting_count)) is not None:
            if isinstance(given, Reply):
                yield from line.let_out(given)
            else:
                crew.put(given)
                in_flight += 1
        if not in_flight and intake.is_dry:
            break
        reply, is_over = _get(crew, intake)
        if reply is None and not is_over:
            continue
        in_flight -= 1
        for each in salvage_of(crew) if reply is None else (reply,):
            if recorder is not None and each.spans is not None:
                recorder.add(each.spans)
            for final in intake.take_back(each):
                yield from line.let_out(final)
        if reply is None:
            crew.abort()
            break
    yield from line.rest()


def _next(intake: Intake, waiting_count: int) -> Batch | Reply | None:
    """Return what to do next, unless the run is stopped while the source is waited for."""
    try:
        return intake.next(waiting_count)
    except KeyboardInterrupt:
        if intake.give_up_ns is None:
            raise
        return None


def _get(crew: Crew, intake: Intake) -> tuple[Reply | None, bool]:
    """Return a reply if there is one, and whether no other is to be waited for.

    The run may be stopped while this very thread is on an item: then none is.
    """
    give_up_ns = intake.give_up_ns
    try:
        reply = crew.get(intake.again_ns if give_up_ns is None else give_up_ns)
    except KeyboardInterrupt:
        if intake.give_up_ns is None:
            raise
        return None, True
    return reply, reply is None and give_up_ns is not None and wall_ns() >= give_up_ns


class _Throng:
    """Lets replies out as they come."""

    waiting_count = 0

    def let_out(self, reply: Reply) -> Iterable[Reply]:
        """Take a reply, and return it."""
        return (reply,)

    def rest(self) -> Iterable[Reply]:
        """Return what waits: nothing."""
        return ()


class _Line:
    """Lets replies out in the order of their items."""

    def __init__(self) -> None:
        self._waiting: dict[int, Reply] = {}
        self._next = 0
        self.waiting_count = 0

    def let_out(self, reply: Reply) -> Iterator[Reply]:
        """Take a reply, and yield all whose turn it is."""
        self._waiting[reply.batch.first] = reply
        self.waiting_count += len(reply.values)
        while (due := self._waiting.pop(self._next, None)) is not None:
            self._next += len(due.values)
            self.waiting_count -= len(due.values)
            yield due

    def rest(self) -> Iterator[Reply]:
        """Yield what waits for items that will never be done, as the stream was told to give up."""
        for first in sorted(self._waiting):
            yield self._waiting.pop(first)


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
    error, index = reply.failures[first], reply.batch.first + first
    error.add_note(f"the item was {repr_of(reply.batch.items[first])}, at index {index}")
    raise error
