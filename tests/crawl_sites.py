"""Sites on the loopback, and an index that remembers what it is given."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from _raw_site import RawSite, Visit
from turnout.jobs.crawl import Crawl, CrawlOptions
from turnout.pages import Page, PageIndex

Answer = Callable[[Visit], None]


class MemoryIndex:
    """Keeps pages, and tells what is committed."""

    def __init__(self) -> None:
        self.pages: dict[int, Page] = {}
        self.committed: dict[int, Page] = {}
        self.commits = 0

    def __call__(self, _: Path) -> PageIndex:
        return self

    def add(self, pages: Sequence[Page], /) -> None:
        self.pages.update({page.key: page for page in pages})

    def remove(self, keys: Sequence[int], /) -> None:
        for key in keys:
            self.pages.pop(key, None)

    def commit(self) -> None:
        self.committed = dict(self.pages)
        self.commits += 1

    def close(self) -> None:
        self.commit()

    @property
    def urls(self) -> set[str]:
        return {page.url for page in self.committed.values()}


def html(title: str, *links: str, text: str = "") -> bytes:
    anchors = "".join(f'<a href="{link}">a link</a> ' for link in links)
    return f"<!DOCTYPE html><html lang=en><title>{title}</title><body><p>{text or title}</p>{anchors}".encode()


def page(visit: Visit, body: bytes, *headers: str, status: str = "200 OK") -> None:
    visit.reply(status, body, "Content-Type: text/html; charset=utf-8", *headers)


def site_of(pages: Mapping[str, bytes | Answer]) -> RawSite:
    """A site with these pages; all else is not found."""

    def answer(visit: Visit) -> None:
        found = pages.get(visit.path)
        if found is None:
            page(visit, html("Not found"), status="404 Not Found")
        elif isinstance(found, bytes):
            page(visit, found)
        else:
            found(visit)

    return RawSite(answer)


def crawled(
    site: RawSite,
    folder: Path,
    *,
    options: CrawlOptions | None = None,
    begin: str = "/",
    index: MemoryIndex | None = None,
) -> tuple[Crawl, MemoryIndex]:
    """Crawl a site to its end; return the closed crawl and its index."""
    kept = index or MemoryIndex()
    with Crawl([f"{site.url}{begin}"], folder, options=options, open_index=kept) as crawl:
        crawl.run()
    return crawl, kept


def asked(site: RawSite) -> list[str]:
    """The paths that were asked for, robots.txt aside."""
    return [visit.path for visit in site.visits if visit.path != "/robots.txt"]
