from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.advise import Ground, ItemCost, Prediction, predict_tracks

TWO_CORES = Ground(cores=2, process_start_s=0.003, process_more_s=0.003)


def cost(wall_ms: float, *, busy: float = 1.0, held: float = 1.0, send_ms: float = 0.0) -> ItemCost:
    """Return what an item costs that is on a core for a share ``busy`` of its time."""
    return ItemCost(
        wall_s=wall_ms / 1e3, cpu_s=wall_ms / 1e3 * busy, held=held, send_s=send_ms / 1e3, receive_s=send_ms / 1e3
    )


def choice(item: ItemCost, count: int, ground: Ground = TWO_CORES) -> str:
    return predict_tracks(item, count, ground)[0].label


@pytest.mark.parametrize(
    ("what", "item", "count", "expected"),
    [
        ("Python that computes", cost(1), 1_000, "processes x 2"),
        ("C that drops the lock", cost(1, held=0.0), 1_000, "threads x 2"),
        ("C that drops the lock often, in short items", cost(0.04, held=0.0), 4_000, "processes x 2"),
        ("waiting", cost(10, busy=0.01), 1_000, "threads x 32"),
        ("few that wait", cost(100, busy=0.01), 4, "threads x 4"),
        ("computing and waiting", cost(11.5, busy=0.13), 200, "processes x 16"),
        ("a few short ones", cost(0.1), 20, "sequential"),
        ("one item", cost(50), 1, "sequential"),
        ("more data than work", cost(1, send_ms=2), 1_000, "sequential"),
        ("a library that uses all cores itself", ItemCost(wall_s=0.01, cpu_s=0.02, held=0.0), 100, "sequential"),
        ("next to nothing, often", cost(0.0002), 100_000, "sequential"),
        ("tiny but many", cost(0.008), 100_000, "processes x 2"),
    ],
)
def test_work_of_known_character_gets_the_track_that_suits_it(
    what: str, item: ItemCost, count: int, expected: str
) -> None:
    assert choice(item, count) == expected, what


def test_a_coroutine_that_waits_stays_in_its_event_loop() -> None:
    ground = Ground(cores=2, process_start_s=0.003, process_more_s=0.003, is_coroutine=True)

    assert choice(cost(10, busy=0.01), 1_000, ground) == "asyncio x 128"
    assert choice(cost(1), 1_000, ground) == "processes x 2"
    assert choice(cost(1), 3, ground) == "asyncio x 1"


def test_a_track_that_is_barred_is_not_taken() -> None:
    ground = Ground(cores=2, process_start_s=0.003, process_more_s=0.003, barred={"processes"})

    assert choice(cost(1), 1_000, ground) == "sequential"


def test_threads_that_need_not_take_turns_suit_short_items_too() -> None:
    ground = Ground(cores=2, process_start_s=0.003, process_more_s=0.003, has_lock=False)

    assert choice(cost(0.04, held=0.0), 4_000, ground) == "threads x 2"


def test_a_limit_of_workers_is_kept() -> None:
    ground = Ground(cores=8, process_start_s=0.003, process_more_s=0.003, workers=3)

    assert choice(cost(1), 1_000, ground) == "processes x 3"
    assert choice(cost(10, busy=0.01), 1_000, ground) == "threads x 3"


def test_a_slow_start_of_processes_is_worth_it_for_long_work_only() -> None:
    ground = Ground(cores=2, process_start_s=0.2, process_more_s=0.1)

    assert choice(cost(1), 100, ground) == "sequential"
    assert choice(cost(1), 10_000, ground) == "processes x 2"


def test_the_simpler_of_two_that_take_as_long_is_taken() -> None:
    ranked = predict_tracks(cost(1, held=0.0), 1_000, TWO_CORES)

    assert ranked[0].executor == "threads"
    assert {one.executor for one in ranked} >= {"processes", "sequential"}


def test_a_prediction_reads_as_a_phrase() -> None:
    assert str(Prediction(executor="threads", workers=8, wall_s=0.25)) == "threads x 8 250 ms"


costs: st.SearchStrategy[Any] = st.builds(
    ItemCost,
    wall_s=st.floats(1e-7, 10),
    cpu_s=st.floats(1e-8, 10),
    held=st.floats(0, 1),
    send_s=st.floats(0, 1),
    receive_s=st.floats(0, 1),
)


@given(costs, st.integers(1, 10**7), st.integers(1, 64), st.one_of(st.none(), st.integers(1, 100)))
def test_predictions_are_for_each_track_once_within_the_limits(
    item: ItemCost, count: int, cores: int, limit: int | None
) -> None:
    ground = Ground(cores=cores, process_start_s=0.003, process_more_s=0.003, workers=limit)

    ranked = predict_tracks(item, count, ground)

    assert len({one.label for one in ranked}) == len(ranked)
    assert all(one.wall_s > 0 and 1 <= one.workers <= min(count, limit or count) for one in ranked)
    assert ranked[0].wall_s * 0.93 <= min(one.wall_s for one in ranked)


@given(costs, st.integers(1, 10**6))
def test_no_track_beats_the_cores(item: ItemCost, count: int) -> None:
    ranked = predict_tracks(item, count, TWO_CORES)

    assert all(one.wall_s >= min(item.wall_s, item.cpu_s) * count / 2 * 0.999 for one in ranked if one.workers > 1)
