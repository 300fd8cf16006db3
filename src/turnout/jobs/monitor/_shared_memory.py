"""One past of several processes: each has the history of what it looked after, and all of them are asked.

question ──► whoever looked after something then, over NATS ──► answers ──► put together by who looked after what

What a process looked after that does not answer is not known; its name is told.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from turnout.errors import ClusterError
from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._recall import SPAN, ask_course, ask_moment, course_in, moment_in, span_in
from turnout.jobs.monitor._types import Alarm, Layout
from turnout.jobs.monitor.history import Series
from turnout.jobs.monitor.page import Course, Moment, Stretch
from turnout.jobs.monitor.scale import Part, Tenure, Tenures

if TYPE_CHECKING:
    from turnout.jobs.monitor._numpy import Singles

_T = TypeVar("_T")
_LOOKBACK_NS = 60 * 10**9  # for so long a reading counts, also if another process has seen it


class Peers(Protocol):
    """The processes, as far as they are asked."""

    async def ask(self, who: str, question: bytes) -> bytes:
        """Return what the process answers that has a history; raises a `ClusterError` if it does not."""
        ...

    async def tenures(self, after: int) -> list[tuple[int, int, bytes]]:
        """Return number, part and content of the tenures that were kept after a number."""
        ...


class SharedMemory:
    """The past of all parts.

    Args:
        peers: Who knows it.
        layout: Of the whole, in whose order values are.
        parts: All of them.
    """

    def __init__(self, peers: Peers, layout: Layout, parts: Sequence[Part]) -> None:
        self._peers, self._layout, self._parts = peers, layout, parts
        self._part_of = {zone: part for part in parts for zone in part.layout.zones}
        self._tenures, self._known = Tenures(), 0
        self._turn = asyncio.Lock()

    async def span_ns(self) -> tuple[int, int] | None:
        """Return from when to when anybody who answers has a past; None if nobody has."""
        answers = await self._ask(dict.fromkeys((await self._learn()).everybody, SPAN), span_in)
        spans = [span for span in answers.values() if span is not None]
        return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None

    async def moment(self, time_ns: int, zones: Collection[str] | None = None) -> Moment:
        """Return how everything stood."""
        del zones
        tenures = await self._learn()
        holders = {part.number: tenures.of(part.number, time_ns, time_ns) for part in self._parts}
        before = {part.number: tenures.of(part.number, time_ns - _LOOKBACK_NS, time_ns) for part in self._parts}
        wanted: dict[str, list[str]] = defaultdict(list)
        for part in self._parts:
            for who in before[part.number]:
                wanted[who] += part.layout.zones
        questions = {who: ask_moment(time_ns, of) for who, of in wanted.items()}
        answers = await self._ask(questions, lambda answer: moment_in(answer, len(self._layout)))
        whole = _Whole(len(self._layout))
        for part in self._parts:
            whole.add(part, answers, holders[part.number], before[part.number])
        alarms = sorted(whole.alarms.values(), key=lambda alarm: (-alarm.severity, -alarm.raised_ns))
        return Moment(
            step_s=whole.step_s,
            values=whole.values,
            cooling=whole.cooling,
            alarms=tuple(alarms),
            unanswered=tenures.called(whole.missing),
            unknown=tuple(whole.unknown),
        )

    async def course(self, asked: Stretch) -> Course:
        """Return the course of a zone; raises `KeyError` if there is no such zone, or no such kind in it."""
        part = self._part_of[asked.zone]
        if asked.kind is not None and not any(
            sensor.zone == asked.zone and sensor.kind == asked.kind for sensor in part.layout
        ):
            raise KeyError(asked.kind)
        tenures = await self._learn()
        whos = tenures.of(part.number, asked.start_ns, asked.end_ns)
        answers = await self._ask(dict.fromkeys(whos, ask_course(asked)), lambda answer: course_in(answer, asked))
        return Course(
            series=_together(asked, list(answers.values())), unanswered=tenures.called(set(whos) - answers.keys())
        )

    async def _learn(self) -> Tenures:
        """Return the tenures, with those that have begun since the last time."""
        async with self._turn:
            for number, part, content in await self._peers.tenures(self._known):
                self._known = number
                try:
                    self._tenures.add(part, Tenure.from_bytes(content))
                except ValueError:
                    continue  # of another version, or of somebody else
        return self._tenures

    async def _ask(self, questions: Mapping[str, bytes], read: Callable[[bytes], _T]) -> Mapping[str, _T]:
        """Return the answers of those who answer."""

        async def ask(who: str, question: bytes) -> tuple[str, _T] | None:
            try:
                return who, read(await self._peers.ask(who, question))
            except ClusterError:
                return None  # that it is missing is told

        return dict(filter(None, await asyncio.gather(*(ask(who, question) for who, question in questions.items()))))


class _Whole:
    """A moment of the whole, to which that of each part is added."""

    def __init__(self, sensors: int) -> None:
        self.step_s = 0
        self.values: Singles = np.full(sensors, np.nan, np.float32)
        self.cooling: dict[str, float] = {}
        self.alarms: dict[str, Alarm] = {}
        self.missing: set[str] = set()
        self.unknown: list[str] = []

    def add(self, part: Part, answers: Mapping[str, Moment], holders: Sequence[str], before: Sequence[str]) -> None:
        """Add a part.

        Args:
            part: Which.
            answers: Of those who have answered, about all of them.
            holders: Who looked after it then.
            before: The same, and who did so shortly before; the last one last.
        """
        zones, told = set(part.layout.zones), [answers[who] for who in holders if who in answers]
        self.missing |= set(holders) - answers.keys()
        if not told:
            self.unknown += part.layout.zones
            return
        values = self.values[part.places]
        for who in before:
            if who in answers:
                found = answers[who].values[part.places]
                values = np.where(np.isnan(found), values, found)
        if np.isnan(values).any():
            self.missing |= set(before) - answers.keys()
        self.values[part.places] = values
        for moment in told:
            self.step_s = max(self.step_s, moment.step_s)
            self.cooling |= {zone: level for zone, level in moment.cooling.items() if zone in zones}
            self.alarms |= {alarm.id: alarm for alarm in moment.alarms if alarm.zone in zones}


def _together(asked: Stretch, told: Sequence[Series]) -> Series:
    """Return one course of several, each of which knows some of it; where two do, at a takeover, they are one point."""
    nothing = np.full(asked.points, np.nan, np.float32)
    means = np.array([nothing, *(series.mean for series in told)])
    known = ~np.isnan(means)
    count = known.sum(axis=0)
    mean = np.where(count > 0, np.where(known, means, 0).sum(axis=0) / np.maximum(count, 1), np.nan)
    low, high = nothing, nothing
    for series in told:
        low, high = np.fmin(low, series.low), np.fmax(high, series.high)
    return Series.of(asked.start_ns, asked.end_ns, low=low, mean=mean.astype(np.float32), high=high)
