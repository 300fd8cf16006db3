"""Processes that each know a part tell each other how it stands, and each knows the whole."""

import zlib
from dataclasses import replace

import numpy as np
import pytest

from monitor_histories import alarm
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._mirror import RECEIVING, Mirror, PartTeller, view_of_receiving
from turnout.jobs.monitor._types import Batch, Change, ChangeKind, Severity
from turnout.jobs.monitor._views import View
from turnout.jobs.monitor.page import Board, Cooled, Figures, Quiet
from turnout.jobs.monitor.scale import Division

SECOND = 10**9
NOW = 1_800_000_000 * SECOND
LAYOUT = grid(racks=12, zones=3)
PARTS = Division(LAYOUT, 3).parts
NOTHING = Batch(sensors=np.zeros(0, np.int32), values=np.zeros(0), times_ns=np.zeros(0, np.int64))
HOSTILE = "<img src=x onerror=alert(1)>\x00\u202e"


class Several:
    """Three parts with a board each, and the board of the whole, at a time that passes when it is told to."""

    def __init__(self) -> None:
        self.now_ns = NOW
        self.boards = [Board(part.layout) for part in PARTS]
        self.tellers = [PartTeller(board, "ada") for board in self.boards]
        self.whole = Board(LAYOUT)
        self.mirror = Mirror(self.whole, PARTS, lambda: self.now_ns)

    def read(self, number: int, value: float) -> None:
        count = len(PARTS[number].layout)
        times_ns = np.full(count, self.now_ns)
        sensors = np.arange(count, dtype=np.int32)
        batch = Batch(sensors=sensors, values=np.full(count, value), times_ns=times_ns)
        self.boards[number].see(batch, self.now_ns)

    def tell(self, number: int, *, whole: bool = False) -> list[View]:
        views = list(self.tellers[number].views(whole=whole))
        for view in views:
            self.mirror.take(str(number), view.to_bytes())
        return views

    def raised(self, number: int, name: str) -> None:
        made = alarm(name, PARTS[number].layout.sensors[0].name, severity=Severity.CRITICAL)
        change = Change(kind=ChangeKind.RAISED, alarm=made, time_ns=self.now_ns, value=31.5)
        self.boards[number].change(change, self.now_ns)


def test_the_whole_has_the_readings_alarms_silences_and_cooling_of_all_parts() -> None:
    several = Several()
    for number in range(3):
        several.read(number, 20.125 + number)
        several.raised(number, f"a{number}")
    quiet = Quiet(id="q", what={"zone": HOSTILE}, until_ns=NOW + SECOND, comment=HOSTILE)
    for board in several.boards:
        board.hush([quiet], ["a1"])
    zone = PARTS[0].layout.zones[0]
    several.boards[0].cool(zone, Cooled(level=0.5, note=HOSTILE))

    for number in range(3):
        several.tell(number)

    whole = several.whole
    expected = [20.125 + next(n for n, part in enumerate(PARTS) if place in part.places) for place in range(12)]
    assert whole.values.tolist() == expected
    assert whole.readings_count == 12
    assert {one.alarm.id: one.is_quiet for one in whole.standing()} == {"a0": False, "a1": True, "a2": False}
    assert whole.quiet() == (quiet,)
    assert whole.cooling() == {zone: Cooled(level=0.5, note=HOSTILE)}
    assert whole.raised_count()[Severity.CRITICAL] == 3


def test_only_what_changed_is_told_and_all_of_it_now_and_then() -> None:
    several = Several()
    several.read(0, 20)
    several.raised(0, "a")
    several.tell(0)
    revision = several.whole.alarms_revision

    (nothing,) = several.tell(0)
    (everything,) = several.tell(0, whole=True)

    assert (len(nothing.batch), nothing.standing) == (0, None)
    assert (len(everything.batch), len(everything.standing or ())) == (4, 1)
    assert several.whole.alarms_revision == revision  # or each page would be sent the same alarms again
    assert several.whole.readings_count == 4


def test_much_is_told_in_more_than_one_message() -> None:
    layout = grid(racks=45_000, zones=1)
    board = Board(layout)
    everywhere = np.arange(45_000, dtype=np.int32)
    board.see(Batch(sensors=everywhere, values=np.full(45_000, 21.5), times_ns=np.full(45_000, NOW)), NOW)

    views = list(PartTeller(board, "ada").views(whole=True))

    assert [len(view.batch) for view in views] == [20_000, 20_000, 5_000]
    assert [view.standing is None for view in views] == [False, True, True]
    assert all(len(view.to_bytes()) < 1_000_000 for view in views)


def test_the_next_owner_is_believed_once_the_one_before_is_silent() -> None:
    several = Several()
    several.read(0, 20)
    several.raised(0, "a")
    (mine,) = several.tell(0)
    theirs = replace(mine, owner="bob", standing=())

    several.mirror.take("0", theirs.to_bytes())
    still = [one.alarm.id for one in several.whole.standing()]
    several.now_ns += 2 * SECOND
    several.mirror.take("0", theirs.to_bytes())

    assert still == ["a"]
    assert several.whole.standing() == []
    assert several.whole.readings_count == 8  # both have counted from their beginnings on


def test_readings_of_a_part_that_nobody_tells_of_grow_old_and_its_alarms_stay() -> None:
    several = Several()
    several.read(0, 20)
    several.raised(0, "a")
    several.tell(0)

    several.now_ns += 61 * SECOND
    several.mirror.tick()

    assert np.isnan(several.whole.values).all()
    assert len(several.whole.standing()) == 1


def test_what_is_received_is_told_as_long_as_somebody_receives() -> None:
    several = Several()
    figures = Figures(totals={"malformed": 3}, waiting=7, lag_s=0.002, is_connected=True)
    several.boards[0].figures = Figures(totals={"late": 2})
    several.tell(0)
    several.mirror.take(RECEIVING, view_of_receiving("ada", figures).to_bytes())

    several.mirror.tick()
    told = several.whole.figures
    several.now_ns += 6 * SECOND
    several.mirror.tick()

    assert told == Figures(totals={"late": 2, "malformed": 3}, waiting=7, lag_s=0.002, is_connected=True)
    assert not several.whole.figures.is_connected
    assert several.whole.figures.totals == {"late": 2, "malformed": 3}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("0", b""),
        ("0", b"\xff\xff\xff\xff"),
        ("0", b"\0\0\0\0" + b"x" * 20),
        ("0", (8).to_bytes(4, "little") + zlib.compress(b"[]")),
        ("7", View(owner="x", counts={"readings": 1}, batch=NOTHING).to_bytes()),
    ],
)
def test_what_makes_no_sense_is_left_out(name: str, content: bytes) -> None:
    several = Several()

    several.mirror.take(name, content)

    assert several.whole.readings_count == 0


def test_sensors_that_a_part_does_not_have_are_left_out() -> None:
    several = Several()
    far = Batch(sensors=np.array([4], np.int32), values=np.array([20.0]), times_ns=np.array([NOW]))

    several.mirror.take("0", View(owner="x", counts={"readings": 1}, batch=far).to_bytes())

    assert np.isnan(several.whole.values).all()
