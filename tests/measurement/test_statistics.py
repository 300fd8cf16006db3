from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.measurement import Interval, median_interval, overlap, ratio_interval

times = st.lists(st.floats(min_value=1e-6, max_value=1e6), min_size=1, max_size=60)


@given(times)
def test_the_interval_holds_the_median_of_the_values(values: list[float]) -> None:
    median, interval = median_interval(values)

    assert interval.low <= median <= interval.high
    assert interval.low in values
    assert interval.high in values


@given(times)
def test_the_order_of_the_values_does_not_matter(values: list[float]) -> None:
    assert median_interval(values) == median_interval(sorted(values))


@given(st.integers(min_value=6, max_value=400))
def test_six_values_or_more_reach_95_percent(count: int) -> None:
    _, interval = median_interval(range(count))

    assert 0.95 <= interval.confidence < 1


def test_fewer_values_tell_how_little_they_know() -> None:
    confidences = [median_interval(range(count))[1].confidence for count in range(1, 6)]

    assert confidences == [0.0, 0.5, 0.75, 0.875, 0.9375]


def test_the_ends_of_nine_values_are_the_second_from_each_side() -> None:
    _, interval = median_interval([9, 1, 8, 2, 7, 3, 6, 4, 5])

    assert interval == Interval(low=2, high=8, confidence=1 - 2 * (1 + 9) / 512)


def test_the_true_median_lies_in_the_interval_as_often_as_promised() -> None:
    chance = Random(1)  # noqa: S311  the same draws each time, nothing secret
    rounds = 2000

    held = 0
    for _ in range(rounds):
        _, interval = median_interval([chance.expovariate(1.0) for _ in range(9)])
        held += interval.low <= 0.6931 <= interval.high  # ln 2

    assert held / rounds == pytest.approx(0.961, abs=0.02)


def test_an_even_number_of_values_has_its_median_between_the_middle_two() -> None:
    assert median_interval([4, 1, 3, 2])[0] == 2.5


def test_no_values_have_no_median() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        median_interval([])


@given(st.lists(st.floats(min_value=0.1, max_value=10), min_size=1, max_size=20), st.floats(0.5, 8))
def test_a_drift_that_hits_both_of_a_round_cancels_in_their_ratio(drifts: list[float], gain: float) -> None:
    slow, fast = [gain * drift for drift in drifts], drifts

    ratio, interval = ratio_interval(slow, fast)

    assert ratio == pytest.approx(gain)
    assert interval.high - interval.low == pytest.approx(0, abs=1e-9)


def test_a_round_without_its_partner_is_not_used() -> None:
    assert ratio_interval([2.0, 4.0, 900.0], [1.0, 2.0])[0] == 2.0


@pytest.mark.parametrize("denominator", [0.0, -1.0])
def test_a_ratio_refuses_a_time_that_is_not_above_nought(denominator: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        ratio_interval([1.0], [denominator])


def test_intervals_that_touch_overlap() -> None:
    one = Interval(low=1, high=2, confidence=1)

    assert overlap(one, Interval(low=2, high=3, confidence=1))
    assert not overlap(one, Interval(low=2.1, high=3, confidence=1))
    assert not overlap(Interval(low=2.1, high=3, confidence=1), one)
