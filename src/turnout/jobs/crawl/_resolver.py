"""From the references in pages to addresses, with a memory: sites repeat themselves."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from turnout.jobs.crawl._scope import Scope
from turnout.jobs.crawl._urls import canonical_url, origin_of
from turnout.pages import Link, page_key

Anchor = tuple[str, str, bool]
"""A reference, the link's text, and whether it asks not to be followed."""

_MOST_KNOWN = 40_000  # about 20 MB; then all is forgotten
_LONGEST_ANCHOR = 200
_PLAIN = re.compile(r"/(?:[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*/?)?")  # neither dots nor slashes next to each other
_Known = dict[Anchor, tuple[Link, bool] | None]


class Resolved(NamedTuple):
    """What the links of a page lead to.

    Attributes:
        links: One for each target.
        wanted: Keys and addresses of those that are to be followed and belong to the crawl.
        texts: Keys and texts of those links that were not met lately.
    """

    links: tuple[Link, ...]
    wanted: list[tuple[int, str]]
    texts: list[tuple[int, str]]


class Resolver:
    """Finds out what the links of pages lead to, and which belong to the crawl.

    Args:
        scope: What belongs to it.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._known: dict[str, _Known] = {}
        self._count = 0

    def resolve(self, base: str, anchors: Iterable[Anchor]) -> Resolved:
        """Return what the links of a page lead to.

        Args:
            base: The address that references start from.
            anchors: As they stand in the page.
        """
        here = self._place(origin_of(base))
        folder: _Known | None = None
        links: dict[int, Link] = {}
        wanted: dict[int, str] = {}
        texts: list[tuple[int, str]] = []
        for anchor in anchors:
            reference = anchor[0]
            known = here
            if not reference.startswith(("/", "http")):
                if reference.startswith(("#", "?")):
                    known = self._place(base)
                else:
                    if folder is None:
                        folder = self._place(base.partition("?")[0].rpartition("/")[0])
                    known = folder
            try:
                entry = known[anchor]
            except KeyError:
                entry = known[anchor] = self._new(base, anchor, texts)
            if entry is None:
                continue
            link, is_wanted = entry
            key = link[0]
            former = links.get(key)
            if former is None or (link[2] and not former[2]):
                links[key] = link
            if is_wanted:
                wanted[key] = link[1]
        return Resolved(tuple(links.values()), list(wanted.items()), texts)

    def forget(self) -> None:
        """Forget all, as when the scope has changed."""
        self._known.clear()
        self._count = 0

    def _place(self, place: str) -> _Known:
        if self._count > _MOST_KNOWN:
            self.forget()
        return self._known.setdefault(place, {})

    def _new(self, base: str, anchor: Anchor, texts: list[tuple[int, str]]) -> tuple[Link, bool] | None:
        self._count += 1
        reference, text, nofollow = anchor
        if _PLAIN.fullmatch(reference):  # as most links of a site are; 10 µs faster
            url: str | None = f"{origin_of(base)}{reference}"
        else:
            url = canonical_url(reference, base)
        if url is None:
            return None
        link = Link(page_key(url), url, " ".join(text.split())[:_LONGEST_ANCHOR], nofollow)
        if link.anchor and not nofollow:
            texts.append((link.key, link.anchor))
        return link, not nofollow and self.scope.has(url)
