"""A large file over several connections, where one does not bring all that can be had."""

import asyncio
from typing import TYPE_CHECKING

from turnout.clock import wall_ns
from turnout.errors import DownloadError, ExchangeError
from turnout.jobs.downloading._answer import PARTIAL, Answer, WrongRangeError, read_answer
from turnout.jobs.downloading._intake import ChangedError, FileIntake
from turnout.jobs.downloading._stretches import Span, Stretch, joined
from turnout.jobs.downloading._terms import AUTO_PARTS, Terms
from turnout.transfer import Head, Take

if TYPE_CHECKING:
    from turnout.jobs.downloading._try import Try

_LEAST_BYTES = 1 << 20  # that a connection is begun for
_LEAST_FILE_BYTES = 8 << 20
_MOST_BY_ITSELF = 8  # connections, as long as nobody asks for more: a server has other visitors
_LOOK_S = 0.2
_STATE_S = 2.0
_WORTH_S = 1.0  # what is sooner done is not sped up
_GAIN = 1.2  # by which more connections must be faster than fewer, for even more to be begun


class Several:
    """Connections beside the one that began a file; each takes half of what another has still to bring.

    Args:
        one: The try that the file belongs to.
        lead: What the first connection brings.
        size: Of the file.
    """

    def __init__(self, one: "Try", lead: Stretch, size: int) -> None:
        self._one = one
        self._size = size
        self._lead = lead
        self._active = [lead]
        self._done: list[Span] = []
        self._helpers: set[asyncio.Task[None]] = set()
        self._may_begin = True
        self._error: OSError | None = None
        self.has_helped = False
        self._task = asyncio.get_running_loop().create_task(self._run())

    @staticmethod
    def may_help(terms: Terms, answer: Answer, missing: int) -> bool:
        """Tell whether a file may be had in parts, and is large enough for that."""
        return terms.parts != 1 and missing >= _LEAST_FILE_BYTES and answer.takes_ranges

    @property
    def spans(self) -> list[Span]:
        """What has come over the other connections."""
        return [*self._done, *(stretch.done for stretch in self._active if stretch is not self._lead)]

    async def join(self) -> None:
        """Wait for what the others have still to bring; the first connection is done."""
        self._done.append(self._lead.done)
        self._active.remove(self._lead)
        if self._helpers:
            self._begin(1)  # in its place
        while self._helpers and self._error is None:
            await asyncio.wait(self._helpers, return_when=asyncio.FIRST_COMPLETED)
        if self._error is not None:
            raise self._error

    async def end(self) -> None:
        """End all connections but the first."""
        self._may_begin = False
        tasks = [self._task, *self._helpers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        """Begin connections, and keep what has come, in case that this program ends."""
        one = self._one
        terms, line = one.context.terms, one.context.line
        if terms.parts != AUTO_PARTS:
            self._begin(terms.parts - 1)
        seen, seen_ns, kept_ns = line.done_bytes, wall_ns(), wall_ns()
        fewer_rate, may_gain = 0.0, terms.parts == AUTO_PARTS
        while True:
            await asyncio.sleep(_LOOK_S)
            now_ns = wall_ns()
            rate = (line.done_bytes - seen) / (now_ns - seen_ns) * 1e9
            seen, seen_ns = line.done_bytes, now_ns
            if may_gain and (self._size - seen) > rate * _WORTH_S:
                may_gain = rate >= fewer_rate * _GAIN and len(self._helpers) + 1 < _MOST_BY_ITSELF
                fewer_rate = rate
                if may_gain:
                    self._begin(min(len(self._helpers) + 1, _MOST_BY_ITSELF - 1 - len(self._helpers)))
            if self.has_helped and now_ns - kept_ns >= _STATE_S * 1e9:
                self._keep()
                kept_ns = now_ns

    def _begin(self, count: int) -> None:
        for _ in range(count):
            stretch = self._cut_off() if self._may_begin else None
            if stretch is None:
                return
            if not self.has_helped:
                self.has_helped = True
                self._keep()  # before there is anything behind a gap: from here on, the file's length tells nothing
            task = asyncio.get_running_loop().create_task(self._help(stretch))
            self._helpers.add(task)
            task.add_done_callback(self._helpers.discard)
        line = self._one.context.line
        line.parts = max(line.parts, len(self._helpers) + (self._lead in self._active))

    def _keep(self) -> None:
        part = self._one.part
        part.spans = joined([*part.spans, self._lead.done, *self.spans])
        part.write_state(in_order=False)

    def _cut_off(self) -> Stretch | None:
        """Take the second half of what is missing most; return None if that is too little."""
        longest = max(self._active, key=lambda stretch: stretch.missing_bytes or 0, default=None)
        missing = 0 if longest is None else longest.missing_bytes or 0
        if longest is None or missing < 2 * _LEAST_BYTES:
            return None
        stretch = Stretch(longest.place + missing // 2, longest.end)
        longest.end = stretch.start
        self._active.append(stretch)
        return stretch

    async def _help(self, stretch: Stretch | None) -> None:
        while stretch is not None:
            try:
                await self._bring(stretch)
            except (ExchangeError, DownloadError, WrongRangeError, ChangedError):
                self._may_begin = self._one.may_split = False  # whoever asks for what is missing then sees why
                return
            except OSError as error:
                self._error = error
                return
            finally:
                self._active.remove(stretch)
                self._done.append(stretch.done)
            stretch = self._cut_off() if self._may_begin else None

    async def _bring(self, stretch: Stretch) -> None:
        one, context = self._one, self._one.context
        end = stretch.end
        intake: FileIntake | None = None

        def receive(head: Head) -> Take | None:
            nonlocal intake
            answer = read_answer(head, one.url, stretch.start)
            if head.status != PARTIAL or answer.end != end or not one.part.version.may_be(answer.version):
                raise ChangedError
            intake = one.intake(stretch, answer.end)
            return intake.take

        try:
            response = await context.engine.exchange(one.request(stretch.start, end), receive, context.terms.manner)
            if response.detached is not None:
                try:
                    await one.splice(response.detached, stretch)
                finally:
                    context.engine.give_back(response)
        finally:
            if intake is not None:
                intake.flush()
