import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetic import measured
from turnout.advise import project


@given(st.integers(1, 10**6), st.integers(1, 200), st.floats(0, 2))
def test_the_start_is_paid_once_and_the_rest_grows_with_the_items(total: int, sample: int, startup_s: float) -> None:
    measurement = measured("sequential", item_count=sample, item_s=0.01, startup_s=startup_s)

    projection = project(measurement, total)

    assert projection.wall_s == pytest.approx(startup_s + total * 0.01, rel=1e-6)


def test_all_items_in_the_sample_are_projected_as_measured() -> None:
    measurement = measured("processes", 2, item_count=100, startup_s=0.05)

    assert project(measurement, 100).wall_s == pytest.approx(measurement.typical.wall_ns / 1e9)


def test_the_interval_spans_what_the_heats_would_give() -> None:
    projection = project(measured("sequential", item_count=10, item_s=0.1, drifts=(1.0, 1.1, 1.3)), 1000)

    assert (projection.low_s, projection.wall_s, projection.high_s) == pytest.approx((100, 110, 130))
    assert projection.contender.label == "sequential"
    assert projection.item_count == 1000
