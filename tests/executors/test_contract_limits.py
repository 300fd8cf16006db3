"""What executors promise about an item that takes longer than it may: it fails, and no other."""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from executors.leftovers import holdings, left_since
from executors.subjects import Hold, Subject, local, local_isolating
from executors.work import (
    Aside,
    be_late_at_one,
    double,
    exit_at_three,
    give_up_at_three,
    hang_at,
    remember_and_hang_at,
    take_a_moment,
)
from turnout import Failure, Success
from turnout.errors import TimeLimitError, WorkerDiedError
from turnout.executors import AsyncioExecutor, Executor, SequentialExecutor
from turnout.outcomes import Outcome
from turnout.trace import Recorder, SpanKind

LIMIT_S = 0.5  # far longer than a quick item is ever kept waiting for a core
AFTERMATHS = {
    "dask": r"its process \d+ of the Dask worker tcp://\S+ was ended",
    "processes": "its process was ended",
    "asyncio": "its task was cancelled",
}
KEEPING = ("sequential", "threads", "interpreters", "asyncio")  # the results of a batch with a late item


def late(outcomes: Iterable[Outcome[Any]]) -> list[int]:
    """Return which items were late, and see that the others succeeded."""
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [type(failure.error) for failure in failures] == [TimeLimitError] * len(failures)
    return [failure.index for failure in failures]


@local
@pytest.mark.parametrize("batch_size", [1, 8, None])
def test_an_item_that_hangs_fails_alone(subject: Subject, hold: Hold, batch_size: int | None) -> None:
    work = subject.hanging_work([3], hold.path)

    outcomes = list(subject.make().stream(work, range(20), batch_size=batch_size, timeout_s=LIMIT_S))

    assert late(outcomes) == [3]
    assert [outcome.index for outcome in outcomes] == list(range(20))


@local
def test_its_error_says_how_long_it_might_take_and_what_became_of_it(subject: Subject, hold: Hold) -> None:
    work = subject.hanging_work([0], hold.path)

    (outcome,) = subject.make().stream(work, [0], timeout_s=LIMIT_S)

    aftermath = AFTERMATHS.get(subject.executor, "its thread cannot be stopped and goes on")
    assert isinstance(outcome, Failure)
    assert re.fullmatch(f"it took longer than {LIMIT_S} s; {aftermath}", str(outcome.error))


@local
def test_without_order_the_others_need_not_wait(subject: Subject, hold: Hold) -> None:
    work = subject.hanging_work([0], hold.path)

    outcomes = list(subject.make().stream(work, range(9), ordered=False, batch_size=1, timeout_s=LIMIT_S))

    assert late(outcomes) == [0]
    assert sorted(outcome.index for outcome in outcomes) == list(range(9))


@local
def test_many_that_hang_are_all_told_from_those_that_do_not(subject: Subject, hold: Hold) -> None:
    hanging = range(0, 200, 20)  # more than workers may die in a row
    work = subject.hanging_work(hanging, hold.path)

    outcomes = list(subject.make(5).stream(work, iter(range(200)), timeout_s=LIMIT_S))

    assert late(outcomes) == list(hanging)
    assert len(outcomes) == 200


@local
def test_the_last_item_may_be_the_one(subject: Subject, hold: Hold) -> None:
    work = subject.hanging_work([29], hold.path)

    outcomes = list(subject.make().stream(work, iter(range(30)), timeout_s=LIMIT_S))

    assert late(outcomes) == [29]


@local
def test_the_limit_is_for_an_item_and_not_for_its_batch(subject: Subject) -> None:
    work = subject.blocking_work(partial(take_a_moment, seconds=LIMIT_S / 10))

    outcomes = list(subject.make().stream(work, range(15), batch_size=15, timeout_s=LIMIT_S))

    assert late(outcomes) == []


@local
def test_tiny_items_are_never_late(subject: Subject) -> None:
    outcomes = list(subject.make().stream(subject.work(double), range(20_000), timeout_s=LIMIT_S))

    assert outcomes == [Success(2 * item, item, item) for item in range(20_000)]


@local
def test_an_item_may_have_a_time_limit_of_its_own(subject: Subject) -> None:
    outcomes = list(subject.make().stream(subject.work(give_up_at_three), range(6), timeout_s=60))

    errors = {outcome.index: outcome.error for outcome in outcomes if isinstance(outcome, Failure)}
    assert {index: (type(error), str(error)) for index, error in errors.items()} == {
        3: (TimeoutError, "the server's own")
    }


@local
def test_a_late_item_fails_though_nobody_looked(subject: Subject, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "bell")
    work = subject.blocking_work(partial(be_late_at_one, path=str(tmp_path / "bell")))
    outcomes = subject.make().stream(work, range(2), batch_size=1, timeout_s=1)

    next(outcomes)
    (tmp_path / "bell").read_bytes()
    (second,) = outcomes

    assert isinstance(second, Failure)
    assert isinstance(second.error, TimeLimitError)


@local
def test_who_leaves_need_not_wait_for_an_item_that_hangs(subject: Subject, hold: Hold) -> None:
    work = subject.hanging_work([1], hold.path)
    outcomes = subject.make().stream(work, range(9), ordered=False, batch_size=1, timeout_s=600)

    first = next(outcomes)
    hold.await_somebody()
    del outcomes

    assert first == Success(0, 0, 0)


@local
def test_coroutines_are_limited_by_every_executor(subject: Subject, hold: Hold) -> None:
    work = Aside(partial(hang_at, some=[3], hold=hold.path))

    outcomes = list(subject.make().stream(work, range(9), batch_size=3, timeout_s=LIMIT_S))

    assert late(outcomes) == [3]


@local
def test_only_items_that_a_process_took_along_are_run_again(subject: Subject, hold: Hold, tmp_path: Path) -> None:
    path = tmp_path / "begun"
    work = subject.blocking_work(partial(remember_and_hang_at, some=[3], hold=hold.path, path=str(path)))

    outcomes = list(subject.make().stream(work, range(6), batch_size=6, timeout_s=LIMIT_S))

    begun = Counter(map(int, path.read_text(encoding="ascii").split()))
    done_before = 1 if subject.executor in KEEPING else 2
    assert late(outcomes) == [3]
    assert begun == {0: done_before, 1: done_before, 2: done_before, 3: 1, 4: 1, 5: 1}


@local
def test_a_late_item_has_a_span(subject: Subject, hold: Hold) -> None:
    work = subject.hanging_work([3], hold.path)
    recorder = Recorder()

    list(subject.make().stream(work, range(6), batch_size=6, recorder=recorder, timeout_s=LIMIT_S))

    (span,) = (span for span in recorder.trace().spans() if span.item == 3)
    assert span.kind is (SpanKind.RUN if subject.executor == "asyncio" else SpanKind.LOST)
    assert span.end_ns - span.start_ns >= LIMIT_S * 1e9


@local
@pytest.mark.parametrize("timeout_s", [0, -1, 0.0, float("nan"), "2", False, [1]])
def test_a_limit_that_is_none_is_refused(subject: Subject, timeout_s: Any) -> None:
    with pytest.raises(ValueError, match="timeout_s must be a number of seconds above 0, not "):
        subject.make().stream(subject.work(double), range(3), timeout_s=timeout_s)


@local
@pytest.mark.parametrize("timeout_s", [float("inf"), 1e300, 10**400, 1e8])
def test_a_limit_may_be_as_long_as_can_be(subject: Subject, timeout_s: float) -> None:
    outcomes = list(subject.make().stream(subject.work(double), range(3), timeout_s=timeout_s))

    assert outcomes == [Success(2 * item, item, item) for item in range(3)]


@local_isolating
def test_the_worker_of_an_item_that_hung_is_gone(subject: Subject, hold: Hold) -> None:
    before = holdings()
    work = partial(hang_at, some=[0], hold=hold.path)
    outcomes = subject.make(1).stream(work, range(3), batch_size=1, timeout_s=LIMIT_S)

    first = next(outcomes)
    pid = hold.await_somebody()

    assert isinstance(first, Failure)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert late(outcomes) == []
    assert left_since(before) == []


@local_isolating
def test_with_a_limit_a_death_is_a_death(subject: Subject) -> None:
    outcomes = list(subject.make().stream(exit_at_three, range(9), timeout_s=60))

    errors = {outcome.index: type(outcome.error) for outcome in outcomes if isinstance(outcome, Failure)}
    assert errors == {3: WorkerDiedError}


class Deaf:
    """Ignores that it is cancelled, so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.end = asyncio.Event()

    async def __call__(self, number: int) -> int:
        """Hang with item 3."""
        for _ in range(self.times if number == 3 else 0):
            try:
                await self.end.wait()
            except asyncio.CancelledError:
                continue
        return number


on_tasks = pytest.mark.parametrize("make", [partial(AsyncioExecutor, 2), SequentialExecutor])


@on_tasks
def test_an_item_that_is_deaf_to_its_cancellation_is_late_all_the_same(make: partial[Executor]) -> None:
    outcomes = list(make().stream(Deaf(1), range(9), batch_size=3, timeout_s=LIMIT_S))

    assert late(outcomes) == [3]


@on_tasks
def test_an_item_that_stays_deaf_is_left_behind(make: partial[Executor]) -> None:
    # cancelled by the limit, and again when the loop ends
    outcomes = list(make().stream(Deaf(2), range(9), batch_size=3, timeout_s=LIMIT_S))

    assert late(outcomes) == [3]
    assert "its task ignores that it was cancelled and goes on" in str(getattr(outcomes[3], "error", None))


def test_where_a_cancelled_item_was_is_told() -> None:
    async def await_nobody(_number: int) -> None:
        await asyncio.Event().wait()

    (outcome,) = AsyncioExecutor(1).stream(await_nobody, [0], timeout_s=LIMIT_S)

    assert isinstance(outcome, Failure)
    assert isinstance(outcome.error.__cause__, asyncio.CancelledError)
