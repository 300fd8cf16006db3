"""One try at a file: what is asked for, what comes, and what becomes of it."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from turnout.errors import DownloadError, ExchangeError, PassingError
from turnout.jobs.downloading._answer import (
    NOT_MODIFIED,
    PARTIAL,
    Answer,
    WrongRangeError,
    digests_of,
    read_answer,
)
from turnout.jobs.downloading._board import Board, Line
from turnout.jobs.downloading._dates import read_date, write_date
from turnout.jobs.downloading._encoded import Encoded
from turnout.jobs.downloading._finish import Finisher, Ready
from turnout.jobs.downloading._intake import ChangedError, FileIntake
from turnout.jobs.downloading._names import name_of_disposition
from turnout.jobs.downloading._part import Part
from turnout.jobs.downloading._places import Places
from turnout.jobs.downloading._several import Several
from turnout.jobs.downloading._stretches import Stretch, gaps, joined
from turnout.jobs.downloading._terms import Saved, Terms
from turnout.jobs.downloading._wanted import Wanted
from turnout.transfer import Engine, Head, Request, Take

if TYPE_CHECKING:
    from turnout.jobs.downloading._digests import Digest

SMALL_BYTES = 256 * 1024  # smaller files stay in memory until they are complete
DETACHED_BYTES = 8 << 20  # from here on, a connection that is not used again costs less than what splicing saves
_COMPARED_BYTES = 4096  # of what is there, asked for again when a download goes on
_IDENTITY = "Accept-Encoding: identity"
_MOST_STARTS = 3
_MOST_CUTS = 50


class StartOverError(Exception):
    """What is there belongs to another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a try uses.

    Attributes:
        terms: How files are downloaded.
        engine: Makes the exchanges.
        places: Where files come to lie.
        finisher: Checks and names them.
        splices: Threads that move bytes.
        board: Tells how all stands.
        line: Tells how this file stands.
    """

    terms: Terms
    engine: Engine
    places: Places
    finisher: Finisher
    splices: ThreadPoolExecutor
    board: Board
    line: Line


class Try:
    """Gets a file, starting over or going on as what the server sends allows.

    Args:
        context: What it uses.
        wanted: The file.
        name: What it is called; None if the server may say.
        url: Where to ask.
        expected: What it is called unless the server says otherwise.
        part: Where its bytes go.
    """

    def __init__(
        self, context: Context, wanted: Wanted, *, name: str | None, url: str, expected: str, part: Part
    ) -> None:
        self.context = context
        self.part = part
        self.url = url
        self._wanted = wanted
        self._expected = expected
        self._there = context.places.path(expected)
        self._given_name = name
        self._name = expected
        self._digests: list[Digest] = []
        self._starts = self._cuts = 0
        self._forget()
        self._is_pieced = False  # whether it was put together from several responses
        self.may_go_on = True  # whether ranges may be asked for
        self.may_split = True  # whether several may be at once

    async def run(self) -> Saved:
        """Return the file, once it is there.

        Raises:
            DownloadError: If it did not arrive.
            ExchangeError: If an exchange did not come to its end, and no more of it either.
            OSError: If it cannot be written.
        """
        while True:
            before = self.part.size_bytes
            try:
                saved = await self._get()
            except (StartOverError, ChangedError):
                self._begin_again()
            except WrongRangeError:
                self._ask_for_all()
            except ExchangeError as error:
                if not self._is_worth_going_on(error, before):
                    raise
            except DownloadError as error:
                if not (error.cause in {"digest", "size"} and self._is_pieced):
                    raise
                self._starts = _MOST_STARTS - 1  # the last one
                self._renew()
            else:
                if saved is not None:
                    return saved

    def _ask_for_all(self) -> None:
        """Ask for no range any more."""
        if not self.may_go_on:
            raise PassingError(self.url, "range", "the server sends another range than was asked for")
        self.start_over(may_go_on=False)

    def _is_worth_going_on(self, error: ExchangeError, before: int) -> bool:
        """Tell whether the rest is to be asked for at once, as some of it has come."""
        self._cuts += 1
        has_come = self.part.size_bytes > before and self._cuts < _MOST_CUTS
        return error.cause == "cut" and has_come and self._goes_on

    def _begin_again(self) -> None:
        """Drop what is there, as it belongs to another version."""
        self._starts += 1
        if self._starts >= _MOST_STARTS:
            told = f"it changed while it was being downloaded, {self._starts} times"
            raise PassingError(self.url, "changed", told)
        self.start_over(may_go_on=self._starts == 1)

    @property
    def _goes_on(self) -> bool:
        return self.may_go_on and self.part.may_be_completed

    def start_over(self, *, may_go_on: bool) -> None:
        """Drop what is there.

        Args:
            may_go_on: Whether ranges may be asked for from now on.
        """
        self.part.empty()
        self.may_go_on = self.may_go_on and may_go_on
        self._is_pieced = False
        self.context.line.done_bytes = 0

    def _forget(self) -> None:
        """Forget what the last exchange has brought, beside the bytes that are there."""
        self._pieces: list[bytes] | None = None
        self._encoded: Encoded | None = None
        self._intake: FileIntake | None = None
        self._answer: Answer | None = None
        self._several: Several | None = None
        self._outcome: Saved | None = None
        self._refusal: DownloadError | None = None

    def _renew(self) -> None:
        """Take another part: the finisher has removed the one there was."""
        places = self.context.places
        places.release(self.part.path)
        self.part.__init__(self.part.path)  # type: ignore[misc]  # all of it is forgotten, and its holder is the same
        self.start_over(may_go_on=False)

    async def _get(self) -> Saved | None:
        """Make an exchange, with others beside it if that helps; return the file once it is complete."""
        part, context = self.part, self.context
        self._forget()
        missing: list[tuple[int, int | None]]
        missing = gaps(part.spans, part.version.size_bytes) if self._goes_on else [(0, None)]
        if not missing:  # all is there, and has no name yet: its end is asked for, and tells whether it is the same
            missing = [(part.size_bytes, part.size_bytes)]
        start = missing[0][0]
        compared = min(start, _COMPARED_BYTES)
        asked = start - compared if start else None
        context.line.done_bytes = part.size_bytes if start or part.spans else 0
        try:
            response = await context.engine.exchange(
                self.request(asked, missing[0][1]),
                lambda head: self._receive(head, asked, compared, missing[0][1]),
                context.terms.manner,
            )
            if self._refusal is not None:
                raise self._refusal
            if self._outcome is not None:
                return self._outcome
            if response.detached is not None and self._intake is not None:
                try:
                    await self.splice(response.detached, self._intake.stretch)
                finally:
                    context.engine.give_back(response)
            if self._several is not None:
                self._flush()
                await self._several.join()
        finally:
            if self._several is not None:
                await self._several.end()
                self._is_pieced |= self._several.has_helped
            self._settle()
        if self._answer is None:
            raise PassingError(self.url, "protocol", "the server answered without a head")
        return await self._complete(response.url, response.version, self._answer)

    def request(self, first: int | None, end: int | None) -> Request:
        """Return what to ask the server for.

        Args:
            first: The first byte; None for the whole file.
            end: The byte after the last; None for all that follow.
        """
        headers = [_IDENTITY, *self.context.terms.headers]
        if first is not None:
            last = "" if end is None else max(first, end - 1)
            headers += [f"Range: bytes={first}-{last}", f"If-Range: {self.part.version.validator}"]
        elif self.context.terms.newer:
            with suppress(OSError):
                headers.append(f"If-Modified-Since: {write_date(Path(self._there).stat().st_mtime)}")
        return Request(self.url, tuple(headers))

    async def splice(self, source: int, stretch: Stretch) -> None:
        """Move the rest of a body from a socket to its place."""
        from turnout.jobs.downloading._splice import spliced  # noqa: PLC0415  only large files need it

        context = self.context
        await spliced(self.url, source, self.part.descriptor, stretch, context)

    def _receive(self, head: Head, asked: int | None, compared: int, end: int | None) -> Take | None:
        """Say what takes the body, in an exchange's midst."""
        if head.status == NOT_MODIFIED and self.context.terms.newer:
            self._outcome = self._unchanged()
            return None
        try:
            answer = read_answer(head, self.url, asked)
        except DownloadError as error:
            self._refusal = error
            return _ignore if int(head.headers.get("Content-Length") or SMALL_BYTES) < SMALL_BYTES else None
        self._answer = answer
        part = self.part
        if head.status == PARTIAL:
            if not part.version.may_be(answer.version):
                raise StartOverError
            self._is_pieced = True
        else:
            if part.spans:
                self.start_over(may_go_on=True)
            part.url = self.url
            compared = 0
        size = answer.size_bytes
        if self._wanted.size_bytes not in {None, size} and size is not None:
            told = f"the server has {size:,} bytes, and {self._wanted.size_bytes:,} are expected"
            raise DownloadError(self.url, "size", told)
        self._name = self._named(head)
        self.context.line.name, self.context.line.size_bytes = self._name, size
        if self._is_kept(head, size):
            return None
        if not answer.codings:
            self._digests = digests_of(head, is_whole=head.status != PARTIAL)
        if size is not None and size <= SMALL_BYTES and head.status != PARTIAL and part.descriptor < 0:
            self._pieces = []
            return self._hold
        return self._into_file(answer, compared, end)

    def _into_file(self, answer: Answer, compared: int, end: int | None) -> Take:
        part, context = self.part, self.context
        if answer.head.status != PARTIAL:
            part.version = answer.version
        if part.descriptor < 0:
            part.create()
        if answer.codings:
            part.version = type(part.version)()  # what is decompressed cannot be gone on with
            part.write_state(in_order=True)
            self._encoded = Encoded(answer, self.url, self._name, part.descriptor, context)
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
        self._intake = self.intake(stretch, ends_at, known)
        missing = stretch.missing_bytes or 0
        if size is not None and self.may_go_on and self.may_split and Several.may_help(context.terms, answer, missing):
            self._several = Several(self, stretch, size)
        return self._intake.take

    def intake(self, stretch: Stretch, ends_at: int | None, known: bytes = b"") -> FileIntake:
        """Return what writes a body to its place.

        Args:
            stretch: Its place.
            ends_at: The byte after the last that comes.
            known: What it begins with, and is there.
        """
        context = self.context
        is_large = (stretch.missing_bytes or 0) >= DETACHED_BYTES
        return FileIntake(
            self.part.descriptor,
            stretch,
            board=context.board,
            line=context.line,
            known=known,
            ends_at=ends_at,
            detaches=is_large and self.url[:5] == "http:" and context.terms.setup.rate is None and _can_splice(),
        )

    def _hold(self, piece: bytes) -> None:
        context = self.context
        context.board.received_bytes += len(piece)
        context.line.grow(len(piece))
        if self._pieces is not None:
            self._pieces.append(piece)

    def _flush(self) -> None:
        if self._intake is not None:
            self._intake.flush()

    def _settle(self) -> None:
        """Enter what has come."""
        if self._intake is None:
            return
        self._flush()
        part, spans = self.part, [self._intake.stretch.done]
        if self._several is not None:
            spans += self._several.spans
        part.spans = joined([*part.spans, *spans])
        if len(part.spans) > 1:
            part.write_state(in_order=False)

    async def _complete(self, url: str, version: str, answer: Answer) -> Saved | None:
        part, context, terms = self.part, self.context, self.context.terms
        size = part.version.size_bytes
        if self._encoded is not None:
            size = self._encoded.finish()
            checked = self._encoded.checked
        elif self._pieces is not None:
            size = sum(map(len, self._pieces))
            checked = ("length",)
        elif size is None:  # the end of the connection, or the last chunk, is the end of the file
            size = part.size_bytes
            checked = ()
        elif gaps(part.spans, size):
            return None
        else:
            checked = ("length",)
        if self._wanted.size_bytes not in {None, size}:
            told = f"it has {size:,} bytes, and {self._wanted.size_bytes:,} are expected"
            raise DownloadError(self.url, "size", told)
        part.is_given = True
        ready = Ready(
            part=part,
            name=self._name,
            pieces=self._pieces,
            size_bytes=size,
            digests=[*self._wanted.digests, *self._digests],
            modified=read_date(answer.head.headers.get("Last-Modified")),
            flushes=terms.flushes,
        )
        path, digested = await context.finisher.finish(ready)
        return Saved(
            url=url,
            path=path or context.places.path(self._name),
            size_bytes=size,
            status="kept" if path is None else "saved",
            received_bytes=context.line.received_bytes,
            parts=context.line.parts,
            version=version,
            checked=checked + digested,
        )

    def _named(self, head: Head) -> str:
        if self._given_name is not None:
            return self._given_name
        if self.context.terms.newer:
            return self._expected
        return name_of_disposition(head.headers.get("Content-Disposition")) or self._expected

    def _is_kept(self, head: Head, size: int | None) -> bool:
        """Tell whether the file that is there stays as it is."""
        terms, places = self.context.terms, self.context.places
        if terms.newer and not self.part.spans:
            modified = read_date(head.headers.get("Last-Modified"))
            with suppress(OSError):
                there = Path(self._there).stat()
                if modified is not None and modified <= there.st_mtime and size == there.st_size:
                    self._outcome = self._unchanged()
        elif terms.if_exists == "skip" and os.path.lexists(places.path(self._name)):
            path = places.path(self._name)
            self._outcome = Saved(url=self.url, path=path, size_bytes=Path(path).stat().st_size, status="kept")
        return self._outcome is not None

    def _unchanged(self) -> Saved:
        return Saved(url=self.url, path=self._there, size_bytes=Path(self._there).stat().st_size, status="unchanged")


def _ignore(_piece: bytes) -> None:
    """Take the body of an answer that brings no file, so that the connection can be used again."""


def _can_splice() -> bool:
    return hasattr(os, "splice")
