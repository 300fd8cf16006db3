"""What a stage does next: fresh items, those to be tried again, and answers that are known already."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from heapq import heappop, heappush

from turnout.clock import wall_ns
from turnout.executors import WAITING_LIMIT, Batch, BatchSize, Feed, Reply
from turnout.pipeline._omitted import OMITTED
from turnout.pipeline._passage import Ledger, PassedBy
from turnout.pipeline._retry import Retry
from turnout.pipeline._status import StageStatus
from turnout.pipeline._throttle import Keys, Rate

KNOWN_TOGETHER = 1024  # items that are looked up at once, while there may be answers that are known
PARKED_LIMIT = 1024  # items that may wait for their key, likewise


class StageIntake:
    """Decides what a stage's crew does next, and which of its replies are final.

    Args:
        feed: The items.
        size: Says how many go into a batch.
        status: The stage's counters, which are kept here.
        retry: After which failures an item is tried again; None for none.
        rate: How many calls may begin in a second.
        keys: How many items of one key may be under way.
        ledger: Knows outcomes of an earlier run, and keeps those of this one.
        workers: How many workers the crew has now.
    """

    def __init__(
        self,
        feed: Feed,
        size: BatchSize,
        status: StageStatus,
        *,
        workers: Callable[[], int],
        retry: Retry | None = None,
        rate: Rate | None = None,
        keys: Keys | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self._feed = feed
        self._size = size
        self._status = status
        self._workers = workers
        self._retry = retry
        self._rate = rate
        self._keys = keys
        self._ledger = ledger
        self._ready: deque[Batch | Reply] = deque()
        self._later: list[tuple[int, int, Batch]] = []  # a heap, by when they are due
        self._pulled = 0
        self._under_way = 0
        self._is_exhausted = False
        self._is_stopped = False
        self._source_error: Exception | None = None
        self.again_ns: int | None = None
        self.give_up_ns: int | None = None

    @property
    def is_dry(self) -> bool:
        """Whether nothing will come any more, unless something under way comes back."""
        if self._is_stopped:
            return True
        parked = self._keys.parked_count if self._keys is not None else 0
        if self._source_error is not None:
            return False
        return self._is_exhausted and not self._ready and not self._later and not parked

    def stop(self, give_up_ns: int, *, takes_more: bool) -> None:
        """Wait for what is under way until ``give_up_ns`` only.

        Args:
            give_up_ns: On the clock `wall_ns`.
            takes_more: Whether to begin anything further until then.
        """
        self.give_up_ns = give_up_ns
        self._is_stopped = not takes_more

    def next(self, waiting_count: int) -> Batch | Reply | None:
        """Return what to do next; None if there is nothing now.

        Raises what the source raised, once all that it gave is done.
        """
        self.again_ns = None
        if self._is_stopped:
            return None
        if (self._rate is not None or self._keys is not None) and self._under_way >= self._workers():
            return None  # a call counts when it begins, so none may wait in front of the workers
        now = wall_ns() if self._rate is not None or self._later else 0
        if self._rate is not None and now < self._rate.next_ns:
            self.again_ns = int(self._rate.next_ns)
            return None
        given = self._next(now, waiting_count)
        if isinstance(given, Batch):
            if self._rate is not None:
                self._status.paced += self._rate.is_awaited(now)
                self._rate.take(now)
            given.queued_ns = wall_ns()
            self._under_way += 1
        return given

    def take_back(self, reply: Reply) -> Iterable[Reply]:
        """Learn from a reply, keep what is to be tried again, and return what is final."""
        self._under_way -= 1
        self._ready.extend(reply.again)
        self._size.learn(reply)
        if reply.spans is not None:
            self._status.busy_ns += reply.spans.end_ns - reply.spans.start_ns
            self._status.cpu_ns += reply.spans.cpu_ns
        if self._keys is not None:
            self._keys.leave(reply.batch.first)
        if not reply.values:
            return ()
        if not (reply.failures and self._retry is not None):
            return (self._final(reply),)
        pieces = self._without_retried(reply, self._retry)
        if reply.tell is not None:
            if pieces:
                pieces[0].tell = reply.tell
            else:
                reply.tell()  # what a failed try said is not lost
        return tuple(map(self._final, pieces))

    def _next(self, now: int, waiting_count: int) -> Batch | Reply | None:
        if self._later and self._later[0][0] <= now:
            self._ready.appendleft(heappop(self._later)[2])
        while True:
            if self._keys is not None and (released := self._keys.released()) is not None:
                return released
            if not self._ready and not self._pull(waiting_count):
                if self._source_error is not None and not (self._under_way or self._later):
                    raise self._source_error
                if self._later:
                    self.again_ns = min(self._later[0][0], self.again_ns or self._later[0][0])
                return None
            given = self._ready.popleft()
            if isinstance(given, Reply):
                return self._answered(given)
            admitted = self._admit(given)
            if admitted is not None:
                return admitted

    def _answered(self, reply: Reply) -> Reply:
        """Count an answer that was there without any work."""
        if isinstance(reply, PassedBy):
            return reply
        if reply.values[0] is OMITTED and self._ledger is not None:
            self._status.left_out += len(reply.values)
            return reply
        self._status.replayed += len(reply.values)
        return self._count(reply)

    def _admit(self, batch: Batch) -> Batch | Reply | None:
        if self._keys is None:
            return batch
        try:
            return batch if self._keys.admit(batch) else None
        except Exception as error:  # noqa: BLE001  the user's key function
            return self._final(Reply(batch, [None], {0: error}, None))

    def _pull(self, waiting_count: int) -> bool:
        """Take fresh items in; return whether there are any."""
        left = self._feed.remaining()
        are_many = left is None and waiting_count > WAITING_LIMIT
        if self._is_exhausted or are_many or (self._keys is not None and self._keys.parked_count >= PARKED_LIMIT):
            return False
        size = 1 if self._keys is not None or self._rate is not None else self._size.next(left)
        known = 0 if self._ledger is None else self._ledger.known_end - self._pulled
        try:
            items = self._feed.take(max(size, min(known, KNOWN_TOGETHER)))
        except Exception as error:  # noqa: BLE001  the user's source; raised once what came before it is done
            self._source_error, self._is_exhausted = error, True
            return False
        if not items:
            self.again_ns = self._feed.again_ns
            self._is_exhausted = not self._feed.is_open
            return False
        batch = Batch(self._pulled, items, fine_cpu=self._size.fine_cpu)
        self._pulled += len(items)
        if self._ledger is None:
            self._status.taken += len(items)
            self._ready.append(batch)
            return True
        for part in self._ledger.sort(batch):
            if isinstance(part, PassedBy):
                self._status.passed += 1
            else:
                self._status.taken += len(part.items if isinstance(part, Batch) else part.values)
            if isinstance(part, Batch) and len(part.items) > size:
                self._ready.extend(_cut(part, size))
            else:
                self._ready.append(part)
        return True

    def _without_retried(self, reply: Reply, retry: Retry) -> list[Reply]:
        """Return the reply in pieces, without the items that will be tried again."""
        batch, pieces, start = reply.batch, [], 0
        for offset in sorted(reply.failures):
            delay_s = retry.delay_s(reply.failures[offset], batch.attempt)
            if delay_s is None:
                continue
            pieces.append(_piece(reply, start, offset))
            start = offset + 1
            again = Batch(batch.first + offset, batch.items[offset:start], batch.attempt + 1, fine_cpu=batch.fine_cpu)
            heappush(self._later, (wall_ns() + int(delay_s * 1e9), again.first, again))
            self._status.retried += 1
        pieces.append(_piece(reply, start, len(reply.values)))
        return [piece for piece in pieces if piece.values]

    def _final(self, reply: Reply) -> Reply:
        if self._ledger is not None:
            reply = self._ledger.keep(reply)
        return self._count(reply)

    def _count(self, reply: Reply) -> Reply:
        self._status.done += len(reply.values)
        self._status.failed += len(reply.failures)
        return reply


def _cut(batch: Batch, size: int) -> Iterator[Batch]:
    for start in range(0, len(batch.items), size):
        yield replace(batch, first=batch.first + start, items=batch.items[start : start + size])


def _piece(reply: Reply, start: int, end: int) -> Reply:
    if start == 0 and end == len(reply.values):
        return reply
    batch = reply.batch
    part = Batch(batch.first + start, batch.items[start:end], batch.attempt, fine_cpu=batch.fine_cpu)
    failures = {offset - start: error for offset, error in reply.failures.items() if start <= offset < end}
    return Reply(part, reply.values[start:end], failures, None)
