from array import array

import pytest

from turnout.clock import wall_ns
from turnout.errors import TimeLimitError
from turnout.executors._batches import Batch, Reply
from turnout.executors._stopwatch import LONGEST_S, Stopwatch, finished, stopwatch
from turnout.executors._worker import Marks

MINUTE_NS = 60_000_000_000


def marks(start_ns: int, *ends: int) -> Marks:
    """Return times of a batch of four."""
    found = Marks(4)
    found.begin(start_ns)
    found.ends[: len(ends)] = array("q", ends)
    return found


def replied(values: list[object], ends: list[int], failures: dict[int, BaseException]) -> Reply:
    """Return the reply of a batch that began at 0."""
    batch = Batch(0, range(len(values)))
    spans = batch.spans(worker=0, start_ns=0, ends=array("q", ends), cpu_ns=0, cpus=None)
    return Reply(batch, values, failures, spans)


@pytest.mark.parametrize("ends", [(), (1,), (1, 2, 3), (1, 2, 3, 4)])
def test_items_that_have_ended_are_counted(ends: tuple[int, ...]) -> None:
    assert finished(marks(1, *ends), 4) == len(ends)


def test_the_item_at_hand_is_late_when_the_one_before_ended_long_ago() -> None:
    now_ns = wall_ns()
    watch = Stopwatch(60)

    late = watch.late(
        [
            ("hangs", marks(1, now_ns - 2 * MINUTE_NS), 4),
            ("began late", marks(now_ns - 3 * MINUTE_NS), 4),
            ("goes on", marks(1, now_ns), 4),
            ("has not begun", marks(0), 4),
            ("is done", marks(1, 2, 3), 2),
        ]
    )

    assert late == [("hangs", 1), ("began late", 0)]


def test_the_next_look_is_when_the_first_may_be_late() -> None:
    now_ns = wall_ns()
    watch = Stopwatch(60)

    watch.late([("long ago", marks(1, now_ns - MINUTE_NS // 2), 4), ("now", marks(1, now_ns), 4)])

    assert watch.look_ns == now_ns + MINUTE_NS // 2


def test_with_nothing_to_see_the_next_look_is_a_limit_away() -> None:
    watch = Stopwatch(60)

    watch.late([])

    assert watch.look_ns >= wall_ns() + MINUTE_NS // 2


def test_results_that_came_too_late_are_failures() -> None:
    own = LookupError("its own")
    reply = replied(["a", "b", None, "d"], [MINUTE_NS, 3 * MINUTE_NS, 6 * MINUTE_NS, 6 * MINUTE_NS], {2: own})

    judged = Stopwatch(60).judge(reply)

    assert judged.values == ["a", None, None, "d"]
    assert [(offset, str(error)) for offset, error in judged.failures.items()] == [
        (2, "it took longer than 60 s; its result came too late"),
        (1, "it took longer than 60 s; its result came too late"),
    ]
    assert judged.failures[2].__cause__ is own


def test_an_error_that_tells_of_the_limit_is_kept() -> None:
    error = TimeLimitError(60, "its task was cancelled")

    judged = Stopwatch(60).judge(replied([None], [2 * MINUTE_NS], {0: error}))

    assert judged.failures == {0: error}


def test_no_limit_needs_no_stopwatch() -> None:
    assert stopwatch(None) is None
    assert stopwatch(LONGEST_S) is None
