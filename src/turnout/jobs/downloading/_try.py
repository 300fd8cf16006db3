"""One try at a file: what is asked for, again and again, until it is there or cannot be had."""

import os
from contextlib import suppress
from pathlib import Path

from turnout.errors import DownloadError, ExchangeError, PassingError
from turnout.jobs.downloading._answer import WrongRangeError
from turnout.jobs.downloading._arrival import Arrival, Asked, StartOverError
from turnout.jobs.downloading._context import Context
from turnout.jobs.downloading._dates import write_date
from turnout.jobs.downloading._intake import ChangedError, FileIntake
from turnout.jobs.downloading._part import Part
from turnout.jobs.downloading._stretches import Stretch, gaps
from turnout.jobs.downloading._terms import Saved
from turnout.jobs.downloading._wanted import Wanted
from turnout.transfer import Request

DETACHED_BYTES = 8 << 20  # from here on, a connection that is not used again costs less than what splicing saves
_IDENTITY = "Accept-Encoding: identity"
_MOST_STARTS = 3
_MOST_CUTS = 50


class Try:
    """Gets a file, starting over or going on as what the server sends allows.

    Args:
        context: What it uses.
        wanted: The file.
        name: What it is called; None if the server may say.
        url: Where to ask.
        expected: What it is called unless the server says otherwise.
        part: Where its bytes go.

    Attributes:
        part: Where its bytes go; another one after what came was found to be wrong.
        is_pieced: Whether it was put together from several responses.
        may_go_on: Whether ranges may be asked for.
        may_split: Whether several may be at once.
    """

    def __init__(
        self, context: Context, wanted: Wanted, *, name: str | None, url: str, expected: str, part: Part
    ) -> None:
        self.context = context
        self.part = part
        self.url = url
        self.wanted = wanted
        self.expected = expected
        self.given_name = name
        self.is_pieced = False
        self.may_go_on = True
        self.may_split = True
        self._starts = self._cuts = 0

    @property
    def there(self) -> str:
        """Where a file lies that has the expected name."""
        return self.context.places.path(self.expected)

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
                if not (error.cause in {"digest", "size"} and self.is_pieced):
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
        self.is_pieced = False
        self.context.line.done_bytes = 0

    def _renew(self) -> None:
        """Take another part, for what is in this one is wrong; if it was given away, the finisher has removed it."""
        places = self.context.places
        if not self.part.is_given:
            self.part.remove()
            places.release(self.part.path)
        self.part = places.claim_part(self.expected, [self.url], may_continue=False)
        self.start_over(may_go_on=False)

    async def _get(self) -> Saved | None:
        """Make an exchange, with others beside it if that helps; return the file once it is complete."""
        part, context = self.part, self.context
        missing: list[tuple[int, int | None]]
        missing = gaps(part.spans, part.version.size_bytes) if self._goes_on else [(0, None)]
        if not missing:  # all is there, and has no name yet: its end is asked for, and tells whether it is the same
            missing = [(part.size_bytes, part.size_bytes)]
        asked = Asked.from_place(*missing[0])
        context.line.done_bytes = part.size_bytes if asked.first is not None or part.spans else 0
        arrival = Arrival(self, asked)
        try:
            request = self.request(asked.first, asked.end)
            response = await context.engine.exchange(request, arrival.receive, context.terms.manner)
            if arrival.refusal is not None:
                raise arrival.refusal
            if arrival.outcome is not None:
                return arrival.outcome
            if response.detached is not None and arrival.intake is not None:
                try:
                    await self.splice(response.detached, arrival.intake.stretch)
                finally:
                    context.engine.give_back(response)
            if arrival.several is not None and arrival.intake is not None:
                arrival.intake.flush()
                await arrival.several.join()
        finally:
            if arrival.several is not None:
                await arrival.several.end()
                self.is_pieced |= arrival.several.has_helped
            arrival.settle()
        if arrival.answer is None:
            raise PassingError(self.url, "protocol", "the server answered without a head")
        return await arrival.complete(response, arrival.answer)

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
                headers.append(f"If-Modified-Since: {write_date(Path(self.there).stat().st_mtime)}")
        return Request(self.url, tuple(headers))

    async def splice(self, source: int, stretch: Stretch) -> None:
        """Move the rest of a body from a socket to its place."""
        from turnout.jobs.downloading._splice import spliced  # noqa: PLC0415  only large files need it

        context = self.context
        await spliced(self.url, source, self.part.descriptor, stretch, context)

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


def _can_splice() -> bool:
    return hasattr(os, "splice")
