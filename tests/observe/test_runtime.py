"""Stacks of living interpreters, read from outside."""

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from observe.fake_proc import FakeProc
from observe.programs_to_read import WAITING, WAITING_IN_3_11, own_places, read_until, waiting_program
from pythons.interpreters import interpreters_of, unpacked
from turnout.errors import ObserveError
from turnout.observe import Frame, Stack, read_stacks
from turnout.observe._layout import PYTHON_3_11
from turnout.observe._memory import ProcessMemory, UnreadableError
from turnout.observe._runtime import Runtime, find_runtime

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a call to read another process")
IS_KNOWN = sys.version_info[:2] in {(3, 11), (3, 12), (3, 13), (3, 14), (3, 15)}
knows_this_python = pytest.mark.skipif(not IS_KNOWN, reason="this interpreter's inside is not known")
NO_PID = (1 << 31) - 1
_SAYS_AND_WAITS = "import sys\nprint('ready', flush=True)\nsys.stdin.read(1)\n"


@contextmanager
def threads_that_wait(*entries: Callable[[threading.Event, threading.Semaphore], None]) -> Iterator[set[int | None]]:
    """Have a thread in each of these functions, which say by the semaphore that they are there; yield their numbers."""
    gate, said = threading.Event(), threading.Semaphore(0)
    threads = [threading.Thread(target=entry, args=(gate, said)) for entry in entries]
    for thread in threads:
        thread.start()
        said.acquire()
    try:
        yield {thread.native_id for thread in threads}
    finally:
        gate.set()
        for thread in threads:
            thread.join()


def waits(gate: threading.Event, said: threading.Semaphore) -> None:
    said.release()
    gate.wait()


def waits_deeply(gate: threading.Event, said: threading.Semaphore) -> None:
    deeper(50, lambda: waits(gate, said))


def waits_too_deeply(gate: threading.Event, said: threading.Semaphore) -> None:
    deeper(300, lambda: waits(gate, said))


def waits_in_a_generator(gate: threading.Event, said: threading.Semaphore) -> None:
    def numbers() -> Iterator[int]:
        yield 1
        waits(gate, said)

    assert list(numbers()) == [1]


def waits_in_a_sort(gate: threading.Event, said: threading.Semaphore) -> None:
    def key(number: int) -> int:
        if number == 2:
            waits(gate, said)
        return number

    assert sorted([1, 2], key=key) == [1, 2]


def deeper(depth: int, work: Callable[[], None]) -> None:
    if depth:
        deeper(depth - 1, work)
    else:
        work()


def told_by_python() -> dict[int, Stack]:
    """Return the stacks of this process's threads as Python tells them."""
    frames = sys._current_frames()
    return {one.native_id or 0: tuple(frames_of(frames.get(one.ident or 0))) for one in threading.enumerate()}


def frames_of(frame: FrameType | None) -> Iterator[Frame]:
    while frame is not None:
        yield Frame(frame.f_code.co_qualname, frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back


@knows_this_python
def test_threads_of_this_process_are_where_python_says() -> None:
    with threads_that_wait(waits, waits_deeply, waits_in_a_generator, waits_in_a_sort) as waiting:

        def read() -> tuple[dict[int, Stack], dict[int, Stack]]:
            told, found = told_by_python(), read_stacks(os.getpid())
            return {key: told[key] for key in told if key in waiting}, {
                key: found[key] for key in found if key in waiting
            }

        told, found = read()
        for _ in range(20_000):  # a thread that has said that it waits may be on its way into it
            if told == found:
                break
            told, found = read()

    assert len(told) == 4
    assert told == found
    assert any("waits_in_a_generator.<locals>.numbers" in [one.function for one in stack] for stack in found.values())


@knows_this_python
def test_who_reads_its_own_stack_sees_it_as_well() -> None:
    found = read_stacks(os.getpid())[threading.get_native_id()]

    assert found[0].function == "test_who_reads_its_own_stack_sees_it_as_well"
    assert found[0].file == __file__
    assert len(found) > 10


@knows_this_python
def test_a_very_deep_stack_is_cut_at_its_outer_end() -> None:
    def read() -> list[tuple[int, str, str]]:
        stacks = [stack for stack in read_stacks(os.getpid()).values() if len(stack) > 150]
        return [(len(stack), stack[0].function, stack[-1].function) for stack in stacks]

    with threads_that_wait(waits_too_deeply):
        found = read_until(read, [(200, "Condition.wait", "deeper")])

    assert found == [(200, "Condition.wait", "deeper")]


@knows_this_python
def test_threads_that_have_ended_are_gone() -> None:
    with threads_that_wait(waits) as waiting:
        during = read_stacks(os.getpid())

    after = read_stacks(os.getpid())

    assert waiting <= during.keys()
    assert not waiting & after.keys()


@knows_this_python
def test_a_child_is_read_with_names_of_all_alphabets(tmp_path: Path) -> None:
    expected = sorted(WAITING_IN_3_11 if sys.version_info < (3, 12) else WAITING)
    with waiting_program(sys.executable, tmp_path) as program:
        found = read_until(lambda: own_places(read_stacks(program.pid).values(), program.file), expected)
        threads = read_stacks(program.pid)

    assert found == expected
    assert program.pid in threads


@knows_this_python
def test_functions_made_at_run_time_have_the_names_that_they_were_given(tmp_path: Path) -> None:
    source = """\
import sys
names = {"long": "l" * 4000, "wide": "\\U0001f40d" * 3}
work = "\\n" * 70000 + "def f():\\n    sys.stdin.read(1)\\n"
space = {"sys": sys}
exec(compile(work, "<" + names["wide"] + ">", "exec"), space)
code = space["f"].__code__.replace(co_qualname=names["long"])
print("ready", flush=True)
type(space["f"])(code, space)()
"""

    with waiting_program(sys.executable, tmp_path, source) as program:
        expected = [Frame("l" * 4000, "<🐍🐍🐍>", 70_002)]
        found = read_until(lambda: list(read_stacks(program.pid)[program.pid][:1]), expected)

    assert found == expected


@knows_this_python
def test_interpreters_within_an_interpreter_are_read(tmp_path: Path) -> None:
    source = """\
import sys, threading, os
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
reading, writing = os.pipe()
told, tells = os.pipe()
inner = interpreters.create()
code = f'''
import os
def in_another_interpreter():
    os.write({tells}, b"x")
    os.read({reading}, 1)
in_another_interpreter()
'''
run = getattr(interpreters, "exec", None) or interpreters.run_string
thread = threading.Thread(target=run, args=(inner, code))
thread.start()
os.read(told, 1)
print("ready", flush=True)
sys.stdin.read(1)
os.write(writing, b"x")
thread.join()
"""

    with waiting_program(sys.executable, tmp_path, source) as program:
        runtime = find_runtime(program.pid)
        is_seen = read_until(
            lambda: any(
                one.function == "in_another_interpreter"
                for state in runtime.thread_states().values()
                for one in runtime.stack(state)
            ),
            expected=True,
        )

    assert len(runtime._interpreters) == 2
    assert is_seen


@knows_this_python
def test_nobody_holds_the_global_lock_of_a_program_that_waits(tmp_path: Path) -> None:
    with waiting_program(sys.executable, tmp_path, _SAYS_AND_WAITS) as program:
        runtime = find_runtime(program.pid)
        while runtime.gil().holder:  # it is still on its way into the read
            continue
        gil = runtime.gil()

    assert gil.holder == 0
    assert gil.changes > 0


@knows_this_python
def test_who_computes_holds_the_global_lock(tmp_path: Path) -> None:
    source = """\
import sys, threading
def spin():
    while is_on: pass
is_on = True
thread = threading.Thread(target=spin)
thread.start()
print("ready", flush=True)
sys.stdin.read(1)
is_on = False
thread.join()
"""

    with waiting_program(sys.executable, tmp_path, source) as program:
        runtime = find_runtime(program.pid)
        while not (holder := runtime.gil().holder):
            continue
        thread = runtime.native_id(holder)
        states = runtime.thread_states()

    assert states[thread] == holder


def test_a_process_that_is_no_python_is_told_in_a_sentence() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as program:
        with pytest.raises(ObserveError) as told:
            read_stacks(program.pid)
        program.communicate()

    assert str(told.value).startswith(f"process {program.pid} runs no Python that can be read; known: 3.11 to")


def test_a_process_that_does_not_exist_is_told_in_a_sentence() -> None:
    with pytest.raises(ObserveError, match=f"^there is no process {NO_PID}$"):
        read_stacks(NO_PID)


def test_a_process_that_has_ended_is_told_in_a_sentence(tmp_path: Path) -> None:
    with waiting_program(sys.executable, tmp_path) as program:
        pid = program.pid

    with pytest.raises(ObserveError, match=f"^there is no process {pid}$"):
        read_stacks(pid)


@knows_this_python
def test_a_process_that_ends_while_it_is_read_is_told_in_a_sentence(tmp_path: Path) -> None:
    with waiting_program(sys.executable, tmp_path) as program:
        runtime = find_runtime(program.pid)
        (state, *_) = runtime.thread_states().values()

    with pytest.raises(ObserveError, match=f"^process {program.pid} has ended$"):
        runtime.thread_states()
    with pytest.raises(ObserveError, match=f"^process {program.pid} has ended$"):
        runtime.stack(state)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into each process")
def test_a_process_of_another_user_is_told_in_a_sentence() -> None:
    with pytest.raises(ObserveError, match="does not permit to look into process 1; be its user, or root"):
        read_stacks(1)


@pytest.mark.integration
def test_a_python_whose_inside_is_not_known_is_told_with_those_that_are(tmp_path: Path) -> None:
    pythons = interpreters_of((3, 10))
    if not pythons:
        pytest.skip("no Python 3.10 here")

    with waiting_program(pythons[0], tmp_path) as program, pytest.raises(ObserveError) as told:
        read_stacks(program.pid)

    assert f"process {program.pid} runs Python 3.10, whose inside is not known here; known: 3.11" in str(told.value)


FREE_THREADED = [one for one in unpacked() if one.parent.parent.name.endswith("t")]


@pytest.mark.integration
@pytest.mark.parametrize("python", FREE_THREADED, ids=lambda python: python.parent.parent.name)
@pytest.mark.parametrize(("options", "has_gil"), [((), False), (("-Xgil=1",), True)])
def test_a_free_threaded_python_has_its_lock_only_if_it_is_asked_for(
    python: Path, options: tuple[str, ...], *, has_gil: bool, tmp_path: Path
) -> None:
    with waiting_program(python, tmp_path, _SAYS_AND_WAITS, options) as program:
        runtime = find_runtime(program.pid)
        found = runtime.has_gil

    assert runtime.layout.is_free_threaded
    assert found is has_gil


@pytest.mark.parametrize("name", ["/usr/bin/cat", "/nowhere/libpython3.11.so.1.0", "/usr/lib/python3/dist.so"])
def test_mapped_files_that_are_no_interpreter_are_passed_by(tmp_path: Path, name: str) -> None:
    proc = FakeProc(tmp_path)
    proc.write("4711/maps", f"00400000-00500000 r-xp 00000000 08:01 1 {name}\n\nnonsense\n7f00 r--p 00000000 0 0\n")

    with pytest.raises(ObserveError, match="process 4711 runs no Python that can be read"):
        find_runtime(4711, tmp_path / "proc")


def test_a_process_of_which_the_system_tells_no_maps_is_told(tmp_path: Path) -> None:
    (tmp_path / "proc/4711/maps").mkdir(parents=True)

    with pytest.raises(ObserveError, match="does not permit to look into process 4711"):
        find_runtime(4711, tmp_path / "proc")


class Memory(ProcessMemory):
    """A memory of zeros, but for a few words."""

    def __init__(self, words: dict[int, int]) -> None:
        self._words = words

    def read(self, address: int, length: int) -> bytes:
        if address < 4096:
            raise UnreadableError
        return b"".join(
            self._words.get(place, 0).to_bytes(8, "little") for place in range(address, address + length, 8)
        )[:length]


def test_an_interpreter_at_its_end_has_no_lock_to_read() -> None:
    runtime = Runtime(Memory({}), 0x10000, PYTHON_3_11)

    assert runtime.thread_states() == {}
    with pytest.raises(UnreadableError):
        runtime.gil()


def test_lists_that_run_in_a_circle_come_to_an_end() -> None:
    interpreter, state = 0x20000, 0x30000
    words = {
        0x10000 + PYTHON_3_11.interpreters: interpreter,
        interpreter + PYTHON_3_11.next_interpreter: interpreter,
        interpreter + PYTHON_3_11.threads: state,
        state + PYTHON_3_11.next_thread: state,
        state + PYTHON_3_11.native_id: 4711,
    }

    runtime = Runtime(Memory(words), 0x10000, PYTHON_3_11)

    assert runtime.thread_states() == {4711: state}


def test_of_two_states_with_the_number_of_one_thread_the_older_one_is_meant() -> None:
    interpreter, child, parent = 0x20000, 0x30000, 0x40000
    words = {
        0x10000 + PYTHON_3_11.interpreters: interpreter,
        interpreter + PYTHON_3_11.threads: child,
        child + PYTHON_3_11.next_thread: parent,
        child + PYTHON_3_11.native_id: 4711,  # as long as it has not begun to run
        parent + PYTHON_3_11.native_id: 4711,
    }

    runtime = Runtime(Memory(words), 0x10000, PYTHON_3_11)

    assert runtime.thread_states() == {4711: parent}


def test_a_thread_in_an_inner_interpreter_is_where_it_is_there() -> None:
    inner, outer, inner_state, outer_state = 0x20000, 0x30000, 0x40000, 0x50000
    words = {
        0x10000 + PYTHON_3_11.interpreters: inner,
        inner + PYTHON_3_11.next_interpreter: outer,
        inner + PYTHON_3_11.threads: inner_state,
        outer + PYTHON_3_11.threads: outer_state,
        inner_state + PYTHON_3_11.native_id: 4711,
        outer_state + PYTHON_3_11.native_id: 4711,
    }

    runtime = Runtime(Memory(words), 0x10000, PYTHON_3_11)

    assert runtime.thread_states() == {4711: inner_state}


def test_frames_that_run_in_a_circle_come_to_an_end() -> None:
    frame, state, chunk = 0x40000, 0x30000, 0x50000
    words = {
        state + PYTHON_3_11.frame: chunk,
        chunk + 8: frame,
        frame + PYTHON_3_11.previous: frame,
        frame + PYTHON_3_11.code: 0x60000,
    }
    runtime = Runtime(Memory(words), 0x10000, PYTHON_3_11)

    assert runtime.stack(state) == ()
    assert runtime.lost_stacks == 1


def test_a_stack_that_changes_meanwhile_is_left_out_and_counted() -> None:
    runtime = Runtime(Memory({0x30000 + PYTHON_3_11.frame: 16}), 0x10000, PYTHON_3_11)

    assert runtime.stack(0x30000) == ()
    assert runtime.lost_stacks == 1


def text_at(address: int, text: str) -> dict[int, int]:
    """Return the words of a short text object of 3.11."""
    is_compact_ascii = 1 << 2 | 1 << 5 | 1 << 6
    characters = int.from_bytes(text.encode("ascii"), "little")
    return {address + 16: len(text), address + 32: is_compact_ascii, address + PYTHON_3_11.text: characters}


def test_a_code_object_where_another_one_was_is_told_by_its_own_name() -> None:
    state, chunk, frame, code, file, first, second = (0x10000 * number for number in range(3, 10))
    words = {
        state + PYTHON_3_11.frame: chunk,
        chunk + 8: frame,
        frame + PYTHON_3_11.code: code,
        frame + PYTHON_3_11.instruction: code + PYTHON_3_11.instructions,
        code + PYTHON_3_11.file_name: file,
        code + PYTHON_3_11.function: first,
        code + PYTHON_3_11.lines: 0xA0000,
        **text_at(file, "work.py"),
        **text_at(first, "first"),
        **text_at(second, "second"),
    }
    runtime = Runtime(Memory(words), 0x10000, PYTHON_3_11)
    before = runtime.stack(state)

    words[code + PYTHON_3_11.function] = second
    words[frame + PYTHON_3_11.instruction] += 2
    after = runtime.stack(state)

    assert [one.function for one in (*before, *after)] == ["first", "second"]
    assert runtime.lost_stacks == 0


def test_memory_is_read_in_one_call_for_many_places() -> None:
    words = (ctypes.c_uint64 * 3000)(*range(3000))
    start = ctypes.addressof(words)
    memory = ProcessMemory(os.getpid())

    found = memory.read_each([start + 8 * number for number in range(3000)], 8)

    assert found == [number.to_bytes(8, "little") for number in range(3000)]
    with pytest.raises(UnreadableError):
        memory.read(8, 8)
    with pytest.raises(UnreadableError):
        memory.read_each([start, 8], 8)
    with pytest.raises(ObserveError, match="has ended"):
        ProcessMemory(NO_PID).read(start, 8)
