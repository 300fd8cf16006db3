import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.advise import Pilot, enter_contenders, plan, predict_heat_s, spread_sample
from turnout.errors import UsageError
from turnout.measurement import Contender

EXECUTORS = ("sequential", "threads", "asyncio", "interpreters", "processes")


def pilot(item_s: float, cpu_share: float = 1.0, *, spread: float = 0.0, exhausted: bool = False) -> Pilot:
    return Pilot(
        item_count=3,
        wall_s_per_item=item_s,
        cpu_s_per_item=item_s * cpu_share,
        first_item_wall_s=item_s,
        longest_item_wall_s=item_s,
        spread=spread,
        exhausted=exhausted,
    )


def entered(some: Pilot, item_count: int | None, workers: list[int] | None = None) -> dict[str, list[int]]:
    contenders = enter_contenders(some, executors=EXECUTORS, workers=workers, usable_workers=2, item_count=item_count)
    return {name: [one.workers for one in contenders if one.executor == name] for name in EXECUTORS}


SEQUENTIAL = Contender(executor="sequential", workers=1)
TEN_THREADS = Contender(executor="threads", workers=10)
TWO_PROCESSES = Contender(executor="processes", workers=2)

pilots = st.builds(pilot, st.floats(1e-7, 20), st.floats(0, 1), spread=st.floats(0, 5))
contenders = st.lists(
    st.builds(Contender, executor=st.sampled_from(EXECUTORS), workers=st.integers(1, 256)), min_size=1, max_size=8
)


def test_ten_downloads_get_ten_workers() -> None:
    assert entered(pilot(0.25, 0.02), 10) == {
        "sequential": [1],
        "threads": [10],
        "asyncio": [10],
        "interpreters": [10],
        "processes": [10],
    }


def test_many_downloads_get_as_many_workers_as_each_executor_bears() -> None:
    assert entered(pilot(0.25, 0.001), 10_000) == {
        "sequential": [1],
        "threads": [64],
        "asyncio": [256],
        "interpreters": [32],
        "processes": [32],
    }


def test_computing_gets_a_worker_for_each_core() -> None:
    assert entered(pilot(0.001), 10_000) == {
        "sequential": [1],
        "threads": [2],
        "asyncio": [2],
        "interpreters": [2],
        "processes": [2],
    }


def test_items_that_compute_a_quarter_of_the_time_get_four_workers_for_each_core() -> None:
    assert entered(pilot(0.1, 0.25), None)["threads"] == [8]


def test_an_executor_that_is_not_known_gets_a_worker_for_each_core() -> None:
    found = enter_contenders(pilot(1, 0.1), executors=["dask"], workers=None, usable_workers=3, item_count=None)

    assert found == (Contender(executor="dask", workers=3),)


def test_a_list_of_worker_counts_makes_a_curve_for_each_executor_that_has_workers() -> None:
    found = entered(pilot(0.001), 10_000, workers=[1, 2, 2, 4])

    assert found["sequential"] == [1]
    assert found["threads"] == found["processes"] == [1, 2, 4]


def test_a_worker_count_of_nought_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1, not 0"):
        entered(pilot(0.001), 10, workers=[2, 0])


@given(pilots, st.integers(1, 64), st.none() | st.integers(1, 10**6))
def test_no_contender_has_more_workers_than_items(some: Pilot, usable: int, item_count: int | None) -> None:
    found = enter_contenders(some, executors=EXECUTORS, workers=None, usable_workers=usable, item_count=item_count)

    assert all(1 <= one.workers <= (item_count or 256) for one in found)


@given(pilots, contenders, st.integers(0, 10**6))
def test_more_items_never_take_less_time(some: Pilot, entries: list[Contender], items: int) -> None:
    assert all(predict_heat_s(some, one, items) <= predict_heat_s(some, one, items + 1) * (1 + 1e-9) for one in entries)


def test_waiting_overlaps_in_threads_and_computing_does_not() -> None:
    waiting = predict_heat_s(pilot(0.1, 0.0), TEN_THREADS, 100) / predict_heat_s(pilot(0.1, 0.0), SEQUENTIAL, 100)
    computing = predict_heat_s(pilot(0.1), TEN_THREADS, 100) / predict_heat_s(pilot(0.1), SEQUENTIAL, 100)

    assert waiting < 0.15
    assert computing == pytest.approx(1, abs=0.01)


def test_computing_spreads_over_the_usable_cores_only() -> None:
    two = predict_heat_s(pilot(0.1), Contender(executor="processes", workers=8), 100, usable_workers=2)
    free = predict_heat_s(pilot(0.1), Contender(executor="threads", workers=8), 100, usable_workers=8, gil=False)

    assert two == pytest.approx(5.1, abs=0.1)
    assert free == pytest.approx(1.35, abs=0.1)


@given(pilots, contenders, st.none() | st.integers(1, 10**7), st.floats(0.01, 1000), st.none() | st.integers(1, 9))
def test_a_plan_stays_within_the_budget_and_the_items(
    some: Pilot, entries: list[Contender], item_count: int | None, budget_s: float, repeats: int | None
) -> None:
    try:
        found = plan(some, entries, item_count=item_count, budget_s=budget_s, repeats=repeats)
    except UsageError:
        assert sum(predict_heat_s(some, one, 1) for one in entries) * (repeats or 1) > budget_s
    else:
        assert found.predicted_s <= budget_s
        assert 1 <= found.sample_count <= (item_count or found.sample_count)
        assert found.repeats == repeats or repeats is None
        per_heat = sum(predict_heat_s(some, one, found.sample_count) for one in entries)
        assert found.predicted_s == pytest.approx(per_heat * found.repeats)


@given(pilots, contenders, st.integers(1, 10**5), st.floats(0.1, 100))
def test_a_greater_budget_never_races_less(
    some: Pilot, entries: list[Contender], item_count: int, budget_s: float
) -> None:
    try:
        small = plan(some, entries, item_count=item_count, budget_s=budget_s)
    except UsageError:
        return
    large = plan(some, entries, item_count=item_count, budget_s=budget_s * 2)

    assert large.sample_count * large.repeats >= small.sample_count * small.repeats or large.repeats > small.repeats


def test_small_work_is_raced_as_a_whole() -> None:
    found = plan(pilot(60e-6), [SEQUENTIAL, TWO_PROCESSES], item_count=10_000, budget_s=30)

    assert (found.sample_count, found.repeats) == (10_000, 5)


def test_large_work_is_raced_by_a_sample_that_can_be_measured() -> None:
    some = pilot(60e-6)

    found = plan(some, [SEQUENTIAL, TWO_PROCESSES], item_count=10**7, budget_s=30)

    assert found.repeats == 5
    assert predict_heat_s(some, TWO_PROCESSES, found.sample_count) - 0.1 == pytest.approx(0.25, rel=0.01)


def test_uneven_items_need_a_larger_sample() -> None:
    even = plan(pilot(0.01), [SEQUENTIAL], item_count=10**6, budget_s=60)
    uneven = plan(pilot(0.01, spread=1.0), [SEQUENTIAL], item_count=10**6, budget_s=60)

    assert even.sample_count < 30
    assert uneven.sample_count == 400


def test_each_worker_gets_two_items_if_the_budget_allows() -> None:
    found = plan(pilot(0.3, 0.0), [SEQUENTIAL, TEN_THREADS], item_count=10_000, budget_s=60)

    assert (found.sample_count, found.repeats) == (20, 5)


def test_a_tight_budget_drops_heats_before_items() -> None:
    some, both = pilot(0.3, 0.0), [SEQUENTIAL, TEN_THREADS]

    found = [plan(some, both, item_count=10_000, budget_s=budget) for budget in (40, 25, 12, 8, 4, 0.9)]

    assert [(one.sample_count, one.repeats) for one in found] == [(20, 5), (20, 3), (11, 3), (11, 2), (4, 2), (1, 1)]


def test_a_race_of_no_known_length_is_sampled() -> None:
    found = plan(pilot(0.001), [SEQUENTIAL], item_count=None, budget_s=30)

    assert found.sample_count == 250


def test_items_that_the_pilot_used_up_are_all_there_are() -> None:
    found = plan(pilot(0.001, exhausted=True), [SEQUENTIAL], item_count=None, budget_s=30)

    assert found.sample_count == 3


def test_a_given_sample_keeps_its_size_and_drops_heats() -> None:
    some = pilot(0.1)

    found = [plan(some, [SEQUENTIAL], item_count=1000, budget_s=budget, sample=50) for budget in (60, 20, 12, 6)]

    assert [(one.sample_count, one.repeats) for one in found] == [(50, 5), (50, 3), (50, 2), (50, 1)]


def test_a_given_sample_beyond_the_items_is_all_of_them() -> None:
    assert plan(pilot(0.01), [SEQUENTIAL], item_count=20, budget_s=60, sample=50).sample_count == 20


def test_a_budget_too_small_names_what_was_seen_and_what_would_do() -> None:
    with pytest.raises(UsageError) as caught:
        plan(pilot(2.5), [SEQUENTIAL, TWO_PROCESSES], item_count=10, budget_s=3, spent_s=2)

    assert str(caught.value) == (
        "the budget of 5.00 s is too small: an item took 2.50 s in the trial run, and 1 item on each of 2 contenders "
        "would take about 5.21 s, after 2.00 s of looking and measuring; give at least 8 s, or fewer executors"
    )


def test_a_budget_too_small_for_what_was_asked_names_that() -> None:
    with pytest.raises(UsageError, match="3 runs of 20 items on each of 1 contender would take"):
        plan(pilot(0.1), [SEQUENTIAL], item_count=100, budget_s=3, repeats=3, sample=20)


@given(pilots, contenders, st.floats(0.01, 5))
def test_the_least_budget_that_is_named_would_do(some: Pilot, entries: list[Contender], budget_s: float) -> None:
    try:
        plan(some, entries, item_count=100, budget_s=budget_s)
    except UsageError as error:
        least_s = int(str(error).split("give at least ")[1].split(" s")[0])
        assert plan(some, entries, item_count=100, budget_s=least_s).predicted_s <= least_s


@pytest.mark.parametrize(("repeats", "sample"), [(0, None), (None, 0)])
def test_no_heats_and_no_items_are_refused(repeats: int | None, sample: int | None) -> None:
    with pytest.raises(UsageError, match="at least 1, not 0"):
        plan(pilot(0.1), [SEQUENTIAL], item_count=10, budget_s=10, repeats=repeats, sample=sample)


@given(st.integers(0, 5000), st.integers(1, 6000))
def test_a_sample_is_in_order_without_repetition_and_of_the_size_asked(total: int, wanted: int) -> None:
    chosen = spread_sample(total, wanted)

    assert len(chosen) == min(total, wanted)
    assert list(chosen) == sorted(set(chosen))
    assert all(0 <= index < total for index in chosen)


@given(st.integers(1, 5000), st.integers(1, 50))
def test_each_stretch_of_the_items_gives_one(total: int, wanted: int) -> None:
    chosen = spread_sample(total, min(wanted, total))

    count = len(chosen)
    assert all(i * total // count <= index < (i + 1) * total // count for i, index in enumerate(chosen))


def test_a_pattern_in_the_items_is_not_hit_at_one_phase_only() -> None:
    chosen = spread_sample(10_000, 100)

    halves = sum(index % 100 < 50 for index in chosen)
    assert 40 <= halves <= 60
