"""How many workers there are for items that wait: seen with windows that are filled by hand."""

import pytest

from pipeline.replies import reply, spans
from turnout.advise import ItemCost
from turnout.pipeline._growth import Growth, Step
from turnout.pipeline._window import Window

MS = 1_000_000
BEGAN_NS = 1000 * MS
MANY = 100_000


def seen(count: int, took_ns: int, failed: int = 0) -> Window:
    """Return a window in which so many items were begun and done, at once."""
    window = Window(BEGAN_NS, 20 * MS)
    for number in range(count):
        window.add(reply(BEGAN_NS, took_ns, failed=int(number < failed)))
    return window


def growth(alone_ms: float = 10, limit: int | None = None, executor: str = "threads") -> Growth:
    return Growth(executor, BEGAN_NS, ItemCost(wall_s=alone_ms / 1000, cpu_s=0.0, held=1.0), limit)


def look(found: Growth, workers: int, took_ms: int, *, left: int = MANY, done: int | None = None) -> Step:
    """Return what follows from items that all took so long, each begun when there came to be so many workers."""
    now = BEGAN_NS + took_ms * MS
    return found.next(seen(workers if done is None else done, took_ms * MS), now, workers, left, is_saturated=False)


def test_more_workers_are_taken_while_items_take_no_longer() -> None:
    found = growth()

    counts = [look(found, workers, 10).workers for workers in (32, 128)]

    assert counts == [128, 256]


@pytest.mark.parametrize(("limit", "left", "most"), [(50, MANY, 50), (None, 100, 100), (None, 20, 32)])
def test_no_more_workers_are_taken_than_may_be_or_than_have_something_to_do(
    limit: int | None, left: int, most: int
) -> None:
    step = look(growth(alone_ms=1000, limit=limit), 32, 1000, left=left)

    assert step.workers == most


def test_workers_whose_start_takes_longer_than_they_win_are_not_taken() -> None:
    step = look(growth(), 32, 10, left=50)

    assert step == Step(workers=32, goes_on=False)


@pytest.mark.parametrize(
    ("took_ms", "workers", "goes_on"),
    [
        (15, 256, True),  # 4 times the workers do 2.7 times as much
        (39, 32, False),  # no more is done
        (36, 128, False),  # hardly more: they stay, and are the last
        (80, 32, False),  # less is done
    ],
)
def test_workers_that_do_not_do_more_are_sent_away(took_ms: int, workers: int, goes_on: bool) -> None:  # noqa: FBT001
    found = growth()
    look(found, 32, 10)

    step = look(found, 128, took_ms)

    assert (step.workers, step.goes_on) == (workers, goes_on)
    assert bool(step.why) is not goes_on


def test_fewer_are_tried_where_all_wait_for_each_other() -> None:
    step = look(growth(alone_ms=20), 32, 160)

    assert step.goes_on
    assert step.workers == 5  # as many as the server has under way at once, and a quarter
    assert "alone" in step.why[0]


def test_those_that_are_not_done_yet_tell_that_they_are_crowded() -> None:
    window = Window(BEGAN_NS, 20 * MS)
    for _ in range(22):
        window.add(reply(BEGAN_NS, 40 * MS))

    step = growth(alone_ms=20).next(window, BEGAN_NS + 100 * MS, 32, MANY, is_saturated=False)

    assert step.workers < 32


@pytest.mark.parametrize(
    ("took_ms", "workers", "goes_on"),
    [
        (20, 5, False),
        (29, 10, True),  # they do less, so it was something else that kept the others waiting
        (60, 3, False),  # they still do
        (300, 1, False),
    ],
)
def test_fewer_stay_if_they_do_as_much(took_ms: int, workers: int, goes_on: bool) -> None:  # noqa: FBT001
    found = growth(alone_ms=20)
    look(found, 32, 160)

    step = look(found, 5, took_ms)

    assert (step.workers, step.goes_on) == (workers, goes_on)


def test_more_are_kept_after_fewer_did_less_only_if_they_do_more() -> None:
    steps = []
    for took_ms in (20, 29, 60):
        found = growth(alone_ms=20)
        look(found, 32, 160)
        look(found, 5, 29)
        steps.append(look(found, 10, took_ms))

    assert [(step.workers, step.goes_on) for step in steps] == [(40, True), (40, True), (5, False)]


@pytest.mark.parametrize(("left", "workers"), [(MANY, 10), (7, 7), (1, 5)])
def test_twice_as_many_are_tried_again_if_there_is_enough_to_do(left: int, workers: int) -> None:
    cost = ItemCost(wall_s=0.02, cpu_s=0.0, held=1.0)

    found = Growth("threads", BEGAN_NS, cost, None, before=5)

    assert found.more_again(left) == workers


def test_a_first_item_that_began_alone_tells_what_others_do_to_it() -> None:
    found = growth(alone_ms=0)
    found.take_first(spans(BEGAN_NS + MS, 500 * MS))  # it was not alone
    found.take_first(spans(BEGAN_NS - MS, 20 * MS))
    found.take_first(spans(BEGAN_NS - MS, 500 * MS))

    step = look(found, 32, 160)

    assert step.workers == 5


def test_nothing_is_crowded_as_long_as_nobody_was_alone() -> None:
    step = look(growth(alone_ms=0), 32, 160)

    assert step.workers == 128


def test_items_that_fail_are_no_reason_for_more_workers() -> None:
    step = growth().next(seen(32, 10 * MS, failed=16), BEGAN_NS + 10 * MS, 32, MANY, is_saturated=False)

    assert (step.workers, step.goes_on) == (32, False)


def test_workers_are_judged_once_most_of_them_have_done_an_item() -> None:
    found = growth()

    assert not found.is_told(seen(21, MS), 32)
    assert found.is_told(seen(22, MS), 32)


def test_workers_are_enough_that_compute_all_that_can_be_computed_at_once() -> None:
    step = growth().next(seen(32, 20 * MS), BEGAN_NS + 20 * MS, 32, MANY, is_saturated=True)

    assert (step.workers, step.goes_on) == (32, False)


def test_short_items_are_handed_over_ahead() -> None:
    assert growth(alone_ms=1).has_room(32, 32)
    assert not growth(alone_ms=10).has_room(32, 32)
    assert not growth(alone_ms=0).has_room(32, 32)
    assert growth(alone_ms=10).has_room(31, 32)


def test_workers_that_keep_each_other_waiting_are_not_crowded_by_others() -> None:
    alone = ItemCost(wall_s=0.02, cpu_s=0.002, held=1.0)
    found = Growth("threads", BEGAN_NS, alone, None)

    assert look(found, 32, 100).workers > 32
