from math import inf, isinf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.advise import amdahl_limit, amdahl_speedup, overlapping_workers, usl_peak, usl_speedup

shares = st.floats(min_value=0, max_value=1)
counts = st.integers(min_value=1, max_value=1000)
coefficients = st.floats(min_value=0, max_value=1)


@given(shares, counts)
def test_more_workers_never_slow_amdahls_work(share: float, workers: int) -> None:
    assert amdahl_speedup(share, workers + 1) >= amdahl_speedup(share, workers) * (1 - 1e-12)


@given(shares, counts)
def test_no_speedup_exceeds_the_workers_or_the_limit(share: float, workers: int) -> None:
    speedup = amdahl_speedup(share, workers)

    assert 1 - 1e-9 <= speedup <= min(workers, amdahl_limit(share)) * (1 + 1e-9)


def test_amdahls_law_gives_its_textbook_figures() -> None:
    assert amdahl_speedup(0.95, 8) == pytest.approx(5.926, abs=0.001)
    assert amdahl_limit(0.95) == pytest.approx(20)
    assert amdahl_limit(1) == inf


@given(coefficients, coefficients)
def test_one_worker_is_as_fast_as_one_worker(contention: float, coherency: float) -> None:
    assert usl_speedup(contention, coherency, 1) == 1


@given(coefficients, st.floats(min_value=1e-4, max_value=1))
def test_beyond_its_peak_the_universal_law_only_falls(contention: float, coherency: float) -> None:
    peak = usl_peak(contention, coherency)

    top = usl_speedup(contention, coherency, peak)
    assert top >= usl_speedup(contention, coherency, peak * 1.5)
    assert top >= usl_speedup(contention, coherency, max(1.0, peak * 0.7))


@given(shares, counts)
def test_without_coherency_the_universal_law_is_amdahls(share: float, workers: int) -> None:
    assert usl_speedup(1 - share, 0, workers) == pytest.approx(amdahl_speedup(share, workers))


def test_work_that_only_queues_has_no_peak() -> None:
    assert isinf(usl_peak(0.1, 0))
    assert usl_peak(1, 0) == 1


@given(st.integers(1, 64), st.floats(min_value=0.01, max_value=1))
def test_items_that_wait_more_need_more_workers(cores: int, share: float) -> None:
    assert overlapping_workers(cores, share) >= cores
    assert overlapping_workers(cores, share / 2) == pytest.approx(2 * overlapping_workers(cores, share))


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        amdahl_speedup(share, 2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        amdahl_limit(share)
    with pytest.raises(ValueError, match="above 0"):
        overlapping_workers(2, share)


def test_fewer_than_one_worker_or_core_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 worker"):
        amdahl_speedup(0.5, 0)
    with pytest.raises(ValueError, match="at least 1 worker"):
        usl_speedup(0, 0, 0)
    with pytest.raises(ValueError, match="cores"):
        overlapping_workers(0, 0.5)


def test_a_negative_coefficient_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        usl_peak(-1, 0)
