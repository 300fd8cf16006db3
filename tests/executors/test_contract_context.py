"""What executors promise about context variables: the function sees them as they were when the stream began."""

import threading

import pytest

from executors.subjects import Subject, local, local_isolating
from executors.work import TITLE, retitle, title, title_or_exit_at_three, title_soon
from turnout import Failure, Success


@local
def test_items_see_the_callers_variables_as_they_were_at_the_beginning(subject: Subject) -> None:
    token = TITLE.set("of the caller")
    outcomes = subject.make().stream(subject.work(title), range(20))
    TITLE.reset(token)

    values = [outcome.value for outcome in outcomes if isinstance(outcome, Success)]

    assert values == ["of the caller"] * 20


@local
def test_coroutines_see_them_too(subject: Subject) -> None:
    token = TITLE.set("of the caller")
    outcomes = subject.make().stream(title_soon, range(20), batch_size=3)
    TITLE.reset(token)

    values = [outcome.value for outcome in outcomes if isinstance(outcome, Success)]

    assert values == ["of the caller"] * 20


@local
def test_what_an_item_changes_the_caller_does_not_see(subject: Subject) -> None:
    before = TITLE.get()

    outcomes = list(subject.make().stream(subject.work(retitle), range(5)))

    assert outcomes[0] == Success(before, 0, 0)
    assert TITLE.get() == before


@local
def test_a_value_that_does_not_cross_is_left_at_its_default(subject: Subject) -> None:
    lock = threading.Lock()
    token = TITLE.set(lock)
    outcomes = subject.make().stream(subject.work(_is_lock), range(3))
    TITLE.reset(token)

    values = [outcome.value for outcome in outcomes if isinstance(outcome, Success)]

    shares = not subject.capabilities.crosses or subject.start_method == "fork"
    assert values == [shares] * 3


@local
def test_streams_within_a_stream_see_what_the_item_sees(subject: Subject) -> None:
    token = TITLE.set("of the caller")
    outcomes = subject.make().stream(subject.work(_titles_of_threads), range(2))
    TITLE.reset(token)

    values = [outcome.value for outcome in outcomes if isinstance(outcome, Success)]

    assert values == [["of item 0"] * 3, ["of item 1"] * 3]


@local_isolating
def test_a_worker_that_replaces_another_sees_them(subject: Subject) -> None:
    token = TITLE.set("of the caller")
    outcomes = subject.make(1).stream(title_or_exit_at_three, range(9), batch_size=1)
    TITLE.reset(token)

    found = list(outcomes)

    assert [outcome.value for outcome in found if isinstance(outcome, Success)] == ["of the caller"] * 8
    assert [outcome.index for outcome in found if isinstance(outcome, Failure)] == [3]


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_a_replacement_that_is_started_another_way_sees_them(start_method: str) -> None:
    subject = Subject("processes", None if start_method == "fork" else start_method)
    token = TITLE.set("of the caller")
    outcomes = subject.make(1).stream(title_or_exit_at_three, range(9), batch_size=1)
    TITLE.reset(token)
    end = threading.Event()

    first = next(outcomes)
    thread = threading.Thread(target=end.wait)  # from now on, a fork would not be safe
    thread.start()
    found = [first, *outcomes]
    end.set()
    thread.join()

    assert [outcome.value for outcome in found if isinstance(outcome, Success)] == ["of the caller"] * 8


def _is_lock(_item: object) -> bool:
    return hasattr(TITLE.get(), "acquire")


def _titles_of_threads(number: int) -> list[object]:
    import turnout  # noqa: PLC0415  in the worker

    TITLE.set(f"of item {number}")
    return list(turnout.run(title, range(3), executor="threads", workers=2).values())
