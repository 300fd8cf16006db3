"""What executors promise whose functions, items and results travel to their workers and back."""

import pickle
import threading
from collections.abc import Callable
from traceback import format_exception
from typing import Any

import pytest

from executors.leftovers import holdings, left_since
from executors.subjects import Subject, crossing
from executors.work import (
    Explosive,
    OneWayError,
    Unloadable,
    Unsendable,
    double,
    leave,
    make_explosive,
    make_lock,
    raise_one_way,
    raise_secret,
    reverse,
    same,
)
from turnout import Failure, Success
from turnout.errors import RemoteError, TransferError
from turnout.outcomes import Outcome

HUGE = bytes(range(256)) * 20_000  # 5 MB


def with_a_lock() -> list[Any]:
    return [0, 1, 2, {"guard": [threading.Lock()]}, 4, 5]


def only_failure(outcomes: list[Outcome[Any]]) -> Failure:
    (failure,) = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [outcome.index for outcome in outcomes] == list(range(len(outcomes)))
    return failure


@crossing
@pytest.mark.parametrize("batch_size", [1, 6, None])
def test_an_item_that_does_not_pickle_fails_alone(subject: Subject, batch_size: int | None) -> None:
    outcomes = list(subject.make().stream(same, iter(with_a_lock()), batch_size=batch_size))

    failure = only_failure(outcomes)
    assert failure.index == 3
    assert isinstance(failure.error, TransferError)
    assert failure.error.role == "item 3"
    assert failure.error.culprit == "its part ['guard'][0] (a _thread.lock)"


@crossing
@pytest.mark.parametrize("batch_size", [1, 6, None])
def test_a_result_that_does_not_pickle_fails_its_item_alone(subject: Subject, batch_size: int | None) -> None:
    outcomes = list(subject.make().stream(make_lock, range(6), batch_size=batch_size))

    failure = only_failure(outcomes)
    assert failure.index == 3
    assert isinstance(failure.error, TransferError)
    assert (failure.error.role, failure.error.culprit) == ("the result", "its part ['guard'][0] (a _thread.lock)")


@crossing
@pytest.mark.parametrize("batch_size", [1, 6, None])
def test_an_item_that_does_not_load_fails_alone(subject: Subject, batch_size: int | None) -> None:
    items = iter([0, 1, 2, Explosive(), 4, 5])

    outcomes = list(subject.make().stream(type, items, batch_size=batch_size))

    failure = only_failure(outcomes)
    assert failure.index == 3
    assert isinstance(failure.error, ArithmeticError)
    assert "in explode" in "".join(format_exception(failure.error))


@crossing
@pytest.mark.parametrize("batch_size", [1, 6, None])
def test_a_result_that_does_not_load_fails_its_item_alone(subject: Subject, batch_size: int | None) -> None:
    outcomes = list(subject.make().stream(make_explosive, range(6), batch_size=batch_size))

    failure = only_failure(outcomes)
    assert failure.index == 3
    assert isinstance(failure.error, ArithmeticError)


@crossing
@pytest.mark.parametrize(
    ("function", "kind", "text"),
    [(raise_one_way, OneWayError, "platform 3"), (raise_secret, None, "cannot be told")],
    ids=["does not load", "does not pickle"],
)
def test_an_exception_that_cannot_travel_is_told(
    subject: Subject, function: Callable[[int], int], kind: type | None, text: str
) -> None:
    failure = only_failure(list(subject.make().stream(function, range(6))))

    name = f"executors.work.{kind.__name__ if kind else 'SecretError'}"
    assert isinstance(failure.error, RemoteError)
    assert (failure.error.type_name, failure.error.message) == (name, text)
    assert f"in {function.__name__}" in "".join(format_exception(failure.error))


@crossing
def test_a_function_that_does_not_pickle_is_refused_with_the_part_that_is_guilty(subject: Subject) -> None:
    if subject.start_method == "fork":
        pytest.skip("a forked worker has the function already")
    guard = threading.Lock()
    before = holdings()

    with pytest.raises(TransferError, match=r"variable 'guard' .* _thread\.lock"):
        list(subject.make().stream(lambda item: (guard, item), [1]))

    assert left_since(before) == []


def test_a_forked_worker_needs_no_pickle_of_function_and_list() -> None:
    items = with_a_lock()

    outcomes = list(Subject("processes", "fork").make().stream(Unsendable().__call__, items))

    assert [outcome.item for outcome in outcomes] == items
    assert all(isinstance(outcome, Failure) == (outcome.index == 3) for outcome in outcomes)


@crossing
def test_a_function_that_does_not_load_fails_each_item_and_tells_why(subject: Subject) -> None:
    if subject.start_method == "fork":
        pytest.skip("a forked worker has the function already")

    outcomes = list(subject.make().stream(Unloadable(), range(30)))

    assert len(outcomes) == 30
    for outcome in outcomes:
        assert isinstance(outcome, Failure)
        assert isinstance(outcome.error, ArithmeticError)
        assert str(outcome.error) == "exploded when sent to a worker"


@crossing
@pytest.mark.parametrize("make_items", [list, iter], ids=["list", "iterator"])
def test_huge_items_and_results_block_nobody(subject: Subject, make_items: type) -> None:
    items = make_items([HUGE] * 6)

    outcomes = list(subject.make().stream(reverse, items))

    assert outcomes == [Success(HUGE[::-1], HUGE, index) for index in range(6)]


@crossing
def test_huge_arguments_and_results_of_calls_block_nobody(subject: Subject) -> None:
    with subject.make() as pool:
        futures = [pool.submit(reverse, HUGE) for _ in range(6)]

        assert all(future.result() == HUGE[::-1] for future in futures)


@crossing
def test_a_call_whose_argument_does_not_pickle_fails_and_harms_no_other(subject: Subject) -> None:
    with subject.make() as pool:
        bad = pool.submit(same, threading.Lock())
        good = pool.submit(double, 2)

        assert isinstance(bad.exception(), TransferError)
        assert good.result() == 4


@crossing
@pytest.mark.parametrize(
    ("function", "number", "kind"),
    [(make_lock, 3, TransferError), (raise_one_way, 3, RemoteError), (leave, 3, SystemExit)],
    ids=["result does not pickle", "exception does not load", "exit"],
)
def test_a_call_that_goes_wrong_harms_no_other(
    subject: Subject, function: Callable[[int], Any], number: int, kind: type[BaseException]
) -> None:
    with subject.make(workers=1) as pool:
        bad = pool.submit(function, number)
        good = pool.submit(double, 2)

        assert type(bad.exception()) is kind
        assert good.result() == 4


@crossing
def test_a_failure_can_be_pickled_in_its_turn(subject: Subject) -> None:
    failure = only_failure(list(subject.make().stream(make_lock, range(6))))

    copy = pickle.loads(pickle.dumps(failure))

    assert str(copy.error) == str(failure.error)
