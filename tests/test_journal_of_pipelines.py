from pathlib import Path
from typing import Any

import pytest

import turnout
from turnout import Success
from turnout.errors import JournalError, UsageError


class Work:
    """Doubles numbers, fails some as long as it is told to, and remembers what it was called with."""

    def __init__(self, *failing: int) -> None:
        self.failing = set(failing)
        self.calls: list[int] = []

    def __call__(self, number: int) -> int:
        self.calls.append(number)
        if number in self.failing:
            raise LookupError(number)
        return 2 * number


def two_stages(work: Any, then: Any) -> turnout.Pipeline:
    return turnout.stage(work, executor="sequential", name="work") | turnout.stage(
        then, executor="sequential", name="then"
    )


def test_what_failed_is_run_again_and_goes_through_the_later_stages(tmp_path: Path) -> None:
    work, then = Work(3, 7), Work()
    journal = tmp_path / "journal"
    list(turnout.run(two_stages(work, then), range(10), journal=journal))
    work.failing.clear()
    work.calls.clear()
    then.calls.clear()

    found = list(turnout.run(two_stages(work, then), range(10), journal=journal, retry_failed=True))

    assert found == [Success(4 * item, item, item) for item in range(10)]
    assert work.calls == [3, 7]
    assert then.calls == [6, 14]


def test_a_pipeline_that_was_left_goes_on_stage_by_stage(tmp_path: Path) -> None:
    work, then = Work(), Work()
    journal = tmp_path / "journal"
    with turnout.run(two_stages(work, then), range(100), journal=journal) as run:
        reported = [next(iter(run)) for _ in range(1)]
    done_before = len(work.calls)

    found = list(turnout.run(two_stages(work, then), range(100), journal=journal))

    assert found == [Success(4 * item, item, item) for item in range(100)]
    assert found[:1] == reported
    assert len(work.calls) <= 100 + done_before
    assert sorted(set(work.calls)) == list(range(100))


def test_all_is_known_the_second_time(tmp_path: Path) -> None:
    work = Work(1)
    pipeline = turnout.stage(work, name="work") | turnout.flat_stage(lambda item: [item, item], name="twice")
    first = list(turnout.run(pipeline, range(5), journal=tmp_path / "journal"))
    work.calls.clear()

    second = turnout.run(pipeline, range(5), journal=tmp_path / "journal")

    assert [type(outcome) for outcome in second] == [type(outcome) for outcome in first]
    assert work.calls == []
    assert second.status.replayed == 5


@pytest.mark.parametrize("take", [list, lambda run: list(run.values())])
def test_a_run_that_a_failure_ends_tries_what_failed_again(take: Any, tmp_path: Path) -> None:
    work, journal = Work(3, 7), tmp_path / "journal"
    on_error: Any = "raise" if take is list else "return"
    options: dict[str, Any] = {"executor": "sequential", "batch_size": 1, "journal": journal, "on_error": on_error}
    for failing in (3, 7):
        with pytest.raises(LookupError, match=str(failing)):
            take(turnout.run(work, range(10), **options))
        work.failing.discard(failing)

    found = take(turnout.run(work, range(10), **options))

    assert [getattr(one, "value", one) for one in found] == [2 * item for item in range(10)]
    assert sorted(work.calls) == sorted([*range(10), 3, 7])


def test_a_pipeline_tries_again_what_ended_it_in_any_of_its_stages(tmp_path: Path) -> None:
    work, then = Work(3), Work(8)
    journal = tmp_path / "journal"
    for failing, stage in ((3, work), (8, then)):
        with pytest.raises(LookupError, match=str(failing)):
            list(turnout.run(two_stages(work, then), range(10), journal=journal, on_error="raise"))
        stage.failing.clear()

    found = list(turnout.run(two_stages(work, then), range(10), journal=journal, on_error="raise"))

    assert found == [Success(4 * item, item, item) for item in range(10)]


def test_what_cannot_be_tried_again_in_its_place_is_told(tmp_path: Path) -> None:
    pipeline = turnout.stage(Work(3), name="work", executor="sequential") | turnout.flat_stage(
        lambda item: [item, item], name="twice", executor="sequential"
    )
    journal = tmp_path / "journal"
    list(turnout.run(pipeline | turnout.stage(Work(), name="then"), range(10), journal=journal))

    for _ in range(2):  # the journals are let go each time
        with pytest.raises(UsageError, match="or have failures returned and not raised"):
            turnout.run(pipeline | turnout.stage(Work(), name="then"), range(10), journal=journal, on_error="raise")


def test_a_journal_of_other_work_is_refused(tmp_path: Path) -> None:
    list(turnout.run(Work(), range(3), journal=tmp_path / "journal", executor="sequential"))

    with pytest.raises(JournalError, match="of other work"):
        turnout.run(len, range(3), journal=tmp_path / "journal")


def test_what_depends_on_time_cannot_be_kept_in_a_journal(tmp_path: Path) -> None:
    unordered = turnout.stage(Work(), ordered=False, name="work") | turnout.stage(Work(), name="then")
    lingering = turnout.stage(Work(), name="work") | turnout.batch_stage(sum, size=9, linger_s=1.0)

    for pipeline in (unordered, lingering):
        with pytest.raises(UsageError, match="a journal knows items by their place"):
            turnout.run(pipeline, range(3), journal=tmp_path / "journal")


def test_failed_items_cannot_be_retried_without_a_journal() -> None:
    with pytest.raises(UsageError, match="name its file too"):
        turnout.run(len, ["a"], retry_failed=True)
