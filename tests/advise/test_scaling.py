from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from turnout.advise import amdahl_speedup, fit_scaling, usl_peak, usl_speedup

worker_counts = st.lists(st.integers(2, 64), min_size=2, max_size=8, unique=True).map(lambda some: [1, *some])


@given(st.floats(0, 1), worker_counts)
def test_the_fit_finds_the_parallel_share_behind_the_points(share: float, counts: list[int]) -> None:
    scaling = fit_scaling("processes", [(workers, amdahl_speedup(share, workers)) for workers in counts])

    assert scaling.parallel_share == pytest.approx(share, abs=1e-6)


@given(st.floats(0, 0.9), st.floats(1e-4, 0.1), worker_counts)
def test_the_fit_finds_the_coefficients_behind_the_points(sigma: float, kappa: float, counts: list[int]) -> None:
    scaling = fit_scaling("threads", [(workers, usl_speedup(sigma, kappa, workers)) for workers in counts])

    assert scaling.contention == pytest.approx(sigma, abs=1e-4)
    assert scaling.coherency == pytest.approx(kappa, rel=0.01, abs=1e-6)
    assert scaling.best_workers is not None
    assert scaling.best_workers == pytest.approx(usl_peak(sigma, kappa), rel=0.05, abs=1)


@given(st.lists(st.tuples(st.integers(1, 64), st.floats(0.05, 100)), min_size=2, max_size=10))
def test_no_points_give_coefficients_out_of_range(points: list[tuple[int, float]]) -> None:
    assume(len({workers for workers, _ in points}) > 1)

    scaling = fit_scaling("threads", points)

    assert 0 <= scaling.parallel_share <= 1
    assert scaling.contention >= 0
    assert scaling.coherency >= 0
    assert scaling.limit >= 1
    assert scaling.best_workers is None or scaling.best_workers >= 1


def test_gains_beyond_the_worker_count_count_as_perfect() -> None:
    scaling = fit_scaling("processes", [(1, 1.0), (2, 2.3), (4, 5.0)])

    assert (scaling.contention, scaling.coherency) == (0, 0)
    assert scaling.limit == inf
    assert scaling.best_workers is None


def test_threads_that_only_lose_are_best_alone() -> None:
    scaling = fit_scaling("threads", [(1, 1.0), (2, 0.8), (4, 0.5), (8, 0.25)])

    assert scaling.parallel_share == 0
    assert scaling.best_workers == 1


def test_two_points_tell_of_queueing_only() -> None:
    scaling = fit_scaling("processes", [(2, 1.6), (1, 1.0)])

    assert scaling.points == ((1, 1.0), (2, 1.6))
    assert scaling.contention == pytest.approx(0.25)
    assert scaling.coherency == 0


@pytest.mark.parametrize("points", [[], [(2, 1.5)], [(2, 1.5), (2, 1.6)]])
def test_a_fit_needs_two_worker_counts(points: list[tuple[int, float]]) -> None:
    with pytest.raises(ValueError, match="two worker counts"):
        fit_scaling("threads", points)


def test_a_fit_refuses_a_speedup_of_nought() -> None:
    with pytest.raises(ValueError, match="above 0"):
        fit_scaling("threads", [(1, 1.0), (2, 0.0)])
