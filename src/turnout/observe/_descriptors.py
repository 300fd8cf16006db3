"""What a process has open, from ``/proc/PID/fd`` (where each descriptor leads) and ``fdinfo`` (how it was opened).

Source: proc_pid_fd(5), proc_pid_fdinfo(5).
"""

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial

from turnout.observe._descriptor_details import detail_of, watched_by
from turnout.observe._holdings import Descriptor, DescriptorKind, Descriptors, Socket
from turnout.observe._proc import Folder, number_in
from turnout.observe._sockets import socket_family
from turnout.observe._unknown import Unknown, attempt

_ANONYMOUS = "anon_inode:"
_NUMBERED = re.compile(r"([a-z_]+):\[([0-9]+)\]")
_BY_NAME = {
    "pipe": DescriptorKind.PIPE,
    "socket": DescriptorKind.SOCKET,
    "pidfd": DescriptorKind.PIDFD,
    "[eventpoll]": DescriptorKind.EPOLL,
    "[eventfd]": DescriptorKind.EVENTFD,
    "[signalfd]": DescriptorKind.SIGNALFD,
    "[timerfd]": DescriptorKind.TIMERFD,
    "[pidfd]": DescriptorKind.PIDFD,
    "inotify": DescriptorKind.INOTIFY,
}
_BY_PREFIX = (
    ("/memfd:", DescriptorKind.MEMFD),
    ("/dev/shm/", DescriptorKind.SHARED_MEMORY),  # noqa: S108  where it is
)
_BY_TYPE = {
    stat.S_IFDIR: DescriptorKind.DIRECTORY,
    stat.S_IFCHR: DescriptorKind.DEVICE,
    stat.S_IFBLK: DescriptorKind.DEVICE,
    stat.S_IFIFO: DescriptorKind.NAMED_PIPE,
}
_QUEUE_SIZE_BYTES = 80  # of what a POSIX message queue shows as a file: FILENT_SIZE in ipc/mqueue.c
_FLAGS = ((os.O_APPEND, "append"), (os.O_NONBLOCK, "non-blocking"), (os.O_CLOEXEC, "closed on exec"))
_O_PATH = getattr(os, "O_PATH", 0)
_DISTANT = re.compile(r"nfs|cifs|smb|fuse|9p|ceph|afs|glusterfs|lustre")
_MOUNT = re.compile(r"^([0-9]+) .* - (\S+) ", re.MULTILINE)


def read_descriptors(folder: Folder, sockets: Callable[[], Mapping[int, Socket]]) -> Descriptors:
    """Return what a process has open, by number; a descriptor that is closed meanwhile is left out.

    Args:
        folder: Of the process.
        sockets: Reads those of its network, by inode; called if there is one to be looked up.
    """
    return Descriptors(entries=tuple(_read_all(folder, sockets)), limit=_limit(folder))


def inode_of(target: str) -> int | None:
    """Return the number in ``"socket:[4711]"``."""
    found = _NUMBERED.fullmatch(target)
    return None if found is None else int(found[2])


def access_of(flags: int) -> tuple[bool, bool]:
    """Tell whether something opened with these flags can be read, and whether it can be written."""
    if flags & _O_PATH:
        return False, False
    mode = flags & os.O_ACCMODE
    return mode in {os.O_RDONLY, os.O_RDWR}, mode in {os.O_WRONLY, os.O_RDWR}


def _read_all(folder: Folder, sockets: Callable[[], Mapping[int, Socket]]) -> Iterator[Descriptor]:
    distant = _distant_mounts(folder)
    for number in folder.names("fd"):
        with suppress(FileNotFoundError, ProcessLookupError):
            yield _read(folder, number, sockets, distant)


def _read(
    folder: Folder, number: int, sockets: Callable[[], Mapping[int, Socket]], distant: frozenset[str]
) -> Descriptor:
    target = folder.link(f"fd/{number}")
    told = attempt(partial(folder.text, f"fdinfo/{number}"), "")
    info = "" if isinstance(told, Unknown) else told
    flags = number_in(r"^flags:\s*([0-7]+)", info, 8)
    mount = re.search(r"^mnt_id:\s*(\d+)", info, re.MULTILINE)
    status = None
    if target.startswith("/") and (mount is None or mount[1] not in distant):
        with suppress(OSError):  # what is deleted can be looked at too, but not what hides elsewhere
            status = (folder.path / "fd" / str(number)).stat()
    kind = _kind(folder, target, status)
    reads, writes = (None, None) if flags is None else access_of(flags)
    inode = inode_of(target)
    return Descriptor(
        number=number,
        kind=kind,
        target=target,
        reads=reads,
        writes=writes,
        position_bytes=number_in(r"^pos:\s*(\d+)", info) if kind is DescriptorKind.FILE else None,
        flags=tuple(name for bit, name in _FLAGS if flags is not None and flags & bit),
        detail=detail_of(kind, info, status),
        watches=watched_by(info) if kind is DescriptorKind.EPOLL else (),
        socket=(sockets().get(inode or 0) or socket_family(folder, number)) if kind is DescriptorKind.SOCKET else None,
    )


def _kind(folder: Folder, target: str, status: os.stat_result | None) -> DescriptorKind:
    numbered = _NUMBERED.fullmatch(target)
    for prefix, kind in _BY_PREFIX:
        if target.startswith(prefix):
            return kind
    if numbered is not None:
        return _BY_NAME.get(numbered[1], DescriptorKind.NAMESPACE)
    if not target.startswith("/"):
        return _BY_NAME.get(target.removeprefix(_ANONYMOUS), DescriptorKind.OTHER)
    if status is not None and stat.S_ISREG(status.st_mode):
        return DescriptorKind.MESSAGE_QUEUE if _is_queue(folder, target, status) else DescriptorKind.FILE
    guess = DescriptorKind.DEVICE if target.startswith("/dev/") else DescriptorKind.FILE
    return guess if status is None else _BY_TYPE.get(stat.S_IFMT(status.st_mode), guess)


def _is_queue(folder: Folder, target: str, status: os.stat_result) -> bool:
    if target.startswith("/dev/mqueue/"):
        return True
    # where its file system is not mounted, the path starts at that system's root, and leads nowhere
    alone = target.count("/") == 1 and status.st_size == _QUEUE_SIZE_BYTES
    return alone and not os.path.lexists(folder.path / "root" / target.lstrip("/"))


def _limit(folder: Folder) -> int | None:
    text = attempt(lambda: folder.text("limits"), "")
    return None if isinstance(text, Unknown) else number_in(r"^Max open files\s+(\d+)", text)


def _distant_mounts(folder: Folder) -> frozenset[str]:
    """Return the numbers of mounts whose server, if it is gone, would let us wait for ever."""
    text = attempt(lambda: folder.text("mountinfo"), "")
    mounts = [] if isinstance(text, Unknown) else _MOUNT.findall(text)
    return frozenset(number for number, kind in mounts if _DISTANT.match(kind))
