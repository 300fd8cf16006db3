"""What the tasks of event loops did, by many looks at them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from turnout.clock import Clock
from turnout.errors import ObserveError
from turnout.observe._memory import UnreadableError
from turnout.observe._recording import Frame, TaskRecord, TaskState
from turnout.observe._task_reader import SeenTask

LOOK_NS = 20_000_000  # between looks
IDLE_LOOK_NS = 100_000_000  # likewise, as long as there are no tasks
SHARE = 100  # times as long as a look takes until the next: some 1 % of a core at most
TASKS_A_LOOK = 100  # that are looked at, in turn if there are more: each takes some 15 µs
TASKS_KEPT = 2_000  # each by itself; of those that ended, others are told together, by their coroutine

_Key = tuple[int, int, int]


class Reader(Protocol):
    """Reads tasks; see `TaskReader`."""

    def addresses(self, states: Iterable[int]) -> list[int]:
        """Return where there may be tasks."""
        ...

    def look(self, addresses: Sequence[int]) -> list[SeenTask]:
        """Return those of the tasks at these addresses that are not done."""
        ...

    def names(self, task: SeenTask) -> tuple[str, str]:
        """Return a task's name, and that of its coroutine's function."""
        ...


@dataclass(slots=True)
class _Times:
    """What a task did so far, or several."""

    name: str
    coroutine: str
    start_ns: int
    end_ns: int
    looks: int = 0
    count: int = 1
    state_ns: Counter[TaskState] = field(default_factory=Counter)
    place_ns: Counter[Frame] = field(default_factory=Counter)

    def see(self, task: SeenTask, now_ns: int) -> None:
        """Share out the time since the last look."""
        spent_ns = now_ns - self.end_ns
        self.end_ns = now_ns
        self.looks += 1
        self.state_ns[task.state] += spent_ns
        if task.at is not None and task.state is TaskState.SUSPENDED:
            self.place_ns[task.at] += spent_ns

    def add(self, other: "_Times") -> None:
        """Take in what another one did."""
        self.start_ns, self.end_ns = min(self.start_ns, other.start_ns), max(self.end_ns, other.end_ns)
        self.looks += other.looks
        self.count += other.count
        self.state_ns += other.state_ns
        self.place_ns += other.place_ns

    def record(self) -> TaskRecord:
        """Return it as a value."""
        return TaskRecord(
            name=self.name,
            coroutine=self.coroutine,
            start_ns=self.start_ns,
            end_ns=self.end_ns,
            looks=self.looks,
            count=self.count,
            state_ns=dict(self.state_ns),
            place_ns=dict(self.place_ns),
        )


class TaskTimes:
    """Shares out time among what each task is seen to do: from one look at it to the next, what the next one sees.

    All are listed, and then looked at, some at a time, before they are listed again.

    Args:
        reader: Reads the tasks.
        clock: Tells the time.
    """

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._listed_ns = self._listed_before_ns = clock.wall_ns()
        self._is_whole = False  # whether all were looked at that were listed first
        self._left: list[int] = []  # addresses that were listed and not looked at
        self._open: dict[_Key, _Times] = {}
        self._seen: dict[_Key, _Times] = {}  # of those, since they were listed
        self._ended: list[_Times] = []
        self._others: dict[str, _Times] = {}  # by their coroutine
        self.due_ns = self._listed_ns

    def look(self, states: Iterable[int]) -> None:
        """Look at the tasks whose turn it is.

        Args:
            states: The thread states, by their addresses.
        """
        began_ns = self._clock.wall_ns()
        try:
            if not self._left:
                self._list(states, began_ns)
            self._take(self._left[-TASKS_A_LOOK:], began_ns)
            del self._left[-TASKS_A_LOOK:]
            if not self._left:
                self._close()
        except (UnreadableError, ObserveError):  # they changed meanwhile: the next look lists them anew
            self._left = []
        took_ns = self._clock.wall_ns() - began_ns
        self.due_ns = began_ns + max(LOOK_NS if self._open else IDLE_LOOK_NS, SHARE * took_ns)

    @property
    def unseen_count(self) -> int:
        """How many tasks are there that were not looked at yet, since there are so many."""
        return 0 if self._is_whole else len(self._left)

    def records(self) -> tuple[TaskRecord, ...]:
        """Return what each did, in the order in which they were seen first."""
        whole = sorted([*self._ended, *self._open.values()], key=lambda one: one.start_ns)
        return tuple(one.record() for one in (*whole, *self._others.values()))

    def _list(self, states: Iterable[int], now_ns: int) -> None:
        self._left = self._reader.addresses(states)
        self._listed_before_ns, self._listed_ns = self._listed_ns, now_ns
        self._seen = {}

    def _take(self, addresses: Sequence[int], now_ns: int) -> None:
        for task in self._reader.look(addresses):
            key = (task.address, task.coroutine, task.name)
            times = self._open.get(key)
            if times is None:
                times = _Times(
                    *self._reader.names(task), start_ns=self._listed_before_ns, end_ns=self._listed_before_ns
                )
                self._open[key] = times
            self._seen[key] = times
            times.see(task, now_ns)

    def _close(self) -> None:
        """Take those to have ended that were listed before, and now were not there or done."""
        for key, times in self._open.items():
            if key not in self._seen:
                self._end(times)
        self._open = self._seen
        self._is_whole = True

    def _end(self, times: _Times) -> None:
        if len(self._ended) < TASKS_KEPT:
            self._ended.append(times)
            return
        known = self._others.setdefault(times.coroutine, times)
        if known is not times:
            known.add(times)
            known.name = ""
