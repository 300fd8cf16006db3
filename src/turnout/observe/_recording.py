"""What was seen of a program while it ran: values, to be read by who diagnoses and who draws."""

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise


class State(StrEnum):
    """What a thread does at a moment; its wall time is split among these."""

    RUN = "run"  # on a core
    GIL = "gil"  # waits for the global interpreter lock
    LOCK = "lock"  # waits for another lock, a condition, a queue or a thread's end
    SOCKET = "socket"  # waits for the network
    PIPE = "pipe"  # waits for another end of a pipe, or a terminal
    FILE = "file"  # waits for a file or a disk
    POLL = "poll"  # waits for any of several descriptors, as an event loop does
    SLEEP = "sleep"  # has asked to be left alone for a time
    CHILD = "child"  # waits for a child process
    CORE = "core"  # could run, but other work has the cores
    UNKNOWN = "unknown"  # nobody looked, or nobody can tell


IO_STATES = (State.SOCKET, State.PIPE, State.FILE, State.POLL, State.SLEEP, State.CHILD)


@dataclass(frozen=True, slots=True)
class Frame:
    """A line of Python code that a thread is at, or has called from.

    Attributes:
        function: Its qualified name.
        file: As the code object names it.
        line: From 1; 0 if that could not be read.
    """

    function: str
    file: str
    line: int


Stack = tuple[Frame, ...]
"""Innermost frame first; empty where there is no Python code, or it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A time in which a thread was seen in one state.

    Attributes:
        start_ns: On the monotonic clock of the machine.
        end_ns: Likewise.
        state: What it did.
        stack: Index of `Recording.stacks` as it was seen last; -1 if none was.
        step: Number of the call that its event loop was in; 0 for none, or if that was not seen.
    """

    start_ns: int
    end_ns: int
    state: State
    stack: int = -1
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A time in which one thread was seen to hold the global lock.

    Attributes:
        start_ns: On the monotonic clock of the machine.
        end_ns: Likewise.
        thread: Its number by the system; 0 if the lock was free.
    """

    start_ns: int
    end_ns: int
    thread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """A thread that was seen to hold a lock, in a ``with`` block, while another one waited for it.

    Attributes:
        holder: The system's number of the thread.
        waiter: Likewise.
        at: Where the holder was, in the function that holds the lock.
        since_line: Where that function had taken it.
        seen: How often.
    """

    holder: int
    waiter: int
    at: Frame
    since_line: int
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRecord:
    """What one thread did.

    Attributes:
        native_id: Its number by the system.
        name: Its own, which the system knows from Python 3.14 on; or else the function that it was started for.
        is_python: Whether it was seen to have a Python thread state.
        start_ns: When it was first seen.
        end_ns: When it was last seen.
        state_ns: Its wall time, split: all states together make ``end_ns - start_ns``.
        samples: How often it was looked at.
        segments: In order; neighbours differ in state, stack or step.
        stack_ns: Wall time by state and index of `Recording.stacks`.
        lock_ns: Time of waiting by the lock's address in the process.
        held_back_ns: Time of waiting for the global lock by the thread that held it then.
    """

    native_id: int
    name: str
    is_python: bool
    start_ns: int
    end_ns: int
    state_ns: dict[State, int]
    samples: int
    segments: tuple[Segment, ...] = ()
    stack_ns: dict[tuple[State, int], int] = field(default_factory=dict)
    lock_ns: dict[int, int] = field(default_factory=dict)
    held_back_ns: dict[int, int] = field(default_factory=dict)

    @property
    def wall_ns(self) -> int:
        """How long it was seen."""
        return self.end_ns - self.start_ns

    def share(self, *states: State) -> float:
        """Return the part of its wall time that it spent in these states, 0 to 1."""
        return sum(self.state_ns.get(state, 0) for state in states) / self.wall_ns if self.wall_ns else 0.0


class TaskState(StrEnum):
    """What a task of an event loop does at a moment; its time is split among these."""

    RUN = "run"  # the loop runs it, though that may be in a call that blocks
    READY = "ready"  # it could go on, and waits for the loop
    SUSPENDED = "suspended"  # it waits for something else


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """What one task of an event loop was seen to do, or several that run the same function, where there are very many.

    Attributes:
        name: Its own; empty for several.
        coroutine: The qualified name of the function that it runs.
        start_ns: When it began, on the monotonic clock of the machine: at the last look that did not see it.
        end_ns: When it was last seen.
        looks: How often it was seen.
        count: How many tasks these are.
        state_ns: Its time, split.
        place_ns: Where in that function it was suspended, and how long.
    """

    name: str
    coroutine: str
    start_ns: int
    end_ns: int
    looks: int
    count: int = 1
    state_ns: dict[TaskState, int]
    place_ns: dict[Frame, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What was seen of one process.

    Attributes:
        pid: Its number.
        command: Its command line.
        python: ``"3.11.7"``, or ``"3.13.1 free-threaded"``; empty if it is none that can be read.
        has_gil: Whether it has a global lock; None if that could not be found out.
        cores: How many it may use.
        start_ns: On the monotonic clock of the machine.
        end_ns: Likewise.
        threads: In the order in which they were seen first; the main thread is among them.
        stacks: Each different one once.
        holds: Who held the global lock, in order; empty if nobody looked.
        lock_holders: Who held locks that others waited for, the one seen most often first.
        tasks: Of event loops, in the order in which they were seen first; those that are told together come last.
        handoffs: How often the global lock passed to another thread, as the interpreter counts it; None if unknown.
        ticks: How often the observer looked.
        missed: How many looks were left out because the observer came too late.
        observer_cpu_ns: What looking took on cores.
        child_cpu_ns: What child processes took that have ended and were waited for.
        notes: What could not be seen, and why; sentences.
        exit_code: The program's, negative for a signal; None if it goes on, or was not ours.
    """

    pid: int
    command: tuple[str, ...]
    python: str
    has_gil: bool | None
    cores: int
    start_ns: int
    end_ns: int
    threads: tuple[ThreadRecord, ...]
    stacks: tuple[Stack, ...] = ()
    holds: tuple[Hold, ...] = ()
    lock_holders: tuple[LockHolder, ...] = ()
    tasks: tuple[TaskRecord, ...] = ()
    handoffs: int | None = None
    ticks: int = 0
    missed: int = 0
    observer_cpu_ns: int = 0
    child_cpu_ns: int = 0
    notes: tuple[str, ...] = ()
    exit_code: int | None = None

    @property
    def wall_ns(self) -> int:
        """How long it was looked at."""
        return self.end_ns - self.start_ns


def started_for(stack: Stack) -> str:
    """Return what a thread was started for: the function that its ``run`` has called; empty if that is not seen."""
    for inner, outer in pairwise(stack):
        if outer.function == "Thread.run" and outer.file.endswith("threading.py"):
            return inner.function
    return ""
