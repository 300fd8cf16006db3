"""What one exchange brings of a file: where its body goes, and whether the file is complete with it."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from turnout.errors import DownloadError
from turnout.jobs.downloading._answer import NOT_MODIFIED, PARTIAL, Answer, digests_of, read_answer
from turnout.jobs.downloading._dates import read_date
from turnout.jobs.downloading._finish import Ready
from turnout.jobs.downloading._names import name_of_disposition
from turnout.jobs.downloading._part import UNKNOWN
from turnout.jobs.downloading._several import Several
from turnout.jobs.downloading._stretches import Stretch, gaps, joined
from turnout.jobs.downloading._terms import Saved
from turnout.transfer import Head, Response, Take

if TYPE_CHECKING:
    from turnout.jobs.downloading._digests import Digest
    from turnout.jobs.downloading._encoded import Encoded
    from turnout.jobs.downloading._intake import FileIntake
    from turnout.jobs.downloading._try import Try

SMALL_BYTES = 256 * 1024  # smaller files stay in memory until they are complete
_COMPARED_BYTES = 4096  # of what is there, asked for again when a download goes on


class StartOverError(Exception):
    """What is there belongs to another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for: a file from some byte on.

    Attributes:
        first: The first byte; None for the whole file.
        end: The byte after the last; None for all that follow.
        compared: How many of the bytes are there, and asked for again to see whether they are the same.
    """

    first: int | None
    end: int | None
    compared: int

    @classmethod
    def from_place(cls, start: int, end: int | None) -> "Asked":
        """Return what to ask for where all is missing from ``start`` on."""
        compared = min(start, _COMPARED_BYTES)
        return cls(first=start - compared if start else None, end=end, compared=compared)


class Arrival:
    """Takes what one exchange brings.

    Args:
        one: The try that it belongs to.
        asked: What was asked for.

    Attributes:
        answer: What the head says; None before it is there, or if it brings nothing of the file.
        outcome: The file, if it is there already and stays as it is.
        refusal: What to raise, as the response brings no file.
        several: Connections beside this one.
        intake: What writes the body to its place, if that is neither in memory nor decompressed.
    """

    def __init__(self, one: "Try", asked: Asked) -> None:
        self._one = one
        self._asked = asked
        self._name = one.expected
        self._digests: list[Digest] = []
        self._pieces: list[bytes] | None = None
        self._encoded: Encoded | None = None
        self.answer: Answer | None = None
        self.outcome: Saved | None = None
        self.refusal: DownloadError | None = None
        self.several: Several | None = None
        self.intake: FileIntake | None = None

    def receive(self, head: Head) -> Take | None:
        """Say what takes the body, in an exchange's midst."""
        one = self._one
        context, part = one.context, one.part
        if head.status == NOT_MODIFIED and context.terms.newer:
            self.outcome = self._unchanged()
            return None
        try:
            answer = read_answer(head, one.url, self._asked.first)
        except DownloadError as error:
            self.refusal = error
            return _ignore if int(head.headers.get("Content-Length") or SMALL_BYTES) < SMALL_BYTES else None
        self.answer = answer
        compared = self._asked.compared
        if head.status == PARTIAL:
            if not part.version.may_be(answer.version):
                raise StartOverError
            one.is_pieced = True
        else:
            if part.spans:
                one.start_over(may_go_on=True)
            part.url = one.url
            compared = 0
        size = answer.size_bytes
        if one.wanted.size_bytes not in {None, size} and size is not None:
            told = f"the server has {size:,} bytes, and {one.wanted.size_bytes:,} are expected"
            raise DownloadError(one.url, "size", told)
        self._name = self._named(head)
        context.line.name, context.line.size_bytes = self._name, size
        if self._is_kept(head, size):
            return None
        if not answer.codings:
            self._digests = digests_of(head, is_whole=head.status != PARTIAL)
        if size is not None and size <= SMALL_BYTES and head.status != PARTIAL and part.descriptor < 0:
            self._pieces = []
            return self._hold
        return self._into_file(answer, compared)

    def settle(self) -> None:
        """Enter what has come."""
        if self.intake is None:
            return
        self.intake.flush()
        part, spans = self._one.part, [self.intake.stretch.done]
        if self.several is not None:
            spans += self.several.spans
        part.spans = joined([*part.spans, *spans])
        if len(part.spans) > 1:
            part.write_state(in_order=False)

    async def complete(self, response: Response, answer: Answer) -> Saved | None:
        """Return the file, checked and under its name; None if some of it is missing.

        Raises:
            DownloadError: If it is not what it should be.
        """
        one = self._one
        part, context, terms = one.part, one.context, one.context.terms
        size = part.version.size_bytes
        checked: tuple[str, ...] = ("length",)
        if self._encoded is not None:
            size = self._encoded.finish()
            checked = self._encoded.checked
        elif self._pieces is not None:
            size = sum(map(len, self._pieces))
        elif size is None:  # the end of the connection, or the last chunk, is the end of the file
            size = part.size_bytes
            checked = ()
        elif gaps(part.spans, size):
            return None
        if one.wanted.size_bytes not in {None, size}:
            told = f"it has {size:,} bytes, and {one.wanted.size_bytes:,} are expected"
            raise DownloadError(one.url, "size", told)
        part.is_given = True
        ready = Ready(
            part=part,
            name=self._name,
            pieces=self._pieces,
            size_bytes=size,
            digests=[*one.wanted.digests, *self._digests],
            modified=read_date(answer.head.headers.get("Last-Modified")),
            flushes=terms.flushes,
        )
        path, digested = await context.finisher.finish(ready)
        return Saved(
            url=response.url,
            path=path or context.places.path(self._name),
            size_bytes=size,
            status="kept" if path is None else "saved",
            received_bytes=context.line.received_bytes,
            parts=context.line.parts,
            version=response.version,
            checked=checked + digested,
        )

    def _into_file(self, answer: Answer, compared: int) -> Take:
        one = self._one
        part, context, end = one.part, one.context, self._asked.end
        if answer.head.status != PARTIAL:
            part.version = answer.version
        if part.descriptor < 0:
            part.create()
        if answer.codings:
            from turnout.jobs.downloading._encoded import Encoded  # noqa: PLC0415  few servers send what it is for

            part.version = UNKNOWN  # what is decompressed cannot be gone on with
            part.write_state(in_order=True)
            self._encoded = Encoded(answer, one.url, self._name, part.descriptor, context)
            return self._encoded.take
        place = answer.start + compared
        ends_at = answer.end
        last = ends_at if end is None or end == place else end
        if last is not None and ends_at is not None:
            last = min(last, ends_at)
        stretch = Stretch(place, last)
        known = os.pread(part.descriptor, compared, answer.start) if compared else b""
        in_order = not part.spans or part.spans == [(0, place)]
        if in_order:
            os.ftruncate(part.descriptor, place)
        part.write_state(in_order=in_order)
        size = answer.size_bytes
        self.intake = one.intake(stretch, ends_at, known)
        missing = stretch.missing_bytes or 0
        if size is not None and one.may_go_on and one.may_split and Several.may_help(context.terms, answer, missing):
            self.several = Several(one, stretch, size)
        return self.intake.take

    def _hold(self, piece: bytes) -> None:
        context = self._one.context
        context.board.received_bytes += len(piece)
        context.line.grow(len(piece))
        if self._pieces is not None:
            self._pieces.append(piece)

    def _named(self, head: Head) -> str:
        one = self._one
        if one.given_name is not None:
            return one.given_name
        if one.context.terms.newer:
            return one.expected
        return name_of_disposition(head.headers.get("Content-Disposition")) or one.expected

    def _is_kept(self, head: Head, size: int | None) -> bool:
        """Tell whether the file that is there stays as it is."""
        one = self._one
        terms, places = one.context.terms, one.context.places
        if terms.newer and not one.part.spans:
            modified = read_date(head.headers.get("Last-Modified"))
            with suppress(OSError):
                there = Path(one.there).stat()
                if modified is not None and modified <= there.st_mtime and size == there.st_size:
                    self.outcome = self._unchanged()
        elif terms.if_exists == "skip" and os.path.lexists(places.path(self._name)):
            path = places.path(self._name)
            self.outcome = Saved(url=one.url, path=path, size_bytes=Path(path).stat().st_size, status="kept")
        return self.outcome is not None

    def _unchanged(self) -> Saved:
        one = self._one
        return Saved(url=one.url, path=one.there, size_bytes=Path(one.there).stat().st_size, status="unchanged")


def _ignore(_piece: bytes) -> None:
    """Take the body of an answer that brings no file, so that the connection can be used again."""
