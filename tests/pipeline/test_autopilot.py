"""The crew that chooses, over real crews: the track that suits the work, and nothing lost on the way to it."""

import asyncio
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import turnout
from executors.leftovers import holdings, left_since
from executors.subjects import Hold
from executors.work import double, double_soon, hang_at, same
from turnout import Failure, Outcome, Success
from turnout.advise import Prediction
from turnout.executors import BatchSize, feed, outcomes_of, stream
from turnout.pipeline import StageStatus, TrackChoice
from turnout.pipeline._autopilot import Autopilot
from turnout.pipeline._intake import StageIntake
from turnout.trace import Recorder

PLAIN = ("sequential", "threads", "processes")
never = threading.Event()


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    interval_s = sys.getswitchinterval()
    before = holdings()
    yield
    assert left_since(before) == []
    assert sys.getswitchinterval() == interval_s


def rest(item: int) -> int:
    """Wait for as long as a request takes."""
    never.wait(0.02)
    return item


async def rest_soon(item: int) -> int:
    await asyncio.sleep(0.02)
    return item


def compute(item: int) -> int:
    """Compute for some milliseconds with the global lock held."""
    return item + 0 * sum(range(100_000))


def rest_and_then_compute(item: int) -> int:
    return rest(item) if item < 60 else compute(item)


def compute_and_then_rest(item: int) -> int:
    return compute(item) if item < 60 else rest(item)


def tell_process(item: int) -> tuple[int, int]:
    return item + 0 * sum(range(100_000)), os.getpid()


def bare(run: turnout.Run[Any]) -> list[Any]:
    return list(run.values())


def executors_of(run: turnout.Run[Any]) -> list[str]:
    return [track.executor for track in run.choice.tracks]


# what is chosen


def test_many_items_that_wait_are_given_threads() -> None:
    run = turnout.run(rest, range(400))

    assert bare(run) == list(range(400))
    assert run.choice.executor == "threads"
    assert run.choice.workers > 8


def test_many_coroutines_that_wait_are_given_an_event_loop() -> None:
    run = turnout.run(rest_soon, range(400))

    assert bare(run) == list(range(400))
    assert run.choice.executor == "asyncio"
    assert run.choice.workers > 8


def test_an_event_loop_that_grows_is_not_interrupted_more_often_than_usual() -> None:
    async def tell_interval(_item: int) -> float:
        interval_s = sys.getswitchinterval()
        await asyncio.sleep(0.02)
        return interval_s

    run = turnout.run(tell_interval, range(400))
    _watched, *others = bare(run)

    assert run.choice.workers > 1
    assert set(others) == {sys.getswitchinterval()}


@pytest.mark.parametrize("count", [0, 1])
def test_so_few_items_need_no_other_worker(count: int) -> None:
    run = turnout.run(compute, range(count))

    assert bare(run) == list(range(count))
    assert len(run.trace.workers) == count


def test_tiny_work_stays_where_it_is() -> None:
    run = turnout.run(double, range(5000))

    assert bare(run) == list(range(0, 10_000, 2))
    assert run.choice.executor == "sequential"
    assert run.choice.workers == 1
    assert run.choice.reasons


def test_no_more_workers_are_taken_than_are_allowed() -> None:
    run = turnout.run(rest, range(60), workers=3)

    assert bare(run) == list(range(60))
    assert max(track.workers for track in run.choice.tracks) <= 3


def test_one_worker_is_one_worker() -> None:
    run = turnout.run(tell_process, range(60), workers=1)

    assert {pid for _, pid in bare(run)} == {os.getpid()}
    assert {track.workers for track in run.choice.tracks} == {1}


@pytest.mark.parametrize("items", [range(100), iter(range(100)), (number for number in range(100))])
def test_a_function_that_cannot_be_sent_is_never_lost(items: Any) -> None:
    guard = threading.Lock()

    def guarded(item: int) -> int:
        with guard:
            return compute(item)

    for start_method in (None, "spawn"):
        given = list(range(100)) if start_method else items
        run = turnout.run(guarded, given, start_method=start_method)
        assert bare(run) == list(range(100))
    assert run.choice.executor != "processes"
    assert run.choice.executor != "sequential" or run.choice.workers == 1


def make_lock(item: int) -> Any:
    compute(item)
    return threading.Lock()


def test_results_that_cannot_be_sent_are_not_lost_either() -> None:
    run = turnout.run(make_lock, range(100))

    assert [outcome for outcome in run if isinstance(outcome, Failure)] == []
    assert run.choice.executor != "processes"  # which may be tried, if the first item takes long on a busy machine


def make_lock_slowly(item: int) -> Any:
    for _ in range(20):
        compute(item)
    return threading.Lock()


@pytest.mark.parametrize("make_items", [list, iter], ids=["list", "iterator"])
def test_long_items_whose_results_cannot_be_sent_are_run_again_where_they_need_not_be(make_items: type) -> None:
    run = turnout.run(make_lock_slowly, make_items(range(12)))

    outcomes = list(run)

    assert [type(outcome) for outcome in outcomes] == [Success] * 12
    assert [outcome.index for outcome in outcomes] == list(range(12))
    assert run.choice.executor != "processes"


@pytest.mark.parametrize("work", [rest_and_then_compute, compute_and_then_rest])
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("kind", [range, lambda count: iter(range(count))])
def test_work_that_changes_its_character_loses_nothing(
    work: Callable[[int], int],
    ordered: bool,  # noqa: FBT001  of all combinations
    kind: Callable[[int], Any],
) -> None:
    run = turnout.run(work, kind(160), ordered=ordered)

    found = [(outcome.index, outcome.value) for outcome in run if isinstance(outcome, Success)]

    assert sorted(found) == [(number, number) for number in range(160)]
    assert not ordered or found == sorted(found)


def test_a_run_that_is_never_begun_starts_nothing() -> None:
    before = holdings()

    run = turnout.run(compute, range(8))

    assert holdings().beyond(before) == []
    assert run.status.done == 0


@pytest.mark.parametrize("kind", [range, lambda count: iter(range(count))])
def test_a_run_that_is_left_early_leaves_nothing(kind: Callable[[int], Any]) -> None:
    for taken in (1, 5, 40):
        with turnout.run(compute, kind(100_000)) as run:
            found = list(itertools.islice(run, taken))

        assert [outcome.index for outcome in found] == list(range(taken))
        assert run.status.is_interrupted


def test_items_behind_a_long_one_are_not_lost_when_the_run_is_left(tmp_path: Path) -> None:
    hold = Hold(tmp_path)
    work = partial(hang_at, some=(3,), hold=hold.path)

    with turnout.run(work, range(10), ordered=False) as run:
        found = list(itertools.islice(run, 1))
    hold.release()

    assert isinstance(found[0], Success)


# changes that are forced


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forked workers")
def test_of_few_long_items_all_workers_are_there_before_the_first_item_is_done(tmp_path: Path) -> None:
    program = Path(__file__).with_name("few_long_items.py")

    for number in range(5):  # on a busy machine the first item may seem to wait, and threads are right for that
        said = subprocess.run(  # a process of one thread, as tests need not run in
            [sys.executable, program, tmp_path / f"gate{number}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if "threads" not in said.stdout:
            break

    assert (said.stdout, said.stderr) == ("[0, 2, 2, 2] processes\n", "")


class Restless(Autopilot):
    """Goes from track to track, whatever is seen: to the next one after so many replies, with items under way.

    Args:
        route: The tracks.
        every: After how many replies it changes.
    """

    def __init__(self, *given: Any, route: Iterator[str], every: int, **options: Any) -> None:
        self.visited: list[str] = []
        self._route = route
        self._every = every
        self._heard = 0
        super().__init__(*given, **options)

    def _decide(self, watch: object) -> None:  # noqa: ARG002  whatever was seen
        self._go_on()

    def _decide_under_way(self, watch: object) -> None:
        """Wait for the item."""

    def _check(self, now: int) -> None:
        """Nothing that is seen counts."""

    def _learned(self, reply: Any) -> Any:
        found = super()._learned(reply)
        if found is not None:
            self._go_on()
        return found

    def _go_on(self) -> None:
        self._heard += 1
        if self._heard % self._every == 0 and (name := next(self._route, None)) is not None:
            self.visited.append(name)
            self._follow(Prediction(executor=name, workers=1 if name == "sequential" else 2, wall_s=1.0), None)


def travel(
    function: Callable[[int], Any],
    count: int,
    route: list[str],
    *,
    every: int = 1,
    batch: int = 1,
    start_method: str | None = None,
) -> tuple[list[Outcome[Any]], Restless, Recorder, StageStatus]:
    """Run with a crew that changes along the route."""
    items = range(count)
    status = StageStatus(name="work", kind="map", choice=TrackChoice(executor="auto", workers=1))
    size = BatchSize(workers=1, target_ns=1, fixed=batch)
    source, recorder = feed(items), Recorder()
    crew = Restless(
        function,
        items,
        size,
        status,
        recorder,
        source.remaining,
        route=iter(route),
        every=every,
        start_method=start_method,
    )
    crew.muster()
    intake = StageIntake(source, size, status, workers=lambda: crew.workers)
    found = [
        outcome for reply in stream(crew, intake, ordered=True, recorder=recorder) for outcome in outcomes_of(reply)
    ]
    return found, crew, recorder, status


def check(found: list[Outcome[Any]], recorder: Recorder, count: int, expected: Callable[[int], object]) -> None:
    assert [outcome.index for outcome in found] == list(range(count))
    assert [outcome.value for outcome in found if isinstance(outcome, Success)] == [
        expected(item) for item in range(count)
    ]
    trace = recorder.trace()
    assert sorted(span.item for span in trace.spans()) == list(range(count))
    numbers = [worker.id for worker in trace.workers]
    assert len(set(numbers)) == len(numbers)
    assert {span.worker for span in trace.spans()} <= set(numbers)


@pytest.mark.parametrize("start", PLAIN)
@pytest.mark.parametrize("end", PLAIN)
@pytest.mark.parametrize("work", [same, rest, compute])
def test_a_change_of_track_loses_nothing_and_keeps_the_order(work: Callable[[int], int], start: str, end: str) -> None:
    found, crew, recorder, status = travel(work, 40, [start, end, start], every=5)

    check(found, recorder, 40, same)
    assert crew.visited == [start, end, start]
    assert status.choice.tracks[-1].executor == start


@pytest.mark.parametrize("work", [double_soon, rest_soon])
@pytest.mark.parametrize("other", ["processes", "threads"])
def test_coroutines_change_tracks_too(work: Callable[[int], Any], other: str) -> None:
    found, crew, recorder, _ = travel(work, 40, ["asyncio", other, "asyncio", other], every=4)

    check(found, recorder, 40, double if work is double_soon else same)
    assert len(crew.visited) == 4


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(PLAIN), max_size=9),
    st.integers(1, 60),
    st.integers(1, 5),
    st.integers(1, 4),
)
def test_whatever_the_route_each_item_has_its_outcome(route: list[str], count: int, every: int, batch: int) -> None:
    found, _, recorder, status = travel(same, count, route, every=every, batch=batch)

    check(found, recorder, count, same)
    assert (status.taken, status.done, status.failed) == (count, count, 0)


def fail_at_multiples_of_four(item: int) -> int:
    if item % 4 == 0:
        raise LookupError(item)
    return item


def test_failures_keep_their_places_over_changes() -> None:
    found, _, _, status = travel(fail_at_multiples_of_four, 40, ["threads", "processes", "sequential", "threads"])

    assert [outcome.index for outcome in found] == list(range(40))
    assert [outcome.index for outcome in found if isinstance(outcome, Failure)] == list(range(0, 40, 4))
    assert status.failed == 10


def be_killed_at_twenty(item: int) -> int:
    if item == 20 and threading.current_thread() is threading.main_thread() and os.getpid() != PARENT:
        os.kill(os.getpid(), 9)
    return item


PARENT = os.getpid()


def test_a_worker_that_dies_while_its_track_is_left_is_replaced_there() -> None:
    found, _, _, _ = travel(be_killed_at_twenty, 60, ["processes", "threads", "processes"], every=9)

    assert [outcome.index for outcome in found] == list(range(60))
    assert [outcome.index for outcome in found if isinstance(outcome, Failure)] in ([20], [])


def test_a_run_is_left_in_the_midst_of_a_change() -> None:
    items = range(1000)
    status = StageStatus(name="work", kind="map", choice=TrackChoice(executor="auto", workers=1))
    size = BatchSize(workers=1, target_ns=1, fixed=1)
    source, recorder = feed(items), Recorder()
    crew = Restless(rest, items, size, status, recorder, source.remaining, route=itertools.cycle(PLAIN), every=1)
    replies = stream(crew, StageIntake(source, size, status, workers=lambda: crew.workers), ordered=True, recorder=None)

    firsts = [reply.batch.first for reply in itertools.islice(replies, 7)]
    replies.close()

    assert firsts == list(range(7))


class Guarded:
    """Cannot be sent."""

    def __init__(self) -> None:
        self.guard = threading.Lock()

    def __call__(self, item: int) -> int:
        return item


def test_a_track_that_cannot_be_taken_is_told_and_nothing_is_lost() -> None:
    found, _, recorder, status = travel(
        Guarded(), 40, ["processes", "threads", "processes"], every=4, start_method="spawn"
    )

    check(found, recorder, 40, same)
    assert any("Processes cannot be used" in reason for reason in status.choice.reasons)
    assert "processes" not in [track.executor for track in status.choice.tracks]


def compute_and_rest(number: int) -> int:
    compute(number)
    return rest(number)


def test_items_that_compute_and_wait_get_workers_that_can_do_both() -> None:
    run = turnout.run(compute_and_rest, range(60))

    assert bare(run) == list(range(60))
    assert run.choice.executor in {"threads", "processes"}
    assert run.choice.workers > 1
