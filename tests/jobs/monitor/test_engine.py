"""What the rules find, and when: hysteresis, holding, silence, neighbours, zones; and going on from a snapshot."""

from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_readings import EVERY_RULE, HALL, SECOND, START, batch, summary, told_every_second
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Batch, Change, Reading, Severity
from turnout.jobs.monitor.rules import (
    Deviation,
    Engine,
    Limits,
    Missing,
    Of,
    Rate,
    Rule,
    Stuck,
    Threshold,
    Where,
    ZoneRule,
)
from turnout.jobs.monitor.rules._grid import on_grid

if TYPE_CHECKING:
    from turnout.jobs.monitor.rules._engine import Path

HOT = Threshold(name="hot", severity=Severity.CRITICAL, limits=Limits(at=27, clear=25), labels=(("team", "halls"),))


def _everywhere(engine: Engine, value: float, second: float) -> list[Change]:
    """Let all sensors tell a value, and the time pass."""
    changes = list(engine.feed(batch([(sensor, value, second) for sensor in range(len(HALL))])))
    return [*changes, *engine.tick(START + round(second * SECOND))]


def test_an_alarm_is_raised_above_a_limit_and_cleared_at_another() -> None:
    engine = Engine(HALL, (HOT,))

    changes = told_every_second(engine, [27.0, 27.1, 26.0, 28.0, 25.1, 25.0, 26.9])

    assert summary(changes) == ["hot r01/inlet raised 1", "hot r01/inlet cleared 5"]
    alarm = changes[0].alarm
    assert (alarm.severity, alarm.zone, alarm.room, alarm.labels) == (
        Severity.CRITICAL,
        "z1",
        "hall-1",
        (("team", "halls"),),
    )
    assert alarm.cause == (Reading("r01/inlet", on_grid(27.1), START + SECOND),)
    assert changes[1].alarm == alarm
    assert engine.alarms == ()


def test_without_hysteresis_what_is_not_too_much_clears() -> None:
    engine = Engine(HALL, (Threshold(name="cold", limits=Limits(at=18, clear=18, is_below=True)),))

    changes = told_every_second(engine, [18.0, 17.9, 18.0])

    assert summary(changes) == ["cold r01/inlet raised 1", "cold r01/inlet cleared 2"]


def test_it_has_to_be_too_much_for_long_enough_without_a_break() -> None:
    rule = Threshold(name="hot", limits=Limits(at=27, clear=25), for_ns=3 * SECOND, clear_for_ns=2 * SECOND)
    engine = Engine(HALL, (rule,))

    changes = told_every_second(engine, [28, 28, 28, 26, 28, 28, 28, 28, 24, 26, 24, 24, 24, 24])

    assert summary(changes) == ["hot r01/inlet raised 7", "hot r01/inlet cleared 12"]
    assert [reading.time_ns for reading in changes[0].alarm.cause] == [START + 4 * SECOND, START + 7 * SECOND]


def test_what_was_seen_last_holds_until_something_else_is_seen() -> None:
    rule = Threshold(name="hot", limits=Limits(at=27, clear=25), for_ns=10 * SECOND)
    with_time, without = Engine(HALL, (rule,)), Engine(HALL, (rule,))
    with_time.tick(START)

    with_time.feed(batch([(0, 28.0, 0)]))
    by_time = with_time.tick(START + 13 * SECOND)
    without.feed(batch([(0, 28.0, 0)]))
    by_reading = without.feed(batch([(0, 20.0, 60)]))

    assert summary(by_time) == ["hot r01/inlet raised 10"]
    assert summary(by_reading) == ["hot r01/inlet raised 10", "hot r01/inlet cleared 60"]
    assert by_time[0].alarm == by_reading[0].alarm


def test_a_mean_is_that_of_the_newest_reading_of_each_step() -> None:
    engine = Engine(HALL, (Threshold(name="mean", limits=Limits(at=24, clear=20), mean_ns=3 * SECOND),))

    first = engine.feed(batch([(0, 22.0, 0), (0, 99.0, 1), (0, 22.0, 1.5), (0, 28.0, 2)]))
    later = engine.feed(batch([(0, 28.0, 3), (0, 10.0, 60)]))

    assert summary(first) == ["mean r01/inlet raised 1"]
    assert [round(change.value, 3) for change in (*first, *later)] == [60.5, 10.0]


def test_silence_is_an_alarm_and_so_is_never_having_been_heard() -> None:
    engine = Engine(grid(racks=2, zones=1), (Missing(name="missing", interval_ns=SECOND, intervals=3),))
    changes: list[Change] = []
    engine.tick(START)

    for second in range(1, 15):
        if second < 5 or second > 11:
            changes += engine.feed(batch([(0, 20.0, second)]))
        changes += engine.tick(START + second * SECOND)

    assert summary(changes) == [
        "missing r2/inlet raised 4",
        "missing r1/inlet raised 8",
        "missing r1/inlet cleared 12",
    ]
    assert [change.value for change in changes] == [4, 4, 0]  # seconds of silence
    assert changes[0].alarm.cause == ()
    assert changes[1].alarm.cause == (Reading("r1/inlet", 20.0, START + 4 * SECOND),)


def test_not_a_number_is_silence() -> None:
    engine = Engine(grid(racks=1, zones=1), (Missing(name="missing", interval_ns=SECOND, intervals=3), HOT))
    engine.tick(START)

    changes = told_every_second(engine, [20, nan, inf, -inf, 1e9, nan, nan, nan])

    assert summary(changes) == ["missing r1/inlet raised 4"]
    assert (engine.counts.taken, engine.counts.refused) == (1, 7)


def test_nobody_is_missing_because_the_monitor_was_away() -> None:
    engine = Engine(grid(racks=1, zones=1), (Missing(name="missing", interval_ns=SECOND, intervals=3),))
    engine.tick(START)
    engine.feed(batch([(0, 20.0, 1)]))
    engine.tick(START + 2 * SECOND)

    after = engine.tick(START + 600 * SECOND)
    later = [change for second in range(601, 610) for change in engine.tick(START + second * SECOND)]

    assert after == ()
    assert summary(later) == ["missing r1/inlet raised 604"]


def test_nobody_is_missing_after_a_restart_that_took_about_as_long_as_a_silence() -> None:
    engine = Engine(grid(racks=1, zones=1), (Missing(name="missing", interval_ns=SECOND, intervals=10),))
    engine.tick(START)
    engine.feed(batch([(0, 20.0, 4)]))
    engine.tick(START + 5 * SECOND)

    changes = [*engine.tick(START + 17 * SECOND), *engine.feed(batch([(0, 20.0, 17.5)]))]
    changes += [change for second in range(18, 27) for change in engine.tick(START + second * SECOND)]

    assert changes == []


def test_time_of_a_sensor_only_moves_forwards_and_the_future_is_refused() -> None:
    engine = Engine(HALL, (HOT,))
    engine.tick(START)

    changes = engine.feed(batch([(0, 20.0, 2), (0, 30.0, 1), (0, 30.0, 2), (1, 20.0, 301), (2, 20.0, 300)]))

    assert changes == ()
    assert (engine.counts.taken, engine.counts.late, engine.counts.ahead) == (2, 2, 1)


def test_a_sensor_that_rises_too_fast_is_found() -> None:
    rule = Rate(name="rise", limits=Limits(at=20, clear=10), window_ns=60 * SECOND, step_ns=10 * SECOND)
    falls = Rate(name="fall", limits=Limits(at=-20, clear=-10, is_below=True), window_ns=60 * SECOND)
    engine = Engine(HALL, (rule, falls))
    engine.tick(START)

    calm = told_every_second(engine, [20 + second * 15 / 3600 for second in range(100)])
    rising = told_every_second(engine, [20.42 + second * 40 / 3600 for second in range(240)])

    assert calm == []
    assert {change.alarm.rule for change in rising} == {"rise"}
    assert [change.kind for change in rising] == ["raised"]


def test_a_sensor_far_from_its_neighbours_is_found_and_the_neighbours_are_not() -> None:
    engine = Engine(HALL, (Deviation(name="apart", limits=Limits(at=5, clear=3), window_ns=2 * SECOND),))
    engine.tick(START)
    changes: list[Change] = []

    for second in range(1, 8):
        told = [(sensor, 30.0 if sensor == 4 and second > 2 else 20.0 + sensor / 100, second) for sensor in range(18)]
        changes += engine.feed(batch(told))
        changes += engine.tick(START + second * SECOND)

    assert summary(changes) == ["apart r05/inlet raised 5"]


def test_a_sensor_that_does_not_change_is_found() -> None:
    engine = Engine(grid(racks=1, zones=1), (Stuck(name="stuck", window_ns=10 * SECOND),))
    engine.tick(START)

    changes = told_every_second(engine, [20 + second % 3 / 10 for second in range(10)] + [20.3] * 15 + [20.4] * 4)

    assert summary(changes) == ["stuck r1/inlet raised 20", "stuck r1/inlet cleared 25"]
    assert changes[0].value == 10  # seconds


@pytest.mark.parametrize(
    ("of", "percentile", "at", "below", "found"),
    [
        (Of.MEAN, 95, 20.4, False, 20.5),
        (Of.MAX, 95, 28, False, 28.5),
        (Of.MIN, 95, 13, True, 12.5),
        (Of.PERCENTILE, 50, 0, False, 20.5),
        (Of.PERCENTILE, 90, 0, False, 27.5),
        (Of.PERCENTILE, 100, 0, False, 28.5),
    ],
)
def test_zones_are_judged_by_what_all_their_sensors_told(
    of: Of, percentile: float, at: float, *, below: bool, found: float
) -> None:
    limits = Limits(at=at, clear=at, is_below=below)
    engine = Engine(
        grid(racks=17, zones=1),
        (ZoneRule(name="zone", limits=limits, of=of, percentile=percentile, window_ns=SECOND),),
    )
    engine.tick(START)

    engine.feed(batch([(sensor, 12.5 + sensor, 0.5) for sensor in range(17)]))
    changes = engine.tick(START + 3 * SECOND)

    assert [change.value for change in changes] == [found]
    assert len(changes[0].alarm.cause) == 5
    assert changes[0].alarm.cause[-1].value == (12.5 if below else 28.5)


def test_a_zone_of_which_most_sensors_are_silent_is_not_judged() -> None:
    rule = ZoneRule(name="zone", limits=Limits(at=25, clear=24), window_ns=2 * SECOND)
    engine = Engine(HALL, (rule,))
    engine.tick(START)
    _everywhere(engine, 30.0, 1)
    engine.tick(START + 4 * SECOND)

    engine.feed(batch([(0, 10.0, 5)]))
    changes = engine.tick(START + 9 * SECOND)

    assert changes == ()
    assert [alarm.subject for alarm in engine.alarms] == ["z1", "z2"]
    assert set(map(str, engine.zone_values("zone").values())) == {"nan"}


def test_rules_are_about_the_sensors_that_they_pick() -> None:
    rules: tuple[Rule, ...] = (
        Threshold(name="one rack", limits=Limits(at=27, clear=25), where=Where(racks=("r01", "r1?"))),
        Threshold(name="no room", limits=Limits(at=27, clear=25), where=Where(rooms=("cellar",))),
        ZoneRule(name="zone", limits=Limits(at=25, clear=24), window_ns=SECOND, where=Where(zones=("z2",))),
        ZoneRule(name="no zone", limits=Limits(at=25, clear=24), window_ns=SECOND, where=Where(kinds=("outlet",))),
    )
    engine = Engine(HALL, rules)
    engine.tick(START)

    changes = [*_everywhere(engine, 30.0, 1), *engine.tick(START + 5 * SECOND)]

    assert [change.alarm.subject for change in changes] == [
        "r01/inlet",
        *(f"r{number}/inlet" for number in range(10, 19)),
        "z2",
    ]


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_an_engine_goes_on_from_a_snapshot_bit_for_bit(data: st.DataObject) -> None:
    told = st.tuples(st.integers(0, 17), st.floats(10, 35), st.floats(0, 2))
    steps = data.draw(st.lists(st.lists(told, max_size=60), min_size=2, max_size=10))
    killed = data.draw(st.sets(st.integers(0, len(steps))))
    path: Path = data.draw(st.sampled_from(["auto", "readings", "batches"]))
    runs = []

    for kills in (set(), killed):
        engine = Engine(HALL, EVERY_RULE)
        changes: list[Change] = []
        for number, step in enumerate(steps):
            if number in kills:
                kept, engine = engine.snapshot(), Engine(HALL, EVERY_RULE, path=path)
                assert engine.restore(kept) == ()
            if step:
                changes += engine.feed(batch([(sensor, value, second + 2 * number) for sensor, value, second in step]))
            changes += engine.tick(START + 2 * (number + 1) * SECOND)
        runs.append((changes, engine.snapshot(), engine.alarms))

    assert runs[0] == runs[1]


def test_an_alarm_outlives_a_change_of_its_rule_and_is_told_when_its_rule_goes() -> None:
    engine = Engine(HALL, (HOT, Threshold(name="warm", limits=Limits(at=24, clear=23))))
    engine.feed(batch([(0, 30.0, 0)]))
    kept = engine.snapshot()
    stricter = Engine(HALL, (Threshold(name="hot", limits=Limits(at=22, clear=20)),))

    gone = stricter.restore(kept)
    changes = stricter.feed(batch([(0, 21.0, 1), (0, 20.0, 2)]))

    assert [alarm.rule for alarm in gone] == ["warm"]
    assert summary(changes) == ["hot r01/inlet cleared 2"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no state of a monitor"),
        (b"{}", "no state of a monitor"),
        (Engine(HALL, (HOT,)).snapshot()[:-1], "damaged"),
        (Engine(HALL, (HOT,)).snapshot()[:60], "damaged"),
        (Engine(grid(racks=2, zones=1), (HOT,)).snapshot(), "another layout"),
    ],
)
def test_what_is_not_a_whole_snapshot_of_this_hall_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Engine(HALL, (HOT,)).restore(data)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two rules are called 'hot'"):
        Engine(HALL, (HOT, HOT))


@pytest.mark.parametrize("path", ["auto", "batches"])
def test_nothing_comes_of_nothing(path: "Path") -> None:
    engine = Engine(
        grid(racks=1, zones=1), (Deviation(name="alone", limits=Limits(at=1, clear=1), window_ns=SECOND),), path=path
    )
    nothing = Batch(sensors=np.zeros(0, np.int32), values=np.zeros(0), times_ns=np.zeros(0, np.int64))

    changes = [
        *engine.feed(nothing),
        *engine.tick(START),
        *engine.tick(START - SECOND),
        *told_every_second(engine, [30.0] * 9),
    ]

    assert changes == []
    assert engine.now_ns == START + 8 * SECOND
    with pytest.raises(KeyError):
        engine.zone_values("alone")
