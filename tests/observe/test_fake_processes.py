"""A process as Linux tells of it, with a ``/proc`` made up for the purpose."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from observe.fake_proc import FakeProc, no_peers, stat_line
from turnout.errors import ProcessError, UnavailableError
from turnout.observe import (
    NOT_PERMITTED,
    Account,
    Channels,
    CommandLine,
    CpuTime,
    Environment,
    Frame,
    MemoryUse,
    Owner,
    Policy,
    Process,
    Relative,
    Scheduling,
    StackReader,
    ThreadState,
    Unknown,
    describe_process,
)

KERNEL_THREAD = 0x0020_0000
NOBODY = 65534


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    fake = FakeProc(tmp_path)
    fake.add(1, "init", parent=0)
    return fake


def look(proc: FakeProc, pid: int = 7, stacks: StackReader | None = None) -> Process:
    return describe_process(pid, stacks=stacks, root=proc.root, unix_peers=no_peers, system="linux")


@contextmanager
def without_privileges() -> Iterator[None]:
    """Be somebody who may not read everything, which root may."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_process_is_told_by_what_everybody_may_read(proc: FakeProc) -> None:
    proc.add(7)

    process = look(proc)

    assert process.name == "fake"
    assert process.state is ThreadState.SLEEPING
    assert process.parent == Relative(pid=1, name="init")
    assert process.group == Relative(pid=7, name="fake")
    assert process.age_s == 600.0
    assert process.cpu_time == CpuTime(user_s=1.5, system_s=0.25, children_user_s=0.0, children_system_s=0.0)
    assert process.scheduling == Scheduling(
        policy=Policy.OTHER,
        nice=5,
        allowed_cpus="0-3",
        last_cpu=2,
        voluntary_switches=17,
        involuntary_switches=3,
    )
    assert isinstance(process.memory, MemoryUse)
    assert (process.memory.resident_bytes, process.memory.peak_resident_bytes) == (1 << 20, 2 << 20)
    assert isinstance(process.owner, Owner)
    assert process.owner.user.number == 1000
    assert process.owner.further_groups[-1] == Account(number=424242, name=None)


@pytest.mark.parametrize("name", ["two words", "a) S 9 (b", "((", "))", "new\nline", "", "\x1b[31mred", "é\udcff"])
def test_a_name_may_hold_anything(proc: FakeProc, name: str) -> None:
    proc.add(7, name, parent=1)

    process = look(proc)

    assert process.name == name
    assert process.parent == Relative(pid=1, name="init")


def test_a_huge_environment_is_kept_whole(proc: FakeProc) -> None:
    proc.add(7)
    entries = [f"V{index}={'x' * 1000}" for index in range(4000)]
    proc.write("7/environ", "\0".join([*entries, "NO_EQUALS_SIGN", "A=b=c", "LINES=1\n2", ""]))

    environment = look(proc).environment

    assert isinstance(environment, Environment)
    assert len(environment.variables) == 4003
    assert environment.variables[0].value == "x" * 1000
    assert [(one.name, one.value) for one in environment.variables[-3:]] == [
        ("NO_EQUALS_SIGN", ""),
        ("A", "b=c"),
        ("LINES", "1\n2"),
    ]


def test_secrets_of_the_environment_and_the_command_line_are_masked_and_counted(proc: FakeProc) -> None:
    proc.add(7)
    proc.write("7/environ", "API_TOKEN=hush\0HOME=/home/me\0URL=http://me:hush@host/\0")
    proc.write("7/cmdline", "fake\0--password\0hush\0--url=http://me:hush@host\0")

    process = look(proc)

    assert isinstance(process.environment, Environment)
    assert process.environment.masked_count == 2
    assert process.command_line == CommandLine(
        words=("fake", "--password", "***", "--url=http://***@host"), masked_count=2
    )
    assert "hush" not in str(process)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", ()),
        (b"\0\0\0", ()),
        (b"python\0-c\0\0", ("python", "-c", "")),
        (b"server: idle\0\0\0\0\0", ("server: idle",)),
        (b"no end", ("no end",)),
        (b"a\0\0b\0", ("a", "", "b")),
        (b"\xff\0", ("\udcff",)),
    ],
)
def test_a_command_line_may_have_been_written_over(proc: FakeProc, raw: bytes, words: tuple[str, ...]) -> None:
    proc.add(7)
    proc.write("7/cmdline", raw)

    command_line = look(proc).command_line

    assert command_line == CommandLine(words=words)


def test_what_may_not_be_read_is_told_as_such_and_the_rest_is_told_all_the_same() -> None:
    root = Path(tempfile.mkdtemp())  # which others can reach, unlike that of pytest
    try:
        root.chmod(0o755)
        proc = FakeProc(root)
        folder = proc.add(7)
        look(proc)  # imports what it needs while everything can be read
        for name in ("environ", "smaps", "fd"):
            (folder / name).chmod(0)

        with without_privileges():
            process = look(proc)
    finally:
        shutil.rmtree(root)

    refused = Unknown(NOT_PERMITTED)
    assert process.environment == refused
    assert process.descriptors == refused
    assert process.memory_map == refused
    assert isinstance(process.channels, Channels)
    assert (process.channels.channels, process.channels.segments) == (refused, refused)
    assert process.working_directory == "/home/fake"
    assert isinstance(process.cpu_time, CpuTime)


def test_a_kernel_thread_has_nothing_of_its_own(proc: FakeProc) -> None:
    proc.add(7, "kworker/0:1-events", state="I", parent=2, flags=KERNEL_THREAD)

    process = look(proc)

    assert process.kernel_thread
    assert process.state is ThreadState.IDLE
    assert process.environment == Unknown("a kernel thread has none")
    assert process.command_line == Unknown("a kernel thread has none")
    assert process.python is None


def test_a_zombie_has_nothing_left(proc: FakeProc) -> None:
    proc.add(7, state="Z")

    process = look(proc)

    assert process.state is ThreadState.ZOMBIE
    assert process.descriptors == Unknown("it has ended")
    assert process.memory == Unknown("it has ended")
    assert process.parent == Relative(pid=1, name="init")


def test_what_other_threads_still_have_is_told_when_the_main_one_has_ended(proc: FakeProc) -> None:
    proc.add(7, state="Z")
    for name, content in (("stat", stat_line(8, "worker")), ("environ", "A=b\0"), ("status", "VmRSS:\t4 kB\n")):
        proc.write(f"7/task/8/{name}", content)

    process = look(proc)

    assert isinstance(process.environment, Environment)
    assert process.environment.variables[0].name == "A"


def test_a_relative_that_is_gone_has_no_name(proc: FakeProc) -> None:
    proc.add(7, parent=5)

    process = look(proc)

    assert process.parent == Relative(pid=5, name=None)


def test_a_process_that_does_not_exist_is_an_error_that_says_what_to_do(proc: FakeProc) -> None:
    with pytest.raises(ProcessError) as caught:
        look(proc, 4711)

    assert str(caught.value) == (
        "process 4711 cannot be looked at: no process that can be seen here has this number; "
        "`ps -e` lists those that can"
    )


def test_a_thread_is_told_from_its_process(proc: FakeProc) -> None:
    proc.add(8)
    proc.write("8/status", "Name:\tfake\nTgid:\t7\n")

    with pytest.raises(ProcessError, match="it is a thread of process 7; ask for 7"):
        look(proc, 8)


def test_a_process_that_ends_half_way_is_an_error(proc: FakeProc) -> None:
    folder = proc.add(7, program="/usr/bin/python3")

    def end(_pid: int) -> Mapping[int, tuple[Frame, ...]]:
        shutil.rmtree(folder)
        return {}

    with pytest.raises(ProcessError, match="it ended while it was looked at"):
        look(proc, stacks=end)


def test_a_number_that_is_given_to_another_process_half_way_is_an_error(proc: FakeProc) -> None:
    folder = proc.add(7, program="/usr/bin/python3")

    def replace(_pid: int) -> Mapping[int, tuple[Frame, ...]]:
        (folder / "stat").write_text(stat_line(7, "other", start_s=900))
        return {}

    with pytest.raises(ProcessError, match="it ended while it was looked at"):
        look(proc, stacks=replace)


def test_a_line_that_is_cut_off_is_a_process_that_went_away(proc: FakeProc) -> None:
    proc.add(7)
    proc.write("7/stat", "7 (fake) S 1 7")

    with pytest.raises(ProcessError, match="has this number"):
        look(proc)


def test_a_thread_that_ends_meanwhile_is_left_out(proc: FakeProc) -> None:
    folder = proc.add(7)
    (folder / "task/8").mkdir()

    threads = look(proc).threads

    assert not isinstance(threads, Unknown)
    assert [thread.tid for thread in threads] == [7]


def test_what_a_kernel_does_not_tell_is_said(proc: FakeProc) -> None:
    folder = proc.add(7)
    (folder / "environ").unlink()
    (proc.root / "proc/uptime").unlink()

    process = look(proc)

    assert process.environment == Unknown("the system does not tell it")
    assert process.age_s == Unknown("the system does not tell it")


def refuse(_pid: int) -> Mapping[int, tuple[Frame, ...]]:
    raise PermissionError


def lack(_pid: int) -> Mapping[int, tuple[Frame, ...]]:
    raise UnavailableError("the stack", "its build is unknown", "use another one")


@pytest.mark.parametrize(
    ("stacks", "reason"),
    [
        (None, "this version of turnout cannot read them"),
        (refuse, NOT_PERMITTED),
        (lack, "the stack is not available: its build is unknown; use another one"),
    ],
)
def test_stacks_that_cannot_be_read_say_why(proc: FakeProc, stacks: StackReader | None, reason: str) -> None:
    proc.add(7, program="/usr/bin/python3")

    python = look(proc, stacks=stacks).python

    assert python is not None
    assert python.stacks == Unknown(reason)


def test_stacks_are_handed_on_as_they_are_read(proc: FakeProc) -> None:
    proc.add(7, program="/usr/bin/python3")
    stack = (Frame(function="wait", file="threading.py", line=327),)

    python = look(proc, stacks=lambda pid: {pid: stack}).python

    assert python is not None
    assert python.stacks == {7: stack}
