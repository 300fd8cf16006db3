"""Where sockets lead."""

import socket
import sys
from pathlib import Path

import pytest

from observe.fake_proc import FakeProc
from turnout.observe import Socket
from turnout.observe._proc import Folder
from turnout.observe._sockets import other_ends, read_sockets
from turnout.observe._unix_peers import unix_peers

TCP_HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
UNIX_HEAD = "Num       RefCount Protocol Flags    Type St Inode Path\n"
little = pytest.mark.skipif(sys.byteorder != "little", reason="addresses are written as this machine keeps them")


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    fake = FakeProc(tmp_path)
    fake.add(7)
    return fake


def sockets(proc: FakeProc) -> dict[int, Socket]:
    return read_sockets(Folder(proc.root / "proc/7"))


def row(local: str, remote: str, state: str, inode: int, queues: str = "00000000:00000000") -> str:
    return f"   0: {local} {remote} {state} {queues} 00:00000000 00000000  1000        0 {inode} 1 0\n"


@little
def test_addresses_are_read_from_the_tables(proc: FakeProc) -> None:
    proc.write("7/net/tcp", TCP_HEAD + row("0100007F:1F90", "0200007F:D431", "01", 5, "00000002:0000000A"))
    proc.write("7/net/udp", TCP_HEAD + row("00000000:0035", "00000000:0000", "07", 6))
    ipv6 = "00000000000000000000000001000000"
    proc.write("7/net/tcp6", TCP_HEAD + row(f"{ipv6}:1F90", f"{'0' * 32}:0000", "0A", 8))

    found = sockets(proc)

    assert found[5] == Socket(
        family="TCP",
        type="stream",
        state="established",
        local="127.0.0.1:8080",
        remote="127.0.0.2:54321",
        unread_bytes=10,
        unsent_bytes=2,
    )
    assert (found[6].family, found[6].local, found[6].remote, found[6].state) == ("UDP", "0.0.0.0:53", "", None)
    assert (found[8].local, found[8].state) == ("[::1]:8080", "listening")


def test_paths_of_unix_sockets_may_hold_anything(proc: FakeProc) -> None:
    rows = (
        "0000000000000000: 00000002 00000000 00010000 0001 01  11 /run/with space (and more)\n"
        "0000000000000000: 00000002 00000000 00010000 0001 01  12 /run/new\nline: 1\n"
        "0000000000000000: 00000003 00000000 00000000 0002 03  13\n"
        "0000000000000000: 00000003 00000000 00000000 0005 03  14 @abstract@\n"
    )
    proc.write("7/net/unix", UNIX_HEAD + rows)

    found = sockets(proc)

    assert found[11] == Socket(family="Unix", type="stream", state="listening", local="/run/with space (and more)")
    assert found[12].local == "/run/new"
    assert found[13] == Socket(family="Unix", type="datagram", state="connected")
    assert (found[14].type, found[14].local) == ("packets in order", "@abstract@")


def test_sockets_to_the_kernel_are_told_by_what_they_are_for(proc: FakeProc) -> None:
    head = "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
    rows = "0000000000000000 0   700        00000000 0        0        0     2        0        21\n"
    proc.write("7/net/netlink", head + rows + rows.replace(" 0   700", " 77  700").replace("21\n", "22\n"))

    found = sockets(proc)

    assert (found[21].family, found[21].local) == ("netlink", "route")
    assert found[22].local == "protocol 77"


def test_tables_that_are_missing_or_cut_off_tell_nothing(proc: FakeProc) -> None:
    proc.write("7/net/tcp", TCP_HEAD + "   0: 0100007F:1F90\n")

    assert sockets(proc) == {}


def test_two_ends_on_one_machine_find_each_other() -> None:
    table = {
        1: Socket(family="TCP", local="127.0.0.1:80", remote="127.0.0.1:4000"),
        2: Socket(family="TCP", local="127.0.0.1:4000", remote="127.0.0.1:80"),
        3: Socket(family="TCP", local="127.0.0.1:80"),
        4: Socket(family="TCP", local="10.0.0.1:5000", remote="10.0.0.2:80"),
        5: Socket(family="TCP over IPv6", local="[::ffff:10.0.0.3]:80", remote="[::ffff:10.0.0.3]:6000"),
        6: Socket(family="TCP", local="10.0.0.3:6000", remote="10.0.0.3:80"),
        7: Socket(family="Unix", local="/run/a", remote=""),
    }

    assert other_ends(table, {7: 8, 8: 7}) == {1: 2, 2: 1, 5: 6, 6: 5, 7: 8, 8: 7}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked this way")
def test_the_kernel_tells_which_unix_sockets_are_connected() -> None:
    left, right = socket.socketpair()
    with left, right:
        inodes = [int(Path(f"/proc/self/fd/{one.fileno()}").readlink().name[8:-1]) for one in (left, right)]

        peers = unix_peers()

    assert peers[inodes[0]] == inodes[1]
    assert peers[inodes[1]] == inodes[0]
