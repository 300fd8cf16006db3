"""Diagnosed programs for the renderers' tests, recordings made by hand."""

from collections import Counter
from collections.abc import Iterable, Sequence

from report_samples import HOSTILE, MS
from turnout.advise._program_types import Blockage, Cause, Convoy, Line, ProgramDiagnosis, Remedy
from turnout.observe import Frame, Hold, Recording, Segment, Stack, State, TaskRecord, TaskState, ThreadRecord
from turnout.report import DiagnosisReport

START_NS = 7_000_000_000  # the machine's clock starts anywhere
SECOND = 1_000_000_000
Piece = tuple[State, int, int]  # state, duration in ns, stack


def stack(*lines: tuple[str, str, int]) -> Stack:
    """A stack, innermost first, of functions, files and lines."""
    return tuple(Frame(*line) for line in lines)


def thread(
    native_id: int, name: str, pieces: Iterable[Piece], *, is_python: bool = True, start_ns: int = 0, keep: bool = True
) -> ThreadRecord:
    """A thread that did one piece after the other, with all its sums."""
    at_ns = START_NS + start_ns
    segments: list[Segment] = []
    state_ns: Counter[State] = Counter()
    stack_ns: Counter[tuple[State, int]] = Counter()
    for state, wall_ns, place in pieces:
        segments.append(Segment(start_ns=at_ns, end_ns=at_ns + wall_ns, state=state, stack=place))
        at_ns += wall_ns
        state_ns[state] += wall_ns
        stack_ns[state, place] += wall_ns
    return ThreadRecord(
        native_id=native_id,
        name=name,
        is_python=is_python,
        start_ns=START_NS + start_ns,
        end_ns=at_ns,
        state_ns=dict(state_ns),
        samples=len(segments),
        segments=tuple(segments) if keep else (),
        stack_ns=dict(stack_ns),
    )


def recording(
    threads: Sequence[ThreadRecord], stacks: Sequence[Stack] = (), *, wall_ns: int = 2 * SECOND, pid: int = 4242,
    command: Sequence[str] = ("python", "program.py"), python: str = "3.11.7", has_gil: bool | None = True,
    holds: Sequence[Hold] = (), handoffs: int | None = None, notes: Sequence[str] = (), exit_code: int | None = 0,
    tasks: Sequence[TaskRecord] = (),
) -> Recording:  # fmt: skip
    """A recording that was looked at each millisecond, at the price of 0.8 % of a core."""
    return Recording(
        pid=pid,
        command=tuple(command),
        python=python,
        has_gil=has_gil,
        cores=2,
        start_ns=START_NS,
        end_ns=START_NS + wall_ns,
        threads=tuple(threads),
        stacks=tuple(stacks),
        holds=tuple(holds),
        tasks=tuple(tasks),
        handoffs=handoffs,
        ticks=wall_ns // MS,
        missed=3 if wall_ns else 0,
        observer_cpu_ns=wall_ns * 8 // 1000,
        notes=tuple(notes),
        exit_code=exit_code,
    )


def turns(count: int, place: int, slots: int, slot_ns: int, stacks: tuple[int, int]) -> list[Piece]:
    """What a thread does that takes turns with others at the global lock: it runs in each ``count``-th slot."""
    return [
        (State.RUN, slot_ns, stacks[0]) if slot % count == place else (State.GIL, slot_ns, stacks[1])
        for slot in range(slots)
    ]


def gil_report(slots: int = 400, slot_ns: int = 5 * MS) -> DiagnosisReport:
    """Four threads that factor numbers in turns, a main thread that waits for them, and one that hardly runs."""
    main = stack(("Thread.join", "/usr/lib/python3.11/threading.py", 1119), ("main", "/home/ann/crunch/app.py", 61))
    work = stack(("factor", "/home/ann/crunch/app.py", 42), ("worker", "/home/ann/crunch/app.py", 50))
    wait = stack(("factor", "/home/ann/crunch/app.py", 44), ("worker", "/home/ann/crunch/app.py", 50))
    beat = stack(("beat", "/home/ann/crunch/beat.py", 7))
    wall_ns = slots * slot_ns
    threads = [thread(4242, "python", [(State.RUN, 20 * MS, 0), (State.LOCK, wall_ns - 20 * MS, 0)])]
    threads += [thread(4243 + place, f"crunch-{place}", turns(4, place, slots, slot_ns, (1, 2))) for place in range(4)]
    beats: list[Piece] = [(State.SLEEP, 60 * MS, 3), (State.GIL, 39 * MS, 3), (State.RUN, MS, 3)]
    threads.append(thread(4247, "heartbeat", beats * (wall_ns // (100 * MS))))
    threads += [thread(4248 + place, "python", [(State.LOCK, wall_ns, -1)], is_python=False) for place in range(2)]
    holds = []
    for slot in range(slots):
        at_ns = START_NS + slot * slot_ns
        holds += [
            Hold(start_ns=at_ns, end_ns=at_ns + slot_ns - MS // 10, thread=4243 + slot % 4),
            Hold(start_ns=at_ns + slot_ns - MS // 10, end_ns=at_ns + slot_ns, thread=0),
        ]
    seen = recording(
        threads,
        (main, work, wait, beat),
        wall_ns=wall_ns,
        command=("python", "app.py", "--numbers", "10 000"),
        holds=holds,
        handoffs=slots,
        notes=("Where C code spent its time: it has no stack that could be read.",),
    )
    verdict = ProgramDiagnosis(
        cause=Cause.GIL,
        sureness="high",
        headline="Four threads would compute at once, and take turns at the global lock.",
        evidence=(
            "crunch-0 to crunch-3 waited for the GIL for 75 % of their time.",
            "Together they kept 1.01 of 2 cores busy.",
            "The lock was held for 98 % of the time.",
            "It passed to another thread 200 times a second.",
        ),
        lines=(
            Line(file="/home/ann/crunch/app.py", line=42, function="factor", share=0.98, state=State.RUN),
            Line(file="/home/ann/crunch/app.py", line=44, function="factor", share=0.93, state=State.GIL),
        ),
        remedies=(
            Remedy(
                name="processes instead of threads",
                why="Each process has a global lock of its own, and 2 cores may be used.",
                gain=1.98,
                command="turnout race app:factor --items numbers.txt --executors threads,processes",
            ),
            Remedy(name="a Python without the GIL", why="Threads then compute at once.", gain=1.9),
        ),
        wrong=Remedy(name="more threads", why="They would take turns at the same lock; each hand-off costs time."),
        convoys=(Convoy(waiter=4247, holder=4243, wait_ns=39 * MS * (wall_ns // (100 * MS))),),
    )
    return DiagnosisReport(recording=seen, diagnosis=verdict)


def task(
    name: str, coroutine: str, times_ms: tuple[int, int, int], place: Frame | None = None, count: int = 1
) -> TaskRecord:
    """A task, or several, that began with the recording: how long it ran, was ready and was suspended."""
    state_ns = {state: ms * MS for state, ms in zip(TaskState, times_ms, strict=True)}
    return TaskRecord(
        name=name,
        coroutine=coroutine,
        start_ns=START_NS,
        end_ns=START_NS + sum(state_ns.values()) // count,
        looks=100,
        count=count,
        state_ns=state_ns,
        place_ns={place: times_ms[2] * MS} if place is not None else {},
    )


def served() -> list[TaskRecord]:
    """The tasks of a server that answers two at once, of which one blocks the loop."""
    accepts = task("Task-1", "serve", (3, 12, 1985), Frame("serve", "serve.py", 80))
    answers = [
        task(f"Task-{place}", "Server.answer", (190, 150, 660), Frame("Server.answer", "serve.py", 34))
        for place in (2, 3)
    ]
    return [accepts, *answers, task("", "Server.log", (20, 9, 470), Frame("Server.log", "serve.py", 55), count=3000)]


def io_report() -> DiagnosisReport:
    """An event loop that two calls hold up, and threads that wait for the network, files and children."""
    stacks = (
        stack(("BaseEventLoop._run_once", "/usr/lib/python3.11/asyncio/base_events.py", 1922), ("run", "serve.py", 80)),
        stack(
            ("getaddrinfo", "/usr/lib/python3.11/socket.py", 962), ("fetch", "serve.py", 31), ("run", "serve.py", 80)
        ),
        stack(("read", "/usr/lib/python3.11/ssl.py", 1166), ("fetch", "serve.py", 34)),
        stack(("write", "serve.py", 55)),
        stack(("run", "/usr/lib/python3.11/subprocess.py", 548), ("convert", "serve.py", 66)),
    )
    loop: list[Piece] = [
        (State.POLL, 600 * MS, 0), (State.RUN, 8 * MS, 0), (State.SOCKET, 312 * MS, 1), (State.POLL, 500 * MS, 0),
        (State.RUN, 15 * MS, 0), (State.FILE, 95 * MS, 3), (State.POLL, 470 * MS, 0),
    ]  # fmt: skip
    threads = [thread(900, "python", loop)]
    for place in range(3):
        calls: list[Piece] = [(State.SOCKET, 180 * MS, 2), (State.RUN, 4 * MS, 2), (State.FILE, 16 * MS, 3)]
        threads.append(thread(901 + place, f"fetch-{place}", calls * 9, start_ns=(place + 1) * 60 * MS))
    threads.append(thread(904, "convert", [(State.CHILD, 1900 * MS, 4), (State.PIPE, 100 * MS, 4)]))
    blockages = [
        Blockage(
            thread=900,
            start_ns=START_NS + from_ms * MS,
            end_ns=START_NS + to_ms * MS,
            state=state,
            stack=stacks[place],
        )
        for from_ms, to_ms, state, place in ((608, 920, State.SOCKET, 1), (1435, 1530, State.FILE, 3))
    ]
    verdict = ProgramDiagnosis(
        cause=Cause.LOOP,
        sureness="medium",
        headline="The event loop is held up by calls that block it.",
        evidence=("Two calls held the loop for 407 ms of 2.00 s.",),
        doubts=("It was looked at for 2.00 s only.",),
        lines=(Line(file="serve.py", line=34, function="fetch", share=0.81, state=State.SOCKET),),
        remedies=(
            Remedy(
                name="loop.getaddrinfo instead of socket.getaddrinfo",
                why="It waits in a thread, and the loop goes on.",
            ),
        ),
        blockages=tuple(blockages),
    )
    seen = recording(threads, stacks, pid=900, command=("python", "serve.py"), python="3.13.1 free-threaded",
                     has_gil=False, exit_code=-2, tasks=served())  # fmt: skip
    return DiagnosisReport(recording=seen, diagnosis=verdict)


def crowd_report(count: int = 120) -> DiagnosisReport:
    """Many threads that wait for one lock; some of them hardly ever get it."""
    stacks = (stack(("put", "/usr/lib/python3.11/queue.py", 140), ("produce", "crowd.py", 12)),)
    threads = [
        thread(
            6000 + place,
            f"producer-{place}",
            [(State.LOCK, (19 - place % 7) * 5 * MS, 0), (State.RUN, (1 + place % 7) * 5 * MS, 0)] * 20,
        )
        for place in range(count)
    ]
    verdict = ProgramDiagnosis(
        cause=Cause.LOCK, sureness="high", headline="Threads wait for one lock, that of a queue."
    )
    return DiagnosisReport(recording=recording(threads, stacks, pid=6000, has_gil=None, python=""), diagnosis=verdict)


def empty_report() -> DiagnosisReport:
    """A program that was gone before anybody looked."""
    verdict = ProgramDiagnosis(cause=Cause.UNKNOWN, sureness="low", headline="")
    seen = recording((), wall_ns=0, command=(), python="", has_gil=None, exit_code=None)
    return DiagnosisReport(recording=seen, diagnosis=verdict)


def hostile_report() -> DiagnosisReport:
    """Names and words from an attacker; threads of no time, without stacks, of unknown state only."""
    seen = recording(
        (
            thread(1, f"a\nb{HOSTILE}", [(State.UNKNOWN, 2 * SECOND, -1)]),
            thread(2, "", []),
            thread(3, HOSTILE, [(State.RUN, 0, 7), (State.POLL, SECOND, 0), (State.RUN, 3, 99)], start_ns=SECOND),
            thread(3, HOSTILE, [(State.RUN, SECOND, 1)], is_python=False, keep=False),
        ),
        (stack((HOSTILE, f"{HOSTILE}\n", 0)), ()),
        pid=1,
        command=("sh", "-c", HOSTILE),
        python=HOSTILE,
        holds=(Hold(start_ns=START_NS, end_ns=START_NS + SECOND, thread=77),),
        notes=(HOSTILE,),
        exit_code=-9,
        tasks=(
            task(HOSTILE, HOSTILE, (0, 0, 0), Frame(HOSTILE, f"{HOSTILE}\n", 0)),
            task("", "", (0, 0, 5)),
        ),
    )
    remedy = Remedy(name=HOSTILE, why=HOSTILE, gain=float("inf"), command=HOSTILE)
    verdict = ProgramDiagnosis(
        cause=Cause.UNKNOWN,
        sureness="low",
        headline=HOSTILE,
        evidence=(HOSTILE,),
        doubts=(HOSTILE,),
        lines=(Line(file=HOSTILE, line=0, function=HOSTILE, share=float("nan"), state=State.UNKNOWN),),
        remedies=(remedy,),
        wrong=remedy,
        convoys=(Convoy(waiter=2, holder=1, wait_ns=0), Convoy(waiter=98, holder=99, wait_ns=5)),
        blockages=(Blockage(thread=55, start_ns=0, end_ns=0, state=State.UNKNOWN, stack=()),),
    )
    return DiagnosisReport(recording=seen, diagnosis=verdict)


def long_report(segments: int = 200_000, count: int = 16) -> DiagnosisReport:
    """An hour of threads that change their state all the time, in one of many places."""
    stacks = [stack(*((f"call_{depth}", f"package/module_{place % 50}.py", place) for depth in range(30)))
              for place in range(2_000)]  # fmt: skip
    each = segments // count
    wall_ns = each * 200_000
    states = (State.RUN, State.GIL, State.RUN, State.SOCKET)
    threads = [
        thread(100 + place, f"w{place}", [(states[at % 4], 200_000, (at * 7 + place) % 2_000) for at in range(each)])
        for place in range(count)
    ]
    holds = [
        Hold(start_ns=START_NS + at * 200_000, end_ns=START_NS + (at + 1) * 200_000, thread=100 + at % count)
        for at in range(each)
    ]
    verdict = ProgramDiagnosis(cause=Cause.GIL, sureness="high", headline="It is long.")
    return DiagnosisReport(
        recording=recording(threads, stacks, wall_ns=wall_ns, pid=100, holds=holds, handoffs=9_000), diagnosis=verdict
    )
