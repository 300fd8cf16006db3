"""Controllers with limits."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.jobs.monitor.reactions import PidTuning, StepTuning
from turnout.jobs.monitor.reactions._pid import Pid
from turnout.jobs.monitor.reactions._steps import Steps

TUNING = PidTuning(target_c=23.0, gain_per_c=0.1, integral_s=100.0, derivative_s=0.0)


def within(level: float) -> float:
    return min(max(level, 0.0), 1.0)


def test_a_zone_at_its_target_keeps_its_level() -> None:
    pid = Pid(TUNING, 0.4)

    levels = [pid.update(23.0, 0.0, 1.0, within) for _ in range(5)]

    assert levels == pytest.approx([0.4] * 5)


def test_warmer_asks_for_more_and_cooler_for_less() -> None:
    assert Pid(TUNING, 0.4).update(25.0, 0.0, 1.0, within) == pytest.approx(0.6)
    assert Pid(TUNING, 0.4).update(21.0, 0.0, 1.0, within) == pytest.approx(0.2)


def test_an_error_that_lasts_adds_up() -> None:
    pid = Pid(TUNING, 0.4)

    levels = [pid.update(24.0, 0.0, 10.0, within) for _ in range(11)]

    assert levels[0] == pytest.approx(0.5)
    assert levels[10] == pytest.approx(0.6)


def test_without_an_integral_only_the_error_counts() -> None:
    pid = Pid(PidTuning(target_c=23.0, gain_per_c=0.1, integral_s=inf, derivative_s=0.0), 0.4)

    levels = [pid.update(24.0, 0.0, 10.0, within) for _ in range(3)]

    assert levels == pytest.approx([0.5] * 3)


def test_a_rise_is_looked_ahead() -> None:
    pid = Pid(PidTuning(target_c=23.0, gain_per_c=0.1, integral_s=inf, derivative_s=30.0), 0.4)

    assert pid.update(23.0, 0.1, 1.0, within) == pytest.approx(0.4 + 0.1 * 30 * 0.1)


def test_a_new_controller_makes_no_jump() -> None:
    pid = Pid(TUNING, 1.0)
    pid.follow(26.0, 0.0, 0.7)

    assert pid.update(26.0, 0.0, 1.0, within) == pytest.approx(0.7, abs=0.01)


def test_a_level_at_its_limit_winds_nothing_up() -> None:
    pid = Pid(TUNING, 0.5)
    for _ in range(10_000):
        pid.update(40.0, 0.0, 1.0, within)

    levels = [pid.update(22.0, 0.0, 1.0, within) for _ in range(30)]

    assert levels[-1] < 0.95
    assert levels == sorted(levels, reverse=True)


def test_a_level_held_back_by_its_rate_winds_nothing_up() -> None:
    pid, levels = Pid(TUNING, 0.2), [0.2]
    for _ in range(100):
        levels.append(pid.update(27.0, 0.0, 1.0, lambda level: min(level, levels[-1] + 0.002)))

    after = pid.update(23.0, 0.0, 1.0, within)

    assert levels[-1] == pytest.approx(0.4)
    assert after < 0.75  # a wound up integral would ask for all there is


@given(st.lists(st.floats(-50, 150), min_size=1, max_size=60), st.floats(0, 1), st.floats(0.01, 60))
def test_levels_stay_within_limits_whatever_is_measured(measured: list[float], level: float, step_s: float) -> None:
    pid = Pid(PidTuning(), level)

    levels = [pid.update(value, 0.0, step_s, within) for value in measured]

    assert all(0 <= one <= 1 for one in levels)


def test_steps_go_up_while_warm_and_down_while_cool() -> None:
    steps = Steps(StepTuning(above_c=24.0, below_c=22.0, step=0.25), 0.5)

    levels = [steps.update(value, 0.0, 1.0, within) for value in (25, 25, 25, 23, 21, 24, 22)]

    assert levels == [0.75, 1.0, 1.0, 1.0, 0.75, 0.75, 0.75]


def test_steps_go_on_from_what_somebody_else_has_set() -> None:
    steps = Steps(StepTuning(step=0.25), 0.5)
    steps.follow(25.0, 0.0, 0.25)

    assert steps.update(25.0, 0.0, 1.0, within) == 0.5
