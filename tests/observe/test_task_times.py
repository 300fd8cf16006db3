"""How time is shared out among tasks, with looks that are given by hand."""

from collections.abc import Iterable, Sequence

import pytest

from turnout.errors import ObserveError
from turnout.observe import Frame, TaskState
from turnout.observe import _task_times as task_times
from turnout.observe._memory import UnreadableError
from turnout.observe._task_reader import SeenTask
from turnout.observe._task_times import IDLE_LOOK_NS, LOOK_NS, SHARE, TaskTimes
from turnout.testing import FakeClock

MS = 1_000_000
RUN, READY, SUSPENDED = TaskState.RUN, TaskState.READY, TaskState.SUSPENDED
PLACE = Frame("fetch", "/home/alice/work.py", 7)


class FakeReader:
    """A reader that sees what a test says, each time some milliseconds long."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.seen: list[SeenTask] = []
        self.trouble: Exception | None = None
        self.takes_ms = 0

    def addresses(self, states: Iterable[int]) -> list[int]:
        assert list(states) == [77]
        return [task.address for task in self.seen]

    def look(self, addresses: Sequence[int]) -> list[SeenTask]:
        self.clock.wait(self.takes_ms)
        if self.trouble is not None:
            raise self.trouble
        return [task for task in self.seen if task.address in addresses]

    def names(self, task: SeenTask) -> tuple[str, str]:
        return f"task {task.address}", f"function {task.coroutine}"


class Scene:
    """A reader, a clock, and the times that come of it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.reader = FakeReader(self.clock)
        self.times = TaskTimes(self.reader, self.clock)
        self.start_ns = self.clock.wall_ns()

    def look(self, after_ms: int, **states: TaskState) -> None:
        """Look after some time, at tasks by their letters."""
        self.clock.wait(after_ms)
        self.reader.seen = [
            SeenTask(ord(letter), ord(letter) % 2, 0, state, PLACE if state is SUSPENDED else None)
            for letter, state in states.items()
        ]
        self.times.look([77])


def test_the_time_since_the_last_look_goes_to_what_is_seen_now() -> None:
    scene = Scene()

    scene.look(10, a=RUN)
    scene.look(20, a=SUSPENDED)
    scene.look(5, a=SUSPENDED, b=READY)
    scene.look(1, b=RUN)

    first, second = scene.times.records()
    assert first.state_ns == {RUN: 10 * MS, SUSPENDED: 25 * MS}
    assert first.place_ns == {PLACE: 25 * MS}
    assert (first.name, first.coroutine, first.looks, first.count) == ("task 97", "function 1", 3, 1)
    assert (first.start_ns - scene.start_ns, first.end_ns - scene.start_ns) == (0, 35 * MS)
    assert second.state_ns == {READY: 5 * MS, RUN: 1 * MS}
    assert second.start_ns - scene.start_ns == 30 * MS


def test_a_task_that_comes_back_at_the_same_place_is_another_one() -> None:
    scene = Scene()

    scene.look(10, a=RUN)
    scene.look(10)
    scene.look(10, a=READY)

    assert [one.state_ns for one in scene.times.records()] == [{RUN: 10 * MS}, {READY: 10 * MS}]


@pytest.mark.parametrize("trouble", [UnreadableError("gone"), ObserveError("ended")])
def test_a_look_that_fails_leaves_its_time_to_the_next(trouble: Exception) -> None:
    scene = Scene()
    scene.look(10, a=RUN)

    scene.reader.trouble = trouble
    scene.look(10, a=RUN)
    scene.reader.trouble = None
    scene.look(10, a=RUN)

    assert [one.state_ns for one in scene.times.records()] == [{RUN: 30 * MS}]


def test_looks_are_rare_without_tasks_and_as_rare_as_they_are_slow() -> None:
    scene = Scene()
    dues = []
    for takes_ms, tasks in ((0, {}), (0, {"a": RUN}), (4, {"a": RUN})):
        scene.reader.takes_ms = takes_ms
        before_ns = scene.clock.wall_ns()
        scene.look(0, **tasks)
        dues.append(scene.times.due_ns - before_ns)

    assert dues == [IDLE_LOOK_NS, LOOK_NS, SHARE * 4 * MS]


def test_many_tasks_are_looked_at_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_times, "TASKS_A_LOOK", 2)
    scene = Scene()

    for _ in range(6):
        scene.look(10, a=RUN, b=READY, c=SUSPENDED)
    scene.look(10)

    records = {one.name: one for one in scene.times.records()}
    assert {name: one.state_ns for name, one in records.items()} == {
        "task 97": {RUN: 60 * MS},
        "task 98": {READY: 50 * MS},
        "task 99": {SUSPENDED: 50 * MS},
    }
    assert {one.looks for one in records.values()} == {3}


def test_those_that_were_never_looked_at_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_times, "TASKS_A_LOOK", 2)
    scene = Scene()
    found = []
    for _ in range(4):
        scene.look(10, a=RUN, b=READY, c=SUSPENDED, d=RUN, e=RUN)
        found.append(scene.times.unseen_count)

    assert found == [3, 1, 0, 0]


def test_of_very_many_tasks_some_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_times, "TASKS_KEPT", 2)
    scene = Scene()

    for letter in "abcdef":
        scene.look(10, **{letter: RUN})
    scene.look(10)

    records = scene.times.records()
    assert [(one.name, one.count) for one in records] == [("task 97", 1), ("task 98", 1), ("", 2), ("", 2)]
    assert [one.state_ns for one in records] == [{RUN: 10 * MS}, {RUN: 10 * MS}, {RUN: 20 * MS}, {RUN: 20 * MS}]
    assert (records[2].coroutine, records[3].coroutine) == ("function 1", "function 0")
    assert records[2].start_ns - scene.start_ns == 20 * MS
