"""Figures of a recording that a verdict rests on."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from turnout.observe import IO_STATES, Recording, Segment, Stack, State, ThreadRecord

MOMENTS = 2000  # at which all threads are looked at together
BUSY = 0.1  # of its time that a thread computes, or would but for the lock, before it counts as one that computes
_OUTSIDE = frozenset(IO_STATES) - {State.SLEEP, State.CHILD}

# Innermost functions of who waits to be given something to do, and not for a lock that somebody else works under.
_PATIENT = {
    "threading.py": (
        "Condition.wait",
        "Condition.wait_for",
        "Event.wait",
        "Thread.join",
        "Thread._wait_for_tstate_lock",
        "Barrier.wait",
        "Barrier._wait",
        "_shutdown",
    ),
    "queue.py": ("Queue.get", "Queue.put", "Queue.join"),
    "thread.py": ("_worker",),
    "process.py": ("_ExecutorManagerThread.wait_result_broken_or_wakeup",),
    "connection.py": ("wait",),
}


def is_patient(stack: Stack) -> bool:
    """Tell whether who waits here waits to be given something, and not for others to leave a lock."""
    if not stack:
        return True  # it is on its way in or out
    frame = stack[0]
    return frame.function in _PATIENT.get(frame.file.replace("\\", "/").rpartition("/")[2], ())


@dataclass(frozen=True, slots=True)
class Moment:
    """What the Python threads did at one time.

    Attributes:
        running: How many could run.
        held: How many waited for the global lock.
        locked: How many waited for a lock that others work under.
        outside: How many waited for the network, a pipe, a file or any of them.
        child: How many waited for a child process.
        sleeping: How many had asked to be left alone.
    """

    running: int
    held: int
    locked: int
    outside: int
    child: int
    sleeping: int

    @property
    def computes(self) -> bool:
        """Whether one of them ran, or would have but for the global lock."""
        return self.running + self.held > 0


@dataclass(frozen=True)
class ProgramFacts:
    """What a recording comes to.

    Attributes:
        recording: What was seen.
    """

    recording: Recording

    @cached_property
    def python(self) -> tuple[ThreadRecord, ...]:
        """The threads that run Python code; all, if none is known to."""
        return tuple(one for one in self.recording.threads if one.is_python) or self.recording.threads

    @cached_property
    def computing(self) -> tuple[ThreadRecord, ...]:
        """The threads that compute, or would but for the lock or for want of a core; the busiest first."""
        found = [one for one in self.python if one.share(State.RUN, State.GIL, State.CORE) >= BUSY and self._ran(one)]
        return tuple(sorted(found, key=lambda one: -one.state_ns.get(State.RUN, 0)))

    def _ran(self, thread: ThreadRecord) -> bool:
        return thread.state_ns.get(State.RUN, 0) >= BUSY / 2 * max((self.total(State.RUN), 1))

    @cached_property
    def cores_used(self) -> float:
        """How many cores all its threads kept busy, on average."""
        return self.total_of_all(State.RUN) / max(1, self.recording.wall_ns)

    def total(self, state: State) -> int:
        """Return the nanoseconds that its Python threads spent in a state."""
        return sum(one.state_ns.get(state, 0) for one in self.python)

    def total_of_all(self, state: State) -> int:
        """Return the nanoseconds that all its threads spent in a state."""
        return sum(one.state_ns.get(state, 0) for one in self.recording.threads)

    @cached_property
    def contended_ns(self) -> int:
        """Time of waiting for locks that others work under."""
        stacks = self.recording.stacks
        return sum(
            spent
            for one in self.python
            for (state, stack), spent in one.stack_ns.items()
            if state is State.LOCK and not is_patient(stacks[stack])
        )

    @cached_property
    def unknown_share(self) -> float:
        """Part of its threads' time of which nothing is known."""
        whole = sum(one.wall_ns for one in self.python)
        return self.total(State.UNKNOWN) / whole if whole else 1.0

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """All threads together, at times that are evenly spread."""
        wall_ns, start_ns = self.recording.wall_ns, self.recording.start_ns
        count = min(MOMENTS, max(1, wall_ns // 500_000))
        times = [start_ns + wall_ns * (2 * number + 1) // (2 * count) for number in range(count)]
        tallies = [Counter[str]() for _ in times]
        for thread in self.python:
            for tally, kind in zip(tallies, self._kinds(thread, times), strict=True):
                tally[kind] += 1
        return tuple(Moment(*(tally[kind] for kind in Moment.__slots__)) for tally in tallies)

    def _kinds(self, thread: ThreadRecord, times: list[int]) -> Iterator[str]:
        starts = [one.start_ns for one in thread.segments]
        for time in times:
            place = bisect_right(starts, time) - 1
            segment = thread.segments[place] if place >= 0 else None
            yield "" if segment is None or segment.end_ns < time else self._kind(segment)

    def _kind(self, segment: Segment) -> str:
        match segment.state:
            case State.RUN | State.CORE:
                return "running"
            case State.GIL:
                return "held"
            case State.LOCK:
                stack = self.recording.stacks[segment.stack] if segment.stack >= 0 else ()
                return "" if is_patient(stack) else "locked"
            case State.CHILD:
                return "child"
            case State.SLEEP:
                return "sleeping"
            case _:
                return "outside" if segment.state in _OUTSIDE else ""

    def mean(self, what: str) -> float:
        """Return how many threads did something, on average over all moments."""
        counts: list[int] = [getattr(moment, what) for moment in self.moments]
        return sum(counts) / len(counts)

    @cached_property
    def compute_share(self) -> float:
        """Part of the time in which something was computed."""
        return sum(moment.computes for moment in self.moments) / len(self.moments)

    @cached_property
    def demand(self) -> float:
        """How many threads would have computed at once, on average while anything was."""
        computing = [moment.running + moment.held for moment in self.moments if moment.computes]
        return sum(computing) / len(computing) if computing else 0.0

    @cached_property
    def wanted_cores(self) -> float:
        """How many threads could run at once, on average while anything was computed."""
        running = [moment.running for moment in self.moments if moment.computes]
        return sum(running) / len(running) if running else 0.0

    def idle_share(self, what: str) -> float:
        """Return the part of the time in which nothing was computed and some thread did this."""
        counts: list[int] = [getattr(moment, what) for moment in self.moments if not moment.computes]
        return sum(count > 0 for count in counts) / len(self.moments)
