import hashlib
import itertools
import os
import posix
import threading
from collections.abc import Iterator

import pytest

import turnout
from turnout.advise import Bound
from turnout.clock import pause_s
from turnout.errors import ExecutorError, ItemsError, TransferError, UsageError
from turnout.jobs import prime_factors
from turnout.report import RaceReport

pytestmark = pytest.mark.integration  # these really race


def wait(_item: int) -> None:
    pause_s(0.02)


async def wait_as_a_task(_item: int) -> None:
    import asyncio  # noqa: PLC0415  as a user's function may

    await asyncio.sleep(0.02)


def double(number: int) -> int:
    return 2 * number


def die_in_a_worker(number: int) -> int:
    if threading.current_thread() is not threading.main_thread():
        posix._exit(7)  # coverage would first keep its data, which another thread is writing to
    return number


def own_pid(_item: int) -> int:
    return os.getpid()


def labels(report: RaceReport) -> list[str]:
    return [one.contender.label for one in report.measurements]


def test_work_that_waits_is_bound_by_it_and_not_best_one_by_one() -> None:
    report = turnout.race(wait, range(40), executors=["sequential", "threads"], budget_s=6)

    assert report.diagnosis.bound is Bound.IO
    assert report.best is not None
    assert report.best.contender.executor == "threads"
    assert report.item_count == 40
    assert [projection.item_count for projection in report.projections] == [40, 40]


def test_waiting_tasks_race_beside_waiting_threads() -> None:
    report = turnout.race(
        wait, range(20), executors=["sequential", "asyncio"], coroutine_function=wait_as_a_task, budget_s=6
    )

    assert report.best is not None
    assert report.best.contender.executor == "asyncio"


def test_a_coroutine_function_runs_on_every_executor() -> None:
    report = turnout.race(
        wait_as_a_task, range(6), executors=["sequential", "threads", "processes", "asyncio"], repeats=1, budget_s=9
    )

    assert [one.contender.executor for one in report.measurements] == [
        "sequential",
        "threads",
        "processes",
        "asyncio",
    ]
    assert all(heat.failures == 0 for one in report.measurements for heat in one.heats)


def test_a_plain_function_is_refused_on_asyncio_with_the_reason() -> None:
    report = turnout.race(double, range(10), executors=["sequential", "asyncio"], repeats=1, budget_s=5)

    assert labels(report) == ["sequential"]
    assert [refusal.name for refusal in report.refusals] == ["asyncio"]
    assert "async def" in report.refusals[0].reason


def test_nobody_left_to_race_is_an_error() -> None:
    with pytest.raises(ExecutorError, match="nobody can race: asyncio"):
        turnout.race(double, range(10), executors=["asyncio"])


def test_several_worker_counts_make_a_scaling_curve() -> None:
    report = turnout.race(
        wait, range(24), executors=["sequential", "threads"], workers=[1, 2, 4], repeats=2, budget_s=15
    )

    (scaling,) = report.scalings
    assert labels(report) == ["sequential", "threads x 1", "threads x 2", "threads x 4"]
    assert [workers for workers, _ in scaling.points] == [1, 2, 4]
    assert scaling.parallel_share > 0.5


def test_outcomes_that_differ_are_found() -> None:
    report = turnout.race(own_pid, range(5), executors=["sequential"], repeats=2, budget_s=5)

    assert any("differ" in finding.title for finding in report.findings)


def test_equal_outcomes_are_no_finding() -> None:
    report = turnout.race(double, range(5), executors=["sequential", "threads"], repeats=2, budget_s=5)

    assert not any("differ" in finding.title for finding in report.findings)


def test_a_contender_that_dies_is_refused_and_the_others_go_on() -> None:
    report = turnout.race(die_in_a_worker, range(5), executors=["sequential", "threads"], repeats=1, budget_s=5)

    assert labels(report) == ["sequential"]
    assert "exit status 7" in report.refusals[0].reason


def test_each_heat_starts_from_the_same_state() -> None:
    seen: list[int] = []

    def remember(number: int) -> int:
        seen.append(number)
        return len(seen)

    report = turnout.race(remember, range(5), executors=["sequential"], repeats=3, budget_s=5)

    assert seen == []
    assert not any("differ" in finding.title for finding in report.findings)


def test_computing_is_told_from_waiting() -> None:
    report = turnout.race(prime_factors, range(90_000_000, 90_000_400), executors=["sequential"], repeats=2, budget_s=5)

    assert report.diagnosis.cpu_share > 0.5
    assert report.diagnosis.bound is not Bound.IO


def test_an_endless_iterator_is_raced_over_its_first_items() -> None:
    report = turnout.race(double, itertools.count(), executors=["sequential"], sample=50, repeats=1, budget_s=5)

    assert report.item_count is None
    assert report.sample_count == 50
    assert report.projections == ()


def test_an_iterator_that_ends_is_counted() -> None:
    report = turnout.race(double, iter(range(30)), executors=["sequential"], repeats=1, budget_s=5)

    assert (report.item_count, report.sample_count) == (30, 30)


def test_a_set_is_counted_too() -> None:
    report = turnout.race(double, {1, 2, 3}, executors=["sequential"], repeats=1, budget_s=5)

    assert report.item_count == 3


def test_no_items_are_an_error() -> None:
    with pytest.raises(ItemsError, match="no items"):
        turnout.race(double, [])


def test_a_budget_too_small_for_the_first_item_is_an_error() -> None:
    with pytest.raises(UsageError, match="too small"):
        turnout.race(wait, range(3), budget_s=0.001)


def test_a_budget_too_small_for_all_contenders_names_one_that_would_do() -> None:
    with pytest.raises(UsageError, match=r"give at least \d+ s"):
        turnout.race(wait, range(1000), sample=1000, repeats=5, budget_s=5)  # which takes 100 s one by one


def end_process(status: int) -> None:
    os._exit(status)


def test_a_function_that_ends_its_process_cannot_be_raced() -> None:
    with pytest.raises(UsageError, match="exit status 3"):
        turnout.race(end_process, [3])


@pytest.fixture
def another_thread() -> Iterator[None]:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    yield
    end.set()
    thread.join()


@pytest.mark.usefixtures("another_thread")
def test_a_process_with_threads_can_race_a_closure() -> None:
    salt = b"salt"

    report = turnout.race(
        lambda number: hashlib.sha256(salt * number).hexdigest(), range(5), executors=["sequential"], repeats=1
    )

    assert labels(report) == ["sequential"]


@pytest.mark.usefixtures("another_thread")
def test_a_process_with_threads_says_what_it_cannot_send() -> None:
    lock = threading.Lock()

    with pytest.raises(TransferError, match="lock"):
        turnout.race(lambda number: lock.locked() or number, range(5), executors=["sequential"], repeats=1)


def test_progress_is_told() -> None:
    told: list[str] = []

    turnout.race(double, range(5), executors=["sequential"], repeats=2, budget_s=5, progress=told.append)

    assert told[0] == "looking at a few items"
    assert told[-2:] == ["round 1 of 2: sequential", "round 2 of 2: sequential"]
