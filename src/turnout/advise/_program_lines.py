"""Which lines answer for the time, and which calls held an event loop."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

from turnout.advise._program_facts import is_patient
from turnout.advise._program_types import Blockage, Line
from turnout.observe import Frame, Recording, Segment, Stack, State, ThreadRecord

MOST_LINES = 5
LEAST = 0.01  # of the time, for a line to be worth telling
BLOCKED_NS = 50_000_000  # that a call may hold an event loop before it is told
MOST_BLOCKAGES = 20
_LIBRARY = ("/lib/python3", "/lib64/python3", "<frozen ")
_INSTALLED = ("site-packages", "dist-packages")


def is_own(frame: Frame) -> bool:
    """Tell whether this is the user's code, and not the standard library's."""
    return not any(part in frame.file for part in _LIBRARY) or any(part in frame.file for part in _INSTALLED)


def culprit(stack: Stack) -> Frame | None:
    """Return the innermost frame of the user's own code; the innermost of all, if there is none."""
    return next((frame for frame in stack if is_own(frame)), stack[0] if stack else None)


def lines_of(recording: Recording, threads: Iterable[ThreadRecord], *states: State) -> tuple[Line, ...]:
    """Return the lines that answer for most of what these threads spent in these states, the first one first."""
    spent: Counter[Frame] = Counter()
    states_of: dict[Frame, Counter[State]] = defaultdict(Counter)
    whole = 0
    for thread in threads:
        for (state, stack), length_ns in thread.stack_ns.items():
            if state not in states or (state is State.LOCK and is_patient(recording.stacks[stack])):
                continue
            whole += length_ns
            frame = culprit(recording.stacks[stack])
            if frame is not None:
                spent[frame] += length_ns
                states_of[frame][state] += length_ns
    return tuple(
        Line(
            file=frame.file,
            line=frame.line,
            function=frame.function,
            share=length_ns / whole,
            state=max(states_of[frame], key=states_of[frame].__getitem__),
        )
        for frame, length_ns in spent.most_common(MOST_LINES)
        if length_ns > LEAST * whole
    )


def blockages_of(recording: Recording) -> tuple[Blockage, ...]:
    """Return the calls that held an event loop for too long, the longest first.

    A call is told from the next one by the function that is called, and by its number where that was seen.
    """
    found: list[Blockage] = []
    for thread in recording.threads:
        run: list[Segment] = []
        for segment in thread.segments:
            if run and _callback(recording, segment) != _callback(recording, run[-1]):
                found += _blockage(recording, thread, run)
                run = []
            if _callback(recording, segment) is not None:
                run.append(segment)
        found += _blockage(recording, thread, run)
    return tuple(sorted(found, key=lambda one: one.start_ns - one.end_ns)[:MOST_BLOCKAGES])


def runs_loop(recording: Recording, thread: ThreadRecord) -> bool:
    """Tell whether a thread was seen in an event loop."""
    return any(_in_loop(frame) for _state, stack in thread.stack_ns for frame in recording.stacks[stack])


def _in_loop(frame: Frame) -> bool:
    return frame.function == "BaseEventLoop._run_once"


def _callback(recording: Recording, segment: Segment) -> tuple[str, int] | None:
    """Return what an event loop has called meanwhile; None if it called nothing, or waited for what it looks after."""
    stack = recording.stacks[segment.stack] if segment.stack >= 0 else ()
    for inner, outer in pairwise(stack):
        if outer.function == "Handle._run":
            return f"{inner.file}:{inner.function}", segment.step
    return None


def _blockage(recording: Recording, thread: ThreadRecord, run: list[Segment]) -> list[Blockage]:
    if not run or run[-1].end_ns - run[0].start_ns < BLOCKED_NS:
        return []
    longest = max(run, key=lambda one: one.end_ns - one.start_ns)
    return [
        Blockage(
            thread=thread.native_id,
            start_ns=run[0].start_ns,
            end_ns=run[-1].end_ns,
            state=longest.state,
            stack=recording.stacks[longest.stack],
        )
    ]
