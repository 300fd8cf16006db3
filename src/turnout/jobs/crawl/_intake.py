"""From a batch of answers to the frontier and the index."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from turnout.jobs.crawl._frontier import Frontier, HostRow, Result
from turnout.jobs.crawl._guard import Guard
from turnout.jobs.crawl._likeness import Likenesses, sketch_of
from turnout.jobs.crawl._options import CrawlOptions
from turnout.jobs.crawl._resolver import Resolver
from turnout.jobs.crawl._share import Share
from turnout.jobs.crawl._soft404 import NotFoundPages, says_not_found
from turnout.jobs.crawl._tally import Tally
from turnout.jobs.crawl._traps import Traps, is_sound
from turnout.jobs.crawl._turbohtml import read_markup
from turnout.jobs.crawl._types import GONE, REDIRECTIONS, Fetched, Found, Reading, State
from turnout.jobs.crawl._urls import canonical_url, host_of, name_of
from turnout.pages import Page, RecentMap, page_key

MOST_HOPS = 10
_OK = 200
_NOT_MODIFIED = 304
_REPLACES = {_OK, *GONE, *REDIRECTIONS}  # a page that was there; what else fails may pass
_LEARNED = 3  # of the pages that say "not found", for each host
_MS = 1000.0


class Taken(NamedTuple):
    """What a batch came to.

    Attributes:
        pages: For the index.
        gone: Keys of pages that the index should no longer have.
        hosts: Those that have new addresses.
        moved: Redirections of seeds to other hosts: from, to.
    """

    pages: list[Page]
    gone: list[int]
    hosts: list[HostRow]
    moved: list[tuple[str, str]]


class Intake:
    """Decides what becomes of answers, and writes it down in the frontier.

    Args:
        frontier: Where to.
        options: How the crawl is made.
        guard: Says which hosts may be visited.
        resolver: Knows what belongs to the crawl.
        tally: Is told what came.
        share: The hosts that this crawl owns; None for all.
    """

    def __init__(
        self,
        *,
        frontier: Frontier,
        options: CrawlOptions,
        guard: Guard,
        resolver: Resolver,
        tally: Tally,
        share: Share | None,
    ) -> None:
        self._share = share
        self._frontier = frontier
        self._resolver = resolver
        self._options = options
        self._guard = guard
        self._tally = tally
        self.traps = Traps()
        self._contents = RecentMap()
        self._likenesses = Likenesses()  # of texts without their digits
        self._exact = Likenesses()  # of texts with them
        self._not_found = NotFoundPages()
        self._learned: dict[str, int] = {}
        for key, content in frontier.contents():
            self._contents.put(content, key)

    def take(self, batch: Sequence[tuple[HostRow, Fetched, Reading | None]]) -> Taken:
        """Take a batch of answers, each with what was read in it, if it is a page."""
        taken = Taken([], [], [], [])
        found: list[Found] = []
        links = []
        texts: list[tuple[int, str]] = []
        results: list[tuple[HostRow, Result]] = []
        for host, fetched, reading in batch:
            if reading is not None:
                note = self._take_page(host, fetched, reading, taken, found)
                links.append((fetched.item.id, reading.links))
                texts.extend(reading.texts)
                state = State.DONE
            else:
                state, note = self._take_other(fetched, taken, found)
            self._count(fetched, note, state)
            results.append((host, _result(fetched, state, note, reading)))
        taken.hosts.extend(self.add(found))
        self._frontier.record(results)
        self._frontier.link(links, texts)
        self._tally.indexed += len(taken.pages)
        return taken

    def add(self, found: Iterable[Found]) -> list[HostRow]:
        """Take addresses that were found; return the hosts that have new ones. Those of other shards are sent."""
        if self._share is None:
            return self._frontier.add(found)
        own: list[Found] = []
        foreign: list[Found] = []
        for one in found:
            (own if self._share.has(one.url) else foreign).append(one)
        self._frontier.send(foreign)
        return self._frontier.add(own)

    def _take_page(self, host: HostRow, fetched: Fetched, reading: Reading, taken: Taken, found: list[Found]) -> str:
        """Return why a page does not belong into the index, or ""."""
        page, item = reading.page, fetched.item
        note = "cut off" if fetched.is_cut else ""
        former = self._contents.get(page.content_hash) if page.text or page.title else 0
        former = 0 if former == item.key else former
        alike = former or self._likenesses.find(reading.sketch)
        alike = 0 if alike == item.key else alike
        if not alike:
            self._likenesses.add(reading.sketch, item.key)
        if not former:
            self._contents.put(page.content_hash, item.key)
        is_kept = False
        obeys = self._options.obeys_robots
        if obeys and reading.directives.noindex:
            note = "noindex"
        elif former:
            note = "duplicate"
            self._tally.duplicates += 1
            self._frontier.alias([(item.key, former)])
        elif says_not_found(page.title, page.headings, page.text) or self._not_found.has(page.host, reading.sketch):
            note = "soft 404"
        else:
            is_kept = True
            similar = self._similar(page) if alike else 0
            taken.pages.append(replace(page, similar_to=similar) if similar else page)
        if not is_kept and self._options.recrawls:
            taken.gone.append(item.key)
        self.traps.note_variant(item.url, page.content_hash)
        if self.traps.follows(item.url, item.depth, is_new=not alike, waiting=host.waiting):
            self._follow(fetched, reading, found)
        elif not note:
            note = "trap"
        return note

    def _similar(self, page: Page) -> int:
        """Return the key of an earlier page that is nearly the same with its digits, too; 0 if there is none."""
        sketch = sketch_of(page.text, keeps_digits=True)
        found = self._exact.find(sketch)
        if not found:
            self._exact.add(sketch, page.key)
        return 0 if found == page.key else found

    def _follow(self, fetched: Fetched, reading: Reading, found: list[Found]) -> None:
        item, most = fetched.item, self._options.max_depth
        if reading.refresh and item.hops < MOST_HOPS and self._belongs(reading.refresh):
            found.append(Found(page_key(reading.refresh), reading.refresh, item.depth, item.hops + 1))
        if most is not None and item.depth >= most:
            return
        for target in reading.wanted:
            if target.is_settled or target.key in self._frontier:
                pass
            elif is_sound(target.url) and self._may_visit(target.url):
                found.append(Found(target.key, target.url, item.depth + 1))
            else:
                self._frontier.ignore(target.key)
            target.is_settled = True

    def _take_other(self, fetched: Fetched, taken: Taken, found: list[Found]) -> tuple[State, str]:
        item, status = fetched.item, fetched.status
        if status == _NOT_MODIFIED:
            self._tally.unchanged += 1
            return State.DONE, "unchanged"
        if self._options.recrawls and status in _REPLACES:
            taken.gone.append(item.key)
        if status in REDIRECTIONS and fetched.location:
            return self._take_redirection(fetched, taken, found)
        if status in GONE and fetched.body:
            self._learn(item.url, fetched.body)
        if status == _OK:
            return State.DONE, "unreadable" if fetched.is_page else "no page"
        return State.FAILED, ""

    def _take_redirection(self, fetched: Fetched, taken: Taken, found: list[Found]) -> tuple[State, str]:
        item = fetched.item
        target = canonical_url(fetched.location, item.url)
        if target is None or not is_sound(target):
            return State.FAILED, "redirected to no address"
        key = page_key(target)
        if key == item.key:
            return State.FAILED, "redirected to itself"
        if item.hops >= MOST_HOPS:
            return State.FAILED, "too many redirections"
        self._frontier.alias([(item.key, key)])
        if item.depth == 0 and host_of(target) != host_of(item.url):
            taken.moved.append((item.url, target))
        if self._belongs(target) or item.depth == 0:
            if not self._may_visit(target):
                return State.FAILED, "redirected to a private address"
            found.append(Found(key, target, item.depth, item.hops + 1))
        return State.DONE, "redirection"

    def _belongs(self, url: str) -> bool:
        return self._resolver.scope.has(url) and self._may_visit(url)

    def _may_visit(self, url: str) -> bool:
        host = host_of(url)
        return self._guard.may_name(host, name_of(host))

    def _learn(self, url: str, body: bytes) -> None:
        host = host_of(url)
        count = self._learned.get(host, 0)
        if count < _LEARNED:
            self._learned[host] = count + 1
            self._not_found.learn(host, sketch_of(read_markup(body, None).text))

    def _count(self, fetched: Fetched, note: str, state: State) -> None:
        tally = self._tally
        tally.fetched += 1
        tally.failed += state == State.FAILED
        tally.received_bytes += fetched.received_bytes
        tally.statuses[fetched.status] += 1
        if note:
            tally.notes[note] += 1


def _result(fetched: Fetched, state: State, note: str, reading: Reading | None) -> Result:
    return Result(
        fetched.item.id,
        state,
        fetched.status,
        note,
        fetched.fetched_s,
        fetched.total_s * _MS,
        fetched.received_bytes,
        0 if reading is None else reading.page.content_hash,
        fetched.etag,
        fetched.modified,
    )
