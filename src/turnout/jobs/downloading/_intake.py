"""What takes a body: into memory, into a file at its place, or decompressed into a file."""

import os
import zlib
from typing import TYPE_CHECKING

from turnout.errors import DownloadError
from turnout.jobs.downloading._board import Board, Line
from turnout.jobs.downloading._stretches import Stretch
from turnout.transfer import DETACH

if TYPE_CHECKING:
    from collections.abc import Callable

_HELD_BYTES = 256 * 1024  # written at once: a call for each 16 kB takes three times as long
_GZIP = b"\x1f\x8b"
_BOTH = 32 + zlib.MAX_WBITS  # gzip and zlib, whichever it is
_PIECE = 256 * 1024


class ChangedError(Exception):
    """What comes does not go on where what is there ends."""


def write_all(descriptor: int, pieces: list[bytes], place: int) -> None:
    """Write pieces one after the other into a file, from a place on."""
    total = sum(map(len, pieces))
    written = os.pwritev(descriptor, pieces, place)
    if written < total:  # the disk is nearly full, or a signal came
        rest = b"".join(pieces)[written:]
        while rest:
            count = os.pwrite(descriptor, rest, place + written)
            written += count
            rest = rest[count:]


class FileIntake:
    """Writes a body into a file.

    Args:
        descriptor: Of the file.
        stretch: Where the bytes go; others may shorten it meanwhile.
        known: What the body begins with, as it is there already.
        ends_at: The byte after the last that comes; None if that is not known.
        board: Counts what has come.
        line: Of the file.
        detaches: Whether the rest may be read from the socket.
    """

    def __init__(
        self,
        descriptor: int,
        stretch: Stretch,
        *,
        board: Board,
        line: Line,
        known: bytes = b"",
        ends_at: int | None = None,
        detaches: bool = False,
    ) -> None:
        self.stretch = stretch
        self._descriptor = descriptor
        self._known = known
        self._ends_at = ends_at
        self._board = board
        self._line = line
        self._detaches = detaches
        self._pieces: list[bytes] = []
        self._held = 0

    def take(self, piece: bytes) -> object:
        """Take the next piece: as little as can be is done for each, as a large file has very many."""
        size = len(piece)
        self._board.received_bytes += size
        if self._known:
            both = min(size, len(self._known))
            if piece[:both] != self._known[:both]:
                raise ChangedError
            size -= both
            piece, self._known = piece[both:], self._known[both:]
        self._pieces.append(piece)
        self._held = held = self._held + size
        self._line.grow(size)
        stretch = self.stretch
        if stretch.end is not None and stretch.place + held >= stretch.end:
            self._cut(min(held, held - (stretch.end - stretch.place)))
            self.flush()
            return None if stretch.end == self._ends_at else False
        if self._detaches and not self._known:
            self._detaches = False  # if it cannot be, all goes on here
            self.flush()
            return DETACH
        if held >= _HELD_BYTES:
            self.flush()
        return None

    def flush(self) -> None:
        """Write what is held."""
        held = self._held
        if held:
            write_all(self._descriptor, self._pieces, self.stretch.place)
            self.stretch.place += held
            self._pieces, self._held = [], 0

    def _cut(self, excess: int) -> None:
        """Drop what is beyond the stretch's end, which others may have moved."""
        self._held -= excess
        self._line.grow(-excess)
        while excess > 0:
            last = self._pieces.pop()
            if len(last) > excess:
                self._pieces.append(last[:-excess])
            excess -= len(last)


class DecodingIntake:
    """Decompresses a body into a file.

    Args:
        descriptor: Of the file.
        codings: What was done to the content, in that order.
        url: What was asked for.
        keeps_gzip: Whether the file is itself meant to be compressed, by its name or type: then it is decompressed only
            if it was compressed once more.
        is_text: Whether what comes out is text, and cannot be compressed still.
        board: Counts what has come.
        line: Of the file.

    Raises:
        DownloadError: If a coding is not known.
    """

    def __init__(
        self,
        descriptor: int,
        codings: tuple[str, ...],
        url: str,
        *,
        keeps_gzip: bool,
        is_text: bool,
        board: Board,
        line: Line,
    ) -> None:
        self._descriptor = descriptor
        self._url = url
        self._board = board
        self._line = line
        self._is_text = is_text
        self._seen = b""
        self._keeps_gzip = keeps_gzip
        for coding in codings:
            if coding not in {"gzip", "x-gzip", "deflate"}:
                raise DownloadError(url, "encoding", f"the server sends it as {coding!r}, which was not asked for")
        self._layers = [_Layer(coding) for coding in reversed(codings)]
        self.size_bytes = 0
        self.raw: Callable[[bytes], object] | None = None

    def take(self, piece: bytes) -> object:
        """Take the next piece."""
        self._board.received_bytes += len(piece)
        if self.raw is not None:
            self.raw(piece)
        if self._keeps_gzip:
            self._seen += piece
            inside = zlib.decompressobj(_BOTH).decompress(self._seen, len(_GZIP))
            if len(inside) < len(_GZIP):
                return None
            self._keeps_gzip = False
            if inside != _GZIP:
                self._layers = []
            piece, self._seen = self._seen, b""
        self._pass(piece, 0)
        return None

    def finish(self) -> None:
        """See that all has come.

        Raises:
            DownloadError: If the compressed content ends too soon, or was compressed once too often.
        """
        if self._seen:
            self._keeps_gzip, seen, self._seen = False, self._seen, b""
            self._layers = []
            self._pass(seen, 0)
        if not all(layer.is_complete for layer in self._layers):
            raise DownloadError(self._url, "encoding", "its compressed content ends too soon")

    def _pass(self, piece: bytes, depth: int) -> None:
        if depth == len(self._layers):
            self._write(piece)
            return
        layer = self._layers[depth]
        is_full = True
        while piece or is_full:  # where a piece of output was full, there may be more without more input
            try:
                out, piece = layer.decoded(piece)
            except zlib.error as error:
                told = f"its content is not what its encoding says ({error})"
                raise DownloadError(self._url, "encoding", told) from None
            is_full = len(out) == _PIECE
            if out:
                self._pass(out, depth + 1)

    def _write(self, piece: bytes) -> None:
        if self.size_bytes == 0 and self._is_text and self._layers and piece.startswith(_GZIP):
            raise DownloadError(self._url, "encoding", "the server has compressed it twice, and says once")
        write_all(self._descriptor, [piece], self.size_bytes)
        self.size_bytes += len(piece)
        self._line.grow(len(piece))


class _Layer:
    """One compression, which may have several members one after the other."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._decoder = zlib.decompressobj(_BOTH)
        self._has_begun = False

    @property
    def is_complete(self) -> bool:
        return self._decoder.eof

    def decoded(self, piece: bytes) -> tuple[bytes, bytes]:
        """Return what comes out, and what is left to be given again."""
        if self._decoder.eof and piece:  # another member follows
            self._decoder = zlib.decompressobj(_BOTH)
        try:
            out = self._decoder.decompress(piece, _PIECE)
        except zlib.error:
            if self._has_begun or self._coding != "deflate":
                raise
            self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)  # what some servers mean by deflate
            out = self._decoder.decompress(piece, _PIECE)
        self._has_begun = True
        return out, self._decoder.unconsumed_tail or self._decoder.unused_data
