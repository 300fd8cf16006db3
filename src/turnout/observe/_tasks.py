"""The threads of a process, as values, and the seam where Python stacks come in."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from turnout.observe._recording import Frame
from turnout.observe._unknown import Unknown


class ThreadState(StrEnum):
    """What a thread does. Source: proc_pid_stat(5)."""

    RUNNING = "running"  # or ready to, and waits for a core
    SLEEPING = "sleeping"  # waits for something, and a signal can wake it
    WAITING = "waiting"  # for a device, mostly: no signal can wake it
    STOPPED = "stopped"  # by a signal, as Ctrl-Z sends one
    TRACED = "traced"  # stopped by a debugger
    ZOMBIE = "zombie"  # has ended, and its parent has not yet asked how
    DEAD = "dead"
    IDLE = "idle"  # a kernel thread without work
    PARKED = "parked"  # a kernel thread whose core is switched off
    OTHER = "other"


ENDED = frozenset({ThreadState.ZOMBIE, ThreadState.DEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemCall:
    """What a thread has asked the kernel for, and is waiting to get.

    Attributes:
        number: As the processor's architecture numbers them; -1 if it was stopped outside of a call, by a page
            that is missing, say.
        name: None if the number is not known.
        descriptor: On which file, for the calls that take one first.
    """

    number: int
    name: str | None
    descriptor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One thread.

    Attributes:
        tid: Its number; that of the main thread is the process's.
        name: As the system keeps it; Python hands its own names on since 3.14.
        state: What it does.
        user_s: Time on a core in the program's code.
        system_s: Likewise in the kernel.
        core_wait_s: For how long it was ready and had no core.
        last_cpu: Where it ran last.
        call: The system call that it waits in; None if it is in none.
        kernel_function: Where in the kernel it waits.
        stack_pointer: The address up to which its stack is in use; None if it runs.
        blocked: Names of signals that it keeps waiting.
        pending: Names of signals sent to it alone that are kept waiting.
    """

    tid: int
    name: str
    state: ThreadState
    user_s: float | None
    system_s: float | None
    core_wait_s: float | None = None
    last_cpu: int | None = None
    call: SystemCall | Unknown | None = None
    kernel_function: str | None = None
    stack_pointer: int | None = None
    blocked: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()


class StackReader(Protocol):
    """Reads the Python stacks of another process."""

    def __call__(self, pid: int, /) -> Mapping[int, tuple[Frame, ...]]:
        """Return the stack of each thread that runs Python code, by its number (``tid``), the innermost call first.

        Raises:
            TurnoutError: If it cannot be done; the text tells why.
            OSError: If the system refuses it.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """The interpreter of a process.

    Attributes:
        implementation: ``"CPython"`` or ``"PyPy"``.
        version: ``"3.11.7"``, or as much of it as can be told; None if nothing can.
        free_threaded: Whether it was built to run without a global lock; None if that cannot be told.
        evidence: How it was recognised, as a clause.
        stacks: By thread number, the innermost call first.
    """

    implementation: str
    version: str | None
    free_threaded: bool | None
    evidence: str
    stacks: Mapping[int, tuple[Frame, ...]] | Unknown
