"""What a process has open."""

import os
from pathlib import Path

import pytest

from observe.fake_proc import FakeProc
from turnout.observe import Descriptor, DescriptorKind, Socket
from turnout.observe._descriptors import read_descriptors
from turnout.observe._proc import Folder

READ, WRITE, BOTH, PATH_ONLY = "0100000", "0100001", "0100002", "010000000"


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    fake = FakeProc(tmp_path)
    fake.add(7)
    return fake


def no_sockets() -> dict[int, Socket]:
    raise AssertionError("no socket is to be looked up")


def descriptors(proc: FakeProc) -> tuple[Descriptor, ...]:
    return read_descriptors(Folder(proc.root / "proc/7"), no_sockets).entries


def only(proc: FakeProc) -> Descriptor:
    (one,) = descriptors(proc)
    return one


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("pipe:[5]", DescriptorKind.PIPE),
        ("anon_inode:[eventpoll]", DescriptorKind.EPOLL),
        ("anon_inode:[eventfd]", DescriptorKind.EVENTFD),
        ("anon_inode:[signalfd]", DescriptorKind.SIGNALFD),
        ("anon_inode:[timerfd]", DescriptorKind.TIMERFD),
        ("anon_inode:inotify", DescriptorKind.INOTIFY),
        ("anon_inode:[pidfd]", DescriptorKind.PIDFD),
        ("pidfd:[99]", DescriptorKind.PIDFD),
        ("anon_inode:[io_uring]", DescriptorKind.OTHER),
        ("net:[4026531840]", DescriptorKind.NAMESPACE),
        ("/memfd:a label (deleted)", DescriptorKind.MEMFD),
        ("/dev/shm/psm_1 (deleted)", DescriptorKind.SHARED_MEMORY),  # noqa: S108  where it is
        ("/dev/null", DescriptorKind.DEVICE),
        ("/dev/nothing-there", DescriptorKind.DEVICE),
        ("/nothing/there (deleted)", DescriptorKind.FILE),
        ("/", DescriptorKind.DIRECTORY),
        ("what the future brings", DescriptorKind.OTHER),
    ],
)
def test_a_kind_is_told_from_where_the_descriptor_leads(proc: FakeProc, target: str, kind: DescriptorKind) -> None:
    proc.open(7, 3, target)

    assert only(proc).kind is kind


def test_a_named_pipe_is_told_from_a_file(proc: FakeProc, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "file\nwith (deleted)").write_text("12345")
    proc.open(7, 3, str(tmp_path / "fifo"))
    proc.open(7, 4, str(tmp_path / "file\nwith (deleted)"))

    fifo, file = descriptors(proc)

    assert fifo.kind is DescriptorKind.NAMED_PIPE
    assert file.kind is DescriptorKind.FILE
    assert file.detail == "5 bytes"
    assert file.target.endswith("/file\nwith (deleted)")


def test_a_message_queue_is_told_from_a_file_at_the_root(proc: FakeProc, tmp_path: Path) -> None:
    looks_like_one = tmp_path / "root/queue-nobody-has"
    looks_like_one.parent.mkdir()
    looks_like_one.write_bytes(bytes(80))
    proc.open(7, 3, str(looks_like_one))

    assert only(proc).kind is DescriptorKind.FILE


@pytest.mark.parametrize(
    ("flags", "access"),
    [(READ, (True, False)), (WRITE, (False, True)), (BOTH, (True, True)), (PATH_ONLY, (False, False))],
)
def test_access_is_told_from_how_it_was_opened(proc: FakeProc, flags: str, access: tuple[bool, bool]) -> None:
    proc.open(7, 3, "pipe:[5]", f"pos:\t0\nflags:\t{flags}\nmnt_id:\t15\n")

    one = only(proc)

    assert (one.reads, one.writes) == access


def test_without_fdinfo_access_is_not_known(proc: FakeProc) -> None:
    proc.open(7, 3, "pipe:[5]")
    (proc.root / "proc/7/fdinfo/3").unlink()

    one = only(proc)

    assert (one.reads, one.writes) == (None, None)


def test_flags_and_position_are_told(proc: FakeProc, tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    flags = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC
    proc.open(7, 3, str(tmp_path / "log"), f"pos:\t42\nflags:\t0{flags:o}\n")

    one = only(proc)

    assert one.flags == ("append", "non-blocking", "closed on exec")
    assert one.position_bytes == 42


@pytest.mark.parametrize(
    ("target", "info", "detail"),
    [
        ("anon_inode:[eventfd]", "eventfd-count:               1f\n", "counter at 31"),
        ("anon_inode:[eventpoll]", "tfd:        5 events: 19\ntfd:        3 events: 1\n", "waits for 3, 5"),
        ("anon_inode:[eventpoll]", "", "waits for nothing"),
        ("anon_inode:[signalfd]", "sigmask:\t0000000000004002\n", "receives SIGINT, SIGTERM"),
        ("anon_inode:[timerfd]", "it_value: (1, 500000000)\nit_interval: (2, 0)\n", "due in 1.5 s, then every 2 s"),
        ("anon_inode:[timerfd]", "it_value: (0, 0)\nit_interval: (0, 0)\n", "not set"),
        ("anon_inode:[timerfd]", "", ""),
        ("anon_inode:inotify", "inotify wd:1 ino:9\ninotify wd:2 ino:8\n", "watches 2 paths"),
        ("anon_inode:inotify", "inotify wd:1 ino:9\n", "watches 1 path"),
        ("pidfd:[9]", "Pid:\t12\n", "of process 12"),
        ("pidfd:[9]", "Pid:\t-1\n", "of a process that has ended"),
        ("pidfd:[9]", "", ""),
        ("/gone", "lock:\t1: FLOCK  ADVISORY  WRITE 7 00:01:2 0 EOF\n", "holds a write lock (FLOCK)"),
        ("/gone", "lock:\t1: -> POSIX  ADVISORY  READ 7 00:01:2 0 EOF\n", "waits for a read lock (POSIX)"),
    ],
)
def test_what_is_special_to_a_kind_is_told(proc: FakeProc, target: str, info: str, detail: str) -> None:
    proc.open(7, 3, target, f"pos:\t0\nflags:\t02\n{info}")

    assert only(proc).detail == detail


def test_what_an_epoll_waits_for_is_told_by_number(proc: FakeProc) -> None:
    proc.open(7, 3, "anon_inode:[eventpoll]", "flags:\t02\ntfd:        5 events: 19\ntfd:        5 events: 1\n")

    assert only(proc).watches == (5,)


def test_a_file_on_a_server_is_not_looked_at_since_that_may_take_for_ever(proc: FakeProc, tmp_path: Path) -> None:
    (tmp_path / "distant").write_text("12345")
    proc.write("7/mountinfo", "15 1 0:1 / / rw - ext4 /dev/sda rw\n16 15 0:2 / /mnt rw - nfs4 server:/ rw\n")
    proc.open(7, 3, str(tmp_path / "distant"), "flags:\t02\nmnt_id:\t16\n")
    proc.open(7, 4, str(tmp_path / "distant"), "flags:\t02\nmnt_id:\t15\n")

    distant, near = descriptors(proc)

    assert (distant.kind, distant.detail) == (DescriptorKind.FILE, "")
    assert near.detail == "5 bytes"


def test_they_are_counted_by_kind_and_told_by_number(proc: FakeProc) -> None:
    for number in (10, 9, 2):
        proc.open(7, number, "pipe:[5]")
    proc.open(7, 0, "/dev/null")
    proc.write("7/limits", "Limit  Soft  Hard  Units\nMax open files            1024        4096        files\n")

    found = read_descriptors(Folder(proc.root / "proc/7"), no_sockets)

    assert [one.number for one in found.entries] == [0, 2, 9, 10]
    assert found.counts == {DescriptorKind.PIPE: 3, DescriptorKind.DEVICE: 1}
    assert found.limit == 1024


def test_a_socket_that_no_table_lists_says_so(proc: FakeProc) -> None:
    proc.open(7, 3, "socket:[5]")

    (one,) = read_descriptors(Folder(proc.root / "proc/7"), dict).entries

    assert one.socket == Socket(family="of another network, or without an address")
