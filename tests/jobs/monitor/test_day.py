"""A day of a modelled data centre, its monitor in a closed loop, in virtual time."""

import pytest

from _monitor_day import Day, Result

INTERVAL_S = 30.0

pytestmark = pytest.mark.xdist_group("day")


@pytest.fixture(scope="module")
def day() -> Result:
    return Day(racks=60, zones=3, interval_s=INTERVAL_S).run()


def test_every_fault_of_a_day_raises_its_alarm_and_nothing_else_does(day: Result) -> None:
    assert day.missed == []
    assert day.false == []
    assert {change.alarm.rule for change in day.changes} == {"hot", "hot-zone", "silent", "stuck", "odd"}


def test_every_alarm_of_a_day_is_over_in_the_end(day: Result) -> None:
    raised = [change.alarm.id for change in day.changes if change.kind.value == "raised"]
    cleared = [change.alarm.id for change in day.changes if change.kind.value == "cleared"]

    assert sorted(raised) == sorted(cleared)
    assert len(set(raised)) == len(raised)


def test_no_zone_is_too_warm_for_longer_than_physics_and_two_readings_make_it(day: Result) -> None:
    assert len(day.heats) == 3
    assert all(heat.least_s > 0 for heat in day.heats)
    assert all(heat.above_s <= heat.least_s + 2 * INTERVAL_S for heat in day.heats)


def test_zones_keep_their_temperature_while_nothing_is_wrong(day: Result) -> None:
    assert day.drift_c < 0.5


def test_all_units_cool_in_full_while_the_monitor_is_dead(day: Result) -> None:
    assert day.was_safe
