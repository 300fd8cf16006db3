"""`turnout.crawl`: from addresses to a folder with a frontier and an index."""

import asyncio
import gc
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from turnout.clock import Clock, SystemClock
from turnout.errors import UsageError
from turnout.fulltext import open_index
from turnout.jobs.crawl._archive import Archive
from turnout.jobs.crawl._crawler import Crawler
from turnout.jobs.crawl._frontier import Frontier
from turnout.jobs.crawl._frontier_file import FolderLock, cannot_be_read, check, is_damaged
from turnout.jobs.crawl._guard import Guard
from turnout.jobs.crawl._memory import HostMemory
from turnout.jobs.crawl._options import CrawlOptions
from turnout.jobs.crawl._record import RunRecord
from turnout.jobs.crawl._resolver import Resolver
from turnout.jobs.crawl._scope import Reach, Scope
from turnout.jobs.crawl._share import Share
from turnout.jobs.crawl._standing import read_standing
from turnout.jobs.crawl._tally import Tally
from turnout.jobs.crawl._types import Found
from turnout.jobs.crawl._urls import canonical_url, host_of, with_scheme
from turnout.pages import FRONTIER_FILE, INDEX_FOLDER, PageIndex, page_key, shard_folders
from turnout.report._crawl_types import CrawlReport
from turnout.transfer import require_pycurl

OpenIndex = Callable[[Path], PageIndex]
GRACE_S = 0.3
_GC_THRESHOLD = 50_000  # objects; pages make thousands without cycles, and each look at them costs


@dataclass(frozen=True, slots=True)
class Around:
    """What belongs to a crawl, as it is asked for; None for what was asked for when the crawl was begun.

    Attributes:
        reach: How far links are followed: ``"host"`` if nothing was ever asked for.
        include: Regular expressions.
        exclude: Likewise.
    """

    reach: Reach | None = None
    include: Sequence[str] | None = None
    exclude: Sequence[str] | None = None


class Crawl:
    """A crawl in a folder: begun, or gone on with where it was.

    Args:
        urls: Where to begin; may be empty to go on. Those that failed before are tried again.
        folder: Its frontier and index; made if it is not there.
        around: What belongs to it.
        options: How it is made.
        open_index: Opens the index in a folder; None for no index.
        archive: A WARC file for all answers; None for none.
        share: The hosts that this crawl owns, if it is a shard; None for all.
        memory: What it remembers of its last job; None if this is the first one of its run.
        clock: Tells the time.

    Raises:
        UsageError: If an address is not one, the folder is in use or not one of a crawl, or there is nothing to begin
            with.
        UnavailableError: If a package is not installed.
    """

    def __init__(
        self,
        urls: Iterable[str],
        folder: str | Path,
        *,
        around: Around | None = None,
        options: CrawlOptions | None = None,
        open_index: OpenIndex | None = None,
        archive: str | Path | None = None,
        share: Share | None = None,
        memory: Sequence[HostMemory] | None = None,
        clock: Clock | None = None,
    ) -> None:
        require_pycurl()
        seeds = [seed_url(url) for url in urls]
        self.folder = Path(folder)
        self._options = options or CrawlOptions()
        self._clock = clock or SystemClock()
        self._open = ExitStack()
        self._was_stopped = False
        shard_count = len(shard_folders(self.folder))
        if shard_count:
            raise UsageError(
                f"the crawl in {str(self.folder)!r} has {shard_count} shards; go on with --shards {shard_count}, or "
                "name another folder"
            )
        if not seeds and not check(self.folder / FRONTIER_FILE):
            raise nothing_to_begin_with(self.folder)
        with self._told_of(), ExitStack() as opened:
            opened.enter_context(FolderLock(self.folder))
            self._frontier = frontier = opened.enter_context(Frontier(self.folder))
            known = frontier.about("seeds") or []
            all_seeds = list(dict.fromkeys([*known, *seeds]))
            if not all_seeds:
                raise nothing_to_begin_with(self.folder)
            scope = self._scope(around or Around(), all_seeds)
            frontier.keep_about("seeds", all_seeds)
            index = None
            if open_index is not None:
                index = open_index(self.folder / INDEX_FOLDER)
                opened.push(partial(self._close_index, index))
            kept = None
            if archive is not None:
                position = frontier.about(f"archive {Path(archive).name}")
                kept = opened.enter_context(Archive(Path(archive), self._options.agent, position))
                frontier.keep_about(f"archive {Path(archive).name}", kept.position)
                frontier.commit()
                kept.flush()
            guard = Guard(list(map(host_of, all_seeds)), allows_private=self._options.allows_private)
            self._crawler = Crawler(
                frontier,
                self.folder,
                index,
                options=self._options,
                resolver=Resolver(scope),
                guard=guard,
                archive=kept,
                share=share,
                memory=None if share is None else memory or (),
                clock=self._clock,
            )
            opened.callback(self._crawler.close)
            if memory is None:
                frontier.forget_rules()
                frontier.retry(frozenset(map(page_key, seeds)))
                if self._options.recrawls:
                    frontier.again()
            self._crawler.seed([Found(page_key(url), url, 0) for url in all_seeds])
            self._open = opened.pop_all()

    @property
    def tally(self) -> Tally:
        """How this run stands."""
        return self._crawler.tally

    @property
    def waiting(self) -> int:
        """How many addresses wait, those that are being fetched included."""
        return self._frontier.waiting

    @property
    def found(self) -> int:
        """How many addresses were found."""
        return sum(self._frontier.counts.values())

    @property
    def notes(self) -> dict[str, str]:
        """Why nothing more is asked of hosts in this run."""
        return {host.row.origin: host.note for host in self._crawler.queues if host.note}

    @property
    def is_stopped(self) -> bool:
        """Whether the run was told to end."""
        return self._was_stopped

    @property
    def memory(self) -> tuple[HostMemory, ...]:
        """What the next job of this shard has to know of its hosts."""
        return self._crawler.memory

    def receive(self, found: Sequence[Found]) -> None:
        """Take addresses that other shards have found, and keep them."""
        self._crawler.seed(found)

    def outbox(self, most: int) -> list[tuple[int, Found]]:
        """Return addresses that other shards own, each with a number."""
        return self._frontier.outbox(most)

    def delivered(self, last: int) -> None:
        """Forget addresses of the outbox up to that number: their owners have them."""
        self._frontier.delivered(last)
        self._frontier.commit()

    def stop(self, grace_s: float = GRACE_S) -> None:
        """Let the run end soon; what is done is kept, and what is on its way may still come for that long."""
        self._was_stopped = True
        self._crawler.stop(grace_s)

    def run(self, on_tick: Callable[[], None] | None = None) -> CrawlReport:
        """Crawl until nothing is left, a limit is reached or it is stopped; return how it stands then.

        Args:
            on_tick: Called some fifty times a second.
        """
        record = RunRecord(self._frontier, self._crawler, self._clock)

        def tick() -> None:
            record.keep_span(is_last=False)
            if on_tick is not None:
                on_tick()

        with _few_collections(), self._told_of():
            asyncio.run(self._crawler.run(tick))
            record.end()
        return read_standing(self.folder)

    def close(self) -> None:
        """Give the folder back."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    @contextmanager
    def _told_of(self) -> Iterator[None]:
        """Tell in a sentence that the frontier is damaged, or that the disk does not take what is written."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, BrokenPipeError):
                raise
            if isinstance(error, sqlite3.Error) and is_damaged(error):
                raise cannot_be_read(self.folder, error) from error
            raise UsageError(
                f"the crawl in {str(self.folder)!r} cannot be written ({error}); make room on its disk, and go on "
                "with the same command"
            ) from error

    def _close_index(self, index: PageIndex, kind: type[BaseException] | None, *_: object) -> None:
        """Close the index, unless there is haste: it has committed all, and what it would still do may take seconds."""
        if not self._was_stopped:
            with nullcontext() if kind is None else suppress(UsageError):  # what came before says more
                index.close()

    def _scope(self, around: Around, seeds: Sequence[str]) -> Scope:
        asked: dict[str, Any] = self._frontier.about("scope") or {"reach": "host", "include": [], "exclude": []}
        for name in ("reach", "include", "exclude"):
            value = getattr(around, name)
            if value is not None:
                asked[name] = value if isinstance(value, str) else list(value)
        begins = [*seeds, *(self._frontier.about("moved") or [])]
        scope = Scope.of(begins, reach=asked["reach"], include=asked["include"], exclude=asked["exclude"])
        self._frontier.keep_about("scope", asked)
        return scope


def crawl(
    urls: str | Iterable[str],
    *,
    state: str | Path,
    reach: Reach | None = None,
    include: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    index: bool = True,
    archive: str | Path | None = None,
    **options: Any,  # fields of CrawlOptions, which checks their names
) -> CrawlReport:
    """Crawl sites, politely, into a folder; go on where the same crawl was before.

    Args:
        urls: Where to begin.
        state: The folder.
        reach: How far links are followed: on the same ``"host"``, ``"domain"``, below ``"path"``, or ``"any"``.
        include: Regular expressions, one of which must be found in an address.
        exclude: Regular expressions, none of which may be.
        index: Whether pages go into the index of `turnout search`; without it, only the frontier and links are kept.
        archive: A WARC file for all answers.
        options: Fields of `CrawlOptions`: ``max_pages=1000``, ``delay_s=0.5``.

    Raises:
        UsageError: If an address is not one, or the folder cannot be used.
        UnavailableError: If a package is not installed: ``pip install 'turnout[crawl]'``.
    """
    begins = [urls] if isinstance(urls, str) else urls
    around = Around(reach, include, exclude)
    how = replace(CrawlOptions(), **options)
    with Crawl(
        begins, state, around=around, options=how, open_index=open_index if index else None, archive=archive
    ) as running:
        return running.run()


def seed_url(text: str) -> str:
    """Return the canonical form of an address that somebody typed.

    Raises:
        UsageError: If it is not one of the web.
    """
    url = canonical_url(with_scheme(text.strip())) if text.strip() else None
    if url is None:
        raise UsageError(f"{text!r} is not an address of the web; write one such as https://example.org/")
    return url


def nothing_to_begin_with(folder: Path) -> UsageError:
    """Return what is wrong where neither an address nor an earlier crawl says where to begin."""
    return UsageError(f"{str(folder)!r} is no crawl yet; say where to begin: turnout crawl URL --state FOLDER")


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let Python look for garbage in cycles seldom: pages are made by the thousand, and have none."""
    former = gc.get_threshold()
    gc.set_threshold(max(_GC_THRESHOLD, former[0]), *former[1:])
    try:
        yield
    finally:
        gc.set_threshold(*former)
