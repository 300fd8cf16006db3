"""What threads do, and which signals they wait for."""

import os
import signal
from pathlib import Path

import pytest

from observe.fake_proc import FakeProc, stat_line
from turnout.observe import NOT_PERMITTED, SystemCall, Thread, ThreadState, Unknown
from turnout.observe._proc import Folder
from turnout.observe._signals import read_signals, signal_name, signal_names
from turnout.observe._syscalls import call_name, machine_of, takes_descriptor
from turnout.observe._threads import read_threads
from turnout.observe._unknown import attempt

X86_64 = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00" + bytes(44)
AARCH64 = X86_64.replace(b"\x3e\x00", b"\xb7\x00")


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    fake = FakeProc(tmp_path)
    program = tmp_path / "program"
    program.write_bytes(X86_64)
    fake.add(7, program=str(program))
    return fake


def only(proc: FakeProc) -> Thread:
    (thread,) = read_threads(Folder(proc.root / "proc/7"))
    return thread


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("0 0x5 0x7f 0x1 0x0 0x0 0x0 0x7ffd10 0x7f20", SystemCall(number=0, name="read", descriptor=5)),
        ("202 0x7f 0x189 0x0 0x0 0x0 0x0 0x7ffd10 0x7f20", SystemCall(number=202, name="futex")),
        ("9999 0x0 0x0 0x0 0x0 0x0 0x0 0x7ffd10 0x7f20", SystemCall(number=9999, name=None)),
        ("-1 0x7ffd10 0x7f20", SystemCall(number=-1, name=None)),
        ("running", None),
        ("", None),
    ],
)
def test_the_system_call_is_told_by_name(proc: FakeProc, said: str, call: SystemCall | None) -> None:
    proc.write("7/task/7/syscall", f"{said}\n")

    assert only(proc).call == call


def test_the_stack_is_in_use_up_to_the_pointer(proc: FakeProc) -> None:
    proc.write("7/task/7/syscall", "0 0x5 0x7f 0x1 0x0 0x0 0x0 0x7ffd10 0x7f20\n")

    assert only(proc).stack_pointer == 0x7FFD10


def test_times_and_places_are_told(proc: FakeProc) -> None:
    proc.write("7/task/7/schedstat", "1750000000 2500000 12\n")
    proc.write("7/task/7/wchan", "futex_do_wait")

    thread = only(proc)

    assert (thread.user_s, thread.system_s, thread.core_wait_s) == (1.5, 0.25, 0.0025)
    assert (thread.last_cpu, thread.kernel_function) == (2, "futex_do_wait")
    assert (thread.blocked, thread.pending) == (("SIGHUP",), ())


def test_threads_come_by_number_with_names_of_their_own(proc: FakeProc) -> None:
    for tid, name in ((10, "ten) R (x"), (9, "nine")):
        proc.write(f"7/task/{tid}/stat", stat_line(tid, name, state="R"))
        proc.write(f"7/task/{tid}/status", "SigBlk:\t0000000000000000\n")

    threads = read_threads(Folder(proc.root / "proc/7"))

    assert [(one.tid, one.name) for one in threads] == [(7, "fake"), (9, "nine"), (10, "ten) R (x")]
    assert threads[2].state is ThreadState.RUNNING


def test_what_the_kernel_makes_up_for_a_thread_that_has_ended_is_not_told(proc: FakeProc) -> None:
    proc.write("7/task/7/stat", stat_line(7, "fake", state="Z"))
    proc.write("7/task/7/syscall", "-1 0x0 0x0\n")

    thread = only(proc)

    assert (thread.call, thread.stack_pointer) == (None, None)


def test_a_kernel_without_system_calls_to_tell_says_so(proc: FakeProc) -> None:
    assert only(proc).call == Unknown("this kernel does not tell it")


@pytest.mark.parametrize(
    ("header", "machine"), [(X86_64, "x86_64"), (AARCH64, "aarch64"), (b"#!/bin/sh", None), (b"\x7fELF\x01\x01", None)]
)
def test_numbers_mean_what_the_program_s_architecture_says(header: bytes, machine: str | None) -> None:
    assert machine_of(header) == machine


@pytest.mark.parametrize(
    ("machine", "number", "name"),
    [
        ("x86_64", 0, "read"),
        ("x86_64", 230, "clock_nanosleep"),
        ("x86_64", 334, "rseq"),
        ("aarch64", 63, "read"),
        ("aarch64", 115, "clock_nanosleep"),
        ("riscv64", 98, "futex"),
        ("aarch64", 435, "clone3"),
        ("x86_64", 435, "clone3"),
        ("x86_64", 468, "file_getattr"),
        ("s390x", 3, None),
        (None, 3, None),
    ],
)
def test_calls_are_numbered_as_the_kernel_does(machine: str | None, number: int, name: str | None) -> None:
    assert call_name(machine, number) == name


def test_only_calls_that_take_a_descriptor_first_have_one() -> None:
    assert takes_descriptor("read")
    assert not takes_descriptor("futex")
    assert not takes_descriptor(None)


def test_signals_are_told_by_name() -> None:
    signals = read_signals(
        {
            "SigPnd": "0000000000000200",
            "ShdPnd": "0000000000004000",
            "SigBlk": "0000000000010004",
            "SigIgn": "0000000000001000",
            "SigCgt": "0000000180000002",
        }
    )

    assert signals.pending == ("SIGUSR1", "SIGTERM")
    assert signals.blocked == ("SIGQUIT", "SIGCHLD")
    assert signals.ignored == ("SIGPIPE",)
    assert signals.handled == ("SIGINT", "SIG32", "SIG33")


def test_a_status_without_signals_names_none() -> None:
    assert read_signals({}).handled == ()


def test_real_time_signals_are_counted_from_the_first() -> None:
    assert signal_name(signal.SIGRTMIN) == "SIGRTMIN"
    assert signal_name(signal.SIGRTMIN + 3) == "SIGRTMIN+3"
    assert signal_name(signal.SIGRTMAX) == "SIGRTMAX"


def test_every_signal_of_a_mask_is_named_once() -> None:
    names = signal_names("ffffffffffffffff")

    assert len(names) == len(set(names)) == 64


def fail_with(error: OSError) -> str:
    raise error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(1, "Operation not permitted"), NOT_PERMITTED),
        (FileNotFoundError(2, "No such file"), "it is not there"),
        (ProcessLookupError(3, "No such process"), "it is not there"),
        (OSError(5, os.strerror(5)), os.strerror(5)),
        (OSError(), "OSError"),
    ],
)
def test_what_cannot_be_read_says_why(error: OSError, reason: str) -> None:
    assert attempt(lambda: fail_with(error), "it is not there") == Unknown(reason)
