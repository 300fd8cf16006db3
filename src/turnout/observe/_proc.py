"""The folder of one process under ``/proc``, and what its two files that anybody may read say.

    stat     one line: 4711 (name, with anything in it) S 1 4711 ...
    status   a line for each property: Uid:	1000	1000	1000	1000

psutil reads the same files, but keeps most of what they say to itself, and cannot be handed a folder to read from.

Source: proc_pid_stat(5), proc_pid_status(5).
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from turnout.errors import ProcessError
from turnout.observe._tasks import ThreadState

TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_KERNEL_THREAD = 0x0020_0000  # PF_KTHREAD in include/linux/sched.h
_STATES = {
    "R": ThreadState.RUNNING,
    "S": ThreadState.SLEEPING,
    "D": ThreadState.WAITING,
    "T": ThreadState.STOPPED,
    "t": ThreadState.TRACED,
    "Z": ThreadState.ZOMBIE,
    "X": ThreadState.DEAD,
    "I": ThreadState.IDLE,
    "P": ThreadState.PARKED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat:
    """What we use of a ``stat`` file; times are in ticks of the clock."""

    name: str
    state: ThreadState
    parent: int
    group: int
    session: int
    kernel_thread: bool
    user_ticks: int
    system_ticks: int
    children_user_ticks: int
    children_system_ticks: int
    nice: int
    start_ticks: int
    address_space_bytes: int
    last_cpu: int
    realtime_priority: int
    policy: int


def parse_stat(text: str) -> Stat:
    """Return the values of a ``stat`` file, whatever the name in it looks like.

    Raises:
        ProcessLookupError: If it is empty or cut off, since the process went away.
    """
    rest = text[text.rfind(")") + 1 :].split()
    if len(rest) < 39:  # noqa: PLR2004  up to the policy, the 41st field
        raise ProcessLookupError
    numbers = [int(field) for field in rest[1:39]]
    return Stat(
        name=text[text.find("(") + 1 : text.rfind(")")],
        state=_STATES.get(rest[0], ThreadState.OTHER),
        parent=numbers[0],
        group=numbers[1],
        session=numbers[2],
        kernel_thread=bool(numbers[5] & _KERNEL_THREAD),
        user_ticks=numbers[10],
        system_ticks=numbers[11],
        children_user_ticks=numbers[12],
        children_system_ticks=numbers[13],
        nice=numbers[15],
        start_ticks=numbers[18],
        address_space_bytes=numbers[19],
        last_cpu=numbers[35],
        realtime_priority=numbers[36],
        policy=numbers[37],
    )


class Folder:
    """A folder of ``/proc`` that tells of one process or thread.

    Args:
        path: Where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def bytes(self, name: str) -> bytes:
        """Return what is in a file."""
        return (self.path / name).read_bytes()

    def text(self, name: str) -> str:
        """Return what is in a file, bytes that are no UTF-8 as lone surrogates."""
        return decoded(self.bytes(name))

    def link(self, name: str) -> str:
        """Return where a link leads, as the kernel words it."""
        return os.readlink(self.path / name)  # noqa: PTH115  a Path would tidy it up

    def names(self, name: str) -> list[int]:
        """Return the numbers that name the entries of a folder, in their order."""
        return sorted(int(entry) for entry in os.listdir(self.path / name) if entry.isdecimal())  # noqa: PTH208  names

    def stat(self) -> Stat:
        """Return what ``stat`` says."""
        return parse_stat(self.text("stat"))

    def status(self) -> Mapping[str, str]:
        """Return what ``status`` says, by property."""
        return {
            key: value.strip() for key, _, value in (line.partition(":") for line in self.text("status").split("\n"))
        }


def folder_of(root: Path, pid: int) -> Folder:
    """Return the folder of a process.

    Args:
        root: The folder that holds ``proc``.
        pid: The process.
    """
    return Folder(root / "proc" / str(pid))


def look_up(folder: Folder, pid: int) -> Stat:
    """Return what ``stat`` says of a process that should be there.

    Raises:
        ProcessError: If it is not, or must not be seen.
    """
    try:
        return folder.stat()
    except PermissionError:
        raise ProcessError(pid, "this system hides it from you", "ask as the user whose it is, or as root") from None
    except OSError:
        raise ProcessError(
            pid, "no process that can be seen here has this number", "`ps -e` lists those that can"
        ) from None


def check_still_there(folder: Folder, pid: int, start_ticks: int) -> None:
    """Raise a `ProcessError` if the process has gone, and maybe left its number to another one.

    Args:
        folder: Of the process.
        pid: Its number.
        start_ticks: When it was started, as seen before.
    """
    try:
        same = folder.stat().start_ticks == start_ticks
    except OSError:
        same = False
    if not same:
        raise ProcessError(pid, "it ended while it was looked at", "start it again, and look sooner")


def name_of(root: Path, pid: int) -> str | None:
    """Return the command of a process; None if it cannot be seen."""
    try:
        return folder_of(root, pid).text("comm").removesuffix("\n")
    except OSError:
        return None


def process_numbers(root: Path) -> Iterator[int]:
    """Yield the number of every process that can be seen."""
    for entry in os.listdir(root / "proc"):  # noqa: PTH208  names are all that is wanted
        if entry.isdecimal():
            yield int(entry)


def number_in(pattern: str, text: str, base: int = 10) -> int | None:
    """Return the number that a pattern's group finds in a text, or None."""
    found = re.search(pattern, text, re.MULTILINE)
    return None if found is None else int(found[1], base)


def decoded(raw: bytes) -> str:
    """Return bytes of the system as text, those that are no UTF-8 as lone surrogates."""
    return raw.decode("utf-8", "surrogateescape")
