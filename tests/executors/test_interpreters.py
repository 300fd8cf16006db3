import pickle
import sys
import threading
from collections.abc import Callable
from functools import partial
from traceback import format_exception
from typing import Any

import pytest

import turnout
from executors.work import Explosive, double, double_soon, leave, make_lock, raise_for_multiples_of_three, same
from turnout import Failure, Success
from turnout.errors import TransferError, UnavailableError
from turnout.executors import _interpreter_worker as worker
from turnout.executors import outcomes_of, why_unavailable
from turnout.executors._batches import BatchSize, feed
from turnout.executors._intake import PlainIntake
from turnout.executors._pickling import dumps, unpack_error
from turnout.executors._stream import stream
from turnout.executors.interpreters import InterpreterCrew
from turnout.outcomes import Outcome
from turnout.trace import Recorder


class Here:
    """Stands for an interpreter: makes calls in this one."""

    def __init__(self) -> None:
        self.is_open = True

    def call(self, function: Callable[..., Any], *args: object) -> Any:  # whatever the function returns
        return function(*args)

    def close(self) -> None:
        self.is_open = False


def run_here(function: Callable[[Any], Any], items: Any, recorder: Recorder | None = None) -> list[Outcome[Any]]:
    """Run items of any kind in one pretended interpreter."""
    crew = InterpreterCrew(function, 1, recorder, Here)
    size = BatchSize(workers=1, target_ns=10_000_000)
    replies = stream(crew, PlainIntake(feed(items), size), ordered=True, recorder=recorder)
    return [outcome for reply in replies for outcome in outcomes_of(reply)]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has interpreters")
def test_an_older_python_says_what_is_missing_and_what_to_do() -> None:
    reason = why_unavailable("interpreters")

    assert reason is not None
    assert reason.endswith("has no `concurrent.interpreters` (it came with 3.14)")
    with pytest.raises(UnavailableError, match=r"use Python 3\.14 or newer, or processes"):
        turnout.executor("interpreters")


@pytest.mark.parametrize("function", [double, double_soon])
def test_items_cross_and_come_back_in_order(function: Callable[[int], Any]) -> None:
    assert run_here(function, range(50)) == [Success(2 * item, item, item) for item in range(50)]


def test_an_interpreter_is_a_lane_of_the_timeline() -> None:
    recorder = Recorder()

    run_here(double, range(10), recorder)

    trace = recorder.trace()
    assert [lane.label for lane in trace.workers] == ["interpreter 1"]
    assert trace.span_count == 10


def test_an_interpreter_is_closed_at_the_end() -> None:
    created: list[Here] = []

    def create() -> Here:
        created.append(Here())
        return created[-1]

    crew = InterpreterCrew(same, 1, None, create)
    list(stream(crew, PlainIntake(feed([1]), BatchSize(workers=1, target_ns=1)), ordered=True, recorder=None))

    assert [interpreter.is_open for interpreter in created] == [False]


def test_a_failure_keeps_where_it_was_raised() -> None:
    outcomes = run_here(raise_for_multiples_of_three, [1, 3])

    assert outcomes[0] == Success(1, 1, 0)
    assert isinstance(outcomes[1], Failure)
    assert "in raise_for_multiples_of_three" in "".join(format_exception(outcomes[1].error))


@pytest.mark.parametrize(
    ("function", "bad", "error"),
    [(same, threading.Lock(), TransferError), (type, Explosive(), ArithmeticError), (make_lock, 3, TransferError)],
    ids=["item does not pickle", "item does not load", "result does not pickle"],
)
def test_what_cannot_cross_fails_alone(function: Callable[[Any], Any], bad: object, error: type[Exception]) -> None:
    outcomes = run_here(function, iter([0, 1, 2, bad, 4]))

    assert [outcome.index for outcome in outcomes if isinstance(outcome, Failure)] == [3]
    assert isinstance(outcomes[3], Failure)
    assert isinstance(outcomes[3].error, error)


def test_a_call_returns_its_pickled_result() -> None:
    failed, data = worker.call(dumps(dict, lambda: "the call"))

    assert (failed, pickle.loads(data)) == (False, {})


def test_a_call_that_leaves_python_returns_its_exit() -> None:
    failed, data = worker.call(dumps(partial(leave, 3), lambda: "the call"))

    error = unpack_error(pickle.loads(data))
    assert failed
    assert isinstance(error, SystemExit)
