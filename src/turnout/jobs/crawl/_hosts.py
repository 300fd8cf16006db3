"""Whose turn it is: queues by host, each at its own pace, so that a huge one does not starve the others."""

import heapq
from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

from turnout.jobs.crawl._frontier import HostRow
from turnout.jobs.crawl._types import Item

if TYPE_CHECKING:
    from turnout.jobs.crawl._robots import Robots

_NS = 1_000_000_000


class HostQueue:
    """What is asked of one host.

    Args:
        row: The host.
        delay_s: What is left between two requests.
        most: How many requests may be under way; one if there is a delay.

    Attributes:
        queue: What is asked for next.
        robots: Its rules; None until they are known.
        in_flight: How many requests are under way.
        next_ns: Before this, nothing is asked.
        failures: How many requests in a row had no answer.
        robots_tries: How often its rules were asked for in vain.
        note: Why nothing more is asked in this run, or "".
        sitemaps: Those that are still to be read.
        known_sitemaps: Those, and the ones that were read.
    """

    __slots__ = (
        "_most",
        "delay_s",
        "failures",
        "in_flight",
        "is_listed",
        "known_sitemaps",
        "next_ns",
        "note",
        "queue",
        "retries",
        "robots",
        "robots_tries",
        "row",
        "sitemaps",
    )

    def __init__(self, row: HostRow, *, delay_s: float, most: int) -> None:
        self.row = row
        self.delay_s = delay_s
        self._most = most
        self.queue: deque[Item] = deque()
        self.retries: list[tuple[int, int, Item]] = []  # a heap: when, a number that tells them apart, what
        self.robots: Robots | None = None
        self.in_flight = 0
        self.next_ns = 0
        self.failures = 0
        self.robots_tries = 0
        self.note = ""
        self.is_listed = False
        self.sitemaps: deque[str] = deque()
        self.known_sitemaps: set[str] = set()

    @property
    def most(self) -> int:
        """How many requests may be under way."""
        return 1 if self.delay_s > 0 or self.robots is None else self._most

    @property
    def has_more(self) -> bool:
        """Whether something waits here, in memory or on disk, that is not under way."""
        has_sitemaps = self.robots is None and self.sitemaps  # they are read once its rules are known
        return bool(self.queue or self.retries or has_sitemaps or self.row.waiting > len(self.row.taken))


class Schedule:
    """Gives each host its turn.

    A host is listed once, with those that are ready, in the order of their turns, or with those that wait for a moment.
    """

    def __init__(self) -> None:
        self._ready: deque[HostQueue] = deque()
        self._later: list[tuple[int, int, HostQueue]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._ready) + len(self._later)

    @property
    def has_ready(self) -> bool:
        """Whether a host may be asked now."""
        return bool(self._ready)

    @property
    def next_ns(self) -> int | None:
        """When the next of those that wait may be asked; None if none waits."""
        return self._later[0][0] if self._later else None

    def enlist(self, host: HostQueue, now_ns: int) -> None:
        """List a host, if it may have its turn and is not listed yet."""
        if host.is_listed or host.note or host.in_flight >= host.most or not host.has_more:
            return
        host.is_listed = True
        due = host.next_ns
        if host.retries and not (host.queue or host.row.waiting > len(host.row.taken)):
            due = max(due, host.retries[0][0])
        if due > now_ns:
            heapq.heappush(self._later, (due, next(self._numbers), host))
        else:
            self._ready.append(host)

    def turn(self, now_ns: int) -> HostQueue | None:
        """Return the host whose turn it is, which is not listed any more; None if nobody's."""
        while self._later and self._later[0][0] <= now_ns:
            self._ready.append(heapq.heappop(self._later)[2])
        if not self._ready:
            return None
        host = self._ready.popleft()
        host.is_listed = False
        return host

    def retry(self, host: HostQueue, item: Item, when_ns: int) -> None:
        """Let a host be asked for something again, at a moment."""
        heapq.heappush(host.retries, (when_ns, next(self._numbers), item))

    @staticmethod
    def next_retry(host: HostQueue) -> Item:
        """Return what is due to be tried again at a host."""
        return heapq.heappop(host.retries)[2]

    def listed(self) -> Iterator[HostQueue]:
        """Yield all that are listed."""
        yield from self._ready
        for _, _, host in self._later:
            yield host


def pause_ns(seconds: float) -> int:
    """Return seconds as nanoseconds."""
    return round(seconds * _NS)
