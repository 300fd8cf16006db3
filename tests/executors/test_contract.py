"""What every executor promises; a new one adds one line to `subjects`."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import count, islice
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest

import turnout
from executors.leftovers import holdings, left_since
from executors.subjects import SUBJECTS, Gate, Subject, every, waiting
from executors.work import (
    double,
    double_soon,
    interrupt,
    leave,
    raise_for_multiples_of_three,
    run_nested,
    same,
    submit_nested,
    take_nothing,
    wait_at,
    wait_at_first,
)
from turnout import Failure, Success
from turnout.errors import ExecutorError
from turnout.executors import EXECUTORS
from turnout.executors._limits import BATCH_LIMIT, WAITING_LIMIT
from turnout.trace import Recorder


def counted(pulled: list[int], items: Iterable[int]) -> Iterator[int]:
    for item in items:
        pulled.append(item)
        yield item


def breaks_after(good: int) -> Iterator[int]:
    yield from range(good)
    raise OSError("the source broke")


def test_the_contract_is_asked_of_each_executor() -> None:
    assert {subject.executor for subject in SUBJECTS} == set(EXECUTORS)


@every
def test_outcomes_keep_the_order_of_items(subject: Subject) -> None:
    items = list(range(300))

    outcomes = list(subject.make().stream(subject.work(double), items))

    assert outcomes == [Success(2 * item, item, item) for item in items]


@every
def test_an_iterator_gives_what_a_list_gives(subject: Subject) -> None:
    outcomes = list(subject.make().stream(subject.work(double), iter(range(300))))

    assert outcomes == [Success(2 * item, item, item) for item in range(300)]


@every
@pytest.mark.parametrize("make_items", [list, iter], ids=["list", "iterator"])
def test_unordered_outcomes_are_all_there(subject: Subject, make_items: type) -> None:
    items = make_items(range(300))

    outcomes = list(subject.make().stream(subject.work(double), items, ordered=False))

    assert sorted(outcomes, key=lambda outcome: outcome.index) == [Success(2 * item, item, item) for item in range(300)]


@waiting
def test_without_order_a_slow_item_holds_nobody_up(subject: Subject, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    work = subject.blocking_work(partial(wait_at_first, gate=gate.path))
    outcomes = subject.make().stream(work, range(5), ordered=False, batch_size=1)

    first = next(outcomes)
    gate.open()

    assert first.index != 0
    assert len(list(outcomes)) == 4


@every
@pytest.mark.parametrize("items", [[], (), range(0), iter(())], ids=["list", "tuple", "range", "iterator"])
def test_no_items_give_no_outcomes(subject: Subject, items: Iterable[int]) -> None:
    assert list(subject.make().stream(subject.work(double), items)) == []


@every
def test_one_item_gives_one_outcome(subject: Subject) -> None:
    assert list(subject.make(4).stream(subject.work(double), [21])) == [Success(42, 21, 0)]


@every
def test_items_may_be_many_more_than_a_batch_holds(subject: Subject) -> None:
    items = range(3 * BATCH_LIMIT)

    outcomes = subject.make().stream(subject.work(same), items)

    assert all(outcome == Success(item, item, item) for outcome, item in zip(outcomes, items, strict=True))


@every
@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_a_batch_size_changes_no_outcome(subject: Subject, batch_size: int) -> None:
    outcomes = subject.make().stream(subject.work(double), range(50), batch_size=batch_size)

    assert [outcome.index for outcome in outcomes] == list(range(50))


@every
def test_an_endless_source_is_read_little_ahead(subject: Subject) -> None:
    pulled: list[int] = []
    pool = subject.make()
    outcomes = pool.stream(subject.work(double), counted(pulled, count()), ordered=False, batch_size=1)

    taken = list(islice(outcomes, 20))

    assert len(taken) == 20
    assert len(pulled) <= 20 + 2 * pool.workers


@every
def test_order_bounds_what_waits_behind_a_slow_item(subject: Subject) -> None:
    pulled: list[int] = []
    pool = subject.make()
    outcomes = pool.stream(subject.work(double), counted(pulled, count()))

    taken = list(islice(outcomes, 2_000))

    assert len(taken) == 2_000
    assert len(pulled) <= 2_000 + WAITING_LIMIT + (2 * pool.workers + 1) * BATCH_LIMIT


@every
def test_nothing_is_pulled_before_an_outcome_is_asked_for(subject: Subject) -> None:
    pulled: list[int] = []
    before = holdings()

    outcomes = subject.make().stream(subject.work(double), counted(pulled, range(3)))

    assert (pulled, holdings().beyond(before)) == ([], [])
    assert len(list(outcomes)) == 3


@every
def test_an_error_of_the_source_reaches_the_caller_and_ends_the_workers(subject: Subject) -> None:
    before = holdings()
    outcomes = subject.make().stream(subject.work(double), breaks_after(30), batch_size=2)

    with pytest.raises(OSError, match="the source broke"):
        list(outcomes)

    assert left_since(before) == []


@every
def test_a_failure_keeps_its_error_item_and_neighbours(subject: Subject) -> None:
    outcomes = list(subject.make().stream(subject.work(raise_for_multiples_of_three), range(10, 20)))

    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [(failure.item, failure.index, failure.attempts) for failure in failures] == [
        (12, 2, 1),
        (15, 5, 1),
        (18, 8, 1),
    ]
    assert [(type(failure.error), failure.error.args) for failure in failures] == [
        (LookupError, ("a multiple of three", item)) for item in (12, 15, 18)
    ]
    assert sum(isinstance(outcome, Success) for outcome in outcomes) == 7


@every
def test_a_failure_tells_where_it_was_raised(subject: Subject) -> None:
    (failure,) = subject.make().stream(subject.work(raise_for_multiples_of_three), [3])

    assert isinstance(failure, Failure)
    text = "".join(format_exception(failure.error))
    assert "work.py" in text
    assert "in raise_for_multiples_of_three" in text


@every
def test_values_raise_the_first_failure(subject: Subject) -> None:
    run = turnout.run(
        subject.work(raise_for_multiples_of_three),
        [1, 2, 3, 4],
        executor=subject.executor,
        **subject.options,
    )
    values = run.values()

    assert [next(values), next(values)] == [1, 2]
    with pytest.raises(LookupError, match="multiple of three"):
        next(values)


@every
def test_an_item_that_leaves_python_is_a_failure(subject: Subject) -> None:
    (failure,) = subject.make().stream(subject.work(leave), [5])

    assert isinstance(failure, Failure)
    assert isinstance(failure.error, SystemExit)
    assert failure.error.code == 5


@waiting
def test_an_item_that_raises_a_keyboard_interrupt_is_a_failure(subject: Subject) -> None:
    (failure,) = subject.make().stream(subject.work(interrupt), [5])

    assert isinstance(failure, Failure)
    assert isinstance(failure.error, KeyboardInterrupt)


def test_a_keyboard_interrupt_in_the_callers_own_thread_is_the_callers() -> None:
    outcomes = turnout.executor("sequential").stream(interrupt, [5])

    with pytest.raises(KeyboardInterrupt):
        list(outcomes)


@every
def test_coroutine_functions_run_everywhere(subject: Subject) -> None:
    outcomes = subject.make().stream(double_soon, range(20))

    assert list(outcomes) == [Success(2 * item, item, item) for item in range(20)]


@every
def test_a_coroutine_function_that_takes_no_item_fails_them(subject: Subject) -> None:
    function: Any = take_nothing  # which the type checker would refuse, as the worker must

    outcomes = list(subject.make().stream(function, range(3)))

    assert [type(outcome.error) for outcome in outcomes if isinstance(outcome, Failure)] == [TypeError] * 3


def test_asyncio_refuses_plain_functions() -> None:
    pool = turnout.executor("asyncio")

    with pytest.raises(ExecutorError, match=r"double is a plain function, .* write it as `async def`"):
        pool.stream(double, [1])
    with pytest.raises(ExecutorError, match="double is a plain function"):
        pool.submit(double, 1)


@every
def test_lambdas_and_closures_are_welcome(subject: Subject) -> None:
    offset = 100

    outcomes = subject.make().stream(subject.work(lambda item: item + offset), iter(range(3)))

    assert list(outcomes) == [Success(item + offset, item, item) for item in range(3)]


@every
def test_an_item_may_run_items_of_its_own(subject: Subject) -> None:
    nested = partial(run_nested, executor="threads", start_method=None)

    outcomes = list(subject.make().stream(subject.work(nested), range(4)))

    assert outcomes == [Success([2 * part for part in range(item)], item, item) for item in range(4)]


@every
def test_an_executor_may_be_used_by_two_streams_at_once(subject: Subject) -> None:
    pool = subject.make()
    first = pool.stream(subject.work(double), range(40), batch_size=3)
    second = pool.stream(subject.work(same), range(40), batch_size=3)

    pairs = list(zip(first, second, strict=True))

    assert pairs == [(Success(2 * item, item, item), Success(item, item, item)) for item in range(40)]


@every
def test_an_executor_may_stream_again(subject: Subject) -> None:
    pool = subject.make()

    rounds = [list(pool.stream(subject.work(double), range(5))) for _ in range(3)]

    assert rounds[0] == rounds[1] == rounds[2]


@every
def test_leaving_early_leaves_nothing_behind(subject: Subject) -> None:
    before = holdings()

    for outcome in subject.make().stream(subject.work(double), count()):
        if outcome.index == 30:
            break

    assert left_since(before) == []


@every
def test_an_exception_in_the_consumer_leaves_nothing_behind(subject: Subject) -> None:
    before = holdings()

    with pytest.raises(ZeroDivisionError):
        consume_badly(subject)

    assert left_since(before) == []


def consume_badly(subject: Subject) -> None:
    for outcome in subject.make().stream(subject.work(double), count()):
        1 / (outcome.index - 5)


@every
def test_each_item_has_a_span_of_a_known_worker(subject: Subject) -> None:
    recorder = Recorder()
    outcomes = list(subject.make().stream(subject.work(double), range(50), recorder=recorder))

    trace = recorder.trace()

    assert len(outcomes) == trace.span_count == 50
    assert sorted(span.item for span in trace.spans()) == list(range(50))
    assert {span.worker for span in trace.spans()} <= {worker.id for worker in trace.workers}
    assert all(trace.start_ns <= span.queued_ns <= span.start_ns <= span.end_ns for span in trace.spans())
    assert all(span.end_ns <= trace.end_ns for span in trace.spans())
    assert trace.usage


@every
def test_a_submitted_call_has_its_result(subject: Subject) -> None:
    with subject.make() as pool:
        futures = [pool.submit(subject.work(double), number) for number in range(10)]

        assert [future.result() for future in futures] == [2 * number for number in range(10)]


@every
def test_a_submitted_call_takes_named_arguments(subject: Subject) -> None:
    with subject.make() as pool:
        assert pool.submit(subject.work(double), number=4).result() == 8


@every
def test_a_submitted_call_keeps_its_exception(subject: Subject) -> None:
    with subject.make() as pool:
        error = pool.submit(subject.work(raise_for_multiples_of_three), 3).exception()

    assert isinstance(error, LookupError)
    assert "in raise_for_multiples_of_three" in "".join(format_exception(error))


@every
def test_a_submitted_call_that_leaves_python_harms_no_other(subject: Subject) -> None:
    with subject.make() as pool:
        gone = pool.submit(subject.work(leave), 5)
        future = pool.submit(subject.work(double), 4)

        assert isinstance(gone.exception(), SystemExit)
        assert future.result() == 8


@every
def test_map_keeps_the_order_of_several_iterables(subject: Subject) -> None:
    with subject.make() as pool:
        assert list(pool.map(subject.work(pow), [2, 3, 4], [5, 2, 1])) == [32, 9, 4]


@every
def test_a_call_after_shutdown_is_refused(subject: Subject) -> None:
    pool = subject.make()
    used = pool.submit(subject.work(double), 1)
    pool.shutdown()

    with pytest.raises(RuntimeError, match="cannot schedule new futures after"):
        pool.submit(subject.work(double), 2)

    assert used.result() == 2


@every
def test_shutdown_may_be_repeated(subject: Subject) -> None:
    pool = subject.make()
    pool.shutdown()

    pool.shutdown(cancel_futures=True)


@every
def test_shutdown_without_waiting_finishes_what_was_submitted(subject: Subject) -> None:
    pool = subject.make()
    futures = [pool.submit(subject.work(double), number) for number in range(5)]

    pool.shutdown(wait=False)

    assert [future.result() for future in futures] == [0, 2, 4, 6, 8]


@every
def test_an_executor_that_is_forgotten_leaves_nothing_behind(subject: Subject) -> None:
    before = holdings()

    value = subject.make().submit(subject.work(double), 4).result()

    assert value == 8
    assert left_since(before) == []


@waiting
def test_a_call_that_waits_for_its_turn_can_be_cancelled(subject: Subject, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    with subject.make(workers=1) as pool:
        running = pool.submit(subject.blocking_work(wait_at), gate.path)
        waits, stays = (pool.submit(subject.work(double), number) for number in (1, 2))

        gate.await_somebody()

        was_cancelled = waits.cancel()
        gate.open()

        assert was_cancelled
        assert waits.cancelled()
        assert (running.result(), stays.result()) == ("open", 4)


@waiting
def test_shutdown_can_cancel_what_has_not_begun(subject: Subject, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    pool = subject.make(workers=1)
    running = pool.submit(subject.blocking_work(wait_at), gate.path)
    pending = [pool.submit(subject.work(double), number) for number in range(8)]
    gate.await_somebody()

    pool.shutdown(wait=False, cancel_futures=True)
    gate.open()
    pool.shutdown(wait=True)

    assert all(future.cancelled() for future in pending)
    assert running.done()


@every
def test_a_call_may_use_an_executor_of_its_own(subject: Subject) -> None:
    nested = partial(submit_nested, executor="threads", start_method=None)
    with subject.make() as pool:
        assert [pool.submit(subject.work(nested), number).result() for number in range(3)] == [0, 2, 4]


@every
def test_a_stream_and_submitted_calls_share_an_executor(subject: Subject) -> None:
    with subject.make() as pool:
        future = pool.submit(subject.work(double), 21)
        outcomes = list(pool.stream(subject.work(double), range(5)))

        assert future.result() == 42
        assert len(outcomes) == 5


@every
@pytest.mark.parametrize("workers", [0, -1])
def test_less_than_one_worker_is_refused(subject: Subject, workers: int) -> None:
    with pytest.raises(ExecutorError, match=f"an executor needs at least 1 worker, not {workers}"):
        turnout.executor(subject.executor, workers)


def test_the_sequential_executor_has_one_worker() -> None:
    with pytest.raises(ExecutorError, match="the sequential executor has 1 worker, not 2"):
        turnout.executor("sequential", 2)


def test_an_unknown_executor_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ExecutorError, match="no executor is called 'fibres'; known: sequential, threads, processes"):
        turnout.executor("fibres")


def test_an_unknown_start_method_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ExecutorError, match="no start method is called 'teleport'; known: fork, forkserver, spawn"):
        turnout.executor("processes", start_method="teleport")


def test_only_processes_have_a_start_method() -> None:
    with pytest.raises(ExecutorError, match="only the processes executor has a start method, not threads"):
        turnout.executor("threads", start_method="fork")


@every
@pytest.mark.parametrize("workers", [1.5, "2", [2]])
def test_a_number_of_workers_that_is_not_whole_is_refused(subject: Subject, workers: Any) -> None:
    with pytest.raises(ExecutorError, match="an executor needs a whole number of workers, not "):
        turnout.executor(subject.executor, workers, start_method=subject.start_method)
