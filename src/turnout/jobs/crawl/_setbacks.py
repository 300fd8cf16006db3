"""What is not fetched, not now, or not at once: rules, failures, and hosts that ask to come back later."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from turnout.clock import Clock, epoch_s
from turnout.errors import ExchangeError
from turnout.jobs.crawl._fetching import Fetcher
from turnout.jobs.crawl._frontier import Frontier, HostRow, Result
from turnout.jobs.crawl._guard import Guard, is_public
from turnout.jobs.crawl._hosts import HostQueue, Schedule, pause_ns
from turnout.jobs.crawl._memory import HostMemory, recall
from turnout.jobs.crawl._options import CrawlOptions
from turnout.jobs.crawl._resolver import Resolver
from turnout.jobs.crawl._robots import MOST_BYTES, Robots, allow_all, read_robots
from turnout.jobs.crawl._scope import Scope
from turnout.jobs.crawl._sitemaps import Sitemap, read_sitemap
from turnout.jobs.crawl._tally import Tally
from turnout.jobs.crawl._traps import Traps, is_sound
from turnout.jobs.crawl._types import Fetched, Found, Item, State
from turnout.jobs.crawl._urls import canonical_url, host_of, name_of
from turnout.pages import page_key

_PUBLIC_DELAY_S = 1.0
_RULES_TRIES = 3
_RULES_PAUSE_S = 0.5
_PAUSE_S = 0.5  # before a page is asked for again; twice as long each time
_MOST_FAILURES = 8  # in a row, until a host is left alone
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_BUSY = {429, 503}
_MOST_BUSY = 20  # times that a page is put off because its server is busy
_HOPELESS = {"url", "name", "address", "certificate", "protocol", "encoding"}
_MOST_SITEMAPS = 200
_SITEMAP_BYTES = 20_000_000
_BATCH = 5_000


class Setbacks:
    """Decides what is not fetched, and when something is tried again.

    Args:
        frontier: Where that is written down.
        options: How the crawl is made.
        schedule: Whose turn it is.
        fetcher: Asks for rules and sitemaps.
        guard: Says which hosts may be visited.
        tally: Is told what was given up.
        clock: Tells the time.
        memory: What a shard remembers of hosts, by their rows; None for a crawl that is not cut into jobs.

    Attributes:
        has_changed: Whether something was written down and not committed.
    """

    def __init__(
        self,
        *,
        frontier: Frontier,
        options: CrawlOptions,
        schedule: Schedule,
        fetcher: Fetcher,
        guard: Guard,
        tally: Tally,
        clock: Clock,
        memory: Mapping[int, HostMemory] | None = None,
    ) -> None:
        self._frontier = frontier
        self._options = options
        self._schedule = schedule
        self._fetcher = fetcher
        self._guard = guard
        self._tally = tally
        self._clock = clock
        self._memory = memory
        self.has_changed = False

    def queue_for(self, row: HostRow) -> HostQueue:
        """Return an empty queue for a host, at the pace that suits it."""
        delay_s = self._options.delay_s
        if delay_s is None:
            delay_s = _PUBLIC_DELAY_S if _may_be_public(name_of(host_of(row.origin))) else 0.0
        host = HostQueue(row, delay_s=delay_s, most=self._options.host_connections)
        if not self._options.obeys_robots:
            host.robots = allow_all(self._options.agent)
        memory = (self._memory or {}).get(row.id)
        if memory is not None:
            recall(host, memory, self._frontier, self._schedule, self._clock.wall_ns())
        return host

    async def read_rules(self, host: HostQueue) -> None:
        """Ask a host for its robots.txt, unless the shard has done so in this run."""
        kept = None if self._memory is None else self._frontier.rules(host.row)
        if kept is not None:
            self._use_rules(host, read_robots(*kept, self._options.agent))
            return
        error: ExchangeError | None = None
        status: int | None = None
        body = b""
        try:
            status, body = await self._fetcher.fetch_small(f"{host.row.origin}/robots.txt", MOST_BYTES)
        except ExchangeError as failure:
            error = failure
        robots = read_robots(status, body, self._options.agent)
        if status is not None and robots.is_known:
            self._take_rules(host, robots, status, body)
            return
        host.robots_tries += 1
        host.next_ns = self._clock.wall_ns() + pause_ns(_RULES_PAUSE_S * 2**host.robots_tries)
        if error is not None and error.cause in _HOPELESS:
            is_private = error.cause == "address"
            self.give_up(host, error.reason, State.LEFT_OUT if is_private else State.FAILED)
        elif host.robots_tries >= _RULES_TRIES:
            self.park(host, error.reason if error else f"its robots.txt answers {status}, so that nothing is allowed")

    @staticmethod
    def _use_rules(host: HostQueue, robots: Robots) -> None:
        host.robots = robots
        host.delay_s = max(host.delay_s, robots.delay_s or 0.0)

    def _take_rules(self, host: HostQueue, robots: Robots, status: int, body: bytes) -> None:
        self._use_rules(host, robots)
        if self._options.reads_sitemaps:
            _add_sitemaps(host, robots.sitemaps)
        if self._memory is not None:
            self._frontier.keep_rules(host.row, status, body)
            self.has_changed = True
        if host.row.waiting:
            self._frontier.note(host.row, "")
            self.has_changed = True

    async def listed_pages(self, host: HostQueue, scope: Scope) -> Iterator[list[Found]]:
        """Read the next sitemap of a host; return the pages it lists that belong to the crawl, in batches."""
        sitemap = await self._sitemap(host.sitemaps[0])
        host.sitemaps.popleft()
        if sitemap is None:
            return iter(())
        if sitemap.is_index:
            _add_sitemaps(host, sitemap.addresses)
            return iter(())
        self.has_changed = True
        return _batches(sitemap.addresses, scope)

    async def _sitemap(self, address: str) -> Sitemap | None:
        url = canonical_url(address)
        if url is None or not self._guard.may_name(host_of(url), name_of(host_of(url))):
            return None
        try:
            status, body = await self._fetcher.fetch_small(url, _SITEMAP_BYTES)
        except ExchangeError:
            return None
        return None if status >= 400 else read_sitemap(body)  # noqa: PLR2004  as HTTP has it

    def failed(self, host: HostQueue, item: Item, error: ExchangeError) -> None:
        """Take notice that a page could not be had; it is tried again, unless there is no hope."""
        host.failures += 1
        item.tries += 1
        if error.cause == "address":
            self._record(host, item, State.LEFT_OUT, "a private address")
        elif error.cause in _HOPELESS or item.tries >= self._options.tries:
            self._record(host, item, State.FAILED, error.reason)
        else:
            self._again(host, item, _PAUSE_S * 2**item.tries)
        if host.failures >= _MOST_FAILURES and not host.note:
            self.park(host, error.reason)

    def puts_off(self, host: HostQueue, fetched: Fetched) -> bool:
        """Tell whether an answer says to ask again later, and see to that."""
        item = fetched.item
        if fetched.status not in _PASSING or host.note:
            return False
        wait_s = seconds_until(fetched.retry_after)
        item.tries += 1
        is_busy = fetched.status in _BUSY and wait_s is not None
        if item.tries >= (_MOST_BUSY if is_busy else self._options.tries):
            return False
        if wait_s is None:
            self._again(host, item, _PAUSE_S * 2**item.tries)
        elif wait_s > self._options.patience_s:
            host.retries.append((0, -item.id, item))
            self.park(host, f"it asks to come back in {wait_s:.0f} s ({fetched.status})")
        else:
            host.next_ns = max(host.next_ns, self._clock.wall_ns() + pause_ns(wait_s))
            self._again(host, item, wait_s)
        return True

    def next_retry(self, host: HostQueue) -> Item:
        """Return what is due to be tried again."""
        return self._schedule.next_retry(host)

    def reason_against(self, host: HostQueue, item: Item, traps: Traps) -> str | None:
        """Return why an address is not fetched, None if it is."""
        if host.robots is not None and not host.robots.allows(item.url):
            self._tally.refused += 1
            return "forbidden by robots.txt"
        if traps.leaves_out(item.url):
            return "trap"
        most = self._options.host_pages
        if most and host.row.done >= most:
            return f"more than {most} pages of one host"
        return None

    def leave_out(self, host: HostQueue, item: Item, reason: str) -> None:
        """Write down that an address is not fetched."""
        self._tally.notes[reason] += 1
        self._record(host, item, State.LEFT_OUT, reason)

    def park(self, host: HostQueue, note: str) -> None:
        """Ask nothing more of a host in this run; what waits there waits for the next."""
        host.note = note
        host.queue.clear()
        self._frontier.note(host.row, note)
        self.has_changed = True

    def give_up(self, host: HostQueue, note: str, state: State) -> None:
        """Let nothing more wait on a host."""
        host.note = note
        items = [*host.queue, *(item for _, _, item in host.retries)]
        host.queue.clear()
        host.retries.clear()
        host.row.taken.difference_update(item.id for item in items)
        count = self._frontier.give_up(host.row, note, state)
        self._tally.failed += count if state == State.FAILED else 0
        self.has_changed = True

    def extend_scope(self, target: str, resolver: Resolver) -> None:
        """Let the host that a seed has moved to belong to the crawl."""
        scope = resolver.scope
        around = Scope.of([target])
        resolver.scope = replace(
            scope,
            hosts=scope.hosts | around.hosts,
            domains=(*scope.domains, *around.domains),
            folders=(*scope.folders, *around.folders),
        )
        resolver.forget()
        moved = self._frontier.about("moved") or []
        self._frontier.keep_about("moved", [*moved, target])

    def _again(self, host: HostQueue, item: Item, wait_s: float) -> None:
        self._schedule.retry(host, item, self._clock.wall_ns() + pause_ns(wait_s))

    def _record(self, host: HostQueue, item: Item, state: State, note: str) -> None:
        self._tally.failed += state == State.FAILED
        self._frontier.record(
            [(host.row, Result(item.id, state, 0, note, epoch_s(), 0.0, 0, 0, item.etag, item.modified))]
        )
        self.has_changed = True


def _add_sitemaps(host: HostQueue, addresses: Iterable[str]) -> None:
    for address in addresses:
        if address not in host.known_sitemaps and len(host.known_sitemaps) < _MOST_SITEMAPS:
            host.known_sitemaps.add(address)
            host.sitemaps.append(address)


def _batches(addresses: Sequence[str], scope: Scope) -> Iterator[list[Found]]:
    for start in range(0, len(addresses), _BATCH):
        pages = map(canonical_url, addresses[start : start + _BATCH])
        yield [
            Found(page_key(page), page, 1) for page in pages if page is not None and is_sound(page) and scope.has(page)
        ]


def seconds_until(retry_after: str) -> float | None:
    """Return how long a Retry-After header asks to wait: seconds, or until a date; None if it asks nothing."""
    if retry_after.strip().isdigit():
        return float(retry_after)
    with suppress(ValueError, TypeError, IndexError):
        when = parsedate_to_datetime(retry_after)
        when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.fromtimestamp(epoch_s(), UTC)).total_seconds())
    return None


def _may_be_public(name: str) -> bool:
    """Tell whether a host may be public, as far as its name tells: a name may, ``localhost`` and 10.0.0.1 may not."""
    if name == "localhost" or name.endswith(".localhost"):
        return False
    is_address = ":" in name or name.replace(".", "").isdigit()
    return is_public(name) if is_address else True
