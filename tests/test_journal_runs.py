"""Runs that go on with what an earlier one kept: after a kill, a stop, a failure; in a program and by the command."""

import itertools
import json
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import turnout
from executors.work import double, double_soon, raise_for_multiples_of_three
from programs import unmeasured
from turnout import Failure, Run, Success
from turnout.errors import JournalError, UsageError
from turnout.pipeline import read_progress

COUNT = 240
PATIENCE_S = 60  # a bound for a hang
EXECUTORS = ("auto", "sequential", "threads", "processes")

WORK = """
import os
import turnout

def work(item):
    os.write(1, b"%d\\n" % item)  # the log of what was run, which whoever kills us reads
    sum(range(20_000))
    if item % 10 == 7 and "HEALED" not in os.environ:
        raise ValueError(item)
    return item * item

def other(item):
    return item

def thrice(item):
    return [3 * item, 3 * item + 1, 3 * item + 2]

flat = turnout.flat_stage(thrice, executor="sequential") | turnout.stage(work, executor="processes", workers=2)
choosing = turnout.flat_stage(thrice) | turnout.stage(work)
"""


class Place:
    """A folder with the work, a journal and the results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal, self.output = folder / "journal", folder / "results.jsonl"
        (folder / "work.py").write_text(WORK, encoding="ascii")

    def start(self, target: str, *words: str, last: int = COUNT - 1, **variables: str) -> "subprocess.Popen[str]":
        command = ("run", f"work.py:{target}", "--range", f"0..{last}", "--output", str(self.output), "--quiet", *words)
        return subprocess.Popen(
            [sys.executable, "-m", "turnout", *command],
            cwd=self.folder,
            env=unmeasured(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, target: str, *words: str, last: int = COUNT - 1, **variables: str) -> "Told":
        with self.start(target, *words, last=last, **variables) as process:
            output, errors = process.communicate(timeout=PATIENCE_S)
        return Told([int(line) for line in output.splitlines()], errors, process.returncode)

    def resume(self, target: str, *words: str, **options: Any) -> "Told":
        return self.run(target, *words, "--journal", str(self.journal), **options)

    def killed(self, target: str, *words: str, after: int) -> list[int]:
        """Begin or go on, kill the program after it has begun so many items, and return what was begun."""
        with self.start(target, *words, "--journal", str(self.journal)) as process:
            assert process.stdout is not None
            begun = [int(line) for line in itertools.islice(process.stdout, after)]
            process.kill()
            rest = process.stdout.read()  # until the last worker has ended too
        return begun + [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]

    def reported(self) -> list[dict[str, Any]]:
        if not self.output.exists():
            return []
        lines = self.output.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]


class Told:
    """What a program said."""

    def __init__(self, ran: list[int], errors: str, status: int) -> None:
        self.ran = ran
        self.errors = errors
        self.status = status


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_killed_run_goes_on_where_it_was(executor: str, seed: int, place: Place) -> None:
    chance = random.Random(seed)  # noqa: S311  moments, not a secret
    words = ("--executor", executor)
    whole = place.run("work", "--executor", "sequential")
    expected = place.output.read_bytes()
    known: set[int] = set()

    for _ in range(3):
        left = COUNT - len(known)
        begun = place.killed("work", *words, after=chance.randrange(1, max(2, left // 2)))
        assert not known & set(begun)
        known |= {record["index"] for record in place.reported()}
        assert read_progress(place.journal).finished >= len(known)
    finished = read_progress(place.journal).finished
    last = place.resume("work", *words)

    assert (whole.status, last.status, last.errors) == (1, 1, "")
    assert not known & set(last.ran)
    assert max(Counter(last.ran).values(), default=1) == 1
    assert len(last.ran) == COUNT - finished
    assert place.output.read_bytes() == expected
    assert place.resume("work", *words).ran == []
    assert place.output.read_bytes() == expected


@pytest.mark.parametrize("target", ["flat", "choosing"])
def test_a_killed_pipeline_goes_on_where_it_was(target: str, place: Place) -> None:
    place.run("flat")
    expected = place.output.read_bytes()
    second = Path(f"{place.journal}.2")

    for after in (1, 50, 200):
        place.killed(target, after=after)
    finished = read_progress(second).finished if second.exists() else 0
    last = place.resume(target)

    assert (last.status, last.errors) == (1, "")
    assert sorted(last.ran) == sorted(set(last.ran))
    assert len(last.ran) == 3 * COUNT - finished
    assert place.output.read_bytes() == expected
    assert place.resume(target).ran == []
    assert place.output.read_bytes() == expected


@pytest.mark.parametrize("executor", EXECUTORS)
def test_failed_items_alone_are_run_again(executor: str, place: Place) -> None:
    words = ("--executor", executor)
    place.run("work", HEALED="1")
    expected = place.output.read_bytes()

    first = place.resume("work", *words)
    again = place.resume("work", "--retry-failed", *words, HEALED="1")

    assert first.status == 1
    assert sorted(again.ran) == list(range(7, COUNT, 10))
    assert (again.status, again.errors) == (0, "")
    assert place.output.read_bytes() == expected
    assert place.resume("work", *words).status == 0


def test_a_journal_of_other_work_is_refused(place: Place) -> None:
    place.resume("work")
    before = place.output.read_bytes()

    told = place.resume("other")

    assert (told.status, told.ran) == (2, [])
    assert "is of other work: work" in told.errors
    assert place.output.read_bytes() == before


def test_items_that_are_others_now_are_refused(place: Place) -> None:
    place.resume("work", last=9)
    command = ("run", "work.py:work", "--range", "1..10", "--journal", str(place.journal), "--quiet")

    done = subprocess.run(
        [sys.executable, "-m", "turnout", *command],
        cwd=place.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "item 0 is 1, but the journal" in done.stderr


# in a program


@pytest.mark.parametrize("executor", [*EXECUTORS, "asyncio"])
@pytest.mark.parametrize("ordered", [True, False])
def test_a_run_that_was_left_goes_on(executor: str, ordered: bool, tmp_path: Path) -> None:  # noqa: FBT001
    work: Any = double_soon if executor == "asyncio" else double
    options: dict[str, Any] = {"executor": executor, "ordered": ordered, "journal": tmp_path / "journal"}

    with turnout.run(work, range(500), **options) as run:
        first = list(itertools.islice(run, 50))
    resumed = turnout.run(work, range(500), **options)
    found = list(resumed)

    assert sorted(outcome.index for outcome in found) == list(range(500))
    assert {outcome.index: outcome for outcome in found} == {
        number: Success(2 * number, number, number) for number in range(500)
    }
    assert resumed.status.replayed >= len(first)
    assert resumed.status.stages[0].done == 500


def test_more_items_may_come(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    list(turnout.run(double, range(10), journal=journal))

    run = turnout.run(double, range(30), journal=journal)

    assert list(run.values()) == [2 * item for item in range(30)]
    assert run.status.replayed == 10


def test_attempts_and_errors_are_reported_as_they_were(tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "executor": "threads",
        "journal": tmp_path / "journal",
        "retries": turnout.Retry(times=1, wait=lambda _: 0.0),
    }
    first = list(turnout.run(raise_for_multiples_of_three, range(9), **options))

    again = list(turnout.run(raise_for_multiples_of_three, range(9), **options))

    assert [(type(one), one.index, one.attempts) for one in again] == [
        (type(one), one.index, one.attempts) for one in first
    ]
    assert [repr(one.error) for one in again if isinstance(one, Failure)] == [
        repr(one.error) for one in first if isinstance(one, Failure)
    ]


def fail_never(item: int) -> list[int]:
    return [item, item]


@pytest.mark.parametrize("kind", [turnout.flat_stage, turnout.filter_stage])
def test_a_stage_that_makes_another_number_of_items_cannot_have_its_failures_retried(kind: Any, tmp_path: Path) -> None:
    pipeline = kind(Healing(2), executor="sequential") | turnout.stage(str, executor="sequential")
    options: dict[str, Any] = {"journal": tmp_path / "journal"}
    list(turnout.run(pipeline, range(5), **options))

    with pytest.raises(UsageError, match="to run failed items again would change how many"):
        turnout.run(pipeline, range(5), retry_failed=True, **options)


def test_arguments_of_a_journal_that_make_no_sense_are_refused_and_leave_it_free(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    list(turnout.run(double, range(3), journal=journal))

    with pytest.raises(JournalError, match="is of other work"):
        turnout.run(str, range(3), journal=journal)
    with pytest.raises(UsageError, match="rate must be"):
        turnout.run(double, range(3), journal=journal, rate=-1)

    assert list(turnout.run(double, range(3), journal=journal).values()) == [0, 2, 4]


@pytest.mark.parametrize("begin", [lambda _run: None, iter], ids=["never", "without a first outcome"])
def test_a_run_that_is_never_begun_leaves_its_journal_free(begin: Any, tmp_path: Path) -> None:
    journal = tmp_path / "journal"

    with turnout.run(double, range(3), journal=journal) as run:
        begin(run)

    assert list(turnout.run(double, range(3), journal=journal).values()) == [0, 2, 4]


@pytest.mark.parametrize("on_error", ["return", "raise", "skip"])
@pytest.mark.parametrize("work", [double, turnout.stage(double) | turnout.stage(double)], ids=["map", "pipeline"])
@pytest.mark.parametrize("begin", [lambda _run: None, iter, Run.values], ids=["never", "iter", "values"])
def test_a_run_that_is_dropped_lets_its_journal_go(begin: Any, work: Any, on_error: Any, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    run = turnout.run(work, range(3), journal=journal, on_error=on_error)
    begin(run)

    del run

    assert not list(tmp_path.glob("*-lock"))
    assert len(list(turnout.run(work, range(3), journal=journal))) == 3


def test_a_run_that_is_dropped_half_way_lets_its_journal_go(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    run = turnout.run(double, range(500), executor="threads", journal=journal)
    outcomes = iter(run)
    next(outcomes)

    del run, outcomes

    resumed = turnout.run(double, range(500), journal=journal)
    assert len(list(resumed)) == 500
    assert resumed.status.replayed > 0


def test_a_run_that_is_dropped_after_its_journal_was_spoilt_says_nothing(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    run = turnout.run(double, range(3), journal=journal)
    with closing(sqlite3.connect(journal, isolation_level=None)) as vandal:
        vandal.execute("DROP TABLE runs")

    del run  # an exception in here would be a warning, and that an error

    assert not list(tmp_path.glob("*-lock"))


DROPPED_ELSEWHERE = """
import os, turnout
run = turnout.run(str, range(3), journal="journal")
child = os.fork()
if not child:
    del run
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert os.path.exists("journal-lock")
assert list(run.values()) == ["0", "1", "2"]
later = turnout.run(str, range(3), journal="journal")
"""


def test_only_the_process_that_holds_a_journal_lets_it_go(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", DROPPED_ELSEWHERE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["journal"]  # the last run was not begun


class Healing:
    """Fails with some items until it is healed."""

    def __init__(self, *bad: int) -> None:
        self.bad = set(bad)
        self.calls: list[int] = []
        self.__qualname__ = "Healing"

    def __call__(self, item: int) -> int:
        self.calls.append(item)
        if item in self.bad:
            raise LookupError(item)
        return item

    def heal(self) -> None:
        self.bad.clear()
        self.calls.clear()


def test_what_failed_in_an_early_stage_goes_through_the_later_ones_when_it_is_run_again(tmp_path: Path) -> None:
    first, second = Healing(2, 5), Healing(3)
    pipeline = turnout.stage(first, executor="sequential") | turnout.stage(second, executor="sequential")
    options: dict[str, Any] = {"journal": tmp_path / "journal"}
    list(turnout.run(pipeline, range(8), **options))
    first.heal()
    second.heal()

    found = list(turnout.run(pipeline, range(8), retry_failed=True, **options))

    assert found == [Success(item, item, item) for item in range(8)]
    assert (first.calls, second.calls) == ([2, 5], [2, 3, 5])


def test_what_failed_behind_a_flat_stage_can_be_run_again(tmp_path: Path) -> None:
    work = Healing(3)
    pipeline = turnout.flat_stage(fail_never, executor="sequential") | turnout.stage(work, executor="sequential")
    options: dict[str, Any] = {"journal": tmp_path / "journal"}
    list(turnout.run(pipeline, range(5), **options))
    work.heal()

    found = list(turnout.run(pipeline, range(5), retry_failed=True, **options))

    assert [outcome.value for outcome in found if isinstance(outcome, Success)] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert work.calls == [3, 3]


def test_what_failed_in_front_of_a_batch_cannot_be_run_again(tmp_path: Path) -> None:
    pipeline = turnout.stage(Healing(3), executor="sequential") | turnout.batch_stage(sum, size=2)
    options: dict[str, Any] = {"journal": tmp_path / "journal"}
    list(turnout.run(pipeline, range(5), **options))

    with pytest.raises(UsageError, match="know items by their place"):
        turnout.run(pipeline, range(5), retry_failed=True, **options)
    assert [outcome.index for outcome in turnout.run(pipeline, range(5), **options)] == [0, 3, 2]


def test_failed_batches_can_be_run_again(tmp_path: Path) -> None:
    work = Fragile()
    pipeline = turnout.batch_stage(work, size=2, executor="sequential")
    options: dict[str, Any] = {"journal": tmp_path / "journal"}
    list(turnout.run(pipeline, range(5), **options))
    work.is_healed = True

    found = list(turnout.run(pipeline, range(5), retry_failed=True, **options))

    assert [outcome.value for outcome in found if isinstance(outcome, Success)] == [1, 5, 4]
    assert work.calls == 4


class Fragile:
    """Adds up, but no threes."""

    is_healed = False
    calls = 0

    def __call__(self, items: list[int]) -> int:
        self.calls += 1
        if 3 in items and not self.is_healed:
            raise LookupError(3)
        return sum(items)


def test_what_failed_is_not_asked_of_a_journal_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal"):
        turnout.run(double, range(3), journal=tmp_path / "misspelt", retry_failed=True)

    assert list(tmp_path.iterdir()) == []


def test_items_that_were_never_run_are_left_out_when_failed_ones_run_again_and_not_counted(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    list(turnout.run(raise_for_multiples_of_three, range(1, 7), journal=journal))

    run = turnout.run(raise_for_multiples_of_three, range(1, 11), journal=journal, retry_failed=True)
    outcomes = list(run)

    assert [outcome.index for outcome in outcomes] == list(range(6))
    assert (run.status.done, run.status.replayed, run.status.left_out) == (6, 4, 4)
    assert "4 had not been run before" in run.report().to_text()
