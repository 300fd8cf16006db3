"""Where a stream's batches come from, and where those go that need another try."""

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from turnout.clock import wall_ns
from turnout.executors._batches import Batch, BatchSize, Feed, Reply
from turnout.executors._limits import WAITING_LIMIT


class Intake(Protocol):
    """Cuts items into batches, and decides what a reply means: final, or to be tried again."""

    @property
    def is_dry(self) -> bool:
        """Whether nothing will come any more, unless a batch that is under way comes back."""
        ...

    @property
    def again_ns(self) -> int | None:
        """When `next` may have something though it has nothing now; None if only a reply or a wake-up can change it."""
        ...

    @property
    def give_up_ns(self) -> int | None:
        """Until when to wait for what is under way; None for as long as it takes."""
        ...

    def next(self, waiting_count: int) -> Batch | Reply | None:
        """Return what to do next, or an answer that is known without doing anything; None if there is nothing now.

        Args:
            waiting_count: Finished outcomes that wait behind a slow one.
        """
        ...

    def take_back(self, reply: Reply) -> Iterable[Reply]:
        """Learn from a reply, keep what must be tried again, and return what is final."""
        ...


class PlainIntake:
    """All items of a feed, each once, except for those that lost their worker.

    Args:
        feed: The items.
        size: Says how many go into a batch.
    """

    again_ns: int | None = None
    give_up_ns: int | None = None

    def __init__(self, feed: Feed, size: BatchSize) -> None:
        self._feed = feed
        self._size = size
        self._again: deque[Batch] = deque()
        self._pulled = 0
        self._is_exhausted = False

    @property
    def is_dry(self) -> bool:
        """Whether all items were taken and none is to be tried again."""
        return self._is_exhausted and not self._again

    def next(self, waiting_count: int) -> Batch | Reply | None:
        """Return the next batch; None if there is none now."""
        if self._again:
            batch = self._again.popleft()
        elif self._is_exhausted or (waiting_count > WAITING_LIMIT and self._feed.remaining() is None):
            return None
        else:
            items = self._feed.take(self._size.next(self._feed.remaining()))
            if not items:
                self._is_exhausted = True
                return None
            batch = Batch(self._pulled, items, fine_cpu=self._size.fine_cpu)
            self._pulled += len(items)
        batch.queued_ns = wall_ns()
        return batch

    def take_back(self, reply: Reply) -> Iterable[Reply]:
        """Learn from a reply, and keep what lost its worker."""
        self._again.extend(reply.again)
        self._size.learn(reply)
        return (reply,) if reply.values else ()
