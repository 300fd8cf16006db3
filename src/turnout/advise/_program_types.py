"""What bounds a whole program: the verdict on a recording."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from turnout.observe import Stack, State


class Cause(StrEnum):
    """What most of the program's time goes to."""

    CPU = "cpu"  # one thread computes, and nothing else could
    GIL = "gil"  # several would compute, and take turns
    CORES = "cores"  # more would compute than there are cores
    LOCK = "lock"  # threads wait for each other
    IO = "io"  # it waits for the outside
    CHILD = "child"  # it waits for other programs that it started
    LOOP = "loop"  # an event loop is held up by calls that block it
    SLEEP = "sleep"  # it has asked to be left alone
    UNKNOWN = "unknown"  # too little was seen


Sureness = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of code that answers for some of the time.

    Attributes:
        file: As Python names it.
        line: From 1.
        function: Its qualified name.
        share: Of the program's thread time in the states that count for the verdict, 0 to 1.
        state: What threads did there for most of that.
    """

    file: str
    line: int
    function: str
    share: float
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Something that could be done.

    Attributes:
        name: In a few words: ``"processes instead of threads"``.
        why: In a sentence.
        gain: How many times faster it makes the program at most, by the laws of Amdahl and of what is used already;
            None where that cannot be said.
        command: What would prove it: a command line of ``turnout race``; None where there is none.
    """

    name: str
    why: str
    gain: float | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Convoy:
    """A thread that hardly computes and waits for the global lock behind one that does.

    Attributes:
        waiter: The system's number of the thread that waits.
        holder: And of the one that held the lock then, most of the time.
        wait_ns: How long.
    """

    waiter: int
    holder: int
    wait_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Blockage:
    """A call that held an event loop.

    Attributes:
        thread: The system's number of the loop's thread.
        start_ns: On the monotonic clock of the machine.
        end_ns: Likewise.
        state: What it did meanwhile.
        stack: Where, innermost first.
    """

    thread: int
    start_ns: int
    end_ns: int
    state: State
    stack: Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramDiagnosis:
    """The verdict.

    Attributes:
        cause: What bounds the program.
        sureness: How sure that is.
        headline: What bounds it, in a sentence.
        evidence: Sentences with figures, the strongest first.
        doubts: Why it may be otherwise; sentences.
        lines: Those that answer for most of it, the first one first.
        remedies: What would help, the best first.
        wrong: What looks as if it would help, and why it would not; None if nothing tempts.
        convoys: Threads that are held back by the global lock though they hardly compute.
        blockages: Calls that held an event loop for too long, the longest first.
    """

    cause: Cause
    sureness: Sureness
    headline: str
    evidence: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    wrong: Remedy | None = None
    convoys: tuple[Convoy, ...] = ()
    blockages: tuple[Blockage, ...] = ()
