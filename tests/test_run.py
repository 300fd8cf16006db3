import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import turnout
from turnout import Failure
from turnout.errors import ExecutorError, UnavailableError, UsageError

PATIENCE_LOOKS = 600  # a bound for a hang
never = threading.Event()


def double(number: int) -> int:
    return 2 * number


def invert(number: int) -> float:
    return 1 / number


def test_outcomes_tell_value_item_and_place() -> None:
    outcomes = list(turnout.run(double, [5, 6], executor="sequential"))

    assert outcomes == [turnout.Success(10, 5, 0), turnout.Success(12, 6, 1)]


def test_one_bad_item_does_not_lose_the_others() -> None:
    first, bad, last = turnout.run(invert, [1, 0, 2], executor="threads", workers=2)

    assert (first, last) == (turnout.Success(1.0, 1, 0), turnout.Success(0.5, 2, 2))
    assert isinstance(bad, turnout.Failure)
    assert isinstance(bad.error, ZeroDivisionError)
    assert (bad.item, bad.index, bad.attempts) == (0, 1, 1)


def test_values_stop_at_the_first_failure() -> None:
    values = turnout.run(invert, [1, 2, 0, 4], executor="sequential").values()

    assert list(itertools.islice(values, 2)) == [1.0, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(values)


def test_work_begins_when_it_is_asked_for() -> None:
    pulled = []

    def items() -> Iterator[int]:
        for number in range(3):
            pulled.append(number)
            yield number

    run = turnout.run(double, items(), executor="sequential")

    assert pulled == []
    assert list(run.values()) == [0, 2, 4]


def test_a_run_can_be_used_once() -> None:
    run = turnout.run(double, [1], executor="sequential")
    list(run)

    with pytest.raises(ValueError, match="again"):
        iter(run)


def test_a_run_remembers_what_happened() -> None:
    run = turnout.run(double, range(100), executor="threads", workers=2)

    list(run)

    assert run.trace.span_count == 100
    assert sorted(span.item for span in run.trace.spans()) == list(range(100))
    assert len(run.trace.workers) == len(run.trace.usage) <= 2


@pytest.mark.parametrize("work", [double, turnout.stage(double) | turnout.stage(double)], ids=["map", "pipeline"])
def test_a_run_that_is_stopped_after_its_end_was_not_interrupted(work: Any) -> None:
    run = turnout.run(work, range(3))
    list(run)

    run.stop()

    assert not run.status.is_interrupted
    assert run.report().to_text().count("Interrupted") == 0


def test_a_run_that_is_stopped_before_its_end_was_interrupted() -> None:
    run = turnout.run(double, itertools.count(), executor="threads")
    outcomes = iter(run)
    next(outcomes)

    run.stop()
    list(outcomes)
    run.stop()

    assert run.status.is_interrupted


def test_a_run_that_records_nothing_says_so() -> None:
    run = turnout.run(double, [1], executor="sequential", trace=False)

    with pytest.raises(ValueError, match="trace=True"):
        _ = run.trace


def test_a_fixed_batch_size_is_kept() -> None:
    run = turnout.run(double, range(100), executor="threads", workers=1, batch_size=25)

    list(run)

    assert [len(batch) for batch in run.trace.batches] == [25, 25, 25, 25]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"executor": "fibres"}, "known: sequential, threads, processes, asyncio, interpreters"),
        ({"executor": "threads", "workers": 0}, "greater than 0"),
        ({"executor": "sequential", "workers": 2}, "has 1 worker"),
        ({"executor": "asyncio"}, "async def"),
        ({"executor": "processes", "start_method": "clone"}, "known: fork, forkserver, spawn"),
        ({"executor": "threads", "start_method": "fork"}, "only the processes executor"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ExecutorError, match=words):
        turnout.run(double, [1], **wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_errors_of_use_are_value_errors() -> None:
    assert issubclass(ExecutorError, UsageError)
    assert issubclass(UsageError, ValueError)


def test_what_is_not_here_tells_the_remedy() -> None:
    error = UnavailableError("the lathe", "there is none", "buy one")

    assert str(error) == "the lathe is not available: there is none; buy one"


def test_a_stop_in_the_midst_of_the_callers_iterator_ends_the_run_there() -> None:
    begun: list[turnout.Run[int]] = []

    def items() -> Iterator[int]:
        yield from range(3)
        begun[0].stop()  # as a signal's handler does, in this thread
        never.wait()

    begun.append(turnout.run(abs, items(), executor="threads"))

    outcomes = list(begun[0])

    assert len(outcomes) <= 3
    assert begun[0].status.is_interrupted


def test_a_stop_begins_nothing_that_was_handed_over_ahead() -> None:
    begun: list[int] = []
    first = threading.Event()

    def work(item: int) -> int:
        begun.append(item)
        first.set()
        go_on.wait()
        return item

    go_on = threading.Event()
    run = turnout.run(work, range(50), executor="threads", workers=2)

    def stop() -> None:
        first.wait()
        run.stop()
        go_on.set()

    stopper = threading.Thread(target=stop)
    stopper.start()

    outcomes = list(run)
    stopper.join()

    assert len(begun) <= 2
    assert len(outcomes) == len(begun)


def leave_a_child(item: int) -> int:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(f"child-{item}").write_text(str(child.pid), encoding="ascii")
    never.wait()
    return item


def test_what_a_late_item_has_started_ends_with_its_worker(tmp_path: Path) -> None:
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        (outcome,) = turnout.run(leave_a_child, [1], executor="processes", timeout_s=1)
    finally:
        os.chdir(here)

    child = int((tmp_path / "child-1").read_text(encoding="ascii"))
    assert isinstance(outcome, Failure)
    assert any(not is_running(child) for _ in range(PATIENCE_LOOKS))


def is_running(pid: int) -> bool:
    """Look, after a moment."""
    never.wait(0.05)
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
