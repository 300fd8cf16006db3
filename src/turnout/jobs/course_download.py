"""The course's way to download images: one after the other, or each by a thread; to be raced beside ours.

It is what a page of Python does with the standard library: no check of what came, no second try. Run as a program, it
prints what came of it as JSON.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

_TIMEOUT_S = 30
_NAMELESS = "file"


def download_one(url: str, file: Path) -> int | None:
    """Save what is at ``url``, and return how many bytes it has; None if it could not be had."""
    try:
        with urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310  addresses are those that the race was given
            content: bytes = answer.read()
        return file.write_bytes(content)
    except (OSError, HTTPException, ValueError):
        return None


def download_all(urls: Sequence[str], folder: Path, threads: int) -> list[int | None]:
    """Save all of it, and return what `download_one` does for each.

    Args:
        urls: Where it is.
        folder: Where it goes; a file is called as the last part of its address, behind its number.
        threads: How many share the work; with one, it is done here, one after the other.
    """
    files = [
        folder / f"{number}-{Path(urlsplit(url).path).name[-100:] or _NAMELESS}" for number, url in enumerate(urls)
    ]
    if threads == 1:
        return [download_one(url, file) for url, file in zip(urls, files, strict=True)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(download_one, urls, files))


def main(words: Sequence[str] | None = None, write: Callable[[str], object] = sys.stdout.write) -> None:
    """Download what the command line names, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("urls", nargs="+")
    options = parser.parse_args(words)
    sizes = download_all(options.urls, options.to, options.threads)
    brought = [size for size in sizes if size is not None]
    write(json.dumps({"done": len(brought), "failed": len(sizes) - len(brought), "received_bytes": sum(brought)}))


if __name__ == "__main__":
    main()
