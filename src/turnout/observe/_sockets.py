"""The sockets of a process's network, by inode, from ``/proc/PID/net``.

    tcp, udp, raw, and with a 6 those over IPv6     addresses in hexadecimal, as they lie in memory
    unix                                            paths; a name that is no path starts with @
    netlink                                         sockets to the kernel

Source: proc_pid_net(5), unix(7); Linux, include/net/tcp_states.h, include/uapi/linux/netlink.h.
"""

import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress

from turnout.observe._holdings import Socket
from turnout.observe._proc import Folder

_TCP_STATES = (
    "",
    "established",
    "connecting",
    "being connected to",
    "closing (FIN_WAIT1)",
    "closing (FIN_WAIT2)",
    "closed (TIME_WAIT)",
    "closed (CLOSE)",
    "closed by the other end (CLOSE_WAIT)",
    "closing (LAST_ACK)",
    "listening",
    "closing (CLOSING)",
    "being connected to",
)
_TABLES = (
    ("tcp", "TCP", "stream", socket.AF_INET),
    ("tcp6", "TCP over IPv6", "stream", socket.AF_INET6),
    ("udp", "UDP", "datagram", socket.AF_INET),
    ("udp6", "UDP over IPv6", "datagram", socket.AF_INET6),
    ("raw", "raw", "raw", socket.AF_INET),
    ("raw6", "raw over IPv6", "raw", socket.AF_INET6),
)
_UNIX_LINE = re.compile(r"\S+: [0-9A-F]+ [0-9A-F]+ ([0-9A-F]{8}) ([0-9A-F]{4}) ([0-9A-F]{2}) +([0-9]+)(?: (.*))?")
_UNIX_TYPES = {1: "stream", 2: "datagram", 5: "packets in order"}
_UNIX_STATES = {1: None, 2: "connecting", 3: "connected", 4: "closing"}
_LISTENS = 0x10000  # __SO_ACCEPTCON in include/linux/net.h
_NETLINK = {0: "route", 4: "sock_diag", 9: "audit", 12: "netfilter", 15: "kobject_uevent", 16: "generic"}
_UNMAPPED = "::ffff:"  # before an IPv4 address in one of IPv6


def read_sockets(folder: Folder) -> dict[int, Socket]:
    """Return all sockets of the network that a process sees, by inode; those that cannot be read are left out."""
    found: dict[int, Socket] = {}
    for name, family, kind, address_family in _TABLES:
        with suppress(OSError):
            found.update(_internet(folder.text(f"net/{name}"), family, kind, address_family))
    with suppress(OSError):
        found.update(_unix(folder.text("net/unix")))
    with suppress(OSError):
        found.update(_netlink(folder.text("net/netlink")))
    return found


def socket_family(folder: Folder, number: int) -> Socket:
    """Return what can be told of a socket that no table lists."""
    try:
        name = os.getxattr(folder.path / "fd" / str(number), "system.sockprotoname").rstrip(b"\0").decode("ascii")
    except (OSError, UnicodeError):
        return Socket(family="of another network, or without an address")
    return Socket(family=name, state="without an address" if name.startswith(("TCP", "UDP")) else None)


def other_ends(sockets: dict[int, Socket], unix_peers: dict[int, int]) -> dict[int, int]:
    """Return the inode of the other end of each connected socket whose other end is on this machine.

    Args:
        sockets: By inode.
        unix_peers: The same for Unix sockets, which no table of ``/proc`` tells.
    """
    by_ends = {
        (_plain(one.local), _plain(one.remote)): inode
        for inode, one in sockets.items()
        if one.remote and one.family != "Unix"
    }
    found = dict(unix_peers)
    for (local, remote), inode in by_ends.items():
        if (remote, local) in by_ends:
            found[inode] = by_ends[remote, local]
    return found


def _internet(text: str, family: str, kind: str, address_family: int) -> Iterator[tuple[int, Socket]]:
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 10:  # noqa: PLR2004  up to the inode
            continue
        state = int(fields[3], 16)
        unsent, _, unread = fields[4].partition(":")
        names = _TCP_STATES if kind == "stream" else ("", "connected")
        yield (
            int(fields[9]),
            Socket(
                family=family,
                type=kind,
                state=(names[state] if state < len(names) else None) or None,
                local=_address(fields[1], address_family),
                remote="" if fields[2].endswith(":0000") else _address(fields[2], address_family),
                unread_bytes=int(unread, 16),
                unsent_bytes=int(unsent, 16),
            ),
        )


def _address(text: str, family: int) -> str:
    host, _, port = text.partition(":")
    words = bytes.fromhex(host)
    if sys.byteorder == "little":  # the kernel prints each 32-bit word as a number of this machine
        words = b"".join(words[start : start + 4][::-1] for start in range(0, len(words), 4))
    name = socket.inet_ntop(family, words)
    return f"[{name}]:{int(port, 16)}" if ":" in name else f"{name}:{int(port, 16)}"


def _unix(text: str) -> Iterator[tuple[int, Socket]]:
    for line in text.split("\n")[1:]:
        found = _UNIX_LINE.match(line)
        if found is None:  # the rest of a path with a newline in it
            continue
        flags, kind, state = (int(found[group], 16) for group in (1, 2, 3))
        yield (
            int(found[4]),
            Socket(
                family="Unix",
                type=_UNIX_TYPES.get(kind),
                state="listening" if flags & _LISTENS else _UNIX_STATES.get(state),
                local=found[5] or "",
            ),
        )


def _netlink(text: str) -> Iterator[tuple[int, Socket]]:
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) >= 10:  # noqa: PLR2004  up to the inode
            protocol = int(fields[1])
            yield int(fields[9]), Socket(family="netlink", local=_NETLINK.get(protocol, f"protocol {protocol}"))


def _plain(address: str) -> str:
    return address.replace(_UNMAPPED, "").strip("[").replace("]:", ":") if _UNMAPPED in address else address
