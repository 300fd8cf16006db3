"""Stages joined together, over real executors."""

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import turnout
from executors.work import be_killed_at_three, double, double_soon, raise_for_multiples_of_three, same
from turnout import Failure, Retry, Success
from turnout.clock import wall_ns
from turnout.errors import ExecutorError, UsageError, WorkerDiedError
from turnout.pipeline import Stage
from turnout.pipeline._flow import STOP_NS
from turnout.pipeline._throttle import BURST_NS

AT_ONCE = Retry(times=3, wait=lambda _state: 0.0)


def plain(function: Any, **options: Any) -> Stage:
    """Return a stage that costs no workers."""
    return turnout.stage(function, executor="sequential", **options)


def values(outcomes: Any) -> list[Any]:
    return [outcome.value for outcome in outcomes if isinstance(outcome, Success)]


def wait_until(moment_ns: int) -> None:
    while wall_ns() < moment_ns:
        pass


def twice(item: Any) -> list[Any]:
    return [item, item]


def up_to(item: int) -> Iterator[int]:
    yield from range(item)


async def up_to_soon(item: int) -> AsyncIterator[int]:
    for number in range(item):
        await asyncio.sleep(0)
        yield number


def is_odd(item: int) -> int:
    return item % 2


@pytest.mark.parametrize("executor", ["auto", "sequential", "threads", "processes"])
def test_each_item_goes_through_all_stages_in_order(executor: str) -> None:
    pipeline = turnout.stage(double, executor=executor) | turnout.stage(double, executor=executor)

    found = list(turnout.run(pipeline, range(200)))

    assert found == [Success(4 * item, item, item) for item in range(200)]


def test_a_coroutine_stage_joins_a_plain_one() -> None:
    pipeline = turnout.stage(double_soon, executor="asyncio") | turnout.stage(double)

    assert values(turnout.run(pipeline, range(20))) == [4 * item for item in range(20)]


def test_a_flat_stage_makes_many_items_of_one_and_tells_where_they_come_from() -> None:
    pipeline = turnout.flat_stage(twice, executor="sequential") | plain(double)

    found = list(turnout.run(pipeline, "ab"))

    assert [(outcome.value, outcome.item, outcome.index) for outcome in found if isinstance(outcome, Success)] == [
        ("aa", "a", 0),
        ("aa", "a", 0),
        ("bb", "b", 1),
        ("bb", "b", 1),
    ]


@pytest.mark.parametrize(
    ("function", "executor"), [(up_to, "processes"), (up_to, "threads"), (up_to_soon, "asyncio"), (up_to_soon, "auto")]
)
def test_a_flat_stage_may_yield(function: Any, executor: str) -> None:
    assert values(turnout.run(turnout.flat_stage(function, executor=executor), [3, 0, 2])) == [0, 1, 2, 0, 1]


def test_a_flat_stage_that_returns_no_items_fails_and_says_what_it_returned() -> None:
    (outcome,) = turnout.run(turnout.flat_stage(double, executor="sequential"), [2])

    assert isinstance(outcome, Failure)
    assert "a flat stage needs a list or an iterator of items, and double returned 4" in str(outcome.error)


def test_a_filter_hands_on_what_it_was_given() -> None:
    pipeline = plain(double) | plain(lambda item: item + 1) | turnout.filter_stage(is_odd, executor="sequential")

    assert values(turnout.run(pipeline, range(4))) == [1, 3, 5, 7]
    assert values(turnout.run(turnout.filter_stage(is_odd, executor="threads"), range(6))) == [1, 3, 5]


class Undecided:
    """Neither true nor false, as an array of several numbers is."""

    def __bool__(self) -> bool:
        raise ValueError("the truth value is ambiguous")


def undecided_at_one(item: int) -> object:
    return Undecided() if item == 1 else True


async def undecided_at_one_soon(item: int) -> object:
    return undecided_at_one(item)


@pytest.mark.parametrize(
    ("function", "executor"),
    [(undecided_at_one, "auto"), (undecided_at_one, "processes"), (undecided_at_one_soon, "asyncio")],
)
def test_a_filter_that_is_neither_true_nor_false_fails_its_item_only(function: Any, executor: str) -> None:
    found = list(turnout.run(turnout.filter_stage(function, executor=executor) | plain(double), range(3)))

    assert values(found) == [0, 4]
    assert isinstance(found[1], Failure)
    assert "the truth value is ambiguous" in str(found[1].error)


def test_a_batch_stage_makes_one_call_with_many_items() -> None:
    pipeline = plain(same) | turnout.batch_stage(sum, size=4, executor="sequential")

    found = list(turnout.run(pipeline, range(10)))

    assert values(found) == [6, 22, 17]
    assert [outcome.item for outcome in found] == [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9)]
    assert [outcome.index for outcome in found] == [0, 4, 8]


def test_a_batch_stage_may_be_the_first() -> None:
    assert values(turnout.run(turnout.batch_stage(sum, size=3, executor="processes"), range(7))) == [3, 12, 6]


def test_a_batch_that_waited_long_enough_is_given_fewer_items() -> None:
    more = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        yield 2
        more.wait()
        yield 3

    pipeline = plain(same) | turnout.batch_stage(sum, size=100, linger_s=0.01, executor="sequential")
    run = iter(turnout.run(pipeline, items()))

    first = next(run)
    more.set()

    assert isinstance(first, Success)
    assert first.value + sum(values(run)) == 6


def test_a_sink_keeps_no_results_but_tells_what_failed() -> None:
    seen: list[int] = []

    def keep(item: int) -> int:
        if item == 1:
            raise ValueError(item)
        seen.append(item)
        return item

    found = list(turnout.run(plain(double) | turnout.sink_stage(keep, executor="threads"), [0, 1, 2]))

    assert [outcome.value if isinstance(outcome, Success) else None for outcome in found] == [None, None, None]
    assert sorted(seen) == [0, 2, 4]


def test_a_failure_goes_by_all_later_stages_to_its_place_in_the_order() -> None:
    calls: list[Any] = []
    pipeline = plain(raise_for_multiples_of_three) | plain(calls.append)

    found = list(turnout.run(pipeline, range(7)))

    assert [outcome.index for outcome in found] == list(range(7))
    assert [outcome.index for outcome in found if isinstance(outcome, Failure)] == [0, 3, 6]
    assert calls == [1, 2, 4, 5]


def test_a_worker_that_dies_fails_its_item_only() -> None:
    pipeline = plain(same) | turnout.stage(be_killed_at_three, executor="processes", workers=2) | plain(same)

    found = list(turnout.run(pipeline, range(20)))

    assert [outcome.index for outcome in found] == list(range(20))
    failures = [outcome for outcome in found if isinstance(outcome, Failure)]
    assert [(outcome.item, type(outcome.error)) for outcome in failures] == [(3, WorkerDiedError)]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(-9, 9), max_size=60),
    st.lists(st.sampled_from(["map", "flat", "filter", "batch"]), min_size=1, max_size=4),
    st.sampled_from(["sequential", "threads", "auto"]),
)
def test_any_pipeline_does_what_loops_would(items: list[int], kinds: list[str], executor: str) -> None:
    options: dict[str, Any] = {"executor": executor}
    made = {
        "map": (turnout.stage(double, **options), lambda given: [2 * item for item in given]),
        "flat": (turnout.flat_stage(twice, **options), lambda given: [each for item in given for each in (item, item)]),
        "filter": (turnout.filter_stage(is_odd, **options), lambda given: [item for item in given if item % 2]),
        "batch": (
            turnout.batch_stage(sum, size=3, **options),
            lambda given: [sum(given[start : start + 3]) for start in range(0, len(given), 3)],
        ),
    }
    stages = [made[kind][0] for kind in kinds]
    pipeline = stages[0] if len(stages) == 1 else stages[0] | turnout.Pipeline(stages=tuple(stages[1:]))
    expected = items
    for kind in kinds:
        expected = made[kind][1](expected)

    found = values(turnout.run(pipeline, iter(items)))

    assert found == expected


def test_an_endless_source_is_held_back_by_a_reader_who_does_not_read() -> None:
    pulled = itertools.count()

    def items() -> Iterator[int]:
        while True:
            yield next(pulled)

    pipeline = plain(same) | turnout.stage(same, executor="threads", workers=2) | plain(same)
    with turnout.run(pipeline, items()) as run:
        assert values(itertools.islice(run, 10)) == list(range(10))

    assert next(pulled) < 20_000


def test_a_source_that_breaks_raises_after_what_came_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    found: list[Any] = []
    with pytest.raises(OSError, match="the disk is gone"):
        found.extend(outcome.item for outcome in turnout.run(plain(same) | plain(same), items()))

    assert found == [1, 2]


def test_items_may_come_from_an_async_iterator() -> None:
    async def items() -> AsyncIterator[int]:
        for item in range(5):
            await asyncio.sleep(0)
            yield item

    assert values(turnout.run(double, items(), executor="threads")) == [0, 2, 4, 6, 8]
    assert values(turnout.run(plain(double) | plain(double), items())) == [0, 4, 8, 12, 16]


def test_outcomes_can_be_taken_with_async_for() -> None:
    async def take() -> list[Any]:
        return [outcome.value async for outcome in turnout.run(double, range(2000)) if isinstance(outcome, Success)]

    assert asyncio.run(take()) == [2 * item for item in range(2000)]


def test_leaving_an_async_for_early_ends_the_run() -> None:
    async def take() -> int:
        run = turnout.run(plain(same) | turnout.stage(same, executor="threads"), itertools.count())
        iterator = aiter(run)
        first = await anext(iterator)
        await iterator.aclose()
        return first.index

    assert asyncio.run(take()) == 0


def test_the_first_error_can_be_raised_with_a_note_of_its_item() -> None:
    run = turnout.run(raise_for_multiples_of_three, [1, 2, 3, 4], executor="threads", on_error="raise")

    with pytest.raises(LookupError) as caught:
        list(run)

    assert caught.value.__notes__ == ["the item was 3, at index 2"]


def test_failures_can_be_skipped() -> None:
    run = turnout.run(raise_for_multiples_of_three, range(7), executor="threads", on_error="skip")

    assert [outcome.index for outcome in run] == [1, 2, 4, 5]
    assert run.status.failed == 3


def test_values_come_bare_and_the_first_failure_is_raised() -> None:
    assert list(turnout.run(plain(double) | plain(double), range(3)).values()) == [0, 4, 8]
    with pytest.raises(LookupError):
        list(turnout.run(plain(raise_for_multiples_of_three) | plain(same), range(3)).values())


class Flaky:
    """Fails each item as often as it is told."""

    def __init__(self, failures: int) -> None:
        self._failures = failures
        self.calls: dict[int, int] = {}

    def __call__(self, item: int) -> int:
        self.calls[item] = self.calls.get(item, 0) + 1
        if self.calls[item] <= self._failures:
            raise ConnectionError(item)
        return item


@pytest.mark.parametrize("executor", ["sequential", "threads", "auto"])
def test_an_item_that_fails_is_tried_again(executor: str) -> None:
    work = Flaky(2)

    run = turnout.run(work, range(50), executor=executor, retries=AT_ONCE)

    assert list(run) == [Success(item, item, item, 3) for item in range(50)]
    assert run.status.stages[0].retried == 100


def test_an_item_that_fails_too_often_tells_how_often() -> None:
    (outcome,) = turnout.run(Flaky(9), [7], executor="threads", retries=AT_ONCE)

    assert isinstance(outcome, Failure)
    assert outcome.attempts == 4


def test_a_worker_that_dies_each_time_is_tried_as_often_as_any_error() -> None:
    run = turnout.run(be_killed_at_three, [3], executor="processes", retries=AT_ONCE)

    (outcome,) = run

    assert isinstance(outcome, Failure)
    assert outcome.attempts == 4


def test_no_more_items_of_a_key_are_under_way_than_allowed() -> None:
    lock = threading.Lock()
    under_way = dict.fromkeys(range(3), 0)
    most = dict.fromkeys(range(3), 0)
    pair = threading.Barrier(2)

    def visit(item: int) -> None:
        with lock:
            under_way[item % 3] += 1
            most[item % 3] = max(most[item % 3], under_way[item % 3])
        if item < 6:
            pair.wait()  # two of them at once, at least
        with lock:
            under_way[item % 3] -= 1

    options: dict[str, Any] = {"executor": "threads", "workers": 9}
    found = list(turnout.run(visit, range(60), key=lambda item: item % 3, key_limit=2, **options))

    assert all(isinstance(outcome, Success) for outcome in found)
    assert set(most.values()) <= {1, 2}


def test_a_key_function_that_fails_fails_its_item() -> None:
    found = list(turnout.run(same, ["a", None], executor="threads", key=lambda item: item.lower()))

    assert [type(outcome) for outcome in found] == [Success, Failure]


def test_a_rate_holds_calls_back_and_loses_none() -> None:
    assert values(turnout.run(double, range(20), executor="threads", rate=1000)) == [2 * item for item in range(20)]


def test_calls_that_a_rate_holds_back_are_counted() -> None:
    run = turnout.run(double, range(10), executor="threads", workers=2, rate=50)

    list(run)

    assert run.status.stages[0].rate == 50
    assert 0 < run.status.stages[0].paced <= 9  # the first one waits for nothing


def test_calls_that_come_late_by_themselves_are_not_held_back_by_the_rate() -> None:
    run = turnout.run(double, range(10), executor="sequential", rate=0.9e9)

    for outcome in run:
        wait_until(wall_ns() + 2 * BURST_NS)
        assert isinstance(outcome, Success)

    assert run.status.stages[0].paced == 0


def test_a_stopped_run_ends_and_keeps_what_was_done() -> None:
    hold = threading.Event()

    def work(item: int) -> int:
        if item == 3:
            run.stop()
        if item > 5:
            hold.wait()
        return item

    run = turnout.run(work, itertools.count(), executor="threads", workers=2, ordered=False, batch_size=1)
    found = list(run)
    hold.set()

    assert {0, 1, 2, 3} <= {outcome.item for outcome in found}
    assert run.status.is_interrupted


def test_what_is_done_of_a_batch_is_kept_when_a_run_is_stopped() -> None:
    hold = threading.Event()

    def work(item: int) -> int:
        if item == 5:
            run.stop()  # which ends this very item where it runs in the caller's thread
            hold.wait()
        return item

    async def work_soon(item: int) -> int:
        if item == 5:
            run.stop()
            await asyncio.Event().wait()
        return item

    for executor, function in (("threads", work), ("sequential", work), ("asyncio", work_soon), ("auto", work)):
        run = turnout.run(function, range(100), executor=executor, workers=1, batch_size=10)

        found = [outcome.item for outcome in run]

        assert found == [0, 1, 2, 3, 4], executor
        assert run.status.is_interrupted
    hold.set()


def test_what_was_done_is_told_when_a_run_is_stopped_while_its_source_is_waited_for() -> None:
    done: list[int] = []

    def source() -> Iterator[int]:
        yield from range(3)
        while not done:
            pass
        run.stop()
        pytest.fail("the caller's thread is in this iterator, and nothing else would end it")

    def work(item: int) -> int:
        done.append(item)
        return item

    run = turnout.run(work, source(), executor="threads", workers=1, batch_size=1)

    assert [outcome.item for outcome in run] == done


def test_a_stage_in_the_callers_thread_begins_nothing_once_its_run_is_stopped() -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        if len(begun) == 3:
            stopper.start()
            stopper.join()
        return item

    run = turnout.run(turnout.flat_stage(twice, executor="sequential") | plain(work), itertools.count())
    stopper = threading.Thread(target=run.stop)

    assert [outcome.value for outcome in run if isinstance(outcome, Success)] == begun
    assert len(begun) == 3


def test_what_workers_have_sent_is_told_though_the_grace_has_passed() -> None:
    def source() -> Iterator[int]:
        yield from (1, 2)
        stopper.start()
        stopper.join()
        wait_until(wall_ns() + 2 * STOP_NS)

    run = turnout.run(double, source(), executor="processes", workers=1)
    stopper = threading.Thread(target=run.stop)

    assert [outcome.index for outcome in run] == list(range(run.status.done))
    assert run.status.done >= 1


def test_a_run_can_be_used_once() -> None:
    run = turnout.run(same, [1], executor="sequential")
    list(run)

    with pytest.raises(ValueError, match="iterated over before"):
        list(run)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: turnout.stage(double, executor="fibres"), "no executor is called 'fibres'"),
        (lambda: turnout.stage(double, executor="asyncio"), "plain function"),
        (lambda: turnout.stage(double, key_limit=2), "give key too"),
        (lambda: turnout.stage(double, timeout_s=0), "timeout_s must be"),
        (lambda: turnout.stage(double, timeout_s="5"), "timeout_s must be"),  # type: ignore[arg-type]  # on purpose
        (lambda: turnout.stage(double, batch_size=0), "batch_size must be"),
        (lambda: turnout.stage(double, workers=0), "at least 1 worker"),
        (lambda: turnout.stage(double, key=str, key_limit=0), "key_limit must be"),
        (lambda: turnout.stage(double, start_method="x"), "no start method is called 'x'"),
        (lambda: turnout.stage(double, address="tcp://127.0.0.1:1"), "give executor='dask'"),
        (lambda: turnout.sink_stage(double) | turnout.stage(double), "nothing can come after it"),
        (lambda: turnout.run(double, 5), "items must be a list"),  # type: ignore[arg-type]  # on purpose
        (lambda: turnout.run(double, None), "items must be a list"),  # type: ignore[arg-type]  # likewise
        (lambda: turnout.run(double, [1], rate=0), "rate must"),
        (lambda: turnout.run(double, [1], rate=1e-300), "rate must"),
        (lambda: turnout.run(double, [1], workers=True), "a whole number of workers, not True"),
        (lambda: turnout.run(double, [1], timeout_s=True), "timeout_s must be"),
        (lambda: turnout.run(double, [1], journal=5), "journal must be the name of a file, not 5"),  # type: ignore[arg-type]  # on purpose
        (lambda: turnout.stage(double, name=5), "name must be a text, not 5"),  # type: ignore[arg-type]  # likewise
        (lambda: turnout.batch_stage(sum, size=2, linger_s="x"), "linger_s must be"),  # type: ignore[arg-type]  # likewise
        (lambda: double | turnout.stage(double), r"write turnout.stage\(double\)"),
        (lambda: double | (turnout.stage(double) | turnout.stage(double)), r"write turnout.stage\(double\)"),
        (lambda: turnout.batch_stage(sum, size=0), "size must be"),
        (lambda: turnout.batch_stage(sum, size=2, linger_s=0), "linger_s must be"),
        (lambda: turnout.stage(double) | double, r"write turnout.stage\(double\)"),  # type: ignore[operator]  # on purpose
        (lambda: turnout.run(turnout.stage(double), [1], workers=3), "give workers to turnout.stage instead"),
        (lambda: turnout.run(double, [1], on_error="explode"), "on_error must be one of return, raise, skip"),  # type: ignore[arg-type]  # on purpose
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any, message: str) -> None:
    with pytest.raises((UsageError, ExecutorError), match=message):
        make()


def test_counters_tell_what_each_stage_did() -> None:
    pipeline = plain(raise_for_multiples_of_three) | turnout.flat_stage(twice, executor="sequential")

    run = turnout.run(pipeline, range(9))
    list(run)

    first, second = run.status.stages
    assert (first.taken, first.done, first.failed, first.given_out) == (9, 9, 3, 6)
    assert (second.name, second.kind, second.given_out) == ("twice", "flat", 12)
    assert (second.taken, second.done, second.failed, second.passed) == (6, 6, 0, 3)
    assert (run.status.done, run.status.failed, run.status.item_count) == (9, 3, 9)


def test_the_report_tells_in_which_stage_an_item_failed() -> None:
    pipeline = plain(raise_for_multiples_of_three, name="first") | plain(lambda item: 1 // (item - 4), name="then")

    run = turnout.run(pipeline, range(6))
    list(run)

    assert [(one.index, one.stage) for one in run.report().failures] == [(0, "first"), (3, "first"), (4, "then")]
    assert "item 4 (4) in then: ZeroDivisionError" in run.report().to_text()
    assert "<bdi>then</bdi>" in run.report().to_html()


def test_the_only_stage_tells_what_it_has_given_out() -> None:
    run = turnout.run(raise_for_multiples_of_three, range(9))
    list(run)

    assert run.status.stages[0].given_out == 6
    assert [one.stage for one in run.report().failures] == [None] * 3


async def keep_soon(item: int) -> int:
    return item


async def listed_soon(item: int) -> list[int]:
    return [item, item]


def test_coroutines_may_make_many_items_or_none() -> None:
    pipeline = turnout.flat_stage(listed_soon, executor="asyncio") | turnout.sink_stage(keep_soon, executor="asyncio")

    assert values(turnout.run(pipeline, [1, 2])) == [None] * 4


def test_a_run_reports_what_it_did() -> None:
    pipeline = plain(raise_for_multiples_of_three) | plain(same)
    run = turnout.run(pipeline, range(7))
    list(run)

    report = run.report()

    assert report.title == "raise_for_multiples_of_three | same"
    assert [failure.index for failure in report.failures] == [0, 3, 6]
    assert len(report.traces) == len(run.traces) == 2
    assert run.choice.executor == "sequential"


def test_progress_takes_no_outcomes_and_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list(turnout.run(double, range(5), executor="sequential", progress=True))) == 5

    assert "".join(capsys.readouterr()) == ""


def test_what_is_no_function_and_what_lacks_a_journal_is_refused() -> None:
    with pytest.raises(TypeError, match="a function is needed, not 3"):
        turnout.stage(3)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(UsageError, match="retry_failed asks a journal"):
        turnout.run(double, [1], retry_failed=True)


def test_a_batch_stage_may_linger_for_longer_than_a_life() -> None:
    assert values(turnout.run(turnout.batch_stage(sum, size=2, linger_s=1e300), range(3))) == [1, 2]
