"""A hall with a page, for tests and for looking at it: python tests/monitor_pages.py [racks] [port].

Readings are made up here; the page, its actions and the history are the real ones.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from math import sin
from pathlib import Path

import numpy as np

from monitor_histories import SECOND, alarm
from turnout.errors import UsageError
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Batch, Change, ChangeKind, Layout, Severity
from turnout.jobs.monitor.history import History
from turnout.jobs.monitor.page import Board, Cooled, Figures, FolderMemory, Moment, Quiet, page_app
from turnout.web import App, Server, serving


class Hall:
    """Some racks that are warm, a few that are hot, and what stands about them.

    Args:
        racks: How many.
        zones: Likewise.
        rooms: Likewise.
        folder: Of a history; none is kept without it.
        now_ns: When it begins.
        kinds: What is measured.

    Attributes:
        unanswered: Who has not told what was in the last zone in the past.
    """

    def __init__(
        self,
        *,
        racks: int = 40,
        zones: int = 4,
        rooms: int = 2,
        folder: Path | None = None,
        now_ns: int,
        kinds: tuple[str, ...] = ("inlet",),
    ) -> None:
        self.layout = grid(racks=racks, zones=zones, rooms=rooms, kinds=kinds)
        self.board = Board(self.layout)
        self.folder = folder
        self.history = None if folder is None else History(folder, self.layout)
        self.random = np.random.default_rng(6)
        self.warm = 22 + 3 * np.sin(np.arange(len(self.layout)) / 7)
        self.now_ns = now_ns
        self.unanswered: tuple[str, ...] = ()
        self.acts: list[Mapping[str, object]] = []

    def app(self, **options: float) -> App:
        memory = None if self.folder is None else PartMemory(self.folder, self.layout, self)
        return page_app(self.board, self.layout, self.act, memory, **options)  # type: ignore[arg-type]  # options by name

    def second(self) -> None:
        """Let a second pass."""
        count = len(self.layout)
        self.warm += self.random.normal(0, 0.1, count)
        self.warm[3] = 36.0
        batch = Batch(
            sensors=np.arange(count, dtype=np.int32),
            values=np.round(self.warm, 1),
            times_ns=np.full(count, self.now_ns),
        )
        self.board.see(batch, self.now_ns)
        self.board.figures = Figures(totals={"malformed": 3})
        phase = self.now_ns / 60e9
        levels = {zone: 0.5 + 0.4 * sin(phase + place) for place, zone in enumerate(self.layout.zones)}
        for zone, level in levels.items():
            self.board.cool(zone, Cooled(level=level, note="stale" if zone.endswith("2") else ""))
        if self.history is not None:
            self.history.add(batch)
            self.history.cool(self.now_ns, levels)
            self.history.commit(self.now_ns + SECOND)
        self.now_ns += SECOND

    def raise_alarm(self, name: str, place: int, severity: Severity = Severity.CRITICAL) -> None:
        raised = alarm(name, self.layout.sensors[place].name, severity=severity)
        self.tell(ChangeKind.RAISED, Change(kind=ChangeKind.RAISED, alarm=raised, time_ns=self.now_ns, value=31.5))

    def tell(self, kind: ChangeKind, change: Change) -> None:
        told = Change(kind=kind, alarm=change.alarm, time_ns=self.now_ns, value=change.value)
        self.board.change(told, self.now_ns)
        if self.history is not None:
            self.history.note(told)

    def act(self, action: Mapping[str, object]) -> None:
        """Do what a page asks for, as the monitor would."""
        self.acts.append(action)
        match action["act"]:
            case "acknowledge":
                standing = {each.alarm.id: each.alarm for each in self.board.standing()}
                found = standing.get(str(action["alarm"]))
                if found is None:
                    raise UsageError("there is no such alarm any more")
                self.tell(
                    ChangeKind.ACKNOWLEDGED,
                    Change(kind=ChangeKind.ACKNOWLEDGED, alarm=found, time_ns=self.now_ns, value=0),
                )
            case "silence":
                what, until_ns = action["what"], action["until_ns"]
                assert isinstance(what, dict)
                assert isinstance(until_ns, int)
                quiet = Quiet(id="q1", what=what, until_ns=until_ns, comment=str(action["comment"]))
                self.board.hush([quiet], [each.alarm.id for each in self.board.standing()])
            case _:
                self.board.hush([], [])


class PartMemory(FolderMemory):
    """The history of a hall, of which somebody has not told all."""

    def __init__(self, folder: Path, layout: Layout, hall: Hall) -> None:
        super().__init__(folder, layout)
        self._hall = hall

    async def moment(self, time_ns: int, zones: Collection[str] | None = None) -> Moment:
        moment = await super().moment(time_ns, zones)
        unknown = self._hall.layout.zones[-1:] if self._hall.unanswered else ()
        return replace(moment, unanswered=self._hall.unanswered, unknown=unknown)


@asynccontextmanager
async def shown(hall: Hall, port: int = 0, pace_s: float = 1.0) -> AsyncIterator[Server]:
    """Serve a hall's page while its time passes."""

    async def live() -> None:
        while True:
            await asyncio.sleep(pace_s)
            hall.second()

    async with serving(hall.app(), port=port) as server:
        living = asyncio.create_task(live())
        try:
            yield server
        finally:
            living.cancel()
            with suppress(asyncio.CancelledError):
                await living


async def main(racks: int, port: int) -> None:
    from turnout.clock import epoch_s  # noqa: PLC0415  only to be looked at

    with tempfile.TemporaryDirectory() as folder:
        now_ns = int(epoch_s() * 1e9)
        hall = Hall(racks=racks, zones=max(4, racks // 100), folder=Path(folder), now_ns=now_ns - 600 * SECOND)
        for _ in range(600):
            hall.second()
        hall.raise_alarm("a1", 3)
        hall.raise_alarm("a2", 15, Severity.WARNING)
        hall.raise_alarm("a3", racks // 2, Severity.INFO)
        zone = replace(alarm("a4", hall.layout.zones[1]), zone=hall.layout.zones[1])
        hall.tell(ChangeKind.RAISED, Change(kind=ChangeKind.RAISED, alarm=zone, time_ns=hall.now_ns, value=28.5))
        async with shown(hall, port) as server:
            print(server.url, flush=True)  # noqa: T201  run by hand
            await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(int((sys.argv[1:] or ["400"])[0]), int((sys.argv[2:] or ["0"])[0])))
