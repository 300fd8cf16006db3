"""How far a pipeline is, told by what came out of it."""

import threading
from typing import Any

import pytest

import turnout
from executors.work import double
from turnout.pipeline import Stage
from turnout.pipeline._source_count import Handed, source_items_through

SEQUENTIAL: dict[str, Any] = {"executor": "sequential", "batch_size": 1}
COUNT = 100


def later(kind: str) -> Stage:
    """Return a stage whose first item waits until the stage before it has done all."""
    return {
        "map": turnout.stage(double, **SEQUENTIAL),
        "flat": turnout.flat_stage(lambda item: [item, item], **SEQUENTIAL),
        "batch": turnout.batch_stage(list, size=10, **SEQUENTIAL),
        "filter": turnout.filter_stage(lambda item: item < COUNT, **SEQUENTIAL),
    }[kind]


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize(("kind", "outcomes", "done"), [("map", 30, 30), ("flat", 60, 30), ("batch", 3, 30)])
def test_source_items_count_when_they_come_out(kind: str, outcomes: int, done: int, *, ordered: bool) -> None:
    all_begun = threading.Event()

    def first(item: int) -> int:
        if item == COUNT - 1:
            all_begun.set()
        return item

    def wait(item: int) -> int:
        all_begun.wait()
        return item

    pipeline = turnout.stage(first, ordered=ordered, **SEQUENTIAL) | turnout.stage(wait, **SEQUENTIAL) | later(kind)
    run = turnout.run(pipeline, range(COUNT))

    with run:
        found = iter(run)
        for _ in range(outcomes):
            next(found)
        midway = run.status.done

        rest = list(found)

    assert midway == pytest.approx(done, abs=1)
    assert rest
    assert run.status.done == COUNT


@pytest.mark.parametrize("executor", ["sequential", "threads"])
def test_items_that_a_filter_drops_count_too(executor: str) -> None:
    pipeline = turnout.stage(double) | turnout.filter_stage(lambda item: item == 40, executor=executor)

    run = turnout.run(pipeline, range(COUNT))
    found = list(run)

    assert len(found) == 1
    assert run.status.done == COUNT


@pytest.mark.parametrize(
    ("stages", "is_ordered", "through"),
    [
        ([(10, 10, 10)], True, 10),
        ([(10, 10, 10), (4, 4, 4)], True, 4),
        ([(0, 50, 50), (0, 0, 0)], True, 50),  # all were dropped
        ([(20, 10, 10), (4, 8, 4), (4, 4, 4)], True, 4),
        ([(10, 10, 90), (5, 5, 40)], False, 5),
        ([(20, 10, 10), (1, 15, 8)], False, 7),
        ([(0, 10, 10), (0, 0, 0)], False, 10),
    ],
)
def test_what_is_through_is_told_by_what_each_stage_handed_on(
    stages: list[tuple[int, int, int]],
    *,
    is_ordered: bool,
    through: int,
) -> None:
    handed = [Handed(made=made, consumed=consumed, reached=reached) for made, consumed, reached in stages]

    assert source_items_through(handed, is_ordered=is_ordered) == through


def test_counts_that_were_read_stay_as_they_are_while_the_stage_goes_on() -> None:
    read = Handed(made=20, consumed=10, reached=8)

    later = read.and_more(2, 1, 5)

    assert read == (20, 10, 8)
    assert later == (22, 11, 8)
