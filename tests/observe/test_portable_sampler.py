"""Looking where the system tells only how long threads were on a core: by times that are set, and at a real program."""

import subprocess
import sys

import psutil
import pytest

from turnout.advise import diagnose_program
from turnout.errors import ObserveError, UsageError
from turnout.observe import State, Watch, command_of
from turnout.observe._portable_sampler import TICK_NS, UNTOLD, WHOLE, PortableSampler, Times, thread_times
from turnout.testing import FakeClock

MS = 1_000_000
PID = 4711
NO_PID = (1 << 31) - 1
TICK_MS = TICK_NS // MS


def looked(*times: Times | Exception) -> PortableSampler:
    """Return a sampler that was told these times, a tick apart, the first of them twice to begin with."""
    clock = FakeClock()
    told = iter(times)

    def tell() -> Times:
        found = next(told)
        clock.wait(TICK_MS)
        if isinstance(found, Exception):
            raise found
        return found

    sampler = PortableSampler(PID, clock, tell)
    sampler.run(lambda: False)
    return sampler


def ended() -> psutil.NoSuchProcess:
    return psutil.NoSuchProcess(PID)


def test_time_on_a_core_is_told_and_nothing_is_made_up_for_the_rest() -> None:
    sampler = looked({1: 0}, {1: 20 * MS}, {1: 20 * MS}, {1: 22 * MS}, ended())

    recording = sampler.recording(command=("work",), cores=2, exit_code=3)

    (thread,) = recording.threads
    assert thread.state_ns == {State.RUN: 22 * MS, State.UNKNOWN: 38 * MS}
    assert [(one.state, one.end_ns - one.start_ns) for one in thread.segments] == [
        (State.RUN, 20 * MS),
        (State.UNKNOWN, 40 * MS),
    ]
    assert (recording.python, recording.has_gil, recording.exit_code, recording.notes) == ("", None, 3, (UNTOLD,))


def test_threads_that_come_and_go_are_all_told() -> None:
    sampler = looked({1: 0}, {1: 0, 2: 5 * MS}, {1: 0, 2: 25 * MS}, {1: 0}, ended())

    threads = sampler.recording(command=(), cores=2).threads

    assert [one.native_id for one in threads] == [1, 2]
    assert threads[1].state_ns == {State.RUN: 20 * MS}


def test_a_process_without_threads_has_ended() -> None:
    sampler = looked({1: 0}, {1: 0}, {})

    assert sampler.recording(command=(), cores=2).ticks == 3


def test_threads_that_may_not_be_seen_are_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    process = psutil.Process()
    assert set(thread_times(process)) == {one.id for one in process.threads()}

    def refuse() -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(process, "threads", refuse)
    assert set(thread_times(process)) == {0}
    assert looked({0: 0}, {0: 0}, ended()).recording(command=(), cores=2).notes == (UNTOLD, WHOLE)


@pytest.mark.parametrize("pid", [NO_PID, -5, 1 << 80])
def test_a_process_that_is_not_there_is_an_error_that_says_so(pid: int) -> None:
    with pytest.raises(ObserveError, match=f"there is no process {pid}"):
        PortableSampler(pid, FakeClock())
    with pytest.raises(UsageError, match=f"there is no process {pid}"):
        command_of(pid)


@pytest.mark.integration
def test_a_program_that_computes_is_told_from_one_that_waits() -> None:
    computes = "import time\nwhile time.process_time() < 0.5: sum(range(1000))"
    causes = []
    for source in (computes, "import time\ntime.sleep(1)"):
        with subprocess.Popen([sys.executable, "-I", "-S", "-c", source]) as program:  # which computes little to start
            watch = Watch(program.pid, ("work.py",), system="darwin")
            recording = watch.stop(program.wait())
        assert recording.exit_code == 0
        assert UNTOLD in recording.notes
        causes.append(diagnose_program(recording).cause)

    assert causes == ["cpu", "unknown"]
