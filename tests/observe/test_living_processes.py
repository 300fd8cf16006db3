"""Real processes, as Linux shows them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from turnout.errors import ProcessError
from turnout.observe import (
    Channel,
    Channels,
    CommandLine,
    Descriptor,
    DescriptorKind,
    Descriptors,
    Environment,
    MemoryMap,
    Process,
    RegionKind,
    SegmentKind,
    Signals,
    SystemCall,
    Thread,
    ThreadState,
    Unknown,
    describe_process,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the system tells less")
BUSY = Path(__file__).with_name("busy_program.py")


@pytest.fixture(scope="module")
def busy() -> Iterator[tuple[Process, dict[str, Any]]]:  # what the program says of itself
    environment = {"SERVICE_TOKEN": "hush", "DATABASE": "postgres://me:hush@host/db", "PLAIN": "shown"}
    pipe = subprocess.PIPE
    command = [sys.executable, str(BUSY)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, text=True) as program:
        assert program.stdout
        said = json.loads(program.stdout.readline())
        yield describe_process(program.pid), said
        program.communicate()


def held(process: Process, number: int) -> Descriptor:
    assert isinstance(process.descriptors, Descriptors)
    return next(one for one in process.descriptors.entries if one.number == number)


def channel(process: Process, number: int) -> Channel:
    assert isinstance(process.channels, Channels)
    found = process.channels.channels
    assert not isinstance(found, Unknown)
    return next(one for one in found if number in one.descriptors)


Busy = tuple[Process, dict[str, Any]]  # likewise


def test_a_program_is_told_by_how_it_was_started(busy: Busy) -> None:
    process, _ = busy

    assert process.command_line == CommandLine(words=(sys.executable, str(BUSY)))
    assert process.executable == os.path.realpath(sys.executable)
    assert process.working_directory == str(Path.cwd())


def test_it_agrees_with_psutil_and_the_system(busy: Busy) -> None:
    process, _ = busy
    peer = psutil.Process(process.pid)

    assert process.name == peer.name()
    assert not isinstance(process.parent, Unknown)
    assert process.parent.pid == os.getpid()
    assert not isinstance(process.group, Unknown)
    assert process.group.pid == os.getpgid(process.pid)
    assert not isinstance(process.session, Unknown)
    assert process.session.pid == os.getsid(process.pid)
    assert not isinstance(process.owner, Unknown)
    assert process.owner.user.name == peer.username()
    assert not isinstance(process.scheduling, Unknown)
    assert process.scheduling.nice == peer.nice()
    assert isinstance(process.descriptors, Descriptors)
    assert len(process.descriptors.entries) == peer.num_fds()


def test_its_environment_is_masked(busy: Busy) -> None:
    process, _ = busy

    assert isinstance(process.environment, Environment)
    shown = {one.name: one.value for one in process.environment.variables}
    assert shown["SERVICE_TOKEN"] == "***"  # noqa: S105  a mask
    assert shown["DATABASE"] == "postgres://***@host/db"
    assert shown["PLAIN"] == "shown"
    assert process.environment.masked_count == 2
    assert "hush" not in str(process)


def test_each_descriptor_is_told_by_kind(busy: Busy) -> None:
    process, said = busy

    assert held(process, said["event"]).detail == "counter at 3"
    assert held(process, said["epoll"]).watches == (said["server"],)
    assert held(process, said["label"]).kind is DescriptorKind.MEMFD
    server = held(process, said["server"]).socket
    assert server is not None
    assert (server.state, server.local) == ("listening", f"127.0.0.1:{said['port']}")
    client = held(process, said["client"]).socket
    assert client is not None
    assert (client.state, client.remote) == ("established", f"127.0.0.1:{said['port']}")


@pytest.mark.parametrize(("one", "other"), [("reading", "writing"), ("left", "right"), ("client", "accepted")])
def test_the_other_end_is_found_here_and_in_the_child(busy: Busy, one: str, other: str) -> None:
    process, said = busy

    for number, opposite in ((said[one], said[other]), (said[other], said[one])):
        ends = channel(process, number).ends
        assert {(end.pid, end.descriptors) for end in ends if not end.same} == {
            (process.pid, (opposite,)),
            (said["child"], (opposite,)),
        }
        assert [end.pid for end in ends if end.same] == [said["child"]]


def test_the_pipe_to_this_test_is_found(busy: Busy) -> None:
    process, _ = busy

    ends = channel(process, 1).ends

    assert os.getpid() in [end.pid for end in ends if end.reads and not end.same]


def test_shared_memory_and_locks_are_shared_with_the_child(busy: Busy) -> None:
    process, said = busy
    assert isinstance(process.channels, Channels)
    segments, semaphores = process.channels.segments, process.channels.semaphores
    assert not isinstance(segments, Unknown)
    assert not isinstance(semaphores, Unknown)

    (segment,) = segments
    (semaphore,) = semaphores

    assert (segment.kind, segment.name, segment.size_bytes) == (SegmentKind.POSIX, said["memory"], 8192)
    assert [one.pid for one in segment.shared_with] == [said["child"]]
    assert [one.pid for one in semaphore.shared_with] == [said["child"]]
    assert (semaphore.value, semaphore.waiting_count) in {(0, 0), (None, None)}  # None where memory is guarded


def test_signals_are_told_by_what_is_done_with_them(busy: Busy) -> None:
    process, _ = busy

    assert isinstance(process.signals, Signals)
    assert "SIGUSR1" in process.signals.handled
    assert "SIGUSR2" in process.signals.ignored
    assert "SIGWINCH" in process.signals.blocked
    assert "SIGWINCH" in process.signals.pending


def test_a_thread_that_reads_is_seen_to_read(busy: Busy) -> None:
    process, said = busy
    assert not isinstance(process.threads, Unknown)

    main, reader = process.threads

    assert (main.tid, reader.tid) == (process.pid, said["reader"])
    assert reader.state is ThreadState.SLEEPING
    if not isinstance(reader.call, Unknown):  # where tracing is not permitted
        assert isinstance(reader.call, SystemCall)
        assert reader.call.name in {"read", None}  # None on an architecture whose calls we do not know
        assert reader.call.descriptor in {said["reading"], None}


def test_memory_is_told_by_what_it_is_for(busy: Busy) -> None:
    process, _ = busy

    assert isinstance(process.memory_map, MemoryMap)
    kinds = [one.name for one in process.memory_map.regions]
    assert {RegionKind.PROGRAM, RegionKind.LIBRARY, RegionKind.STACK, RegionKind.SHARED} <= set(kinds)
    assert any("libc" in one.name or "musl" in one.name for one in process.memory_map.libraries)


def test_the_interpreter_is_recognised(busy: Busy) -> None:
    process, _ = busy

    assert process.python is not None
    assert process.python.implementation == "CPython"
    assert process.python.version is not None
    assert sys.version.startswith(process.python.version)


def test_this_process_can_look_at_itself() -> None:
    process = describe_process(os.getpid())

    assert process.state is ThreadState.RUNNING
    assert process.python is not None


def test_a_program_without_python_is_no_python() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as program:
        process = describe_process(program.pid)
        program.communicate()

    assert process.python is None


def test_a_zombie_is_shown_until_it_is_waited_for() -> None:
    with subprocess.Popen(["true"]) as program:
        os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)
        process = describe_process(program.pid)

    assert process.state is ThreadState.ZOMBIE
    assert process.environment == Unknown("it has ended")
    with pytest.raises(ProcessError):
        describe_process(program.pid)


def test_a_kernel_thread_is_shown() -> None:
    kernels = next((pid for pid in psutil.pids() if _is_kernels(pid)), None)
    if kernels is None:
        pytest.skip("none can be seen, as in a container")

    process = describe_process(kernels)

    assert process.kernel_thread
    assert process.descriptors == Unknown("a kernel thread has none")
    assert cast("tuple[Thread, ...]", process.threads)[0].call is None  # cast: the list is for everybody to read


def _is_kernels(pid: int) -> bool:
    try:
        return bool(int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[6]) & 0x0020_0000)
    except OSError:
        return False


LOOKS: list[Callable[[], Process]] = [
    lambda: describe_process(1 << 22),
    lambda: describe_process((1 << 31) - 1),
    lambda: describe_process(1 << 22, system="darwin"),
]


@pytest.mark.parametrize("look", LOOKS)
def test_a_number_without_a_process_is_an_error(look: Callable[[], Process]) -> None:
    with pytest.raises(ProcessError, match="no process that can be seen here has this number"):
        look()
