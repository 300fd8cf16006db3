"""A file that the server sends compressed, though that was not asked for."""

import hashlib
from typing import Any, Protocol

from turnout.errors import DownloadError
from turnout.jobs.downloading._answer import Answer, digests_of
from turnout.jobs.downloading._board import Board, Line
from turnout.jobs.downloading._digests import strongest
from turnout.jobs.downloading._intake import DecodingIntake

_GZIP_NAMES = (".gz", ".tgz", ".svgz", ".z")
_GZIP_TYPES = {"application/gzip", "application/x-gzip", "application/x-tgz", "application/x-compressed-tar"}
_TEXTS = {"application/json", "application/xml", "application/javascript", "image/svg+xml"}


class HasBoard(Protocol):
    """What tells how a download stands."""

    @property
    def board(self) -> Board:
        """Of all files."""
        ...

    @property
    def line(self) -> Line:
        """Of this one."""
        ...


class Encoded:
    """Decompresses a file into its part, and checks what the server says of the compressed content.

    Args:
        answer: The response.
        url: What was asked for.
        name: What the file is called.
        descriptor: Of the part, which is empty.
        context: What tells how it stands.
    """

    def __init__(self, answer: Answer, url: str, name: str, descriptor: int, context: HasBoard) -> None:
        kind = (answer.head.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        self._url = url
        self._intake = DecodingIntake(
            descriptor,
            answer.codings,
            url,
            keeps_gzip=name.lower().endswith(_GZIP_NAMES) or kind in _GZIP_TYPES,
            is_text=kind.startswith("text/") or kind in _TEXTS or kind.endswith(("+json", "+xml")),
            board=context.board,
            line=context.line,
        )
        # Representation and content are what is sent, compressed (RFC 9530, section 3).
        self._digests = strongest(digests_of(answer.head, is_whole=True))
        self._hashes: list[Any] = [hashlib.new(one.algorithm, usedforsecurity=False) for one in self._digests]
        if self._hashes:
            self._intake.raw = self._hash
        self.take = self._intake.take
        self.checked: tuple[str, ...] = ()

    def finish(self) -> int:
        """Return how many bytes came out, if all is well.

        Raises:
            DownloadError: If it isn't.
        """
        self._intake.finish()
        for digest, made in zip(self._digests, self._hashes, strict=True):
            if made.digest() != digest.value:
                told = f"its {digest.algorithm} is {made.hexdigest()}, and {digest.source} says {digest.value.hex()}"
                raise DownloadError(self._url, "digest", told)
        self.checked = tuple(f"{one.algorithm} of {one.source}" for one in self._digests)
        return self._intake.size_bytes

    def _hash(self, piece: bytes) -> None:
        for made in self._hashes:
            made.update(piece)
