"""What was: as a page asks for it, and as the history of a folder tells it.

The history is read in a thread, so that no live page waits for it.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol, TypeVar

from turnout.errors import UsageError
from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Alarm, Layout
from turnout.jobs.monitor.history import Past, Series

if TYPE_CHECKING:
    from turnout.jobs.monitor._numpy import Singles

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moment:
    """How everything stood at one moment.

    Attributes:
        step_s: How fine it is known: 0 for readings, else the seconds of a summary, whose means are the values.
        values: float32, shape (n,), in the order of the layout; NaN where nothing is known.
        cooling: 0 to 1 by zone, of the zones where it is known.
        alarms: That stood then, the worst and then the newest first.
        unanswered: The names of monitors that looked after something then, and have not told.
        unknown: The zones that they looked after.
    """

    step_s: int
    values: "Singles"
    cooling: Mapping[str, float]
    alarms: tuple[Alarm, ...]
    unanswered: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What a course is asked of.

    Attributes:
        zone: Whose.
        kind: Of its sensors; those of the first kind if None.
        start_ns: From when.
        end_ns: Until when, later.
        points: At least 1; each stands for an equal part of that time.
    """

    zone: str
    kind: str | None
    start_ns: int
    end_ns: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """The course of a zone.

    Attributes:
        series: It.
        unanswered: As in `Moment`.
    """

    series: Series
    unanswered: tuple[str, ...] = ()


class Memory(Protocol):
    """Answers what a page asks of the past; raises a `TurnoutError` if it cannot."""

    async def span_ns(self) -> tuple[int, int] | None:
        """Return from when to when there is a past; None if there is none."""
        ...

    async def moment(self, time_ns: int, zones: Collection[str] | None = None) -> Moment:
        """Return how everything stood; at least the values of some zones, if any are named."""
        ...

    async def course(self, asked: Stretch) -> Course:
        """Return the course of a zone; raises `KeyError` if there is no such zone, or no such kind in it."""
        ...


class FolderMemory:
    """The history of a folder.

    Args:
        folder: Its; it may be made later.
        layout: What the page knows, in whose order values are.
    """

    def __init__(self, folder: Path, layout: Layout) -> None:
        self._folder = folder
        self._places = {sensor.name: index for index, sensor in enumerate(layout)}
        self._turn = Lock()  # a reader who pulls at the slider asks faster than thousands of sensors are unpacked

    async def span_ns(self) -> tuple[int, int] | None:
        """Return from when to when there is a past; None if there is none."""
        return await self._read(lambda past: past.span_ns())

    async def moment(self, time_ns: int, zones: Collection[str] | None = None) -> Moment:
        """Return how everything stood; at least the values of some zones, if any are named."""
        return await self._read(lambda past: self._moment(past, time_ns, zones))

    async def course(self, asked: Stretch) -> Course:
        """Return the course of a zone; raises `KeyError` if there is no such zone, or no such kind in it."""
        start_ns, end_ns = asked.start_ns, asked.end_ns
        return await self._read(
            lambda past: Course(
                series=past.series(start_ns, end_ns, asked.points, zone=asked.zone, kind=asked.kind),
            )
        )

    async def _read(self, find: Callable[[Past], _T]) -> _T:
        return await asyncio.to_thread(self._find, find)

    def _find(self, find: Callable[[Past], _T]) -> _T:
        with self._turn, closing(Past(self._folder)) as past:
            try:
                return find(past)
            except (sqlite3.Error, ValueError) as error:
                raise UsageError(f"the history cannot be read there ({error})") from None

    def _moment(self, past: Past, time_ns: int, zones: Collection[str] | None) -> Moment:
        state = past.state_at(time_ns, zones=zones)
        nowhere = len(self._places)  # of a sensor that is not there any more
        values = np.full(nowhere + 1, np.nan, np.float32)
        values[[self._places.get(name, nowhere) for name in past.sensors]] = state.values
        return Moment(step_s=state.step_s, values=values[:-1], cooling=state.cooling, alarms=state.alarms)
