"""From the references in pages to addresses, with a memory: sites repeat themselves."""

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from turnout.jobs.crawl._scope import Scope
from turnout.jobs.crawl._urls import canonical_url, origin_of
from turnout.pages import page_key

Anchor = tuple[str, str]
"""A reference, and the link's text."""

_MOST_KNOWN = 80_000  # about 30 MB; then all is forgotten
_LONGEST_ANCHOR = 200
_PLAIN = re.compile(r"/(?:[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*/?)?")  # neither dots nor slashes next to each other


@dataclass(slots=True, eq=False)
class Target:
    """What a reference leads to.

    Attributes:
        key: Of the address.
        url: In canonical form.
        is_settled: Whether nothing is left to do about it: it does not belong to the crawl, or the frontier knows it.
        text: Of the link to it that was met last.
    """

    key: int
    url: str
    is_settled: bool
    text: str = ""


_Known = dict[str, Target | None]
"""References, and what they lead to; None for no address of the web."""


class Resolved(NamedTuple):
    """What the links of a page lead to.

    Attributes:
        keys: Of all targets, each once (typecode "q").
        wanted: Those that belong to the crawl and may be new to the frontier.
        texts: Keys and texts of those links that were not met lately.
    """

    keys: "array[int]"
    wanted: list[Target]
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
        keys: dict[int, None] = {}
        wanted: list[Target] = []
        texts: list[tuple[int, str]] = []
        for reference, text in anchors:
            try:
                target = here[reference]
            except KeyError:
                target = self._find(base, reference, here)
            if target is None:
                continue
            keys[target.key] = None
            if not target.is_settled:
                wanted.append(target)
            if text != target.text:
                target.text = text
                tidy = " ".join(text.split())[:_LONGEST_ANCHOR]
                if tidy:
                    texts.append((target.key, tidy))
        return Resolved(array("q", keys), wanted, texts)

    def forget(self) -> None:
        """Forget all, as when the scope has changed."""
        self._known.clear()
        self._count = 0

    def _place(self, place: str) -> _Known:
        if self._count > _MOST_KNOWN:
            self.forget()
        return self._known.setdefault(place, {})

    def _find(self, base: str, reference: str, here: _Known) -> Target | None:
        """Return what a reference leads to that is not the same everywhere ``here``, or was not met there yet."""
        if reference.startswith(("/", "http")):
            known = here
        elif reference.startswith(("#", "?")):
            known = self._place(base)
        else:
            known = self._place(base.partition("?")[0].rpartition("/")[0])
        if reference not in known:
            known[reference] = self._new(base, reference)
        return known[reference]

    def _new(self, base: str, reference: str) -> Target | None:
        self._count += 1
        if _PLAIN.fullmatch(reference):  # as most links of a site are; 10 µs faster
            url: str | None = f"{origin_of(base)}{reference}"
        else:
            url = canonical_url(reference, base)
        return None if url is None else Target(page_key(url), url, not self.scope.has(url))
