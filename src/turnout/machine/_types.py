"""A machine, as one value."""

from dataclasses import dataclass
from enum import StrEnum


class CostKind(StrEnum):
    """What was measured, in the order of a report. Every start includes the end: create, run nothing, join."""

    THREAD_START = "thread_start"
    INTERPRETER_START = "interpreter_start"
    FORK_START = "fork_start"
    FORKSERVER_START = "forkserver_start"
    SPAWN_START = "spawn_start"
    THREAD_SWITCH = "thread_switch"  # from one thread to another on the same core, what hands over taken off
    PROCESS_SWITCH = "process_switch"  # likewise between processes
    LOCK_FREE = "lock_free"  # acquire and release of a `threading.Lock` that nobody else wants
    LOCK_CONTENDED = "lock_contended"  # likewise while two threads want nothing else
    PIPE_ROUND_TRIP = "pipe_round_trip"  # one byte to another process and back over `multiprocessing.Pipe`
    PIPE_BANDWIDTH = "pipe_bandwidth"  # messages of 1 MiB
    SHARED_MEMORY_BANDWIDTH = "shared_memory_bandwidth"  # one process writes 16 MiB, then the other copies them out
    THREAD_MEMORY = "thread_memory"  # what one more, doing nothing, adds to resident memory
    INTERPRETER_MEMORY = "interpreter_memory"
    FORK_MEMORY = "fork_memory"  # memory that the process shares with no other
    FORKSERVER_MEMORY = "forkserver_memory"
    SPAWN_MEMORY = "spawn_memory"

    @property
    def unit(self) -> str:
        """What its numbers count: ``"ns"``, ``"bytes/s"`` or ``"bytes"``."""
        if self.endswith("_bandwidth"):
            return "bytes/s"
        return "bytes" if self.endswith("_memory") else "ns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one thing costs here.

    Attributes:
        kind: What.
        median: In `CostKind.unit`.
        low: A quarter of the repeats were at or below this, in the same unit.
        high: A quarter were at or above this.
        repeats: How many samples that is, each of which may be the mean of a batch.
    """

    kind: CostKind
    median: float
    low: float
    high: float
    repeats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """What could not be measured here.

    Attributes:
        kind: What.
        reason: Why, in one sentence without a full stop.
    """

    kind: CostKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What the primitives of concurrency cost here.

    Attributes:
        measured: In the order of `CostKind`.
        unmeasured: Every other kind, in the same order.
        timestamp: When, ISO 8601 with offset.
        load: Processes that wanted a core, on average over the minute before; None if the system does not tell.
        cached: Whether they were measured by an earlier call.
        not_kept: Why the next call will have to measure again; empty if it will not.
    """

    measured: tuple[Cost, ...]
    unmeasured: tuple[Unmeasured, ...]
    timestamp: str
    load: float | None
    cached: bool = False
    not_kept: str = ""

    def find(self, kind: CostKind) -> Cost | None:
        """Return the cost of that kind, or None if it was not measured."""
        return next((cost for cost in self.measured if cost.kind is kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores:
    """Which cores there are, and which this process may use.

    Attributes:
        model: The processor's name for itself.
        logical: Hardware threads; None if the system does not tell.
        physical: Cores; None if the system does not tell.
        allowed: Hardware threads that the scheduler may put this process on.
        quota: Cores' worth of time that the control groups grant; None if they set no limit.
        usable: The smaller of the last two: a fraction under a quota.
    """

    model: str
    logical: int | None
    physical: int | None
    allowed: int
    quota: float | None
    usable: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """How much memory there is.

    Attributes:
        total_bytes: In the machine.
        available_bytes: What can be had now without swapping, the limit not counted.
        limit_bytes: What the control groups grant; None if they set no limit below the total.
    """

    total_bytes: int
    available_bytes: int
    limit_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python found on this machine.

    Attributes:
        path: How to start it.
        implementation: As it names itself: ``"CPython"``, ``"PyPy"``, ``"Jython"``.
        version: Of the language: ``"3.11.7"``.
        free_threaded: Whether it was built to run without a global lock.
        gil: Whether threads take turns there; None if it did not say.
        jit: Its compiler: ``"on"``, ``"off"`` if it has one that is not switched on, and empty if it has none or did
            not say.
        build: When and with what it was built, as it says itself.
        current: Whether it is the one that runs now, or its base if that is a virtual environment.
        aliases: Other paths that start the same program.
    """

    path: str
    implementation: str
    version: str
    free_threaded: bool
    gil: bool | None = None
    jit: str = ""
    build: str = ""
    current: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def compiles(self) -> bool:
        """Whether it compiles what it has seen to be hot."""
        return self.jit == "on"

    @property
    def label(self) -> str:
        """Implementation and version, as its program is often called: ``"CPython 3.13.1t"``."""
        return f"{self.implementation} {self.version}{'t' if self.free_threaded else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentInterpreter:
    """Something named like a Python that did not answer.

    Attributes:
        path: Where it is.
        reason: What happened instead.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gil:
    """The global interpreter lock of this interpreter, now.

    Attributes:
        enabled: Whether threads take turns at Python code.
        optional: Whether this build can run without it.
        switch_interval_s: How long a thread may keep it while others wait.
    """

    enabled: bool
    optional: bool
    switch_interval_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where Python work runs.

    Attributes:
        platform: Operating system, its release and architecture.
        cores: Processors.
        memory: Memory.
        gil: The global lock of this interpreter.
        interpreters: Pythons found, newest first, this one before all others; empty if none were looked for.
        silent: What looked like a Python and did not answer.
        costs: None if they were not asked for.
    """

    platform: str
    cores: Cores
    memory: Memory
    gil: Gil
    interpreters: tuple[Interpreter, ...] = ()
    silent: tuple[SilentInterpreter, ...] = ()
    costs: Costs | None = None
