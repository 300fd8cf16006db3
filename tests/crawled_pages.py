"""Pages as a crawl gives them, and the file of its links, for the tests of what searches them."""

import sqlite3
from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from turnout.pages import FRONTIER_FILE, Page, page_key


def page(url: str, title: str = "", text: str = "", *, language: str = "en", similar_to: int = 0) -> Page:
    return Page(
        key=page_key(url),
        url=url,
        host=urlsplit(url).netloc,
        depth=0,
        title=title,
        description="",
        headings=(),
        text=text,
        language=language,
        canonical="",
        content_hash=0,
        similar_to=similar_to,
        status=200,
        fetched_s=1_700_000_000.0,
        modified="",
        body_bytes=len(text),
    )


def described(given: Page, *, headings: Sequence[str] = (), description: str = "") -> Page:
    return replace(given, headings=tuple(headings), description=description)


def write_links(
    folder: Path, links: Mapping[str, Sequence[str]], anchors: Iterable[tuple[str, str]] = (), aliases: str = ""
) -> None:
    """Write the file of a crawl, as far as a search reads it; ``aliases`` is "from to" in lines."""
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / FRONTIER_FILE)) as base, base:
        base.executescript(
            "CREATE TABLE urls (id INTEGER PRIMARY KEY, key INTEGER); CREATE TABLE links (id INTEGER PRIMARY KEY, "
            "targets BLOB); CREATE TABLE anchors (target INTEGER, anchor TEXT); CREATE TABLE aliases (key INTEGER, "
            "stands_for INTEGER)"
        )
        for number, (source, targets) in enumerate(links.items()):
            base.execute("INSERT INTO urls VALUES (?, ?)", (number, page_key(source)))
            base.execute("INSERT INTO links VALUES (?, ?)", (number, array("q", map(page_key, targets)).tobytes()))
        base.executemany("INSERT INTO anchors VALUES (?, ?)", ((page_key(url), text) for url, text in anchors))
        pairs = (line.split() for line in aliases.splitlines())
        base.executemany("INSERT INTO aliases VALUES (?, ?)", ((page_key(one), page_key(two)) for one, two in pairs))
