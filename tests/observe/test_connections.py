"""Who is at the other end."""

import os
from pathlib import Path

import pytest

from observe.fake_proc import FakeProc, no_peers
from turnout.observe import (
    Channel,
    Channels,
    DescriptorKind,
    End,
    Queue,
    Relative,
    SegmentKind,
    Semaphore,
    SharedSegment,
    Unknown,
    describe_process,
)
from turnout.observe._holdings import Descriptor
from turnout.observe._shared import find_queues

READ, WRITE = "pos:\t0\nflags:\t0100000\n", "pos:\t0\nflags:\t0100001\n"
UNIX_HEAD = "Num       RefCount Protocol Flags    Type St Inode Path\n"


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    fake = FakeProc(tmp_path)
    fake.add(7)
    fake.add(8, "other one")
    return fake


def connections(proc: FakeProc, peers: dict[int, int] | None = None) -> Channels:
    def unix_peers() -> dict[int, int]:
        return peers or {}

    found = describe_process(7, root=proc.root, unix_peers=unix_peers, system="linux").channels
    assert not isinstance(found, Unknown)
    return found


def channels(proc: FakeProc, peers: dict[int, int] | None = None) -> tuple[Channel, ...]:
    found = connections(proc, peers).channels
    assert not isinstance(found, Unknown)
    return found


def test_the_process_that_reads_what_this_one_writes_is_named(proc: FakeProc) -> None:
    proc.open(7, 4, "pipe:[99]", WRITE)
    proc.open(8, 5, "pipe:[99]", READ)
    proc.open(8, 6, "pipe:[98]", READ)

    (channel,) = channels(proc)

    assert channel.kind is DescriptorKind.PIPE
    assert channel.descriptors == (4,)
    assert channel.ends == (End(pid=8, name="other one", descriptors=(5,), reads=True, writes=False),)


def test_both_ends_within_a_process_name_each_other(proc: FakeProc) -> None:
    proc.open(7, 3, "pipe:[99]", READ)
    proc.open(7, 4, "pipe:[99]", WRITE)

    reading, writing = channels(proc)

    assert reading.ends == (End(pid=7, name="fake", descriptors=(4,), reads=False, writes=True),)
    assert writing.ends == (End(pid=7, name="fake", descriptors=(3,), reads=True, writes=False),)


def test_copies_of_an_end_that_children_inherited_are_told_from_the_other_end(proc: FakeProc) -> None:
    proc.open(7, 4, "pipe:[99]", WRITE)
    proc.open(8, 4, "pipe:[99]", WRITE)

    (channel,) = channels(proc)

    assert channel.ends == (End(pid=8, name="other one", descriptors=(4,), reads=False, writes=True, same=True),)


def test_a_named_pipe_is_found_by_its_path(proc: FakeProc, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    proc.open(7, 4, str(tmp_path / "fifo"), WRITE)
    proc.open(8, 5, str(tmp_path / "fifo"), READ)

    (channel,) = channels(proc)

    assert channel.kind is DescriptorKind.NAMED_PIPE
    assert channel.ends[0].pid == 8


def test_the_other_end_of_a_unix_socket_is_found_by_its_inode(proc: FakeProc) -> None:
    rows = "".join(f"0: 00000003 00000000 00000000 0001 03 {inode}\n" for inode in (41, 42))
    proc.write("7/net/unix", UNIX_HEAD + rows)
    proc.open(7, 4, "socket:[41]")
    proc.open(8, 9, "socket:[42]")
    proc.open(8, 4, "socket:[41]")

    (channel,) = channels(proc, {41: 42, 42: 41})

    assert channel.socket is not None
    assert channel.socket.state == "connected"
    assert [(end.pid, end.descriptors, end.same) for end in channel.ends] == [(8, (9,), False), (8, (4,), True)]


def test_a_socket_that_leads_nowhere_is_no_channel(proc: FakeProc) -> None:
    proc.open(7, 4, "socket:[41]")

    assert channels(proc) == ()


def test_processes_that_cannot_be_looked_into_are_left_out(proc: FakeProc) -> None:
    proc.open(7, 4, "pipe:[99]", WRITE)
    (proc.root / "proc/9").mkdir()
    (proc.root / "proc/not-a-process").mkdir()

    assert channels(proc)[0].ends == ()


def smaps(*places: str) -> str:
    return "".join(
        f"{start:x}-{start + 0x1000:x} {place}\nRss:  4 kB\nPss:  4 kB\nSwap:  0 kB\n"
        for start, place in zip(range(0x10000, 0x90000, 0x10000), places, strict=False)
    )


def test_shared_memory_is_told_by_how_it_was_made_and_who_else_has_it(proc: FakeProc) -> None:
    posix = "rw-s 00000000 00:15 3          /dev/shm/psm_1"
    system_v = "rw-s 00000000 00:01 32769          /SYSV0000002a (deleted)"
    label = "rw-s 00000000 00:01 77          /memfd:a label (deleted)"
    inherited = "rw-s 00000000 00:01 78          /dev/zero (deleted)"
    proc.write("7/smaps", smaps(posix, system_v, label, inherited))
    proc.write("8/maps", f"90000-91000 {posix}\n91000-92000 {inherited.replace('78', '781')}\n")
    proc.write(
        "sysvipc/shm",
        "       key      shmid perms  size  cpid  lpid nattch\n        42      32769   600  4096    77     7      3\n",
    )

    segments = connections(proc).segments

    assert segments == (
        SharedSegment(
            kind=SegmentKind.POSIX,
            name="psm_1",
            size_bytes=4096,
            resident_bytes=4096,
            shared_with=(Relative(pid=8, name="other one"),),
        ),
        SharedSegment(
            kind=SegmentKind.SYSTEM_V,
            name="number 32769, key 0x0000002a",
            size_bytes=4096,
            resident_bytes=4096,
            attached_count=3,
            creator_pid=77,
        ),
        SharedSegment(kind=SegmentKind.MEMFD, name="a label", size_bytes=4096, resident_bytes=4096),
        SharedSegment(kind=SegmentKind.ANONYMOUS, name="number 78", size_bytes=4096, resident_bytes=4096),
    )


def test_a_semaphore_is_told_with_its_value_where_memory_can_be_read(proc: FakeProc) -> None:
    proc.write("7/smaps", smaps("rw-s 00000000 00:15 3          /dev/shm/sem.gate (deleted)"))
    proc.write("7/mem", bytes(0x10000) + b"\x02\0\0\0\x01\0\0\0")

    assert connections(proc).semaphores == (Semaphore(name="gate", deleted=True, value=2, waiting_count=1),)


def test_a_semaphore_whose_memory_cannot_be_read_has_no_value(proc: FakeProc) -> None:
    proc.write("7/smaps", smaps("rw-s 00000000 00:15 3          /dev/shm/sem.gate"))

    assert connections(proc).semaphores == (Semaphore(name="gate", deleted=False, value=None, waiting_count=None),)


def test_message_queues_are_told_by_who_used_them_last(proc: FakeProc) -> None:
    proc.write(
        "sysvipc/msg",
        "       key      msqid perms      cbytes       qnum lspid lrpid\n"
        "        42          1   600          10          2     7     8\n"
        "        43          2   600          10          2     9     8\n"
        "        -1          3   600           0          0     7     7\n",
    )
    posix = Descriptor(number=3, kind=DescriptorKind.MESSAGE_QUEUE, target="/queue")

    queues = find_queues(proc.root, 7, [posix])

    assert queues == (
        Queue(name="/queue", message_count=None, role="open"),
        Queue(name="number 1, key 0x0000002a", message_count=2, role="sent last"),
        Queue(name="number 3, key 0xffffffff", message_count=0, role="sent last and received last"),
    )


def test_without_channels_no_process_is_looked_into(proc: FakeProc) -> None:
    found = describe_process(7, root=proc.root, unix_peers=no_peers, system="linux").channels

    assert isinstance(found, Channels)
    assert (found.channels, found.segments, found.semaphores, found.queues) == ((), (), (), ())
    assert found.hidden_process_count == 0
