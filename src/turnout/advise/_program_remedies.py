"""What would help a program, what would not, and what could be gained at most."""

import shlex
from collections.abc import Sequence

from turnout.advise._laws import amdahl_speedup
from turnout.advise._program_facts import ProgramFacts
from turnout.advise._program_lines import is_own
from turnout.advise._program_types import Blockage, Cause, Line, Remedy
from turnout.observe import Frame

SPREAD = 1.3  # cores that are busy, from which on it computes on several already


def remedies_for(
    cause: Cause, facts: ProgramFacts, lines: Sequence[Line], blockages: Sequence[Blockage]
) -> tuple[Remedy, ...]:
    """Return what would help, the best first.

    Args:
        cause: What bounds the program.
        facts: What was seen.
        lines: Those that answer for it.
        blockages: Calls that held an event loop.
    """
    gain = most_gain(facts)
    spread = amdahl_speedup(facts.compute_share, max(1.0, facts.recording.cores / max(1.0, facts.cores_used)))
    held_ns = sum(one.end_ns - one.start_ns for one in blockages)
    left = max(0.05, 1 - held_ns / max(1, facts.recording.wall_ns))
    remedies: dict[Cause, tuple[Remedy, ...]] = {
        Cause.GIL: (
            Remedy(
                name="processes instead of threads",
                why="each has an interpreter, and a lock, of its own",
                gain=gain,
                command=_race(lines, "sequential,threads,processes"),
            ),
            Remedy(
                name="a free-threaded build of Python",
                why="it has no global lock; a single thread is some 10 to 35 % slower there",
                gain=gain,
            ),
            Remedy(
                name="NumPy, or other code that computes in C",
                why="it computes many elements in one call, and may drop the lock meanwhile",
            ),
        ),
        Cause.CPU: (
            Remedy(
                name="processes",
                why="what one thread does now can be spread over the other cores, if its items do not need each other",
                gain=spread,
                command=_race(lines, "sequential,processes"),
            ),
            Remedy(
                name="a better algorithm, NumPy or compiled code",
                why="it gains on one core already; begin at the lines named",
            ),
        ),
        Cause.CORES: (
            Remedy(
                name=f"{facts.recording.cores} workers",
                why="as many as there are cores; more of them only change places",
                gain=1.0,
            ),
            Remedy(name="more cores, or less to compute", why="all cores are busy with this program"),
        ),
        Cause.LOCK: (
            Remedy(
                name="to hold the lock for less",
                why="compute, wait and call others outside of it; keep one lock for each thing it guards",
                gain=_unlocked_gain(facts),
                command=_race(lines, "sequential,threads"),
            ),
            Remedy(name="a queue to one thread that owns what is guarded", why="then nobody waits for it to be free"),
        ),
        Cause.IO: (
            Remedy(
                name="to wait for many at once: threads, or asyncio",
                why="waits overlap, and take no core",
                command=_race(lines, "sequential,threads,asyncio"),
            ),
        ),
        Cause.CHILD: (
            Remedy(
                name="several of the other programs at once",
                why=f"there are {facts.recording.cores} cores; threads suffice to wait for them",
                command=_race(lines, "sequential,threads"),
            ),
        ),
        Cause.LOOP: (
            Remedy(
                name="to move the blocking calls off the loop",
                why="await asyncio.to_thread(...) for what waits, a process pool for what computes, or their "
                "asynchronous counterparts",
                gain=min(1 / left, 20.0),
            ),
        ),
        Cause.SLEEP: (
            Remedy(
                name="to sleep less, or to wait for what is slept for",
                why="an event or a condition wakes up at once",
            ),
        ),
        Cause.UNKNOWN: (),
    }
    return remedies[cause]


def wrong_for(cause: Cause, facts: ProgramFacts) -> Remedy | None:
    """Return what looks as if it helped, and why it would not."""
    cores = facts.recording.cores
    wrong = {
        Cause.GIL: ("more threads", "they take turns for the same lock, and changing turns costs more with each"),
        Cause.CPU: (
            ("threads", "the global lock lets one of them compute at a time")
            if facts.recording.has_gil and facts.cores_used < SPREAD
            else ("asyncio", "nothing here waits, so there is nothing to do meanwhile")
        ),
        Cause.CORES: ("more workers", f"{cores} cores compute no more for it"),
        Cause.LOCK: ("more threads", "they wait for the same lock"),
        Cause.IO: ("processes", "they would wait just as long, and cost a start and memory each"),
        Cause.CHILD: ("processes", "the other programs are processes already"),
        Cause.LOOP: ("more tasks", "they wait for the same loop while a call holds it"),
        Cause.SLEEP: ("processes", "they would sleep just as long"),
    }.get(cause)
    return None if wrong is None else Remedy(name=wrong[0], why=wrong[1])


def most_gain(facts: ProgramFacts) -> float:
    """Return how many times faster the program is at most if all that would compute at once does.

    Source: Amdahl (1967): the part that computes is divided among as many cores as there are, or are wanted.
    """
    wanted = min(float(facts.recording.cores), max(1.0, facts.demand))
    used = max(1.0, facts.cores_used / max(facts.compute_share, 1e-9))
    return amdahl_speedup(facts.compute_share, max(1.0, wanted / used))


def _unlocked_gain(facts: ProgramFacts) -> float:
    """Return how many times faster it is at most without its locks: waits overlap, what computes finds its limits."""
    threads = facts.mean("locked") + 1
    takes_turns = facts.recording.has_gil and facts.cores_used < SPREAD
    at_once = 1.0 if takes_turns else min(threads, facts.recording.cores)
    return 1 / (facts.compute_share / at_once + (1 - facts.compute_share) / threads)


def _race(lines: Sequence[Line], executors: str) -> str | None:
    """Return the command that would prove it, on the function that answers for most."""
    for line in lines:
        name = line.function
        is_file = line.file.endswith(".py")  # and not <string> or <stdin>
        if is_file and name.isidentifier() and is_own(Frame(line.function, line.file, line.line)):
            return f"turnout race {shlex.quote(f'{line.file}:{name}')} --items FILE --executors {executors}"
    return None
