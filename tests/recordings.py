"""Recordings made by hand: say what each thread did, one thing after the other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from turnout.observe import Frame, Hold, Recording, Segment, Stack, State, ThreadRecord

START_NS = 5_000_000_000
MS = 1_000_000
PID = 4711
WORK = "/home/alice/work.py"
THREADING = "/usr/lib/python3.11/threading.py"
EVENTS = "/usr/lib/python3.11/asyncio/events.py"

Span = tuple[State, float, Stack]  # what, for how many milliseconds, and where


def at(function: str, line: int = 10, file: str = WORK) -> Stack:
    """Return a stack: the function, called from the main module."""
    return (Frame(function, file, line), Frame("<module>", WORK, 99))


def patient(function: str = "Event.wait", file: str = THREADING) -> Stack:
    """Return the stack of who waits to be given something."""
    return (Frame(function, file, 327), Frame("work", WORK, 12))


def in_loop(*inner: Frame) -> Stack:
    """Return the stack of an event loop that has called this; of one that waits, if nothing is given."""
    called = (*inner, Frame("Handle._run", EVENTS, 84)) if inner else ()
    return (*called, Frame("BaseEventLoop._run_once", EVENTS, 1922), Frame("main", WORK, 40))


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What one thread did.

    Attributes:
        native_id: Its number.
        spans: In order.
        start_ms: When it began, after the recording did.
        is_python: Whether it has a Python thread state.
        holder: Who holds the global lock while it waits for it.
    """

    native_id: int
    spans: tuple[Span, ...]
    start_ms: float = 0
    is_python: bool = True
    holder: int = 0


def played(
    native_id: int, *spans: Span, times: int = 1, start_ms: float = 0, is_python: bool = True, holder: int = 0
) -> Played:
    """Return a thread that did these things, so many times over."""
    return Played(native_id=native_id, spans=spans * times, start_ms=start_ms, is_python=is_python, holder=holder)


def recorded(
    *threads: Played,
    cores: int = 4,
    has_gil: bool | None = True,
    python: str = "3.11.7",
    handoffs: int | None = 0,
    missed: int = 0,
    notes: tuple[str, ...] = (),
    exit_code: int | None = 0,
) -> Recording:
    """Return what a perfect observer would have recorded, a look each millisecond."""
    stacks: dict[Stack, int] = {}
    records = tuple(_record(one, stacks) for one in threads)
    end_ns = max((one.end_ns for one in records), default=START_NS)
    return Recording(
        pid=PID,
        command=("python", "work.py"),
        python=python,
        has_gil=has_gil,
        cores=cores,
        start_ns=START_NS,
        end_ns=end_ns,
        threads=records,
        stacks=tuple(stacks),
        holds=tuple(_holds(records, end_ns)),
        handoffs=handoffs,
        ticks=(end_ns - START_NS) // MS,
        missed=missed,
        observer_cpu_ns=(end_ns - START_NS) // 50,
        notes=notes,
        exit_code=exit_code,
    )


def _record(thread: Played, stacks: dict[Stack, int]) -> ThreadRecord:
    state_ns: dict[State, int] = defaultdict(int)
    stack_ns: dict[tuple[State, int], int] = defaultdict(int)
    segments: list[Segment] = []
    now_ns = start_ns = START_NS + round(thread.start_ms * MS)
    for state, length_ms, stack in thread.spans:
        place = stacks.setdefault(stack, len(stacks)) if stack else -1
        end_ns = now_ns + round(length_ms * MS)
        state_ns[state] += end_ns - now_ns
        if stack:
            stack_ns[state, place] += end_ns - now_ns
        if segments and (segments[-1].state, segments[-1].stack) == (state, place):
            segments[-1] = replace(segments[-1], end_ns=end_ns)
        else:
            segments.append(Segment(start_ns=now_ns, end_ns=end_ns, state=state, stack=place))
        now_ns = end_ns
    waited_ns = state_ns.get(State.GIL, 0)
    return ThreadRecord(
        native_id=thread.native_id,
        name=f"thread {thread.native_id}",
        is_python=thread.is_python,
        start_ns=start_ns,
        end_ns=now_ns,
        state_ns=dict(state_ns),
        samples=(now_ns - start_ns) // MS,
        segments=tuple(segments),
        stack_ns=dict(stack_ns),
        lock_ns={0x1234: state_ns[State.LOCK]} if State.LOCK in state_ns else {},
        held_back_ns={thread.holder: waited_ns} if waited_ns else {},
    )


def _holds(records: Sequence[ThreadRecord], end_ns: int) -> Iterable[Hold]:
    running = [one.native_id for one in records if State.RUN in one.state_ns]
    return [Hold(start_ns=START_NS, end_ns=end_ns, thread=running[0])] if running else []


def one_thread_computes(*, cores: int = 4) -> Recording:
    """Return a second of computing."""
    return recorded(played(PID, (State.RUN, 1000, at("spin", 7))), cores=cores)


def threads_take_turns(count: int = 4, *, cores: int = 4) -> Recording:
    """Return threads that compute, of which one has the global lock at a time."""
    turn_ms = 5
    workers = [
        played(
            PID + 1 + number,
            (State.GIL, turn_ms * number, at("spin", 7)),
            (State.RUN, turn_ms, at("spin", 7)),
            (State.GIL, turn_ms * (count - 1 - number), at("spin", 7)),
            times=50,
            holder=PID + 1,
        )
        for number in range(count)
    ]
    main = played(PID, (State.LOCK, 50 * turn_ms * count, patient("Thread.join")))
    return recorded(main, *workers, cores=cores, handoffs=50 * count)


def more_threads_than_cores() -> Recording:
    """Return eight threads that compute without a global lock on four cores."""
    early = ((State.RUN, 5, at("digest", 3)), (State.CORE, 5, at("digest", 3)))
    workers = [played(PID + 1 + number, *early[:: (-1) ** number], times=100) for number in range(8)]
    main = played(PID, (State.LOCK, 1000, patient("Thread.join")))
    return recorded(main, *workers, has_gil=False, python="3.13.1 free-threaded", handoffs=None)


def threads_pass_a_lock_round(held: State = State.SLEEP) -> Recording:
    """Return five threads, each of which does something under the same lock while the others wait for it."""
    workers = []
    for number in range(5):
        before, after = (State.LOCK, 10 * number, at("step", 21)), (State.LOCK, 10 * (4 - number), at("step", 21))
        workers.append(played(PID + 1 + number, before, (held, 10, at("step", 22)), after, times=20))
    return recorded(played(PID, (State.LOCK, 1000, patient("Thread.join"))), *workers)


def it_waits_for_a_socket() -> Recording:
    """Return a thread that asks a server again and again."""
    return recorded(
        played(PID, (State.SOCKET, 95, at("fetch", 5)), (State.RUN, 5, at("parse", 8)), times=10),
    )


def it_waits_for_other_programs() -> Recording:
    """Return a thread that runs one program after the other."""
    return recorded(played(PID, (State.CHILD, 990, at("convert", 6)), (State.RUN, 10, at("convert", 6))))


def a_call_blocks_the_loop() -> Recording:
    """Return an event loop in which a callback sleeps for 150 of each 200 milliseconds."""
    blocking = in_loop(Frame("rude", WORK, 31))
    return recorded(played(PID, (State.SLEEP, 150, blocking), (State.POLL, 50, in_loop()), times=6))


def it_sleeps() -> Recording:
    """Return a thread that only sleeps."""
    return recorded(played(PID, (State.SLEEP, 990, at("pause", 4)), (State.RUN, 10, at("pause", 4))))


def all_wait_for_each_other() -> Recording:
    """Return two threads that wait to be given something, and are not."""
    return recorded(
        played(PID, (State.LOCK, 1000, patient())),
        played(PID + 1, (State.LOCK, 1000, patient("Queue.get", "/usr/lib/python3.11/queue.py"))),
    )


def one_waits_behind_one_that_computes() -> Recording:
    """Return a thread that would answer a socket and waits for the lock of one that computes."""
    return recorded(
        played(PID, (State.RUN, 1000, at("spin", 7))),
        played(
            PID + 1,
            (State.SOCKET, 10, at("serve", 2)),
            (State.GIL, 9, at("serve", 3)),
            (State.RUN, 1, at("serve", 3)),
            times=50,
            holder=PID,
        ),
    )
