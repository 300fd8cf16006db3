"""Answers that are recorded as fetched, and whose pages the index has not committed yet.

An index commits seldom, because that costs it much; the frontier commits often, so that little is fetched again after a
kill. What lies between the two is here: it is read once more when the crawl goes on.
"""

import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import Struct
from typing import Self

from turnout.jobs.crawl._types import Fetched, Item

_FRAME = Struct("<Q")  # the length of a batch
_FILE = "spool"
_Row = tuple[int, int, str, int, int, bytes, str | None, str, tuple[str, ...], str, float]
"""What a page is read from: plain values, which pickle many times as fast as objects do."""


class Spool:
    """A file of batches; a batch that was cut off when the process was killed is not there.

    Args:
        folder: Of the crawl, locked.
    """

    def __init__(self, folder: Path) -> None:
        self._file = (folder / _FILE).open("a+b", buffering=0)

    def read(self) -> Iterator[list[Fetched]]:
        """Yield the batches of the run before, in their order."""
        self._file.seek(0)
        while len(head := self._file.read(_FRAME.size)) == _FRAME.size:
            (length,) = _FRAME.unpack(head)
            body = self._file.read(length)
            if len(body) != length:
                return
            try:
                rows = pickle.loads(body)
            except (pickle.UnpicklingError, ValueError, EOFError, IndexError, KeyError):  # as after a power cut
                return
            yield [_restored(row) for row in rows]

    def add(self, batch: Sequence[Fetched]) -> None:
        """Keep a batch, through the end of this process."""
        body = pickle.dumps([_flat(one) for one in batch], protocol=5)
        self._file.write(_FRAME.pack(len(body)))
        self._file.write(body)

    def clear(self) -> None:
        """Forget all: the index has committed it."""
        self._file.truncate(0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _flat(one: Fetched) -> _Row:
    item = one.item
    return (
        *(item.id, item.key, item.url, item.depth, one.status, one.body),
        *(one.charset, one.language, one.robots, one.modified, one.fetched_s),
    )


def _restored(row: _Row) -> Fetched:
    number, key, url, depth, status, body, charset, language, robots, modified, fetched_s = row
    return Fetched(
        item=Item(number, key, url, depth, 0, "", ""),
        status=status,
        body=body,
        is_page=True,
        charset=charset,
        language=language,
        robots=robots,
        location="",
        etag="",
        modified=modified,
        fetched_s=fetched_s,
        total_s=0.0,
        received_bytes=0,
        is_cut=False,
        content_type="",
    )
