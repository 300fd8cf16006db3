"""Watching real programs: one that is started, one that runs, and this one."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from executors.leftovers import holdings, left_since
from pythons.interpreters import interpreters_of
from turnout.errors import ObserveError
from turnout.observe import Recording, SelfWatch, State, ThreadRecord, Watch
from turnout.observe._sampler import Sampler
from turnout.observe._watch import find_runtime_soon
from turnout.testing import FakeClock

IS_KNOWN = sys.version_info[:2] in {(3, 11), (3, 12), (3, 13), (3, 14), (3, 15)}
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux" or not IS_KNOWN, reason="this interpreter cannot be looked into"),
]
NO_PID = (1 << 31) - 1
LOOKS = 300

COMPUTES = """\
import time
def spin():
    end = time.thread_time() + 0.3
    while time.thread_time() < end:
        sum(range(1000))
spin()
raise SystemExit(7)
"""

COUNTS = """\
import sys
number = 0
while sys.stdin.buffer.read(1):
    for _ in range(1000):
        print(number)
        number += 1
    sys.stdout.flush()
print("end")
"""


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = holdings()
    yield
    assert left_since(before) == []


@contextmanager
def counting_program() -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program that answers each byte with the next thousand numbers."""
    command = [sys.executable, "-c", COUNTS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as program:
        yield program


def ask(program: "subprocess.Popen[bytes]") -> list[bytes]:
    assert program.stdin
    assert program.stdout
    program.stdin.write(b".")
    return [program.stdout.readline() for _ in range(1000)]


def ask_until_seen(program: "subprocess.Popen[bytes]", watch: Watch) -> list[bytes]:
    lines = ask(program)
    while not (isinstance(watch._sampler, Sampler) and watch._sampler._probes):
        lines += ask(program)
    return lines + ask(program)


def ask_until_stack_is_read(program: "subprocess.Popen[bytes]", watch: Watch) -> None:
    while not (isinstance(watch._sampler, Sampler) and any(watch._sampler._stacks)):  # some change, and are left out
        ask(program)


def main_thread(recording: Recording) -> ThreadRecord:
    (found,) = (one for one in recording.threads if one.native_id == recording.pid)
    return found


def functions(recording: Recording) -> set[str]:
    return {frame.function for stack in recording.stacks for frame in stack}


def test_a_program_is_watched_from_start_to_end() -> None:
    command = [sys.executable, "-c", COMPUTES]
    with subprocess.Popen(command) as program:
        watch = Watch(program.pid, command)

        recording = watch.stop(program.wait())

    thread = main_thread(recording)
    assert recording.exit_code == 7
    assert recording.command == tuple(command)
    assert recording.python == ".".join(map(str, sys.version_info[:3]))
    assert recording.has_gil is True
    assert not any("interpreter" in note for note in recording.notes)
    assert thread.is_python
    assert thread.share(State.RUN, State.CORE) > 0.8
    assert sum(thread.state_ns.values()) == thread.wall_ns
    assert "spin" in functions(recording)
    assert recording.ticks > 10
    assert {one.thread for one in recording.holds} <= {0, recording.pid}
    assert 0 < recording.observer_cpu_ns < recording.wall_ns


def test_a_program_that_runs_is_attached_to_and_goes_on() -> None:
    with counting_program() as program:
        watch = Watch(program.pid, ["counts"])
        ask_until_stack_is_read(program, watch)

        recording = watch.stop()

        assert program.poll() is None
        ask(program)
        program.communicate()
    assert recording.exit_code is None
    assert main_thread(recording).is_python
    assert "<module>" in functions(recording)
    assert program.returncode == 0


def test_a_program_that_is_attached_to_a_hundred_times_writes_what_it_would_have_written() -> None:
    lines: list[bytes] = []
    with counting_program() as program:
        for _ in range(100):
            watch = Watch(program.pid, ["counts"], patience_s=0.1)
            lines += ask_until_seen(program, watch)
            recording = watch.stop()
            assert main_thread(recording).samples > 0
            lines += ask(program)
        rest, _ = program.communicate()

    assert lines == [b"%d\n" % number for number in range(len(lines))]
    assert rest == b"end\n"
    assert program.returncode == 0


def test_a_program_that_ends_while_it_is_watched_is_noticed() -> None:
    with counting_program() as program:
        watch = Watch(program.pid, ["counts"])
        ask_until_seen(program, watch)
        program.communicate()

        is_over = watch.wait()

    assert is_over
    assert main_thread(watch.stop(0)).samples > 0


def test_a_program_that_nobody_waits_for_is_at_its_end_all_the_same() -> None:
    with counting_program() as program:
        watch = Watch(program.pid, ["counts"])
        ask_until_seen(program, watch)
        assert program.stdin
        program.stdin.close()

        assert watch.wait()  # and nobody has reaped it so far

        watch.stop()


def test_waiting_takes_any_time_there_is() -> None:
    with counting_program() as program:
        watch = Watch(program.pid, ["counts"])
        assert not watch.wait(0)
        program.communicate()

        assert watch.wait(float("inf"))

        watch.stop()


@pytest.mark.parametrize(
    "command", [["true"], [sys.executable, "-S", "-c", ""], [sys.executable, "-c", "raise OSError"]]
)
def test_a_program_that_ends_at_once_is_a_recording_of_little(command: list[str]) -> None:
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as program:
        watch = Watch(program.pid, command)

        recording = watch.stop(program.wait())

    assert recording.exit_code == program.returncode
    assert recording.command == tuple(command)
    assert all(sum(one.state_ns.values()) == one.wall_ns for one in recording.threads)


def test_a_process_that_does_not_exist_is_an_empty_recording_that_says_so() -> None:
    watch = Watch(NO_PID, ["none"], FakeClock(step_ns=1_000_000))
    watch.wait()

    recording = watch.stop()

    assert recording.threads == ()
    assert recording.notes == (f"The interpreter was not looked into: there is no process {NO_PID}.",)


def test_who_only_starts_a_python_is_told_to_look_at_that_one() -> None:
    command = ["sh", "-c", f"{sys.executable} -c 'print(flush=True); input()'; exit 0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdout
        shell.stdout.readline()
        (child,) = psutil.Process(shell.pid).children()
        watch = Watch(shell.pid, command, patience_s=0.01)
        while not (isinstance(watch._sampler, Sampler) and watch._sampler._ticks):
            continue
        recording = watch.stop()
        shell.communicate(b"\n")

    assert recording.notes[-1].endswith(f"turnout diagnose --pid {child.pid}, for one.")


def test_a_program_that_is_no_python_is_watched_without_stacks() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as program:
        watch = Watch(program.pid, ["cat"], FakeClock(step_ns=100_000_000))
        while not (isinstance(watch._sampler, Sampler) and watch._sampler._ticks):
            continue
        recording = watch.stop()
        program.communicate()

    assert (recording.python, recording.has_gil, recording.stacks) == ("", None, ())
    assert "runs no Python that can be read" in recording.notes[0]
    assert not main_thread(recording).is_python


def test_a_python_whose_inside_is_not_known_is_not_looked_for_again_and_again(tmp_path: Path) -> None:
    pythons = interpreters_of((3, 10))
    if not pythons:
        pytest.skip("no Python 3.10 here")
    clock = FakeClock(step_ns=1)
    script = tmp_path / "waits.py"
    script.write_text("import sys\nprint(flush=True)\nsys.stdin.read()")
    with subprocess.Popen([pythons[0], script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout
        program.stdout.readline()

        runtime, notes = find_runtime_soon(program.pid, lambda: False, clock)

        program.communicate()
    assert runtime is None
    assert "runs Python 3.10, whose inside is not known here" in notes[0]
    assert clock.wall_ns() < 1000


def test_an_interpreter_is_looked_for_as_long_as_is_asked() -> None:
    clock = FakeClock()

    runtime, notes = find_runtime_soon(NO_PID, lambda: False, clock, patience_s=0.5)

    assert runtime is None
    assert notes == (f"The interpreter was not looked into: there is no process {NO_PID}.",)
    assert clock.wall_ns() == 500_000_000


def compute_here(watch: SelfWatch) -> None:
    """Compute until the helper has had a few hundred looks since."""
    helper = psutil.Process(watch._helper.pid)
    enough = helper.num_ctx_switches().voluntary + LOOKS
    while helper.num_ctx_switches().voluntary < enough:
        sum(range(20_000))


def test_this_process_is_watched_by_a_helper() -> None:
    watch = SelfWatch()
    thread = threading.Thread(target=compute_here, args=[watch], name="computes")
    thread.start()
    compute_here(watch)
    thread.join()

    recording = watch.stop()

    assert recording.pid == os.getpid()
    assert recording.command
    assert thread.native_id in {one.native_id for one in recording.threads}
    assert main_thread(recording).is_python
    assert "compute_here" in functions(recording)
    assert recording.exit_code is None
    assert recording.observer_cpu_ns > 0


def test_a_helper_that_is_killed_is_told_in_a_sentence() -> None:
    watch = SelfWatch()
    watch._helper.kill()
    watch._helper.wait()

    with pytest.raises(ObserveError) as told:
        watch.stop()

    assert str(told.value) == "the process that looked at this one was ended by something else; look again"


def test_a_helper_is_not_interrupted_by_ctrl_c() -> None:
    watch = SelfWatch()
    os.kill(watch._helper.pid, signal.SIGINT)
    compute_here(watch)

    recording = watch.stop()

    assert main_thread(recording).samples > 0


def test_a_helper_ends_with_the_process_that_it_looks_at(tmp_path: Path) -> None:
    script = tmp_path / "leaves.py"
    script.write_text(
        "import os\nfrom turnout.observe import SelfWatch\nwatch = SelfWatch()\nos.kill(os.getpid(), 9)\n"
    )

    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)

    assert ran.returncode == -9
    assert ran.stderr == ""  # which comes to its end only when the helper has, too: it held the other end
