"""Wrong words to the library itself: each is refused with what to do, and none loses an item."""

import math
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import turnout
from turnout.errors import ExecutorError, TargetError, TransferError, UsageError


class Yielder:
    def __call__(self, item: int) -> Iterator[int]:
        yield item


def yields(item: int) -> Iterator[int]:
    yield item


@pytest.mark.parametrize("executor", ["sequential", "threads", "processes"])
@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_batch_size_that_would_lose_items_is_refused(executor: str, batch_size: int) -> None:
    with pytest.raises(ValueError, match=f"batch_size must be at least 1, not {batch_size}"):
        turnout.run(abs, range(9), executor=executor, batch_size=batch_size)


@pytest.mark.parametrize("executor", ["sequential", "threads", "processes"])
def test_a_batch_size_beyond_all_bounds_still_does_the_work(executor: str) -> None:
    run = turnout.run(abs, range(9_999), executor=executor, batch_size=10**9)

    assert list(run.values()) == list(range(9_999))


def test_a_range_of_more_items_than_can_be_counted_is_an_endless_source() -> None:
    run = turnout.run(abs, range(2**70), executor="sequential")

    values = run.values()

    assert [next(values) for _ in range(100)] == [*range(100)]


@pytest.mark.parametrize("ordered", ["x", None, 1, []])
def test_an_order_that_is_neither_kept_nor_left_is_refused(ordered: Any) -> None:
    with pytest.raises(UsageError, match=f"ordered must be True or False, not {re.escape(repr(ordered))}"):
        turnout.run(abs, [1, 2, 3], ordered=ordered)
    with pytest.raises(UsageError, match="ordered must be True or False"):
        turnout.stage(abs, ordered=ordered)


@pytest.mark.parametrize("budget_s", [0, -1, math.nan, math.inf])
def test_a_budget_that_is_no_duration_is_refused(budget_s: float) -> None:
    with pytest.raises(UsageError, match=f"budget_s must be a number of seconds above 0, not {budget_s}"):
        turnout.race(abs, [1], budget_s=budget_s)


@pytest.mark.parametrize("function", [yields, Yielder()])
def test_a_function_that_only_yields_is_refused_since_a_call_does_no_work(function: Callable[[int], Any]) -> None:
    with pytest.raises(TargetError, match="yields, so that a call does no work yet"):
        turnout.race(function, [1, 2, 3], budget_s=2)


def test_a_function_of_two_arguments_is_refused() -> None:
    with pytest.raises(TargetError, match=r"'pow' needs 2 arguments \(base, exp\)"):
        turnout.race(pow, [1, 2], budget_s=2)  # type: ignore[arg-type]  # that is the mistake


def test_what_cannot_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="a function is needed, not 5"):
        turnout.race(5, [1])  # type: ignore[arg-type]  # that is the mistake


def test_one_executor_may_be_named_without_a_list() -> None:
    report = turnout.race(abs, [1, 2], executors="sequential", budget_s=2)

    assert [one.contender.executor for one in report.measurements] == ["sequential"]


def test_an_empty_list_of_executors_is_refused() -> None:
    with pytest.raises(ExecutorError, match="name at least one executor"):
        turnout.race(abs, [1, 2], executors=[])


def test_work_that_cannot_be_sent_is_called_by_its_name() -> None:
    lock = threading.Lock()
    errors: list[Exception] = []

    def locked(item: int) -> int:
        with lock:
            return item

    def race() -> None:
        try:
            turnout.race(locked, [1, 2], budget_s=2)
        except TransferError as error:
            errors.append(error)

    thread = threading.Thread(target=race)  # while it lives, no process is forked
    thread.start()
    thread.join()

    assert "locked" in str(errors[0])
    assert "variable 'lock'" in str(errors[0])


def test_a_result_that_cannot_be_sent_has_a_remedy_of_its_own() -> None:
    (failure,) = turnout.run(lambda _item: threading.Lock(), [1], executor="processes")

    assert isinstance(failure, turnout.Failure)
    assert str(failure.error).endswith("return plain data instead, or use the threads executor")
