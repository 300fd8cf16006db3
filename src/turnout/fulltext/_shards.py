"""One search over all shards of a crawl: each is asked, and what they find is put in one order."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Protocol

from turnout.errors import UsageError
from turnout.fulltext._search import FEW, MOST, Found, Search, Typos, has_index
from turnout.pages import shard_folders

_THREADS = 8


class Searcher(Protocol):
    """What finds pages, in one index or in many."""

    @property
    def page_count(self) -> int:
        """How many pages there are, as of the last search."""
        ...

    def find(self, text: str, *, limit: int = 10, offset: int = 0, typos: Typos = "auto") -> Found:
        """Return the pages that suit best, as `Search.find` does."""
        ...


def open_search(folder: str | Path) -> Searcher:
    """Return what searches a crawl, however many shards it has.

    Args:
        folder: Of the crawl.

    Raises:
        UnavailableError: If tantivy is not installed.
        UsageError: If there is no index.
    """
    shards = [shard for shard in shard_folders(folder) if has_index(shard)]
    return ShardedSearch(list(map(Search, shards))) if shards else Search(folder)


class ShardedSearch:
    """The indexes of a crawl's shards, searched as one; may be shared by threads.

    How rare a word is, and how popular a page, each shard tells by its own pages. As a page is in a shard by the hash
    of its host, shards are samples of the same whole, and their scores can be compared.

    Args:
        shards: At least one.
    """

    def __init__(self, shards: Sequence[Searcher]) -> None:
        self._shards = shards
        self._pool = ThreadPoolExecutor(min(_THREADS, len(shards)), "search")

    @property
    def page_count(self) -> int:
        """How many pages there are, as of the last search."""
        return sum(shard.page_count for shard in self._shards)

    def find(self, text: str, *, limit: int = 10, offset: int = 0, typos: Typos = "auto") -> Found:
        """Return the pages that suit best in all shards, as `Search.find` does."""
        if offset + limit > MOST:
            raise UsageError(f"only the first {MOST:,} pages of a search can be looked at; make the search narrower")
        # Words are only taken as typed wrong if few pages have them in all shards together.
        found = self._ask(lambda shard: shard.find(text, limit=offset + limit, typos=_first(typos)))
        if typos == "auto" and sum(one.count for one in found if not one.is_loose) < FEW:
            found = self._ask(lambda shard: shard.find(text, limit=offset + limit, typos="auto"))
        is_loose = all(one.is_loose or not one.count for one in found) and any(one.is_loose for one in found)
        counted = [one for one in found if one.is_loose == is_loose]
        hits = sorted(chain.from_iterable(one.hits for one in counted), key=lambda hit: -hit.score)
        return replace(
            found[0],
            count=sum(one.count for one in counted),
            hits=tuple(hits[offset : offset + limit]),
            offset=offset,
            page_count=sum(one.page_count for one in found),
            corrected=tuple(dict(chain.from_iterable(one.corrected for one in counted)).items()),
            is_loose=is_loose,
        )

    def _ask(self, ask: Callable[[Searcher], Found]) -> list[Found]:
        return list(self._pool.map(ask, self._shards))


def _first(typos: Typos) -> Typos:
    return "never" if typos == "auto" else typos
