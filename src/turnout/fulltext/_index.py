"""Puts pages into an index while a crawl goes on."""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from turnout.fulltext._engine import HEAP_BYTES, PAGES, Writer, cannot_be_written, whole
from turnout.fulltext._popularity import refresh_popularity
from turnout.pages import Page, SeenSet

FIRST_REFRESH = 5_000  # pages
_UNTIL_NEXT = 5  # times as many: so all refreshes together cost a quarter more than the last
# Of scripts without spaces between words, each character is a word of its own in a field of its own.
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")

_as_json = json.JSONEncoder(separators=(",", ":")).encode  # `json.dumps` would make an encoder for each page


class FullTextIndex:
    """A `turnout.pages.PageIndex` on the disk; of use to one thread, and one process, at a time.

    Pages that were committed can be searched, and are there after any end of the process. Popularity is worked out from
    the crawl's links when there are five times as many pages, and at the end.

    Args:
        folder: ``index`` in the folder of a crawl; made if it does not exist.
        heap_bytes: What it may hold in memory, at least 15 MB.

    Raises:
        UnavailableError: If tantivy is not installed.
        UsageError: If another process writes there, or the folder cannot be written.
    """

    def __init__(self, folder: str | Path, *, heap_bytes: int = HEAP_BYTES) -> None:
        self._folder = Path(folder)
        self._writer = Writer(self._folder, PAGES, heap_bytes)
        self._fresh_keys = None if self._writer.has_pages else SeenSet()
        self._added = 0
        self._next_refresh = FIRST_REFRESH
        self._ranked: int | None = None  # how many pages had been added when popularity was worked out last
        self._is_open = True

    def add(self, pages: Sequence[Page], /) -> None:
        """Take pages, each in the place of one with the same key."""
        writer = self._writer
        for page in pages:
            key, text, title = page.key, whole(page.text), whole(page.title)
            if self._fresh_keys is None or not self._fresh_keys.add(key):
                writer.drop(key)  # which costs a third of all that is done for a page
            document = writer.document()
            document.add_integer("page", key)
            if page.similar_to:
                document.add_integer("similar", page.similar_to)
            document.add_text("title", title)
            document.add_text("text", text)
            if page.headings or page.description:
                document.add_text("headings", whole("\n".join((*page.headings, page.description))))
            document.add_text("address", address_words(page.url, page.host))
            if not (text.isascii() and title.isascii()):
                unspaced = CJK.findall(f"{title}\n{text}")
                if unspaced:
                    document.add_text("cjk", " ".join(unspaced))
            for host in hosts_of(page.host):
                document.add_text("host", host)
            if page.language:
                for language in {page.language, page.language.partition("-")[0]}:
                    document.add_text("language", language)
            about = _as_json([page.url, page.language, page.fetched_s, page.description])
            document.add_bytes("about", about.encode("ascii"))
            writer.put(document)
        self._added += len(pages)

    def remove(self, keys: Sequence[int], /) -> None:
        """Drop pages; a key that is not there is no mistake."""
        for key in keys:
            self._writer.drop(key)

    def commit(self) -> None:
        """Let what was taken be found, and keep it through the end of the process."""
        self._writer.commit()
        if self._added >= self._next_refresh:
            self._next_refresh = _UNTIL_NEXT * self._added
            self.refresh_popularity()

    def refresh_popularity(self) -> None:
        """Work out from the links that the crawl has kept so far which pages are linked to, by whom, with which words.

        Called by `commit` and `close`. Without the file of a crawl beside the index, there are no links.

        Raises:
            UsageError: If it cannot be written.
        """
        try:
            refresh_popularity(self._folder.parent, self._folder)
        except OSError as error:
            raise cannot_be_written(error) from None
        self._ranked = self._added

    def close(self) -> None:
        """Commit, work out the popularity, and give everything back."""
        if not self._is_open:
            return
        self._is_open = False
        self._writer.close()
        if self._ranked != self._added:
            self.refresh_popularity()


def open_index(folder: str | Path, /, *, heap_bytes: int = HEAP_BYTES) -> FullTextIndex:
    """Return the index in ``folder``, to put pages into it; see `FullTextIndex`."""
    return FullTextIndex(folder, heap_bytes=heap_bytes)


def address_words(url: str, host: str) -> str:
    """Return the words of a canonical address: its host, its path and its query, without escapes."""
    rest = url.partition("://")[2].partition("/")[2]
    return f"{host} {whole(unquote(rest, errors='replace')) if '%' in rest else rest}"


@lru_cache(maxsize=4096)
def hosts_of(host: str) -> Sequence[str]:
    """Return a host as pages are found by it: with and without its port, and as a part of each domain above it."""
    name, _, port = host.partition(":") if host.count(":") < 2 else (host, "", "")  # noqa: PLR2004  an IPv6 address has more
    found = [host, name] if port else [host]
    if not name.replace(".", "").isdigit() and ":" not in name:
        labels = name.split(".")
        found += [".".join(labels[start:]) for start in range(1, len(labels))]
    return tuple(islice(dict.fromkeys(found), 10))
