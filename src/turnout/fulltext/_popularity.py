"""How popular pages are: kept beside the index, so that it changes without any page being indexed again.

ranks      b"turnoutR", number of pages (8 bytes), their keys (8 bytes each, signed, ascending), their scores (4 bytes
           each, floating; 1 is the average); all little endian
anchors/   the texts of links that point to a page, one document for each page
"""

import mmap
import os
import sys
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from turnout.fulltext._engine import ANCHORS, Writer, whole
from turnout.fulltext._page_rank import page_rank
from turnout.pages import FRONTIER_FILE, Edges, read_aliases, read_anchors

RANKS = "ranks"
_MAGIC = b"turnoutR"
_HEAD_BYTES = 16
_HEAP_BYTES = 15_000_000  # the least that tantivy takes; anchors are short
_MOST_ANCHORS = 100  # different texts that point to one page


def refresh_popularity(crawl: Path, index: Path) -> None:
    """Work out ranks and anchors from the links of a crawl, and put them beside its index.

    Args:
        crawl: Its folder.
        index: The index, in which the files are replaced in one go.
    """
    if not (crawl / FRONTIER_FILE).is_file():
        return
    aliases = dict(read_aliases(crawl))
    ranks = page_rank(Edges(crawl), aliases)
    write_ranks(index / RANKS, ranks.keys, ranks.scores)
    _write_anchors(crawl, index, aliases, ranks.keys)


def write_ranks(file: Path, keys: "array[int]", scores: "array[float]") -> None:
    """Write the ranks of pages, scaled to an average of 1.

    Args:
        file: Replaced only once the new one is complete.
        keys: Ascending.
        scores: In the same order; they sum up to 1.
    """
    scaled = array("f", (score * len(scores) for score in scores))
    unfinished = file.with_suffix(".new")
    with unfinished.open("wb") as out:
        out.write(_MAGIC + len(keys).to_bytes(8, "little") + _little(keys) + _little(scaled))
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(file)


class RankFile:
    """The ranks of pages, read where they lie on the disk.

    Args:
        file: What `write_ranks` wrote; without it, or if it is not whole, all pages rank alike.
    """

    def __init__(self, file: Path) -> None:
        self._keys: Sequence[int] = ()
        self._scores: Sequence[float] = ()
        with suppress(OSError, ValueError), file.open("rb") as opened:
            content = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
            size = int.from_bytes(content[8:_HEAD_BYTES], "little")
            middle = _HEAD_BYTES + 8 * size
            if content[:8] == _MAGIC and len(content) == middle + 4 * size and sys.byteorder == "little":
                self._keys = content[_HEAD_BYTES:middle].cast("q")
                self._scores = content[middle:].cast("f")

    def __len__(self) -> int:
        return len(self._keys)

    def score(self, key: int) -> float:
        """Return how popular a page is: 1 is the average, and what an unknown page is taken for at most."""
        place = bisect_left(self._keys, key)
        if place < len(self._keys) and self._keys[place] == key:
            return self._scores[place]
        return 0.0


def _little(numbers: "array[int] | array[float]") -> bytes:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def _write_anchors(crawl: Path, index: Path, aliases: dict[int, int], known: Sequence[int]) -> None:
    moved: dict[int, list[str]] = {}  # what links to an alias says of the page that it stands for
    for target, anchor in read_anchors(crawl) if aliases else ():
        if target in aliases:
            moved.setdefault(aliases[target], []).append(anchor)
    writer = Writer(index, ANCHORS, _HEAP_BYTES)
    writer.drop_all()
    for target, given in groupby(read_anchors(crawl), key=itemgetter(0)):  # which come in the order of targets
        if target not in aliases:
            _put_anchors(writer, target, [*(anchor for _, anchor in given), *moved.pop(target, ())], known)
    for target, anchors in moved.items():
        _put_anchors(writer, target, anchors, known)
    writer.close()


def _put_anchors(writer: Writer, target: int, anchors: Sequence[str], known: Sequence[int]) -> None:
    place = bisect_left(known, target)
    if place == len(known) or known[place] != target:
        return
    different = list(dict.fromkeys(anchor for anchor in anchors if anchor.strip()))[:_MOST_ANCHORS]
    if different:
        document = writer.document()
        document.add_integer("page", target)
        document.add_text("anchor", whole("\n".join(different)))
        writer.put(document)
