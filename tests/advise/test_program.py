"""Verdicts on whole programs, from recordings made by hand."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import (
    MS,
    PID,
    START_NS,
    WORK,
    Played,
    Span,
    a_call_blocks_the_loop,
    all_wait_for_each_other,
    at,
    in_loop,
    it_sleeps,
    it_waits_for_a_socket,
    it_waits_for_other_programs,
    more_threads_than_cores,
    one_thread_computes,
    one_waits_behind_one_that_computes,
    patient,
    played,
    recorded,
    threads_pass_a_lock_round,
    threads_take_turns,
)
from turnout.advise import Cause, Line, diagnose_program
from turnout.advise._program_facts import ProgramFacts, is_patient
from turnout.observe import Frame, LockHolder, Recording, Segment, Stack, State, ThreadRecord

EACH = [
    (one_thread_computes, Cause.CPU, "threads", "spin"),
    (threads_take_turns, Cause.GIL, "more threads", "spin"),
    (more_threads_than_cores, Cause.CORES, "more workers", "digest"),
    (threads_pass_a_lock_round, Cause.LOCK, "more threads", "step"),
    (it_waits_for_a_socket, Cause.IO, "processes", "fetch"),
    (it_waits_for_other_programs, Cause.CHILD, "processes", "convert"),
    (a_call_blocks_the_loop, Cause.LOOP, "more tasks", "rude"),
    (it_sleeps, Cause.SLEEP, "processes", "pause"),
]


@pytest.mark.parametrize(("make", "cause", "wrong", "function"), EACH, ids=[cause for _, cause, *_ in EACH])
def test_each_cause_is_told_with_its_line_and_what_would_not_help(
    make: Callable[[], Recording], cause: Cause, wrong: str, function: str
) -> None:
    diagnosis = diagnose_program(make())

    assert diagnosis.cause is cause
    assert diagnosis.sureness in {"high", "medium"}
    assert diagnosis.headline.endswith(".")
    assert any(one.startswith("In ") for one in diagnosis.evidence)
    assert diagnosis.remedies
    assert diagnosis.wrong is not None
    assert diagnosis.wrong.name == wrong
    assert diagnosis.lines[0].function == function
    assert diagnosis.lines[0].file == WORK


def test_threads_that_take_turns_are_told_to_be_processes_or_free_threaded() -> None:
    diagnosis = diagnose_program(threads_take_turns())

    processes, free, _native = diagnosis.remedies
    assert processes.name == "processes instead of threads"
    assert processes.gain == pytest.approx(4, rel=0.05)
    assert processes.command == f"turnout race {WORK}:spin --items FILE --executors sequential,threads,processes"
    assert free.gain == processes.gain
    assert diagnosis.headline == (
        "The global interpreter lock bounds it: 4 threads would compute, and one at a time may."
    )
    assert diagnosis.lines == (Line(file=WORK, line=7, function="spin", share=1.0, state=State.GIL),)


@pytest.mark.parametrize("cores", [1, 2, 3, 64])
@pytest.mark.parametrize("make", [one_thread_computes, threads_take_turns])
def test_computing_gains_no_more_than_there_are_cores(make: Callable[..., Recording], cores: int) -> None:
    diagnosis = diagnose_program(make(cores=cores))

    gains = [one.gain for one in diagnosis.remedies if one.gain is not None]
    assert gains
    assert all(1 <= gain <= cores for gain in gains)


def test_threads_that_take_turns_gain_no_more_than_there_are_of_them() -> None:
    diagnosis = diagnose_program(threads_take_turns(3, cores=64))

    assert diagnosis.remedies[0].gain == pytest.approx(3, rel=0.05)


def test_a_lock_under_which_is_slept_gains_as_many_times_as_threads_want_it() -> None:
    diagnosis = diagnose_program(threads_pass_a_lock_round())

    assert diagnosis.remedies[0].gain == pytest.approx(5, rel=0.05)


def test_a_lock_under_which_is_computed_gains_nothing_where_the_global_lock_is_next() -> None:
    diagnosis = diagnose_program(threads_pass_a_lock_round(State.RUN))

    assert diagnosis.cause is Cause.LOCK
    assert diagnosis.remedies[0].gain == pytest.approx(1)


def test_a_lock_under_which_is_computed_gains_as_many_times_as_there_are_cores_without_a_global_lock() -> None:
    diagnosis = diagnose_program(replace(threads_pass_a_lock_round(State.RUN), has_gil=False, cores=3))

    assert diagnosis.remedies[0].gain == pytest.approx(3, rel=0.05)


def test_who_held_a_lock_is_told_with_where_it_was_taken() -> None:
    at_save = LockHolder(holder=PID + 1, waiter=PID + 2, at=Frame("save", WORK, 23), since_line=21, seen=3)
    at_once = LockHolder(holder=PID + 3, waiter=PID + 2, at=Frame("load", WORK, 40), since_line=40, seen=1)
    recording = replace(threads_pass_a_lock_round(), lock_holders=(at_once, at_save))

    evidence = diagnose_program(recording).evidence

    assert evidence[0].startswith("4.00 threads waited on average for locks that others held")
    assert evidence[1:3] == (
        f"Meanwhile a lock was held by save, taken at {WORK}:21, mostly at line 23 (75 % of 4 looks for who holds it).",
        f"Meanwhile a lock was held by load, taken at {WORK}:40 (25 % of 4 looks for who holds it).",
    )


def test_more_threads_than_cores_gain_nothing_by_more_workers() -> None:
    diagnosis = diagnose_program(more_threads_than_cores())

    assert diagnosis.remedies[0].name == "4 workers"
    assert diagnosis.remedies[0].gain == 1.0


@pytest.mark.parametrize(
    ("function", "file"),
    [
        ("Condition.wait", "/usr/lib/python3.11/threading.py"),
        ("Thread.join", "/opt/lib/python3.14/threading.py"),
        ("Queue.get", r"C:\Python313\Lib\queue.py"),
        ("_worker", "/usr/lib/python3.11/concurrent/futures/thread.py"),
    ],
)
def test_patient_waits_are_no_locks(function: str, file: str) -> None:
    waiters = [played(PID + number, (State.LOCK, 1000, patient(function, file))) for number in range(1, 9)]

    diagnosis = diagnose_program(recorded(played(PID, (State.RUN, 1000, at("spin"))), *waiters))

    assert diagnosis.cause is Cause.CPU
    assert is_patient(patient(function, file))


@pytest.mark.parametrize(
    "stack", [at("Condition.wait"), at("step"), patient("Lock.acquire"), patient("wait", "/home/alice/queue.py")]
)
def test_other_waits_are_locks(stack: Stack) -> None:
    assert not is_patient(stack)


def test_a_program_in_which_all_wait_for_each_other_is_not_one_that_computes() -> None:
    diagnosis = diagnose_program(all_wait_for_each_other())

    assert diagnosis.cause is Cause.UNKNOWN
    assert diagnosis.sureness == "low"
    assert diagnosis.headline == "What bounds it was not seen."
    assert diagnosis.remedies == ()
    assert diagnosis.wrong is None


def test_a_thread_that_waits_behind_one_that_computes_is_a_convoy() -> None:
    diagnosis = diagnose_program(one_waits_behind_one_that_computes())

    (convoy,) = diagnosis.convoys
    assert (convoy.waiter, convoy.holder, convoy.wait_ns) == (PID + 1, PID, 450 * MS)


def test_threads_that_take_turns_are_no_convoy() -> None:
    assert diagnose_program(threads_take_turns(2)).convoys == ()


def test_who_waits_for_a_holder_that_is_not_known_is_no_convoy() -> None:
    found = one_waits_behind_one_that_computes()
    unknown = [replace(one, held_back_ns={0: 450 * MS}) for one in found.threads]

    assert diagnose_program(replace(found, threads=tuple(unknown))).convoys == ()


def test_calls_that_hold_the_loop_are_told_the_longest_first() -> None:
    short, long = in_loop(Frame("short", WORK, 1)), in_loop(Frame("long", WORK, 2))
    polls = (State.POLL, 100, in_loop())
    recording = recorded(played(PID, (State.SLEEP, 60, short), polls, (State.RUN, 90, long), polls))

    diagnosis = diagnose_program(recording)

    assert [(one.stack[0].function, one.state) for one in diagnosis.blockages] == [
        ("long", State.RUN),
        ("short", State.SLEEP),
    ]
    assert diagnosis.blockages[0].end_ns - diagnosis.blockages[0].start_ns == 90 * MS
    assert diagnosis.cause is Cause.LOOP
    assert diagnosis.remedies[0].gain == pytest.approx(350 / 200)


def test_a_call_is_one_however_many_lines_it_is_seen_at() -> None:
    lines = [(State.RUN, 20.0, in_loop(Frame("inner", WORK, line), Frame("long", WORK, 9))) for line in range(5)]
    recording = recorded(played(PID, *lines, (State.POLL, 300, in_loop())))

    (blockage,) = diagnose_program(recording).blockages

    assert blockage.end_ns - blockage.start_ns == 100 * MS


def test_short_calls_one_after_the_other_hold_nothing() -> None:
    spans: list[Span] = [(State.RUN, 20, in_loop(Frame(f"call_{number}", WORK, 1))) for number in range(20)]

    diagnosis = diagnose_program(recorded(played(PID, *spans)))

    assert diagnosis.blockages == ()
    assert diagnosis.cause is Cause.CPU


def test_a_loop_that_waits_is_bound_by_the_outside() -> None:
    recording = recorded(
        played(PID, (State.POLL, 95, in_loop()), (State.RUN, 5, in_loop(Frame("answer", WORK, 3))), times=10)
    )

    assert diagnose_program(recording).cause is Cause.IO


def test_the_library_is_not_what_answers_but_who_calls_it() -> None:
    deep = (
        Frame("loads", "/usr/lib/python3.11/json/__init__.py", 346),
        Frame("run", "<frozen runpy>", 88),
        Frame("parse", "/home/alice/venv/lib/python3.11/site-packages/parser.py", 50),
        Frame("<module>", WORK, 99),
    )

    diagnosis = diagnose_program(recorded(played(PID, (State.RUN, 1000, deep))))

    assert [(one.function, one.line, one.share) for one in diagnosis.lines] == [("parse", 50, 1.0)]


def test_at_most_five_lines_are_told_and_none_that_hardly_counts() -> None:
    spans: list[Span] = [(State.RUN, 2 ** (10 - line), at("f", line)) for line in range(10)]
    recording = recorded(played(PID, *spans))

    lines = diagnose_program(recording).lines

    assert [one.line for one in lines] == [0, 1, 2, 3, 4]
    assert lines[0].share == pytest.approx(0.5, abs=0.01)


def test_a_line_is_told_with_what_threads_did_there_most() -> None:
    recording = recorded(
        played(PID, (State.RUN, 100, at("spin")), (State.GIL, 900, at("spin"))),
        played(PID + 1, (State.RUN, 600, at("spin")), (State.GIL, 400, at("spin"))),
    )

    (line,) = diagnose_program(recording).lines

    assert line.state is State.GIL


@pytest.mark.parametrize(
    ("function", "file"),
    [
        ("Job.run", WORK),
        ("<module>", WORK),
        ("outer.<locals>.inner", WORK),
        ("work", "<string>"),
        ("work", "<stdin>"),
        ("work", "/usr/lib/python3.11/shutil.py"),
    ],
)
def test_what_turnout_cannot_race_gets_no_command(function: str, file: str) -> None:
    recording = recorded(played(PID, (State.RUN, 1000, (Frame(function, file, 3),))))

    assert [one.command for one in diagnose_program(recording).remedies] == [None, None]


def test_a_command_can_be_pasted_into_a_shell_whatever_the_file_is_called() -> None:
    recording = recorded(played(PID, (State.RUN, 1000, at("spin", 1, "/tmp/it's; rm -rf ~/$(x).py"))))  # noqa: S108

    command = diagnose_program(recording).remedies[0].command

    assert command is not None
    assert command.startswith("""turnout race '/tmp/it'"'"'s; rm -rf ~/$(x).py:spin' --items""")


@pytest.mark.parametrize(
    ("recording", "headline"),
    [
        (recorded(), "Too little was seen to judge by: 0.00 ns, 0 looks."),
        (recorded(played(PID, (State.RUN, 10, at("spin")))), "Too little was seen to judge by: 10.0 ms, 10 looks."),
        (replace(one_thread_computes(), ticks=1), "Too little was seen to judge by: 1.00 s, 1 look."),
        (replace(one_thread_computes(), threads=()), "Too little was seen to judge by: 1.00 s, 1,000 looks."),
    ],
    ids=["nothing", "10 ms", "one look", "no threads"],
)
def test_what_was_hardly_seen_is_not_judged(recording: Recording, headline: str) -> None:
    diagnosis = diagnose_program(recording)

    assert (diagnosis.cause, diagnosis.sureness) == (Cause.UNKNOWN, "low")
    assert diagnosis.headline == headline


def test_what_is_not_known_makes_the_verdict_less_sure() -> None:
    halves = [played(PID, (State.RUN, 700, at("spin")), (State.UNKNOWN, 300, ()))]

    diagnosis = diagnose_program(recorded(*halves))

    assert diagnosis.sureness == "low"
    assert diagnosis.doubts == ("Of 30 % of the threads' time nothing is known.",)


def test_other_programs_on_the_cores_are_a_doubt() -> None:
    recording = recorded(played(PID, (State.RUN, 5, at("spin")), (State.CORE, 5, at("spin")), times=100))

    diagnosis = diagnose_program(recording)

    assert diagnosis.cause is Cause.CPU
    assert "Other programs had the cores for much of the time." in diagnosis.doubts


def test_a_machine_too_busy_to_look_and_an_interpreter_not_read_are_doubts() -> None:
    recording = replace(one_thread_computes(), missed=600, python="", has_gil=None)

    diagnosis = diagnose_program(recording)

    assert diagnosis.sureness == "medium"
    assert len(diagnosis.doubts) == 2


def test_many_threads_that_each_compute_a_little_are_not_called_none() -> None:
    threads = [played(PID + number, (State.RUN, 20, at("spin")), start_ms=20 * number) for number in range(100)]

    diagnosis = diagnose_program(recorded(*threads))

    assert diagnosis.cause is Cause.CPU
    assert diagnosis.headline == "Computing bounds it: many short-lived threads compute."
    assert diagnosis.lines[0].function == "spin"


def test_threads_without_python_count_only_where_none_has_it() -> None:
    native = played(PID + 1, (State.RUN, 1000, ()), is_python=False)
    python = played(PID, (State.SLEEP, 1000, at("pause")))

    assert diagnose_program(recorded(python, native)).cause is Cause.SLEEP
    assert diagnose_program(recorded(native)).cause is Cause.CPU
    assert ProgramFacts(recorded(python, native)).cores_used == pytest.approx(1)


STACKS: tuple[Stack, ...] = (
    (),
    at("spin"),
    at("<module>", 0, "<string>"),
    patient(),
    in_loop(),
    in_loop(Frame("rude", WORK, 3)),
    (Frame("", "", -5),),
    (Frame("</script>\u202e", "\0", 1 << 40),),
)
SPANS = st.lists(st.tuples(st.sampled_from(State), st.integers(0, 400), st.sampled_from(STACKS)), max_size=12)
THREADS = st.lists(
    st.builds(
        lambda native_id, spans, start_ms, is_python, holder: played(
            native_id, *spans, start_ms=start_ms, is_python=is_python, holder=holder
        ),
        st.integers(1, 9),
        SPANS,
        st.integers(0, 500),
        st.booleans(),
        st.integers(0, 9),
    ),
    max_size=6,
)


@given(
    threads=THREADS,
    cores=st.integers(1, 256),
    has_gil=st.sampled_from([True, False, None]),
    handoffs=st.none() | st.integers(0, 1 << 60),
    missed=st.integers(0, 1 << 40),
)
def test_any_recording_gets_a_verdict(
    threads: list[Played], cores: int, *, has_gil: bool | None, handoffs: int | None, missed: int
) -> None:
    recording = recorded(
        *threads,
        cores=cores,
        has_gil=has_gil,
        handoffs=handoffs,
        missed=missed,
    )

    diagnosis = diagnose_program(recording)

    assert diagnosis.headline
    assert all(0 <= one.share <= 1 for one in diagnosis.lines)
    assert sum(one.share for one in diagnosis.lines) <= 1 + 1e-9
    assert all(one.gain is None or one.gain >= 1 for one in diagnosis.remedies)
    if diagnosis.cause in {Cause.CPU, Cause.GIL, Cause.CORES}:
        assert all(one.gain is None or one.gain <= cores for one in diagnosis.remedies)
    facts = ProgramFacts(recording)
    assert 0 <= facts.compute_share <= 1
    assert 0 <= facts.unknown_share <= 1


@given(data=st.data())
def test_segments_that_contradict_the_sums_still_get_a_verdict(data: st.DataObject) -> None:
    whole_ns = st.integers(0, 2000 * MS)
    times = sorted(data.draw(st.lists(whole_ns, min_size=2, max_size=10)))
    thread = ThreadRecord(
        native_id=PID,
        name="",
        is_python=True,
        start_ns=START_NS,
        end_ns=START_NS + times[-1],
        state_ns=data.draw(st.dictionaries(st.sampled_from(State), whole_ns)),
        samples=5,
        segments=tuple(
            Segment(
                start_ns=START_NS + left, end_ns=START_NS + right, state=data.draw(st.sampled_from(State)), stack=-1
            )
            for left, right in pairwise(times)
        ),
        stack_ns={(State.RUN, 0): 0},
    )
    recording = replace(one_thread_computes(), threads=(thread,))

    diagnosis = diagnose_program(recording)

    assert diagnosis.cause in Cause
