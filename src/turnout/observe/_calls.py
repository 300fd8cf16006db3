"""What a thread waits for, told by the system call that it is in."""

import os
import platform
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from turnout.errors import ObserveError
from turnout.observe._memory import UnreadableError
from turnout.observe._recording import State

_POLLED = struct.Struct("<ihh")  # struct pollfd

# Numbers of Linux's system calls, by what a thread in them waits for.
_X86_64 = {
    "futex": (202, 449),
    "sleep": (35, 230, 34, 128, 130),
    "child": (61, 247),
    "poll": (232, 281, 441),
    "pollfds": (7, 271),
    "select": (23, 270),
    "socket": (42, 43, 44, 45, 46, 47, 288, 299, 307),
    "descriptor": (0, 1, 16, 17, 18, 19, 20, 40, 72, 73, 74, 75, 275, 276, 295, 296, 326, 327, 328),
    "file": (2, 4, 5, 6, 21, 26, 76, 77, 78, 82, 83, 84, 87, 162, 217, 257, 262, 263, 264, 306, 332, 208, 426),
}
_ARM_64 = {
    "futex": (98, 449),
    "sleep": (101, 115, 133, 137),
    "child": (95, 260),
    "poll": (22, 441),
    "pollfds": (73,),
    "select": (72,),
    "socket": (202, 203, 206, 207, 211, 212, 242, 243, 269),
    "descriptor": (25, 29, 32, 63, 64, 65, 66, 67, 68, 69, 70, 71, 75, 76, 77, 82, 83, 285, 286, 287),
    "file": (34, 35, 38, 43, 44, 45, 46, 48, 56, 61, 79, 80, 81, 227, 276, 291, 4, 426),
}
_TABLES = {"x86_64": _X86_64, "aarch64": _ARM_64}
_PLAIN = {
    "sleep": State.SLEEP,
    "child": State.CHILD,
    "socket": State.SOCKET,
    "file": State.FILE,
    "poll": State.POLL,
}


class Call(NamedTuple):
    """A system call that a thread waits in.

    Attributes:
        number: The system's.
        arguments: Six of them.
    """

    number: int
    arguments: tuple[int, ...]


def parse_call(text: bytes) -> Call | None:
    """Return the call of a line of ``/proc/PID/task/TID/syscall``; None for a thread that is in none, or runs.

    Source: proc(5).
    """
    words = text.split()
    if len(words) < 8 or words[0] == b"-1":  # noqa: PLR2004  number, six arguments, stack, place
        return None
    try:
        return Call(int(words[0]), tuple([int(word, 16) for word in words[1:7]]))
    except ValueError:
        return None


class Waits:
    """Tells what threads of a process wait for.

    Args:
        pid: The process.
        is_gil: Tells whether an address belongs to the global lock.
        read: Reads its memory.
        machine: As `platform.machine` says.
        proc: Where the system tells of processes.
    """

    def __init__(
        self,
        pid: int,
        is_gil: Callable[[int], bool],
        read: Callable[[int, int], bytes] | None,
        *,
        machine: str | None = None,
        proc: Path = Path("/proc"),
    ) -> None:
        self._is_gil = is_gil
        self._read = read
        self._folder = f"{proc}/{pid}/fd"
        table = _TABLES.get(machine or platform.machine(), {})
        self._groups = {number: group for group, numbers in table.items() for number in numbers}

    def state(self, call: Call | None) -> State:
        """Return what a thread waits for that is in this call."""
        if call is None:
            return State.UNKNOWN
        group = self._groups.get(call.number, "")
        if group in _PLAIN:
            return _PLAIN[group]
        first, second = call.arguments[:2]
        match group:
            case "futex":
                return State.GIL if self._is_gil(first) else State.LOCK
            case "pollfds":
                return self._polled(first, second)
            case "select":
                return State.POLL if first else State.SLEEP
        return self._kind(first) if group == "descriptor" else State.UNKNOWN

    def _polled(self, address: int, count: int) -> State:
        """Return what is waited for by who polls: a library that waits for one socket in its own time polls it."""
        if not count:
            return State.SLEEP
        if count > 1 or self._read is None:
            return State.POLL
        try:
            handle, _wanted, _given = _POLLED.unpack(self._read(address, _POLLED.size))
        except (UnreadableError, ObserveError):  # it has changed meanwhile, or ended
            return State.POLL
        return self._kind(handle)

    def _kind(self, handle: int) -> State:
        try:
            target = os.readlink(f"{self._folder}/{handle}")  # noqa: PTH115  it is asked hundreds of times a second
        except (OSError, ValueError):
            return State.UNKNOWN
        if target.startswith("socket:"):
            return State.SOCKET
        if target.startswith(("pipe:", "/dev/pts/", "/dev/tty", "/dev/console")):
            return State.PIPE
        return State.POLL if target.startswith("anon_inode:") else State.FILE
