"""Looking again and again: a process of files, an interpreter and a clock that the test is in charge of."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from executors.leftovers import holdings
from observe.fake_threads import (
    ENDED,
    GIL_AT,
    PID,
    RUNNING,
    SLEEPS,
    FakeInterpreter,
    FakeThreads,
    at,
    reads,
    waits_for,
)
from turnout.errors import ObserveError
from turnout.observe import Frame, Hold, Recording, State, ThreadRecord
from turnout.observe import _sampler as sampling
from turnout.observe._gil_track import HOLDS_KEPT
from turnout.observe._layout import PYTHON_3_11
from turnout.observe._memory import UnreadableError
from turnout.observe._sampler import Sampler
from turnout.testing import FakeClock

MS = 1_000_000


class Scene:
    """A process, its interpreter, a clock, and the sampler that looks at it."""

    def __init__(self, root: Path, interpreter: FakeInterpreter | None = None, *, look_every: int = 1) -> None:
        self._look_every = look_every
        self.threads = FakeThreads(root)
        self.clock = FakeClock()
        self.interpreter = interpreter
        self._sampler: Sampler | None = None

    @property
    def sampler(self) -> Sampler:
        if self._sampler is None:
            self._sampler = Sampler(
                PID,
                self.interpreter,
                self.clock,
                notes=("a note",),
                machine="x86_64",
                proc=self.threads.proc,
                look_every=self._look_every,
            )
        return self._sampler

    def look(self, ticks: int = 1) -> None:
        """Look so often, a millisecond after the look before."""
        for _ in range(ticks):
            assert self.sampler.tick()
            self.clock.wait(1)

    def recording(self) -> Recording:
        return self.sampler.recording(command=("python", "work.py"), cores=4, exit_code=3)


def thread_of(recording: Recording, native_id: int = PID) -> ThreadRecord:
    (found,) = (one for one in recording.threads if one.native_id == native_id)
    return found


@pytest.fixture(autouse=True)
def no_descriptor_is_left() -> Iterator[None]:
    before = holdings()
    yield
    assert holdings().beyond(before) == []


def test_a_thread_that_sleeps_is_seen_to_sleep(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)

    scene.look(50)

    recording = scene.recording()
    thread = thread_of(recording)
    assert thread.state_ns == {State.SLEEP: 49 * MS}
    assert thread.name == "thread 4711"
    assert not thread.is_python
    assert (recording.pid, recording.command, recording.cores, recording.exit_code) == (
        PID,
        ("python", "work.py"),
        4,
        3,
    )
    assert (recording.ticks, recording.missed, recording.python, recording.has_gil) == (50, 0, "", None)
    assert recording.notes == ("a note",)


def test_what_a_thread_does_is_told_by_its_calls_and_by_the_system_s_count(tmp_path: Path) -> None:
    scene = Scene(tmp_path, FakeInterpreter(PID))
    scene.threads.open(5, "socket:[77]")
    scene.threads.add(PID, RUNNING)
    scene.look(10)

    for call in (reads(5), waits_for(GIL_AT), waits_for(0x1234), SLEEPS):
        scene.threads.add(PID, call, run_ns=9 * MS)
        scene.look(10)

    thread = thread_of(scene.recording())
    assert thread.state_ns == {
        State.RUN: 9 * MS,
        State.SOCKET: 10 * MS,
        State.GIL: 10 * MS,
        State.LOCK: 10 * MS,
        State.SLEEP: 10 * MS,
    }
    assert thread.lock_ns == {0x1234: 10 * MS}
    assert [one.state for one in thread.segments] == [
        State.RUN,
        State.SOCKET,
        State.GIL,
        State.LOCK,
        State.SLEEP,
    ]


def test_who_holds_the_global_lock_is_kept_with_who_waits_for_it(tmp_path: Path) -> None:
    interpreter = FakeInterpreter(PID, 8, 9)
    scene = Scene(tmp_path, interpreter)
    for native_id in (PID, 8, 9):
        scene.threads.add(native_id, waits_for(GIL_AT))
    scene.look(1)

    for holder in (8, 9, 0, 8):
        interpreter.holder = holder
        interpreter.changes += 5
        scene.look(10)

    recording = scene.recording()
    assert recording.has_gil is True
    assert recording.python == "3.11.0"
    assert recording.handoffs == 20
    assert [one.thread for one in recording.holds] == [0, 8, 9, 0, 8]
    assert all(left.end_ns == right.start_ns for left, right in zip(recording.holds, recording.holds[1:], strict=False))
    assert thread_of(recording).held_back_ns == {8: 20 * MS, 9: 10 * MS, 0: 10 * MS}


def test_what_children_took_counts_from_when_the_process_is_looked_at(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    scene.threads.children(3)
    scene.look(30)
    scene.threads.children(5)
    scene.look(30)
    scene.threads.end_all()

    assert scene.recording().child_cpu_ns == 2_000 * MS


def test_nothing_is_told_of_children_where_the_system_tells_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    scene.look(30)

    assert scene.recording().child_cpu_ns == 0


def test_a_process_without_a_global_lock_has_none_to_hold(tmp_path: Path) -> None:
    interpreter = FakeInterpreter(PID, has_gil=False)
    interpreter.holder = PID
    scene = Scene(tmp_path, interpreter)
    scene.threads.add(PID, RUNNING)

    scene.look(30)

    recording = scene.recording()
    assert (recording.has_gil, recording.holds, recording.handoffs) == (False, (), None)


def test_threads_come_and_go(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    scene.look(20)
    scene.threads.add(7)
    scene.look(40)
    scene.threads.end(7)
    scene.threads.add(6)
    scene.look(40)

    recording = scene.recording()

    assert [one.native_id for one in recording.threads] == [PID, 7, 6]
    assert thread_of(recording, 7).start_ns == 20 * MS
    assert thread_of(recording, 7).wall_ns == 39 * MS
    assert thread_of(recording, 7).name == "thread 7"
    assert thread_of(recording, 6).end_ns == 99 * MS


def test_a_number_that_goes_to_another_thread_is_another_thread(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    scene.threads.add(7)
    scene.look(20)
    scene.threads.end(7)
    scene.threads.add(7, run_ns=5 * MS)

    scene.look(60)

    first, second = (one for one in scene.recording().threads if one.native_id == 7)
    assert first.end_ns < second.start_ns
    assert second.state_ns == {State.SLEEP: second.wall_ns}


def test_a_thread_that_ended_and_that_nobody_waited_for_is_not_looked_at(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    scene.threads.add(7)
    scene.look(20)
    scene.threads.add(7, ENDED)

    scene.look(60)

    assert thread_of(scene.recording(), 7).wall_ns == 19 * MS


def test_a_process_that_ended_and_that_nobody_waited_for_is_at_its_end(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    scene.look(20)

    scene.threads.add(PID, ENDED)
    scene.sampler.run(lambda: False)

    assert thread_of(scene.recording()).state_ns == {State.SLEEP: 19 * MS}


def test_looking_ends_with_the_process(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    scene.threads.add(7)
    looks = 0

    def world() -> bool:
        nonlocal looks
        looks += 1
        if looks == 30:
            scene.threads.end_all()
        return False

    scene.sampler.run(world)

    recording = scene.recording()
    assert recording.ticks == 40
    assert {one.native_id for one in recording.threads} == {PID, 7}


def test_a_process_that_has_ended_before_is_an_empty_recording(tmp_path: Path) -> None:
    scene = Scene(tmp_path, FakeInterpreter())

    scene.sampler.run(lambda: False)

    recording = scene.recording()
    assert (recording.threads, recording.ticks, recording.wall_ns) == ((), 0, 0)


def test_looks_are_a_millisecond_apart(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)

    scene.sampler.run(lambda: scene.clock.wall_ns() >= 100 * MS)

    recording = scene.recording()
    assert (recording.ticks, recording.missed) == (100, 0)


def test_looks_that_come_too_late_are_counted_and_not_made_up_for(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    delays = iter([0, 0, 5, 0, 0, 0.5, 0, 30, 0, 0])

    def world() -> bool:
        delay_ms = next(delays, None)
        scene.clock.wait(delay_ms or 0)
        return delay_ms is None

    scene.sampler.run(world)

    recording = scene.recording()
    assert recording.ticks == 10
    assert recording.missed == 4 + 29
    assert recording.wall_ns == (10 + 4 + 29) * MS


def test_threads_are_looked_at_in_rounds_and_the_global_lock_at_every_tick(tmp_path: Path) -> None:
    interpreter = FakeInterpreter(PID, 8)
    scene = Scene(tmp_path, interpreter, look_every=sampling.LOOK_EVERY)
    scene.threads.add(PID)

    for number in range(100):
        interpreter.holder = (PID, 8)[number % 2]
        scene.look()

    recording = scene.recording()
    assert thread_of(recording).samples == 100 // sampling.LOOK_EVERY
    assert [one.thread for one in recording.holds] == [PID, 8] * 50


def test_more_threads_than_looks_in_a_round_are_looked_at_in_turn(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    for native_id in range(PID, PID + 20):
        scene.threads.add(native_id)

    scene.look(100)

    threads = scene.recording().threads
    assert len(threads) == 20
    assert {one.samples for one in threads} == {5 * sampling.LOOKS}
    assert sum(one.samples for one in threads) == 100 * sampling.LOOKS


def test_threads_beyond_what_can_be_opened_are_told(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    for native_id in range(PID, PID + sampling.THREADS_AT_ONCE + 30):
        scene.threads.add(native_id)

    scene.look(25)

    recording = scene.recording()
    assert len(recording.threads) == sampling.THREADS_AT_ONCE
    assert recording.notes == ("a note", "At most 250 threads were looked at; up to 30 more were not.")


def test_stacks_are_kept_once_and_read_when_a_thread_has_moved(tmp_path: Path) -> None:
    interpreter = FakeInterpreter(PID)
    interpreter.stacks[PID] = at("first")
    scene = Scene(tmp_path, interpreter)
    scene.threads.add(PID)
    scene.look(50)
    interpreter.stacks[PID] = at("second")
    scene.threads.add(PID, waits_for(0x1234))
    scene.look(50)
    interpreter.stacks[PID] = at("first")
    scene.threads.add(PID)
    scene.look(50)

    recording = scene.recording()

    assert interpreter.reads == 3
    assert recording.stacks == (at("first"), at("second"))
    assert [(one.state, one.stack) for one in thread_of(recording).segments] == [
        (State.SLEEP, 0),
        (State.LOCK, 1),
        (State.SLEEP, 0),
    ]
    assert thread_of(recording).stack_ns == {(State.SLEEP, 0): 99 * MS, (State.LOCK, 1): 50 * MS}
    assert thread_of(recording).is_python


def test_a_thread_whose_state_was_another_one_s_is_read_anew(tmp_path: Path) -> None:
    interpreter = FakeInterpreter(7)
    interpreter.stacks = {7: at("of its child"), PID: at("its own")}
    scene = Scene(tmp_path, interpreter)
    scene.threads.add(PID)
    interpreter.states = {PID: 7000}  # as a thread's that has not begun to run, in 3.11
    scene.look(20)
    interpreter.states = {PID: 1000 * PID}

    scene.look(40)

    recording = scene.recording()
    assert [recording.stacks[one.stack] for one in thread_of(recording).segments] == [at("of its child"), at("its own")]


def test_few_stacks_are_read_in_a_round_and_the_others_soon_after(tmp_path: Path) -> None:
    few = sampling.LOOKS // sampling.LOOKS_A_STACK
    numbers = range(PID, PID + few + 3)
    interpreter = FakeInterpreter(*numbers)
    interpreter.stacks = {native_id: at(f"work {native_id}") for native_id in numbers}
    scene = Scene(tmp_path, interpreter)
    for native_id in numbers:
        scene.threads.add(native_id)
    scene.look(1)
    reads_in_a_round = interpreter.reads

    scene.look(9)

    recording = scene.recording()
    assert reads_in_a_round == few
    assert set(recording.stacks) == set(interpreter.stacks.values())
    assert all(one.stack_ns for one in recording.threads)


def test_the_stack_of_a_thread_that_waits_in_the_same_call_again_is_read_anew(tmp_path: Path) -> None:
    interpreter = FakeInterpreter(PID)
    interpreter.stacks[PID] = at("first")
    scene = Scene(tmp_path, interpreter)
    scene.threads.add(PID)
    scene.look(50)

    interpreter.stacks[PID] = at("second")
    scene.threads.add(PID, run_ns=1000)
    scene.look(50)

    recording = scene.recording()
    assert [recording.stacks[one.stack] for one in thread_of(recording).segments] == [at("first"), at("second")]
    assert interpreter.reads == 2


def test_a_thread_is_called_by_a_name_of_its_own_or_else_by_its_work(tmp_path: Path) -> None:
    threading = "/usr/lib/python3.11/threading.py"
    interpreter = FakeInterpreter(PID, 7, 8)
    interpreter.stacks[7] = (*at("serve"), Frame("Thread.run", threading, 982))
    interpreter.stacks[8] = interpreter.stacks[7]
    scene = Scene(tmp_path, interpreter)
    for native_id in (PID, 7, 8):
        scene.threads.add(native_id)
        scene.threads.name(native_id, b"python")
    scene.threads.process_name(b"python")
    scene.threads.name(8, b"fetcher")

    scene.look(30)

    assert [one.name for one in scene.recording().threads] == ["serve", "fetcher", "python"]


def test_a_thread_that_runs_is_read_every_few_ticks(tmp_path: Path) -> None:
    interpreter = FakeInterpreter(PID)
    interpreter.stacks[PID] = at("busy")
    scene = Scene(tmp_path, interpreter)
    scene.threads.add(PID, RUNNING)

    scene.look(100)

    assert interpreter.reads == 100 // sampling.STACK_EVERY
    scene.recording()


def test_stacks_that_were_lost_are_counted_in_a_note(tmp_path: Path) -> None:
    interpreter = FakeInterpreter(PID)
    interpreter.lost_stacks = 1234
    scene = Scene(tmp_path, interpreter)
    scene.threads.add(PID)

    scene.look()

    note = "Left out, since they changed while they were read: 1,234 stacks."
    assert scene.recording().notes == ("a note", note)
    assert scene.recording().notes == ("a note", note)


@pytest.mark.parametrize("function", ["BaseEventLoop._run_once", "main"])
def test_tasks_of_a_python_whose_tasks_are_not_known_are_said_to_be_missing_where_there_is_a_loop(
    tmp_path: Path, function: str
) -> None:
    layout = replace(PYTHON_3_11, version=(3, 14, 2), is_free_threaded=True)
    interpreter = FakeInterpreter(PID, layout=layout)
    interpreter.stacks[PID] = at(function)
    scene = Scene(tmp_path, interpreter)
    scene.threads.add(PID)

    scene.look(30)

    said = [note for note in scene.recording().notes if "Tasks" in note]
    missing = (
        "Tasks of its event loops were not looked at: where Python 3.14.2 free-threaded keeps them is not known here."
    )
    assert said == ([missing] if function != "main" else [])


def test_of_a_program_that_ends_before_the_first_look_nobody_says_that_it_had_no_gil(tmp_path: Path) -> None:
    scene = Scene(tmp_path, FakeInterpreter(PID))

    assert scene.recording().has_gil is None


@pytest.mark.parametrize("trouble", [UnreadableError("Bad address"), ObserveError("process 4711 has ended")])
def test_an_interpreter_that_cannot_be_read_meanwhile_ends_nothing(tmp_path: Path, trouble: Exception) -> None:
    interpreter = FakeInterpreter(PID)
    interpreter.stacks[PID] = at("work")
    scene = Scene(tmp_path, interpreter)
    scene.threads.add(PID, RUNNING)
    scene.look(25)

    interpreter.trouble = trouble
    scene.look(25)
    interpreter.trouble = None
    scene.look(25)

    assert thread_of(scene.recording()).samples == 75


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "schedstat").write_bytes(b"nonsense"),
        lambda folder: (folder / "schedstat").write_bytes(b"1 2 3 4 5"),
        lambda folder: (folder / "schedstat").write_bytes(b"\xff \xff \xff"),
        lambda folder: (folder / "schedstat").unlink(),
        lambda folder: (folder / "syscall").unlink(),
        lambda folder: (folder / "comm").unlink(),
    ],
    ids=["words", "too many", "no digits", "no schedstat", "no syscall", "no comm"],
)
def test_a_thread_of_which_the_system_tells_nothing_is_left_out(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    scene.threads.add(7)
    damage(scene.threads.proc / str(PID) / "task/7")

    scene.look(30)

    assert [one.native_id for one in scene.recording().threads] == [PID]


@pytest.mark.parametrize("call", ["", "nonsense", "9999 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8", "two 0x1 0 0 0 0 0 0 0"])
def test_a_line_of_the_system_that_says_nothing_is_unknown(tmp_path: Path, call: str) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    scene.look(10)

    scene.threads.add(PID, call)
    scene.look(9)

    assert set(thread_of(scene.recording()).state_ns) <= {State.SLEEP, State.UNKNOWN}


def test_a_name_may_be_anything(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    scene.threads.name(PID, b"\xff</script>\x1b[31m\xe2\x80\xae")

    scene.look()

    assert thread_of(scene.recording()).name == "\ufffd</script>\x1b[31m\u202e"


def test_segments_stay_bounded_however_long_it_is_looked(tmp_path: Path) -> None:
    scene = Scene(tmp_path, FakeInterpreter(PID))
    scene.threads.add(PID)
    assert scene.sampler.tick()
    track = scene.sampler._probes[PID].track
    track._segments_kept = 50

    for number in range(500):
        scene.threads.add(PID, waits_for(0x1234) if number % 2 else SLEEPS)
        scene.look()

    thread = thread_of(scene.recording())
    assert len(thread.segments) <= 50
    assert sum(thread.state_ns.values()) == thread.wall_ns == 499 * MS


def test_short_lived_threads_stay_bounded_and_the_main_thread_is_kept(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.threads.add(PID)
    scene.look()
    track = scene.sampler._probes[PID].track
    scene.sampler._ended += [track.record()] * sampling.THREADS_KEPT
    scene.sampler._ended[5:] = [
        ThreadRecord(native_id=7, name="", is_python=False, start_ns=0, end_ns=10 * MS + place, state_ns={}, samples=1)
        for place in range(sampling.THREADS_KEPT - 5)
    ]

    recording = scene.recording()

    assert len(recording.threads) == sampling.THREADS_KEPT
    assert sum(one.native_id == PID for one in recording.threads) == 6
    assert min(one.wall_ns for one in recording.threads if one.native_id == 7) == 10 * MS + 1
    assert recording.notes == ("a note", "Left out, since they were the shortest of many: 1 thread.")


def test_holders_stay_bounded_and_the_note_says_so(tmp_path: Path) -> None:
    interpreter = FakeInterpreter(PID, 8)
    scene = Scene(tmp_path, interpreter)
    scene.threads.add(PID)
    scene.look()
    assert scene.sampler._gil is not None
    scene.sampler._gil._words *= HOLDS_KEPT

    for holder in (8, 0, 8):
        interpreter.holder = holder
        scene.look()

    recording = scene.recording()
    assert len(recording.holds) == HOLDS_KEPT
    assert recording.holds[-1] == Hold(start_ns=0, end_ns=0, thread=0)
    assert "Who held the global lock was kept for its first 200,000 changes only." in recording.notes


def test_stacks_stay_bounded_and_time_goes_to_none_that_was_not_seen(tmp_path: Path) -> None:
    interpreter = FakeInterpreter(PID)
    scene = Scene(tmp_path, interpreter)
    scene.threads.add(PID)
    scene.sampler._stacks.update({at("f", line): line for line in range(sampling.STACKS_KEPT)})
    interpreter.stacks[PID] = at("f", 9)
    scene.look(10)

    interpreter.stacks[PID] = at("one too many")
    scene.threads.add(PID, waits_for(0x1234))
    scene.look(10)

    recording = scene.recording()
    assert len(recording.stacks) == sampling.STACKS_KEPT
    assert [(one.state, one.stack) for one in thread_of(recording).segments] == [(State.SLEEP, 9), (State.LOCK, -1)]
    assert recording.notes == ("a note", "Only the first 20,000 different stacks were kept.")
