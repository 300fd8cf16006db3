"""Readings, alarms and histories for tests of what the monitor keeps and shows."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Alarm, Batch, Change, ChangeKind, Layout, Reading, Severity
from turnout.jobs.monitor.history import History, Keeping, Past

SECOND = 1_000_000_000
START = 1_767_225_600 * SECOND  # 2026-01-01, a whole hour


def batch(rows: Iterable[tuple[int, float, float]]) -> Batch:
    """Return readings from sensor, value and seconds after `START`."""
    given = list(rows)
    return Batch(
        sensors=np.array([sensor for sensor, _, _ in given], np.int32),
        values=np.array([value for _, value, _ in given], np.float64),
        times_ns=np.array([START + round(second * SECOND) for _, _, second in given], np.int64),
    )


def alarm(name: str, subject: str = "r1/inlet", second: float = 0, severity: Severity = Severity.WARNING) -> Alarm:
    raised_ns = START + round(second * SECOND)
    cause = (Reading(subject, 31.5, raised_ns), Reading(subject, float("nan"), raised_ns))
    return Alarm(
        id=name,
        rule="hot",
        subject=subject,
        zone="z1",
        room="hall-1",
        severity=severity,
        raised_ns=raised_ns,
        value=31.5,
        cause=cause,
        labels=(("team", "facilities"),),
    )


def change(kind: ChangeKind, of: Alarm, second: float) -> Change:
    return Change(kind=kind, alarm=of, time_ns=START + round(second * SECOND), value=of.value)


def steady(layout: Layout, seconds: range) -> Batch:
    """Return one reading of each sensor in each second: 20 plus its index, plus a hundredth for each second."""
    return batch((index, 20 + index + second / 100, second) for second in seconds for index in range(len(layout)))


class Kept:
    """A history of a small hall, its past, and a clock that is told."""

    def __init__(self, folder: Path, keeping: Keeping | None = None, racks: int = 4, zones: int = 2) -> None:
        self.folder = folder
        self.layout = grid(racks=racks, zones=zones)
        self.keeping = keeping
        self.history = History(folder, self.layout, keeping)

    def commit(self, second: float) -> None:
        self.history.commit(START + round(second * SECOND))

    @property
    def connection(self) -> sqlite3.Connection:
        """That of the writer."""
        opened = self.history._keeper.opened
        assert opened is not None
        return opened.connection

    def past(self) -> Past:
        return Past(self.folder)

    def again(self) -> None:
        """Open the file anew without a word of farewell, as after a kill."""
        self.connection.close()
        self.history = History(self.folder, self.layout, self.keeping)
