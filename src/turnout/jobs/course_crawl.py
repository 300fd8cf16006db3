"""The course's way to crawl: fetch a page, find its links with BeautifulSoup, follow them; to be raced beside ours.

It knows no robots.txt, no pace, no trap and no index, and forgets all when it ends. Run as a program, it prints what
came of it as JSON.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.request import urlopen

from turnout.errors import not_installed

_TIMEOUT_S = 30


def require_soup(find: Callable[[str], object] = find_spec) -> None:
    """Raise an `UnavailableError` unless BeautifulSoup is installed; does not import it.

    Args:
        find: Finds a module by its name, or returns None.
    """
    if find("bs4") is None:
        raise not_installed("the course's way to crawl", "beautifulsoup4", "demo")


def read_links(url: str) -> tuple[int, list[str]] | None:
    """Fetch a page, and return how many bytes it has and where it leads to; None if it could not be had."""
    soup: Any = import_module("bs4").BeautifulSoup  # imported by name, so that it stays an option
    try:
        with urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310  addresses are those that the race was given
            content: bytes = answer.read()
    except (OSError, HTTPException, ValueError):
        return None
    anchors: Iterable[Any] = soup(content, "html.parser").find_all("a", href=True)
    return len(content), [urldefrag(urljoin(url, anchor["href"]))[0] for anchor in anchors]


def crawl(start: str, most: int, threads: int) -> list[int | None]:
    """Fetch the pages of a host that a page leads to, level by level; return the size of each, None for failures.

    Args:
        start: Where to begin.
        most: How many pages are asked for.
        threads: How many pages are fetched at once; with one, they are fetched one after the other.
    """
    host = urlsplit(start).netloc
    seen, level, sizes = {start}, [start], list[int | None]()
    with ThreadPoolExecutor(threads) as pool:
        while level and len(sizes) < most:
            level = level[: most - len(sizes)]
            pages = list(map(read_links, level) if threads == 1 else pool.map(read_links, level))
            sizes += [None if page is None else page[0] for page in pages]
            found = [link for page in pages if page is not None for link in page[1]]
            level = [link for link in dict.fromkeys(found) if link not in seen and urlsplit(link).netloc == host]
            seen.update(level)
    return sizes


def main(words: Sequence[str] | None = None, write: Callable[[str], object] = sys.stdout.write) -> None:
    """Crawl from the address that the command line names, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("url")
    options = parser.parse_args(words)
    sizes = crawl(options.url, options.pages, options.threads)
    brought = [size for size in sizes if size is not None]
    write(json.dumps({"done": len(brought), "failed": len(sizes) - len(brought), "received_bytes": sum(brought)}))


if __name__ == "__main__":
    main()
