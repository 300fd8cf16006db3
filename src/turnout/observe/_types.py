"""A living process, as one value.

What it holds is in `_holdings`, how it is connected in `_connections`, its threads in `_tasks`.
"""

from dataclasses import dataclass
from enum import StrEnum

from turnout.observe._connections import Channels, Relative
from turnout.observe._holdings import Descriptors, MemoryMap, MemoryUse, Signals
from turnout.observe._tasks import Python, Thread, ThreadState
from turnout.observe._unknown import Unknown


class Policy(StrEnum):
    """How the scheduler shares out cores to a process. Source: sched(7)."""

    OTHER = "SCHED_OTHER"
    FIFO = "SCHED_FIFO"
    ROUND_ROBIN = "SCHED_RR"
    BATCH = "SCHED_BATCH"
    IDLE = "SCHED_IDLE"
    DEADLINE = "SCHED_DEADLINE"
    EXTENSIBLE = "SCHED_EXT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user, or a group of users.

    Attributes:
        number: None where the system has none.
        name: None if no account has that number.
    """

    number: int | None
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """On whose behalf a process runs.

    Attributes:
        user: Who started it (the real user).
        effective_user: Whose rights it has; another one in a set-user-ID program.
        group: The real group.
        effective_group: Likewise.
        further_groups: The supplementary groups.
    """

    user: Account
    effective_user: Account
    group: Account
    effective_group: Account
    further_groups: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One entry of the environment.

    Attributes:
        name: All of the entry, if there is no equals sign in it.
        value: With secrets replaced by asterisks.
        masked: Whether something was.
    """

    name: str
    value: str
    masked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the process was started with; what it has changed since is not seen from outside.

    Attributes:
        variables: In the order in which they lie in memory.
    """

    variables: tuple[Variable, ...]

    @property
    def masked_count(self) -> int:
        """How many of the values are not shown in full."""
        return sum(variable.masked for variable in self.variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """The words that the process was started with.

    Attributes:
        words: With secrets replaced by asterisks.
        masked_count: How many words are not shown in full.
    """

    words: tuple[str, ...]
    masked_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduling:
    """How the process gets cores.

    Attributes:
        policy: None if it is not known.
        nice: From -20, which gets most, to 19.
        realtime_priority: From 1 to 99 under `Policy.FIFO` and `Policy.ROUND_ROBIN`, else 0.
        allowed_cpus: On which it may run, as the system lists them: ``"0-3,6"``.
        last_cpu: On which its main thread ran last.
        voluntary_switches: How often the main thread gave up its core, to wait.
        involuntary_switches: How often it was taken away.
    """

    policy: Policy | None
    nice: int | None
    realtime_priority: int = 0
    allowed_cpus: str | None = None
    last_cpu: int | None = None
    voluntary_switches: int | None = None
    involuntary_switches: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuTime:
    """Time on a core, of all threads together.

    Attributes:
        user_s: In its own code.
        system_s: In the kernel on its behalf.
        children_user_s: Likewise of its ended children for whose end it has waited.
        children_system_s: Likewise.
    """

    user_s: float
    system_s: float
    children_user_s: float | None = None
    children_system_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A living process. A property that cannot be told is `Unknown`, which says why.

    Attributes:
        pid: Its number.
        name: Its command, as the kernel keeps it: at most 15 characters on Linux.
        kernel_thread: Whether it is a thread of the kernel, which has no memory or files of its own.
        state: Of its main thread.
        parent: Who started it, or has adopted it.
        group: The process group, which a shell stops or interrupts as one; named after its leader.
        session: All that was started from one terminal; named after its leader.
        owner: Users and groups.
        started: Date and time, ISO 8601 with offset.
        age_s: Since then.
        command_line: How it was called.
        executable: The program file.
        working_directory: Where relative names start.
        environment: What it was started with.
        scheduling: How it gets cores.
        cpu_time: How much of them it had.
        memory: How much memory it uses.
        memory_map: What lies in it.
        descriptors: What it has open.
        signals: What it does with them.
        channels: Ways by which it is connected with other processes.
        threads: In the order of their numbers, the main one first.
        python: What is known of the interpreter; None if there is none.
    """

    pid: int
    name: str
    kernel_thread: bool
    state: ThreadState
    parent: Relative | Unknown
    group: Relative | Unknown
    session: Relative | Unknown
    owner: Owner | Unknown
    started: str | Unknown
    age_s: float | Unknown
    command_line: CommandLine | Unknown
    executable: str | Unknown
    working_directory: str | Unknown
    environment: Environment | Unknown
    scheduling: Scheduling | Unknown
    cpu_time: CpuTime | Unknown
    memory: MemoryUse | Unknown
    memory_map: MemoryMap | Unknown
    descriptors: Descriptors | Unknown
    signals: Signals | Unknown
    channels: Channels | Unknown
    threads: tuple[Thread, ...] | Unknown
    python: Python | None = None
