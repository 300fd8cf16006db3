"""Which two Unix sockets are connected, asked of the kernel itself: ``/proc/net/unix`` does not tell.

    request   nlmsghdr (length, type, flags, number, port), unix_diag_req (family, what to show)
    answers   nlmsghdr, unix_diag_msg (inode), attributes: length, type, value; until one of type "done"

Source: sock_diag(7), netlink(7).
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

_SOCK_DIAG = 4
_BY_FAMILY = 20
_REQUEST_ALL = 0x301
_DONE, _ERROR = 3, 2
_SHOW_PEER = 4
_PEER = 2
_ALL_STATES = 0xFFFF_FFFF
_HEADER = struct.Struct("=IHHII")
_QUERY = struct.Struct("=BBHIIIII")
_MESSAGE = struct.Struct("=BBBBIII")
_ATTRIBUTE = struct.Struct("=HH")
_ANSWER_BYTES = 1 << 16
_WAIT_S = 2.0


def unix_peers() -> dict[int, int]:
    """Return the inode of the other end of each connected Unix socket of this network; empty if the kernel refuses."""
    found: dict[int, int] = {}
    with (
        suppress(OSError, AttributeError, struct.error),
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as line,
    ):
        line.settimeout(_WAIT_S)
        query = _QUERY.pack(socket.AF_UNIX, 0, 0, _ALL_STATES, 0, _SHOW_PEER, _ALL_STATES, _ALL_STATES)
        line.sendto(_HEADER.pack(_HEADER.size + len(query), _BY_FAMILY, _REQUEST_ALL, 1, 0) + query, (0, 0))
        for body in _answers(line):
            inode = _MESSAGE.unpack_from(body)[4]
            for kind, value in _attributes(body[_MESSAGE.size :]):
                if kind == _PEER:
                    found[inode] = int(struct.unpack_from("=I", value)[0])
    return found


def _answers(line: socket.socket) -> Iterator[bytes]:
    while True:
        data = line.recv(_ANSWER_BYTES)
        while data:
            length, kind, *_ = _HEADER.unpack_from(data)
            if kind in {_DONE, _ERROR} or length < _HEADER.size:
                return
            yield data[_HEADER.size : length]
            data = data[_aligned(length) :]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if length < _ATTRIBUTE.size:
            return
        yield kind, data[_ATTRIBUTE.size : length]
        data = data[_aligned(length) :]


def _aligned(length: int) -> int:
    return (length + 3) & ~3
