"""How fast it goes, and how long it will take."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.report._rates import RecentRate, remaining_s

SECOND = 1_000_000_000


def test_there_is_no_rate_before_the_first_item() -> None:
    assert RecentRate(0).per_second(SECOND) is None


def test_a_steady_rate_is_told_as_it_is() -> None:
    rate = RecentRate(0)

    for second in range(1, 100):
        rate.add(second * SECOND, 20 * second)

    assert rate.per_second(99 * SECOND) == pytest.approx(20)


def test_only_the_last_ten_seconds_count() -> None:
    rate = RecentRate(0)

    for second in range(1, 61):
        rate.add(second * SECOND, 1_000 * second if second <= 30 else 30_000 + 10 * (second - 30))

    assert rate.per_second(60 * SECOND) == pytest.approx(10)


def test_slow_items_are_counted_over_a_longer_time() -> None:
    rate = RecentRate(0)

    for minute in range(1, 31):
        rate.add(minute * 60 * SECOND, minute)

    assert rate.per_second(30 * 60 * SECOND) == pytest.approx(1 / 60)


def test_a_rate_falls_while_nothing_is_done() -> None:
    rate = RecentRate(0)
    rate.add(SECOND, 10)

    assert rate.per_second(SECOND) == pytest.approx(10)
    assert rate.per_second(10 * SECOND) == pytest.approx(1)


def test_what_came_from_a_journal_is_no_speed() -> None:
    rate = RecentRate(0, done=5_000)
    rate.add(SECOND, 5_010)

    assert rate.per_second(SECOND) == pytest.approx(10)


@given(st.lists(st.tuples(st.integers(0, 60 * SECOND), st.integers(0, 1_000)), min_size=1))
def test_a_rate_lies_between_the_slowest_and_the_fastest_stretch(steps: list[tuple[int, int]]) -> None:
    rate = RecentRate(0)
    moments = list(accumulate(elapsed for elapsed, _ in steps))
    counts = list(accumulate(done for _, done in steps))

    for now_ns, done in zip(moments, counts, strict=True):
        rate.add(now_ns, done)

    found = rate.per_second(moments[-1])
    assert found is None or 0 < found <= counts[-1] * 1e9
    assert len(rate._samples) <= len(steps) + 1


@pytest.mark.parametrize(
    ("left", "per_second", "seconds"),
    [(100, 50.0, 2.0), (None, 50.0, None), (100, None, None), (100, 0.0, None), (-3, 1.0, 0)],
)
def test_the_time_left_follows_from_the_rate(left: int | None, per_second: float | None, seconds: float | None) -> None:
    assert remaining_s(left, per_second) == seconds
