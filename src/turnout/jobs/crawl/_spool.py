"""Pages that are recorded as fetched, and that the index has not committed yet.

An index commits seldom, because that costs it much; the frontier commits often, so that little is fetched again after a
kill. What lies between the two is here: the index is given it once more when the crawl goes on.
"""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from struct import Struct
from typing import Self

from turnout.pages import Page

_FRAME = Struct("<Q")  # the length of a batch
_FILE = "spool"
_NAMES = tuple(field.name for field in fields(Page))
_row_of = attrgetter(*_NAMES)  # plain values, which pickle many times as fast as objects do


class Spool:
    """A file of batches; a batch that was cut off when the process was killed is not there.

    Args:
        folder: Of the crawl, locked.
    """

    def __init__(self, folder: Path) -> None:
        self._file = (folder / _FILE).open("a+b", buffering=0)

    def read(self) -> Iterator[list[Page]]:
        """Yield the batches of the run before, in their order."""
        self._file.seek(0)
        while len(head := self._file.read(_FRAME.size)) == _FRAME.size:
            (length,) = _FRAME.unpack(head)
            body = self._file.read(length)
            if len(body) != length:
                return
            try:
                pages = [Page(**dict(zip(_NAMES, row, strict=True))) for row in pickle.loads(body)]
            except (pickle.UnpicklingError, ValueError, EOFError, IndexError, KeyError):  # as after a power cut
                return
            yield pages

    def add(self, pages: Sequence[Page]) -> None:
        """Keep a batch, through the end of this process."""
        body = pickle.dumps(list(map(_row_of, pages)), protocol=5)
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
