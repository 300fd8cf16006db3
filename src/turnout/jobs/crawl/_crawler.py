"""The crawl itself: one event loop that fetches, reads in batches, and writes down what came of it."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from turnout.clock import Clock, SystemClock, thread_cpu_ns
from turnout.errors import ExchangeError
from turnout.jobs.crawl._archive import Archive
from turnout.jobs.crawl._fetching import Fetcher, engine_setup
from turnout.jobs.crawl._frontier import Frontier, HostRow
from turnout.jobs.crawl._guard import Guard
from turnout.jobs.crawl._hosts import HostQueue, Schedule, pause_ns
from turnout.jobs.crawl._intake import Intake
from turnout.jobs.crawl._memory import HostMemory, memory_of
from turnout.jobs.crawl._options import CrawlOptions
from turnout.jobs.crawl._reading import read_page
from turnout.jobs.crawl._resolver import Resolver
from turnout.jobs.crawl._setbacks import Setbacks
from turnout.jobs.crawl._share import Share
from turnout.jobs.crawl._spool import Spool
from turnout.jobs.crawl._tally import Stage, Tally
from turnout.jobs.crawl._types import Fetched, Found, Item, Reading, State
from turnout.pages import Page, PageIndex
from turnout.transfer import Engine

_BATCH = 64
_BATCH_SHARE = 0.02  # of what is done: so much may have to be fetched again after a kill
_SMALLEST_BATCH = 4
_LONGEST_WAIT_S = 0.25  # of an answer until its batch is full, where there is enough to do
_TICK_S = 0.02
_REFILL = 64
_REFILL_SLOW = 4  # of a host with a delay: there may be very many of them
_INDEX_EVERY_S = 5.0
_INDEX_SHARE = 10  # times as long as the index took to commit, at least, is left until it commits again


class Crawler:
    """One run of a crawl.

    Args:
        frontier: What is to be fetched.
        folder: Of the crawl.
        index: Where pages go; None to read and record them only.
        options: How.
        resolver: Knows what belongs to the crawl.
        guard: Says which addresses may be visited.
        archive: Keeps the answers as they came; None for none.
        share: The hosts that this crawl owns; None for all.
        memory: What a shard remembers of its last job, empty in the first one of a run; None for a whole crawl.
        clock: Tells the time.
    """

    def __init__(
        self,
        frontier: Frontier,
        folder: Path,
        index: PageIndex | None,
        *,
        options: CrawlOptions,
        resolver: Resolver,
        guard: Guard,
        archive: Archive | None = None,
        share: Share | None = None,
        memory: Sequence[HostMemory] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._frontier = frontier
        self._index = index
        self._options = options
        self._resolver = resolver
        self._guard = guard
        self._archive = archive
        self._share = share
        self._memory = None if memory is None else {host.row: host for host in memory}
        self._clock = clock or SystemClock()
        self._spool = Spool(folder) if index is not None else None
        self.tally = Tally(self._clock)
        self._intake = Intake(
            frontier=frontier, options=options, guard=guard, resolver=resolver, tally=self.tally, share=share
        )
        self._schedule = Schedule()
        self._queues: dict[int, HostQueue] = {}
        self._arrived: list[tuple[HostQueue, Fetched]] = []
        self._idle: deque[asyncio.Future[None]] = deque()
        self._side_work: set[asyncio.Task[None]] = set()
        self._is_stopped = False
        self._grace_s = 0.0
        self._flush_ns = self._next_commit_ns = 0
        self._pages_before = frontier.counts[State.DONE]
        self._asked = 0
        self._cpu_start_ns = self._cpu_end_ns = thread_cpu_ns()
        self._is_running = False

    @property
    def queues(self) -> Sequence[HostQueue]:
        """All hosts that this run has met."""
        return list(self._queues.values())

    @property
    def memory(self) -> tuple[HostMemory, ...]:
        """What the next job of this shard has to know of its hosts."""
        now_ns = self._clock.wall_ns()
        return tuple(filter(None, (memory_of(host, now_ns) for host in self.queues)))

    def stop(self, grace_s: float) -> None:
        """Let the crawl end soon, from its own thread or a signal's handler; what is done is kept.

        Args:
            grace_s: How long it waits for what is on its way; what has not come by then is asked for by the next run.
        """
        self._grace_s = grace_s
        self._is_stopped = True

    @property
    def cpu_ns(self) -> int:
        """What the crawl's own thread has computed; to be asked in it while the crawl runs."""
        return (thread_cpu_ns() if self._is_running else self._cpu_end_ns) - self._cpu_start_ns

    async def run(self, on_tick: Callable[[], None] | None = None) -> None:
        """Crawl until nothing is left, a limit is reached or it is stopped.

        Args:
            on_tick: Called some fifty times a second, from the thread of the crawl.
        """
        self._cpu_start_ns = thread_cpu_ns()
        self._is_running = True
        self._replay()
        with Engine(engine_setup(self._options)) as engine:
            self._fetcher = Fetcher(engine, self._options, self._guard, keeps_heads=self._archive is not None)
            self._setbacks = Setbacks(
                frontier=self._frontier,
                options=self._options,
                schedule=self._schedule,
                fetcher=self._fetcher,
                guard=self._guard,
                tally=self.tally,
                clock=self._clock,
                memory=self._memory,
            )
            self._meet(self._frontier.hosts.values())
            workers = [asyncio.create_task(self._work()) for _ in range(self._options.connections)]
            try:
                await self._conduct(workers, on_tick)
                await self._last_answers()
            finally:
                for task in (*workers, *self._side_work):
                    task.cancel()
                await asyncio.gather(*workers, *self._side_work, return_exceptions=True)
                self._flush()
                self._commit_index()
                self._cpu_end_ns = thread_cpu_ns()
                self._is_running = False

    def _meet(self, rows: Iterable[HostRow]) -> None:
        """Give hosts with new addresses their turns."""
        now_ns = self._clock.wall_ns()
        for row in rows:
            host = self._queues.get(row.id)
            if host is None:
                host = self._queues[row.id] = self._setbacks.queue_for(row)
            self._schedule.enlist(host, now_ns)
        self._wake()

    async def _conduct(self, workers: Sequence["asyncio.Task[None]"], on_tick: Callable[[], None] | None) -> None:
        """Keep time until nothing is left to do."""
        while not self._is_stopped:
            for worker in workers:
                if worker.done():
                    worker.result()  # raises what ended it
            if self._is_flush_due():
                self._flush()
            if on_tick is not None:
                on_tick()
            if self._is_index_due():
                self._commit_index()
            if self._is_at_limit() and not self.tally.in_flight:
                break
            if not (self.tally.in_flight or self._side_work or len(self._schedule) or self._arrived):
                break
            next_ns = self._schedule.next_ns
            if next_ns is not None and next_ns <= self._clock.wall_ns():
                self._wake()
            await asyncio.sleep(_TICK_S)

    async def _last_answers(self) -> None:
        """Wait a while for what is on its way, as it would have to be asked for twice."""
        end_ns = self._clock.wall_ns() + pause_ns(self._grace_s)
        while (self.tally.in_flight or self._side_work) and self._clock.wall_ns() < end_ns:  # noqa: ASYNC110  time has to be kept anyway
            await asyncio.sleep(_TICK_S)

    async def _work(self) -> None:
        """Fetch one page after the other."""
        while True:
            turn = None if self._is_stopped or self._is_at_limit() else self._next()
            if turn is None:
                rest: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._idle.append(rest)
                await rest
                continue
            host, item = turn
            self.tally.in_flight += 1
            host.in_flight += 1
            try:
                if item is None:
                    await self._meet_rules(host)
                else:
                    self._asked += 1
                    await self._fetch(host, item)
            finally:
                host.in_flight -= 1
                self.tally.in_flight -= 1
                self._schedule.enlist(host, self._clock.wall_ns())
            if self._idle and self._schedule.has_ready:
                self._wake(1)

    async def _meet_rules(self, host: HostQueue) -> None:
        await self._setbacks.read_rules(host)
        if host.robots is not None and host.sitemaps:
            task = asyncio.create_task(self._read_sitemaps(host))
            self._side_work.add(task)
            task.add_done_callback(self._side_work.discard)
        self._wake()

    async def _read_sitemaps(self, host: HostQueue) -> None:
        while host.sitemaps and not self._is_stopped:
            for found in await self._setbacks.listed_pages(host, self._resolver.scope):
                self._meet(self._intake.add(found))

    async def _fetch(self, host: HostQueue, item: Item) -> None:
        try:
            fetched = await self._fetcher.fetch(item)
        except ExchangeError as error:
            self._setbacks.failed(host, item, error)
            return
        host.failures = 0
        if self._setbacks.puts_off(host, fetched):
            return
        if not self._arrived:
            self._flush_ns = self._clock.wall_ns() + pause_ns(_LONGEST_WAIT_S)
        self._arrived.append((host, fetched))
        done = self._pages_before + self.tally.fetched
        is_full = len(self._arrived) >= min(_BATCH, max(_SMALLEST_BATCH, _BATCH_SHARE * done))
        if is_full or (self.tally.in_flight == 1 and not self._schedule.has_ready):  # else nothing would go on
            self._flush()

    def _next(self) -> tuple[HostQueue, Item | None] | None:
        """Return whose turn it is and what is asked for: the host's rules if it is None."""
        now_ns = self._clock.wall_ns()
        while (host := self._schedule.turn(now_ns)) is not None:
            if host.note or host.in_flight >= host.most:
                continue
            if host.robots is None:
                return host, None
            item = self._item_of(host, now_ns)
            if item is None:
                self._schedule.enlist(host, now_ns)
                continue
            if host.delay_s:
                host.next_ns = now_ns + pause_ns(host.delay_s)
            elif host.in_flight + 1 < host.most:
                host.in_flight += 1  # as it will be
                self._schedule.enlist(host, now_ns)
                host.in_flight -= 1
            return host, item
        return None

    def _item_of(self, host: HostQueue, now_ns: int) -> Item | None:
        """Return what is to be fetched next from a host, None if nothing is now."""
        while True:
            if host.retries and host.retries[0][0] <= now_ns:
                return self._setbacks.next_retry(host)
            if not host.queue:
                host.queue.extend(self._frontier.take(host.row, _REFILL_SLOW if host.delay_s else _REFILL))
                if not host.queue:
                    return None
            item = host.queue.popleft()
            reason = self._setbacks.reason_against(host, item, self._intake.traps)
            if reason is None:
                return item
            self._setbacks.leave_out(host, item, reason)

    def _is_at_limit(self) -> bool:
        most = self._options.max_pages
        return most is not None and self._pages_before + self._asked >= most

    def _wake(self, most: int | None = None) -> None:
        for _ in range(len(self._idle) if most is None else min(most, len(self._idle))):
            rest = self._idle.popleft()
            if not rest.done():
                rest.set_result(None)

    def _is_flush_due(self) -> bool:
        """Tell whether to read what has arrived: soon if its links may be all that is left to do."""
        if not self._arrived:
            return False
        under_way = self.tally.in_flight + len(self._arrived)
        is_short = self._frontier.waiting < under_way + self._options.connections
        return is_short or self._clock.wall_ns() >= self._flush_ns

    def _flush(self) -> None:
        """Read what has arrived, and write down what came of it."""
        arrived, self._arrived = self._arrived, []
        if arrived:
            with self.tally.timed(Stage.READ):
                batch = [(host.row, fetched, self._read(fetched)) for host, fetched in arrived]
            with self.tally.timed(Stage.RECORD):
                taken = self._intake.take(batch)
                if self._archive is not None:
                    self._archive.add([fetched for _, fetched in arrived])
                    self._frontier.keep_about(f"archive {self._archive.path.name}", self._archive.position)
                if self._spool is not None and taken.pages:
                    self._spool.add(taken.pages)
            for _, target in taken.moved:
                self._setbacks.extend_scope(target, self._resolver)
            self._meet(taken.hosts)
            self._commit(taken.pages, taken.gone)
        elif self._setbacks.has_changed:
            self._commit([], [])

    def _commit(self, pages: Sequence[Page], gone: Sequence[int]) -> None:
        with self.tally.timed(Stage.RECORD):
            self._frontier.commit()
            self._setbacks.has_changed = False
        if self._index is not None:
            with self.tally.timed(Stage.INDEX):
                if gone:
                    self._index.remove(gone)
                if pages:
                    self._index.add(pages)

    def _read(self, fetched: Fetched) -> Reading | None:
        if not fetched.is_page:
            return None
        try:
            return read_page(fetched, self._resolver, self._options.agent)
        except (ValueError, RecursionError, MemoryError, AttributeError, TypeError):
            return None  # is recorded as unreadable

    def _replay(self) -> None:
        """Bring the index up to where the frontier is."""
        if self._spool is None or self._index is None:
            return
        count = 0
        for pages in self._spool.read():
            self._index.add(pages)
            count += len(pages)
        if count:
            self._index.commit()
        self._spool.clear()

    def _is_index_due(self) -> bool:
        return self._index is not None and self._clock.wall_ns() >= self._next_commit_ns

    def _commit_index(self) -> None:
        if self._index is None or self._spool is None:
            return
        start_ns = self._clock.wall_ns()
        with self.tally.timed(Stage.INDEX), suppress(InterruptedError):
            self._index.commit()
            self._spool.clear()
        end_ns = self._clock.wall_ns()
        self._next_commit_ns = end_ns + max(pause_ns(_INDEX_EVERY_S), _INDEX_SHARE * (end_ns - start_ns))

    def seed(self, found: Iterable[Found]) -> None:
        """Take addresses to begin with, and keep them; those of other shards are left to them."""
        self._frontier.add(one for one in found if self._share is None or self._share.has(one.url))
        self._frontier.commit()

    def close(self) -> None:
        """Give back what the run has opened; the index, which others close, is let go."""
        self._index = None
        if self._spool is not None:
            self._spool.close()
