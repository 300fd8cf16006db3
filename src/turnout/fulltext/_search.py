"""Finds pages in the index of a crawl, also while the crawl goes on."""

import json
import os
import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from turnout.errors import UsageError
from turnout.fulltext._engine import ANCHORS, PAGES, Reader
from turnout.fulltext._lexicon import Lexicon
from turnout.fulltext._plan import ANCHORED, Plan, Planner
from turnout.fulltext._popularity import RANKS, RankFile
from turnout.fulltext._query import Query, parse_query
from turnout.fulltext._snippet import Piece, clean, marked, snippet
from turnout.pages import INDEX_FOLDER

if TYPE_CHECKING:
    from turnout.fulltext._engine import Address

Typos = Literal["auto", "never", "always"]

WINDOW = 200  # pages that are put in order by words and popularity; those after them keep the order of their words
MOST = 10_000  # pages that can be looked at, one after the other
FEW = 3  # pages found; with fewer, words that are spelled nearly so are tried
_ANCHOR_BOOST = 1.5  # of the score of what links say, beside that of the page's own words
_POPULAR = 0.6  # what endless popularity adds to the score of the words, as a share of it
_HALF_POPULAR = 4.0  # times the average rank gives half of that
_TITLE_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A page that was found.

    Attributes:
        url: Where it is.
        title: Cut where matches begin and end; may be empty.
        snippet: Of its text, likewise.
        score: How well it suits, more is better; only of use beside others of the same search.
        popularity: Its PageRank, 1 being the average; 0 if it is not known yet.
        language: As the page tells it, or "".
        fetched_s: When, in seconds since 1970.
        similar: How many pages with nearly the same text were left out in its favour.
    """

    url: str
    title: tuple[Piece, ...]
    snippet: tuple[Piece, ...]
    score: float
    popularity: float
    language: str
    fetched_s: float
    similar: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search gave.

    Attributes:
        asked: The search, as it was typed.
        count: How many pages suit.
        hits: Those that were asked for, the best first.
        offset: How many better ones come before.
        page_count: How many pages the index has.
        corrected: Words that were taken as spelled wrong, with what was put in for each.
        is_loose: Whether pages with some of the words count, since none has all.
    """

    asked: str
    count: int
    hits: tuple[Hit, ...]
    offset: int
    page_count: int
    corrected: tuple[tuple[str, str], ...]
    is_loose: bool


class _Scored(NamedTuple):
    """A page in its place."""

    score: float
    popularity: float
    address: "Address"
    similar: int


class Search:
    """The index of a crawl, to search it; may be shared by threads.

    Args:
        folder: Of the crawl.

    Raises:
        UnavailableError: If tantivy is not installed.
        UsageError: If there is no index.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder) / INDEX_FOLDER
        if not has_index(folder):
            raise UsageError(_why_none(Path(folder)))
        self._lock = threading.Lock()
        self._seen: tuple[object, ...] = ()
        self._look()

    @property
    def page_count(self) -> int:
        """How many pages there are, as of the last search."""
        return self._pages.size

    def find(self, text: str, *, limit: int = 10, offset: int = 0, typos: Typos = "auto") -> Found:
        """Return the pages that suit best, as of the last commit.

        Args:
            text: What to look for; see `turnout.fulltext.parse_query`.
            limit: How many.
            offset: How many better ones to leave out.
            typos: Whether words count that are spelled nearly so: if else few pages are found, never, or always.

        Raises:
            QueryError: If the text is empty or broken.
            UsageError: If more is asked for than can be looked at.
        """
        asked = parse_query(text)
        if offset + limit > MOST:
            raise UsageError(f"only the first {MOST:,} pages of a search can be looked at; make the search narrower")
        with self._lock:
            self._look()
            return self._find(asked, text, limit, offset, typos)

    def _find(self, asked: Query, text: str, limit: int, offset: int, typos: Typos) -> Found:
        is_loose = False
        reach = max(WINDOW, offset + limit)
        plan = self._planner.plan(asked, corrects=lambda *_: typos == "always")
        count, hits = self._ask(plan, reach)
        if count < FEW and typos == "auto":
            other = self._planner.plan(asked, corrects=lambda _, frequency: frequency < FEW)
            if other.corrected:
                found, more = self._ask(other, reach)
                if found > count:
                    plan, count, hits = other, found, more
        if not count:
            other = self._planner.plan(
                asked, corrects=lambda _, frequency: typos != "never" and not frequency, loose=True
            )
            count, hits = self._ask(other, reach)
            if count:
                plan, is_loose = other, True
        said = self._said_by_links(plan)
        near = self._keyed(hits[:WINDOW])
        linked, by_links = self._linked(plan, said, {key for _, key, _ in near})
        ordered, left_out = self._ordered(near + linked, said)
        least = ordered[-1].score if ordered else 0.0
        ordered += [_Scored(min(score, least), 0.0, address, 0) for score, address in hits[WINDOW:]]
        shown = ordered[offset : offset + limit]
        return Found(
            asked=text,
            count=count + by_links - left_out,
            hits=tuple(self._hit(plan, one) for one in shown),
            offset=offset,
            page_count=self._pages.size,
            corrected=tuple(plan.corrected.items()),
            is_loose=is_loose,
        )

    def _ask(self, plan: Plan, limit: int) -> tuple[int, list[tuple[float, "Address"]]]:
        return (0, []) if plan.query is None else self._pages.best(plan.query, limit)

    def _said_by_links(self, plan: Plan) -> dict[int, float]:
        """Return the score of what links say, for each page that they point to with all of the words, by its key."""
        if plan.anchors is None or self._anchors is None:
            return {}
        _, hits = self._anchors.best(plan.anchors, ANCHORED, count=False)
        keys = self._anchors.values("page", [address for _, address in hits])
        return {key: score for key, (score, _) in zip(keys, hits, strict=True)}

    def _keyed(self, hits: Sequence[tuple[float, "Address"]]) -> list[tuple[float, int, "Address"]]:
        """Return score, key and address of each page."""
        keys = self._pages.values("page", [address for _, address in hits])
        return [(score, key, address) for key, (score, address) in zip(keys, hits, strict=True)]

    def _linked(
        self, plan: Plan, said: Mapping[int, float], known: Collection[int]
    ) -> tuple[list[tuple[float, int, "Address"]], int]:
        """Return pages that links point to with what was asked for, and how many of them do not say it themselves.

        They are asked for by their keys, and only those that are not known: as a part of the one query for all pages
        they would take longer than the rest of it.
        """
        others = [key for key in said if key not in known]
        if not others or plan.query is None:
            return [], 0
        query = self._pages.together([self._pages.keyed(others, 0.0)], may=[plan.query])
        _, hits = self._pages.best(query, len(others), count=False)
        worth = plan.worth * self._planner.rarity(len(said))
        by_links = sum(1 for score, _ in hits if not score)
        return [(score or worth, key, address) for score, key, address in self._keyed(hits)], by_links

    def _ordered(
        self, near: Sequence[tuple[float, int, "Address"]], said: Mapping[int, float]
    ) -> tuple[list["_Scored"], int]:
        """Return pages in order of all that is known of them, and how many fell out since others read the same.

        Source of the form: Craswell, Robertson, Zaragoza and Taylor (2005), "Relevance weighting for query independent
        evidence", SIGIR, eq. for the saturating feature; here it scales the words' score, whose size depends on the
        search.
        """
        alike = self._pages.values("similar", [address for *_, address in near])
        scored: list[tuple[float, float, Address, int]] = []
        for (words, key, address), like in zip(near, alike, strict=True):
            rank = self._ranks.score(key)
            score = words + _ANCHOR_BOOST * said.get(key, 0.0)
            scored.append((score * (1 + _POPULAR * rank / (_HALF_POPULAR + rank)), rank, address, like or key))
        scored.sort(key=lambda one: -one[0])
        sizes = Counter(group for *_, group in scored)
        ordered = [
            _Scored(score, rank, address, sizes.pop(group) - 1)
            for score, rank, address, group in scored
            if group in sizes
        ]
        return ordered, len(scored) - len(ordered)

    def _hit(self, plan: Plan, found: "_Scored") -> Hit:
        document = self._pages.document(found.address)
        url, language, fetched_s, description = json.loads(document.get_first("about") or '["", "", 0, ""]')
        title, text = document.get_first("title") or "", document.get_first("text") or ""
        shown = snippet(text, plan.sought)
        if description and not any(piece.is_match for piece in shown):
            shown = snippet(description, plan.sought)
        return Hit(
            url=clean(url),
            title=marked(title[:_TITLE_CHARS], plan.sought),
            snippet=shown,
            score=found.score,
            popularity=found.popularity,
            language=clean(language),
            fetched_s=fetched_s,
            similar=found.similar,
        )

    def _look(self) -> None:
        """Take up what was committed since the last look."""
        anchors, ranks = self._folder / ANCHORS / "meta.json", self._folder / RANKS
        seen = tuple(map(_stamp, (self._folder / PAGES / "meta.json", anchors, ranks)))
        if seen == self._seen:
            return
        self._pages = Reader(self._folder, PAGES)
        self._anchors = Reader(self._folder, ANCHORS) if anchors.is_file() else None
        self._ranks = RankFile(ranks)
        self._planner = Planner(self._pages, self._anchors, Lexicon(self._pages))
        self._seen = seen


def has_index(folder: str | Path) -> bool:
    """Tell whether a crawl has an index."""
    return (Path(folder) / INDEX_FOLDER / PAGES / "meta.json").is_file()


def _stamp(file: Path) -> object:
    try:
        found = os.stat(file)  # noqa: PTH116  as fast as it can be: once a search
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _why_none(folder: Path) -> str:
    if not folder.is_dir():
        return f"{str(folder)!r} is not a folder; name one that turnout crawl --state has made"
    return f"{str(folder)!r} has no index of pages yet; make one with: turnout crawl URL --state {folder}"
