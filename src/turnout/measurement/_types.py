"""What a contender cost, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from turnout.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to run the work.

    Attributes:
        executor: Its executor's name: ``"threads"``.
        workers: How many workers it has, at least 1.
        python: Which Python runs it, if it is not this one: ``"PyPy 3.10.14"``.
    """

    executor: str
    workers: int
    python: str = ""

    @property
    def model(self) -> str:
        """Executor and workers: ``"threads x 4"``."""
        return self.executor if self.executor == "sequential" else f"{self.executor} x {self.workers}"

    @property
    def label(self) -> str:
        """How tables name it: ``"threads x 4"``, ``"threads x 4 on PyPy 3.10.14"``."""
        return f"{self.model} on {self.python}" if self.python else self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where a median lies.

    Attributes:
        low: Lower end, in the unit of what was measured.
        high: Upper end.
        confidence: The chance that the interval holds the median, 0 to 1.
    """

    low: float
    high: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """One timed run of one contender, in a process of its own.

    Attributes:
        wall_ns: From asking for the work until the last outcome, start and end of the workers included.
        startup_ns: The part before the first item began.
        cpu_ns: Time on a core, of the process and all its workers.
        memory_bytes: Peak memory of the process and its workers, shared pages counted once; None if unknown.
        failures: How many items failed.
        first_failure: The first failure's error in one line; empty if there is none.
        fingerprints: Little-endian uint64, one for each item's outcome, in order: even for a success, odd for a
            failure, 0 where an outcome can't be compared.
        trace: What the workers did.
    """

    wall_ns: int
    startup_ns: int
    cpu_ns: int
    memory_bytes: int | None
    failures: int
    first_failure: str
    fingerprints: bytes
    trace: Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """All heats of one contender.

    Attributes:
        contender: Who ran.
        item_count: How many items each heat ran.
        heats: At least one.
    """

    contender: Contender
    item_count: int
    heats: tuple[Heat, ...]

    @property
    def typical(self) -> Heat:
        """The heat whose wall time is the median (the faster of the middle two)."""
        ranked = sorted(self.heats, key=lambda heat: heat.wall_ns)
        return ranked[(len(ranked) - 1) // 2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A contender that could not run, or did not finish.

    Attributes:
        name: The contender's label, or the executor's name if it never came to have workers.
        reason: Why, in one sentence without a full stop.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where the measurements were made.

    Attributes:
        timestamp: ISO 8601, with offset.
        turnout: Our version.
        python: Version and implementation: ``"CPython 3.11.7"``.
        gil: Whether this interpreter holds a global lock now.
        platform: Operating system and architecture.
        usable_cpus: How many cores this process may use, quotas counted; a fraction under a quota.
        load: Processes that wanted a core, on average over the last minute, before the race; None if unknown.
        overhead_ns: What handing over and recording adds to each item, measured on this machine with one worker, by
            executor.
    """

    timestamp: str
    turnout: str
    python: str
    gil: bool
    platform: str
    usable_cpus: float
    load: float | None
    overhead_ns: Mapping[str, float] = field(default_factory=dict)
