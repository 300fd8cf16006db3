"""Readings and alarms come in, commands go out, acknowledgements come back."""

import json
from math import isnan

import numpy as np
import pytest

from jobs.monitor.reactions.cooled_zones import LAYOUT, NAMES, Bench, at, batch, change
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import ChangeKind, Severity
from turnout.jobs.monitor.reactions import Cooling, CoolingReaction, PidTuning, StepTuning
from turnout.jobs.monitor.reactions._levels import Levels, Reason

QUICK = PidTuning(target_c=23.0, gain_per_c=0.1, integral_s=1e9, derivative_s=0.0)
FREE = CoolingReaction(tuning=QUICK, rise_per_minute=600.0, fall_per_minute=600.0, low=0.0)
CALM = (23.0,) * 8


def test_a_warm_zone_is_cooled_more_and_the_other_is_not() -> None:
    bench = Bench(FREE)
    bench.say(1.0, *CALM)

    bench.say(2.0, 21.0, 21.0, 21.0, 21.0, *CALM[4:])
    bench.say(3.0, 22.0, 22.0, 22.0, 22.0, *CALM[4:])

    assert bench.levels("z1") == pytest.approx([1.0, 0.8, 0.9], abs=1e-3)
    assert bench.levels("z2") == [1.0]


def test_each_command_is_logged_with_the_readings_that_caused_it() -> None:
    bench = Bench(FREE)
    bench.say(1.0, *CALM)

    bench.say(2.0, 20.0, 21.0, 19.0, 22.0, *CALM[4:])

    entry = [one for one in bench.log if one.subject == "z1"][-1]
    assert [(one.sensor, one.value, one.time_ns) for one in entry.cause] == [
        (NAMES[0], 20.0, at(2.0)),
        (NAMES[1], 21.0, at(2.0)),
        (NAMES[3], 22.0, at(2.0)),
    ]
    assert (entry.details["reason"], entry.details["measured_c"], entry.details["fresh"]) == ("control", 20.5, 4)
    assert json.loads(entry.to_json())["cause"][0]["time"] == "2025-11-24T16:00:02.000Z"


def test_no_command_goes_out_for_what_makes_no_difference() -> None:
    bench = Bench(FREE)

    for second in range(1, 6):
        bench.say(second, *[23.0 - 0.01 * second] * 8)

    assert bench.levels() == [1.0]


def test_a_level_changes_no_faster_than_it_may() -> None:
    reaction = CoolingReaction(
        tuning=QUICK,
        rise_per_minute=6.0,
        fall_per_minute=1.2,
        low=0.1,
        smallest_change=0.001,
        full_above_c=99.0,
        ahead_s=0.0,
    )
    bench = Bench(reaction)
    bench.say(1.0, *CALM)
    for second in range(2, 60):
        bench.say(second, *[5.0] * 8)
    down = bench.levels()
    for second in range(60, 75):
        bench.say(second, *[35.0] * 8)

    up = bench.levels()[len(down) :]
    assert np.diff(down)[1:-1] == pytest.approx([-0.02] * (len(down) - 3), abs=2e-3)
    assert down[-1] == 0.1
    assert up[:3] == pytest.approx([0.2, 0.3, 0.4])
    assert up[-1] == 1.0


def test_a_zone_whose_data_is_lost_is_cooled_in_full() -> None:
    bench = Bench(FREE)
    bench.say(1.0, *CALM)
    bench.say(2.0, *[19.0] * 8)

    bench.say(20.0, 19.0)
    bench.say(40.0, 19.0)

    assert bench.levels() == pytest.approx([1.0, 0.6, 1.0], abs=1e-3)
    assert [entry.details["reason"] for entry in bench.log if entry.event == "commanded"][-2:] == ["stale", "stale"]
    assert bench.cooling.zones[1].reason == "stale"
    assert isnan(bench.cooling.zones[1].measured_c)


def test_a_zone_comes_back_from_full_cooling_without_a_jump() -> None:
    bench = Bench(CoolingReaction(tuning=QUICK, fall_per_minute=6.0, low=0.0))
    bench.say(1.0, *CALM)
    bench.say(100.0)

    bench.say(101.0, *[22.0] * 8)
    bench.say(102.0, *[21.0] * 8)

    assert bench.levels() == pytest.approx([1.0, 0.9], abs=1e-3)


def test_units_are_left_alone_until_readings_have_come_or_should_have() -> None:
    bench = Bench(FREE)

    bench.say(1.0)
    bench.say(29.0)
    before = len(bench.sent)
    bench.say(31.0)

    assert before == 0
    assert bench.levels() == [1.0]
    assert bench.events() == ["commanded"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_does_not_count(bad: float) -> None:
    bench = Bench(FREE)

    bench.say(1.0, bad, 21.0, 21.0, 21.0, *CALM[4:])

    assert bench.cooling.zones[0].measured_c == 21.0


def test_late_readings_take_no_newer_ones_place() -> None:
    bench = Bench(FREE)
    bench.say(10.0, *CALM)

    bench.cooling.feed(batch((0, 50.0, 5.0), (1, 50.0, 5.0)), at(10.5))
    bench.cooling.tick(at(11.0))

    assert bench.cooling.zones[0].measured_c == 23.0


def test_a_sensor_whose_clock_is_ahead_grows_stale_like_any_other() -> None:
    bench = Bench(FREE)
    bench.cooling.feed(batch(*[(sensor, 23.0, 90_000.0) for sensor in range(8)]), at(1.0))
    bench.cooling.tick(at(1.0))

    bench.cooling.tick(at(40.0))

    assert bench.cooling.zones[0].reason == "stale"


def test_a_severe_alarm_asks_for_full_cooling_at_once_and_until_it_is_over() -> None:
    bench = Bench(CoolingReaction(tuning=QUICK, rise_per_minute=6.0, fall_per_minute=600.0, low=0.0))
    bench.say(1.0, *CALM)
    bench.say(2.0, *[19.0] * 8)

    bench.cooling.change(change(ChangeKind.RAISED, 2.1))
    bench.cooling.change(change(ChangeKind.RAISED, 2.2, rule="steep"))
    bench.say(3.0, *[19.0] * 8)
    bench.cooling.change(change(ChangeKind.CLEARED, 3.1))
    bench.say(4.0, *[19.0] * 8)
    bench.cooling.change(change(ChangeKind.CLEARED, 4.1, rule="steep"))
    bench.say(5.0, *[19.0] * 8)
    bench.say(6.0, *[18.0] * 8)

    assert bench.levels() == pytest.approx([1.0, 0.6, 1.0, 0.9], abs=1e-3)
    entry = next(one for one in bench.log if one.details.get("reason") == "alarm")
    assert (entry.details["alarm"], entry.cause[0].value) == ("hot/z1", 31.0)


def test_a_zone_that_is_too_warm_is_cooled_in_full_at_once() -> None:
    bench = Bench(CoolingReaction(tuning=QUICK, rise_per_minute=0.1, fall_per_minute=600.0, low=0.0))
    bench.say(1.0, *CALM)
    bench.say(2.0, *[19.0] * 8)

    bench.say(3.0, *[25.0] * 4, *[19.0] * 4)

    assert bench.levels("z1") == pytest.approx([1.0, 0.6, 1.0], abs=1e-3)
    assert [zone.reason for zone in bench.cooling.zones] == ["hot", "control"]


def test_a_zone_that_will_soon_be_too_warm_is_cooled_in_full_at_once() -> None:
    steady, rising = Bench(FREE), Bench(FREE)

    for second in range(1, 31):
        steady.say(second, *[22.0] * 8)
        rising.say(second, *[21.0 + second / 30] * 8)

    assert steady.cooling.zones[0].reason == "control"
    assert rising.cooling.zones[0].reason == "hot"


def test_mild_alarms_and_those_of_other_zones_ask_for_nothing() -> None:
    bench = Bench(CoolingReaction(tuning=QUICK, zones=("z2",)))
    never = Bench(CoolingReaction(tuning=QUICK, full_on=None))

    bench.cooling.change(change(ChangeKind.RAISED, 1.0))
    bench.cooling.change(change(ChangeKind.RAISED, 1.0, zone="z2", severity=Severity.WARNING))
    never.cooling.change(change(ChangeKind.RAISED, 1.0))

    assert bench.sent == never.sent == []


def test_a_command_is_sent_again_ever_more_seldom_until_it_is_acknowledged() -> None:
    bench = Bench(FREE)
    bench.say(1.0, *CALM)
    times = []
    for tenth in range(10, 400):
        count = len(bench.sent)
        bench.say(tenth / 10, *CALM)
        times += [tenth / 10] * (len(bench.sent) > count)

    assert times[:5] == [2.0, 4.0, 8.0, 16.0, 26.0]
    assert bench.events() == ["commanded", "unanswered"]
    assert len({said["id"] for topic, said in bench.sent if "/z1/" in topic}) == 1


def test_an_acknowledged_command_is_sent_again_only_to_show_that_somebody_is_there() -> None:
    bench = Bench(FREE)
    bench.say(1.0, *CALM)
    bench.answer(1.2)
    bench.answer(1.2, "z2")

    times = []
    for tenth in range(20, 400):
        count = len(bench.sent)
        bench.say(tenth / 10, *CALM)
        if len(bench.sent) > count:
            times.append(tenth / 10)
            bench.answer(tenth / 10)
            bench.answer(tenth / 10, "z2")

    assert times == [11.0, 21.0, 31.0]
    assert bench.events() == ["commanded", "acknowledged"]
    assert [entry.details["took_ms"] for entry in bench.log if entry.event == "acknowledged"] == [200.0, 200.0]


def test_a_newer_command_takes_the_place_of_one_that_was_not_acknowledged() -> None:
    bench = Bench(FREE)
    bench.say(1.0, *CALM)
    first = bench.sent[0][1]
    bench.say(2.0, *[21.0] * 8)

    bench.cooling.message("cooling/hall-1/z1/state", json.dumps({**first, "mode": "commanded"}).encode(), at(2.1))
    late = bench.cooling.zones[0].is_acknowledged
    bench.answer(2.2)

    assert not late
    assert bench.cooling.zones[0].is_acknowledged


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b"3", b'{"id": 3}', b"{}", b"[" * 100_000])
def test_what_is_no_acknowledgement_is_passed_over(payload: bytes) -> None:
    bench = Bench(FREE)
    bench.say(1.0, *CALM)

    assert bench.cooling.message("cooling/hall-1/z1/state", payload, at(1.1))
    assert not bench.cooling.message("cooling/hall-1/z9/state", payload, at(1.1))
    assert not bench.cooling.zones[0].is_acknowledged


def test_a_unit_that_is_alone_has_not_acknowledged() -> None:
    bench = Bench(FREE)
    bench.say(1.0, *CALM)

    bench.answer(1.1, mode="alone")

    assert not bench.cooling.zones[0].is_acknowledged


def test_a_unit_that_has_left_its_command_is_told_again_before_long() -> None:
    bench = Bench(FREE)
    bench.say(1.0, *CALM)
    bench.answer(1.1)
    bench.answer(1.1, "z2")
    count = len(bench.sent)

    bench.answer(2.0, mode="alone")
    bench.say(2.5, *CALM)
    soon = len(bench.sent)
    bench.say(3.0, *CALM)
    bench.answer(3.0)

    assert (soon, len(bench.sent)) == (count, count + 1)
    assert bench.events() == ["commanded", "acknowledged", "acknowledged"]


def test_a_new_process_goes_on_from_the_levels_of_the_old_one() -> None:
    bench = Bench(CoolingReaction(tuning=QUICK, fall_per_minute=600.0, low=0.0))
    bench.say(1.0, *CALM)
    bench.say(2.0, *[19.0] * 8)
    bench.cooling.change(change(ChangeKind.RAISED, 2.5, zone="z2"))
    state = json.loads(json.dumps(bench.cooling.snapshot()))

    bench.begin(10.0).restore(state, {"hot/z2"})
    bench.say(11.0, *[19.0] * 8)

    assert bench.levels("z1") == pytest.approx([1.0, 0.6, 0.6], abs=1e-3)
    assert bench.cooling.zones[1].reason == "alarm"


def test_an_alarm_that_the_rules_have_forgotten_asks_for_nothing_any_more() -> None:
    bench = Bench(FREE)
    bench.cooling.change(change(ChangeKind.RAISED, 0.5))
    bench.say(1.0, *CALM)
    state = bench.cooling.snapshot()

    bench.begin(10.0).restore(state, ())
    bench.say(11.0, *CALM)

    assert bench.cooling.zones[0].reason == "control"


def test_an_alarm_that_flapped_asks_for_nothing_once_it_is_calm() -> None:
    bench = Bench(FREE)
    bench.cooling.change(change(ChangeKind.RAISED, 0.5))
    bench.cooling.change(change(ChangeKind.FLAPPING, 0.5))
    bench.say(1.0, *CALM)
    during = bench.cooling.zones[0].reason

    bench.cooling.change(change(ChangeKind.CALM, 600.0))
    bench.say(601.0, *CALM)

    assert (during, bench.cooling.zones[0].reason) == ("alarm", "control")


def test_a_state_of_other_zones_is_left_alone() -> None:
    bench = Bench(FREE)

    bench.cooling.restore({"zones": ["elsewhere"], "levels": {}, "urgent": []}, ())

    assert bench.cooling.snapshot()["zones"] == ["z1", "z2"]


def test_steps_cool_a_zone_too() -> None:
    tuning = StepTuning(above_c=24, below_c=22, step=0.25)
    bench = Bench(CoolingReaction(tuning=tuning, rise_per_minute=600, fall_per_minute=600, low=0))

    for second in range(1, 4):
        bench.say(second, *[21.0] * 8)

    assert bench.levels() == [0.75, 0.5, 0.25]


@pytest.mark.parametrize(
    ("reaction", "measured"),
    [
        (CoolingReaction(measure="mean"), [25.0, 9.5]),
        (CoolingReaction(measure="max"), [28.0, 11.0]),
        (CoolingReaction(measure="percentile", percentile=50), [24.0, 9.0]),
        (CoolingReaction(measure="percentile", percentile=0), [23.0, 8.0]),
        (CoolingReaction(measure="percentile", percentile=100), [28.0, 11.0]),
    ],
)
def test_a_zone_is_as_warm_as_its_measure_says(reaction: CoolingReaction, measured: list[float]) -> None:
    levels = Levels(LAYOUT, reaction, now_ns=at(0.0))
    levels.feed(batch((3, 28.0, 1.0), (0, 24.0, 1.0), (1, 23.0, 1.0)), at(1.0))
    levels.feed(batch((4, 8.0, 1.0), (5, 9.0, 1.0), (6, 10.0, 1.0), (7, 11.0, 1.0)), at(1.0))

    settings = levels.find(at(1.0), [False, False])

    assert [setting.measured_c for setting in settings] == measured
    assert settings[1].reason is Reason.CONTROL


def test_sensors_of_another_kind_and_zones_without_any_do_not_count() -> None:
    layout = grid(racks=2, zones=2, kinds=("outlet",))
    sent: list[str] = []
    cooling = Cooling(
        layout, CoolingReaction(), send=lambda topic, _: sent.append(topic), log=lambda _: None, now_ns=at(0)
    )
    cooling.feed(batch((0, 40.0, 1.0), (1, 40.0, 1.0)), at(1.0))

    cooling.tick(at(1.0))
    cooling.tick(at(31.0))

    assert {zone.reason for zone in cooling.zones} == {"stale"}
    assert len(sent) == 2
