"""What every executor promises, kept by the one that chooses among them."""

import asyncio
import itertools
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import turnout
from executors.leftovers import holdings, left_since
from executors.work import (
    Soon,
    double,
    double_soon,
    leave,
    make_explosive,
    make_lock,
    raise_for_multiples_of_three,
    raise_one_way,
    run_nested,
    same,
    take_nothing,
)
from turnout import Failure, Success
from turnout.errors import TimeLimitError

MANY = 3000
PLACE: ContextVar[str] = ContextVar("place", default="nowhere")


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = holdings()
    yield
    assert left_since(before) == []


@pytest.mark.parametrize("work", [double, Soon(double), double_soon])
@pytest.mark.parametrize("source", [list, tuple, iter, lambda items: items])
def test_outcomes_keep_the_order_of_items(work: Callable[[int], Any], source: Callable[[range], Any]) -> None:
    found = list(turnout.run(work, source(range(MANY))))

    assert found == [Success(2 * item, item, item) for item in range(MANY)]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(-5, 5), max_size=80), st.booleans())
def test_each_item_has_one_outcome(items: list[int], ordered: bool) -> None:  # noqa: FBT001  of both
    found = list(turnout.run(raise_for_multiples_of_three, items, ordered=ordered))

    assert sorted(outcome.index for outcome in found) == list(range(len(items)))
    for outcome in found:
        assert outcome.item == items[outcome.index]
        assert isinstance(outcome, Failure) == (outcome.item % 3 == 0)


@pytest.mark.parametrize("work", [make_lock, make_explosive, raise_one_way])
def test_what_is_hard_to_send_costs_no_other_item_its_outcome(work: Callable[[int], Any]) -> None:
    found = list(turnout.run(work, range(200)))

    assert [outcome.index for outcome in found] == list(range(200))
    assert [outcome.value for outcome in found if isinstance(outcome, Success) and outcome.index != 3] == [
        item for item in range(200) if item != 3
    ]


def test_an_item_that_wants_to_leave_fails() -> None:
    found = list(turnout.run(leave, [1, 2]))

    assert [type(outcome.error) for outcome in found if isinstance(outcome, Failure)] == [SystemExit, SystemExit]


def test_a_function_that_takes_no_item_fails_each() -> None:
    found = list(turnout.run(take_nothing, range(3)))  # type: ignore[arg-type]  # on purpose

    assert [type(outcome.error) for outcome in found if isinstance(outcome, Failure)] == [TypeError] * 3


def tell_place(item: int) -> tuple[int, str]:
    return item + 0 * sum(range(30_000)), PLACE.get()


def test_items_run_in_the_callers_context() -> None:
    token = PLACE.set("here")
    try:
        found = list(turnout.run(tell_place, range(200)).values())
    finally:
        PLACE.reset(token)

    assert found == [(item, "here") for item in range(200)]


def test_an_item_may_use_a_run_of_its_own() -> None:
    found = list(turnout.run(nested, range(3)).values())

    assert found == [[], [0], [0, 2]]


def nested(item: int) -> list[int]:
    return run_nested(item, "threads", None)


def warn(item: int) -> int:
    warnings.warn(f"item {item}", UserWarning, stacklevel=1)
    return item


def test_what_an_item_warns_of_is_heard() -> None:
    with pytest.warns(UserWarning, match="item 1"):
        assert list(turnout.run(warn, [1]).values()) == [1]


def hang_at_five(item: int) -> int:
    if item == 5:
        threading.Event().wait(3)
    return item


async def hang_at_five_soon(item: int) -> int:
    if item == 5:
        await asyncio.sleep(60)
    return item


@pytest.mark.parametrize("work", [hang_at_five, hang_at_five_soon])
def test_an_item_that_takes_too_long_fails_alone(work: Callable[[int], Any]) -> None:
    found = list(turnout.run(work, range(20), timeout_s=0.5))

    assert [outcome.value for outcome in found if isinstance(outcome, Success)] == [
        item for item in range(20) if item != 5
    ]
    assert isinstance(found[5], Failure)
    assert isinstance(found[5].error, TimeLimitError)


def test_many_coroutines_that_wait_for_each_other_are_under_way_at_once() -> None:
    entered = 0
    are_all_there = asyncio.Event()

    async def meet(item: int) -> int:
        nonlocal entered
        entered += 1
        if entered == 64:
            are_all_there.set()
        await are_all_there.wait()
        return item

    found = list(turnout.run(meet, range(64), timeout_s=30, on_error="raise"))

    assert found == [Success(item, item, item) for item in range(64)]


def test_an_endless_source_is_read_as_far_as_it_is_asked_for() -> None:
    pulled = itertools.count()

    with turnout.run(same, (next(pulled) for _ in itertools.count())) as run:
        found = list(itertools.islice(run.values(), 100))

    assert found == list(range(100))
    assert next(pulled) < 100_000


async def some(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


def test_asynchronous_items_and_readers_are_welcome() -> None:
    async def take() -> list[Any]:
        return [outcome.value async for outcome in turnout.run(double_soon, some(100)) if isinstance(outcome, Success)]

    assert asyncio.run(take()) == [2 * item for item in range(100)]


@pytest.mark.parametrize(
    "options", [{"rate": 500.0}, {"key": lambda item: item % 3}, {"batch_size": 7}, {"workers": 2}]
)
def test_limits_lose_nothing(options: dict[str, Any]) -> None:
    assert list(turnout.run(double, range(90), **options).values()) == [2 * item for item in range(90)]


def test_workers_tell_their_spans_once_each() -> None:
    run = turnout.run(double, range(MANY))

    list(run)

    assert sorted(span.item for span in run.trace.spans()) == list(range(MANY))
    numbers = [worker.id for worker in run.trace.workers]
    assert len(set(numbers)) == len(numbers)
    assert {span.worker for span in run.trace.spans()} <= set(numbers)
    assert set(run.trace.usage) <= set(numbers)
