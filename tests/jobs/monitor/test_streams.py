"""Programs of others see what the monitor sees, and cannot hold it up."""

import sys
import threading
from importlib.metadata import EntryPoint
from types import ModuleType

import reactivex
import reactivex.operators as ops

from monitor_machines import HotMachine, batch
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._observers import GROUP, Observers
from turnout.jobs.monitor._streams import Outlet, Streams
from turnout.jobs.monitor._types import Change, Reading

WAIT_S = 10.0


def streams(complaints: list[str] | None = None) -> Streams:
    return Streams(grid(racks=4, zones=1), (complaints if complaints is not None else []).append)


def is_hot(reading: Reading) -> bool:
    return reading.value > 30


def sensor_of(reading: Reading) -> str:
    return reading.sensor


def id_of(change: Change) -> str:
    return change.alarm.id


def test_readings_and_alarms_are_observables() -> None:
    given = streams()
    hot: list[Reading] = []
    raised: list[str] = []
    given.readings.pipe(ops.filter(is_hot)).subscribe(hot.append)
    given.alarms.pipe(ops.map(id_of)).subscribe(raised.append)
    readings = batch([0, 1], [31.0, 20.0], [5, 6])

    given.see(readings)
    given.tell(HotMachine().feed(readings, 7)[0])
    given.close()

    assert hot == [Reading("r1/inlet", 31.0, 5)]
    assert raised == ["hot-0-5"]


def test_an_observable_ends_with_the_monitor() -> None:
    given = streams()
    ended = threading.Event()
    given.readings.subscribe(on_completed=ended.set)

    given.close()

    assert ended.wait(WAIT_S)


def test_nothing_is_made_as_long_as_nobody_subscribes() -> None:
    given = streams()
    ending = given.of_readings.subscribe(print)

    wanted = given.of_readings.is_wanted
    ending()

    assert (wanted, given.of_readings.is_wanted) == (True, False)


def test_an_observer_that_fails_is_left_out_and_the_others_go_on() -> None:
    complaints: list[str] = []
    given = streams(complaints)
    seen: list[Reading] = []
    told = threading.Event()

    def fail(_reading: Reading) -> None:
        raise RuntimeError("no more")

    given.readings.subscribe(fail, on_error=lambda _: told.set())
    given.of_readings.subscribe(seen.append)
    given.see(batch([0, 1], [20.0, 21.0], [5, 6]))
    given.see(batch([2], [22.0], [7]))
    given.close()

    assert len(seen) == 3
    assert complaints == ["an observer of readings failed, and is left out: RuntimeError: no more"]


def test_an_observer_that_is_slow_loses_the_oldest_which_is_counted() -> None:
    outlet: Outlet[int] = Outlet("numbers", print, most=10)
    may_go_on, is_busy = threading.Event(), threading.Event()
    seen: list[int] = []

    def take(number: int) -> None:
        is_busy.set()
        may_go_on.wait(WAIT_S)
        seen.append(number)

    outlet.subscribe(take)
    outlet.offer([0], 1)
    is_busy.wait(WAIT_S)
    for first in range(1, 50, 7):
        outlet.offer(range(first, first + 7), 7)
    may_go_on.set()
    outlet.close()

    assert seen == [0, *range(43, 50)]
    assert outlet.dropped == 42


def test_an_observer_is_plugged_in_by_an_entry_point() -> None:
    complaints: list[str] = []
    given = streams(complaints)
    seen: list[Reading] = []
    ended: list[bool] = []
    module = ModuleType("observers_of_a_test")

    def watch(found: Streams) -> object:
        found.readings.subscribe(seen.append)
        return lambda: ended.append(True)

    def fail(_found: Streams) -> None:
        raise RuntimeError("not today")

    vars(module).update(watch=watch, fail=fail)
    sys.modules[module.__name__] = module
    points = [EntryPoint(name, f"observers_of_a_test:{name}", GROUP) for name in ("fail", "missing", "watch")]

    plugged = Observers(given, complaints.append, points)
    given.see(batch([0], [20.0], [5]))
    given.close()
    plugged.close()
    del sys.modules[module.__name__]

    assert (plugged.names, len(seen), ended) == (["watch"], 1, [True])
    assert complaints[0] == (
        "the observer 'fail' (observers_of_a_test:fail) cannot be plugged in: RuntimeError: not today"
    )
    assert "'missing'" in complaints[1]


def test_an_observable_can_be_merged_with_others() -> None:
    given = streams()
    seen: list[str] = []
    reactivex.merge(given.readings.pipe(ops.map(sensor_of)), given.alarms.pipe(ops.map(id_of))).subscribe(seen.append)
    readings = batch([0], [31.0], [5])

    given.see(readings)
    given.tell(HotMachine().feed(readings, 7)[0])
    given.close()

    assert sorted(seen) == ["hot-0-5", "r1/inlet"]
