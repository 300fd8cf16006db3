"""How pages refer to each other, read from the folder of a crawl, also while it goes on.

urls      id, key (of the address), ... : one row for each address that was found
links     id (of the page in urls), targets (keys, 8 bytes each, little endian)
anchors   target (a key), anchor (a text); what repeats, as in navigation, comes about once
aliases   key, stands_for (the key of the page that stands for it)
"""

import sqlite3
import sys
from array import array
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from turnout.errors import UsageError

FRONTIER_FILE = "frontier.sqlite"
INDEX_FOLDER = "index"
_SHARD = "shard-"
_BUSY_S = 30.0


def shard_folder(folder: str | Path, number: int) -> Path:
    """Return where a shard of a crawl is kept."""
    return Path(folder, f"{_SHARD}{number}")


def shard_folders(folder: str | Path) -> list[Path]:
    """Return the folders of a crawl's shards, in the order of their numbers; none if it has none."""
    found = (file.parent for file in Path(folder).glob(f"{_SHARD}*/{FRONTIER_FILE}"))
    return sorted(found, key=lambda path: int(path.name.removeprefix(_SHARD)))


class Edges:
    """The key of each page and redirect of a crawl, and the keys of what it links to (typecode "q").

    Links that ask not to be followed are left out. Targets need not have been fetched. May be gone through again and
    again; each time, it is read from the disk. A folder that is not one of a crawl raises a UsageError then.

    Args:
        folder: Of the crawl.
    """

    def __init__(self, folder: str | Path, /) -> None:
        self._folder = folder

    def __iter__(self) -> Iterator[tuple[int, "array[int]"]]:
        query = "SELECT urls.key, links.targets FROM links JOIN urls ON urls.id = links.id"
        for key, blob in _rows(self._folder, query):
            targets = array("q")
            targets.frombytes(blob)
            if sys.byteorder == "big":
                targets.byteswap()
            yield key, targets


def read_anchors(folder: str | Path, /) -> Iterator[tuple[int, str]]:
    """Yield the key of a target and a text that links to it, in the order of targets.

    Raises:
        UsageError: If the folder is not one of a crawl.
    """
    yield from _rows(folder, "SELECT target, anchor FROM anchors ORDER BY target")


def read_aliases(folder: str | Path, /) -> Iterator[tuple[int, int]]:
    """Yield the key of an address and that of the page which stands for it: redirects and exact duplicates.

    Raises:
        UsageError: If the folder is not one of a crawl.
    """
    yield from _rows(folder, "SELECT key, stands_for FROM aliases")


def _rows(folder: str | Path, query: str) -> Iterator[tuple[Any, ...]]:  # rows are as the query says
    file = Path(folder) / FRONTIER_FILE
    if not file.is_file():
        raise UsageError(
            f"{str(folder)!r} is not the folder of a crawl; make one with: turnout crawl URL --state FOLDER"
        )
    try:
        uri = f"{file.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_S)) as connection:
            yield from connection.execute(query)
    except sqlite3.DatabaseError as error:
        raise UsageError(f"{str(file)!r} cannot be read as a crawl's ({error}); name another folder") from None
