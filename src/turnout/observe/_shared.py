"""Shared memory, semaphores and message queues of a process, from what it maps and from ``/proc/sysvipc``.

    /dev/shm/NAME            shm_open, and multiprocessing's shared memory
    /dev/shm/sem.NAME        sem_open, and multiprocessing's locks, whose names are gone at once
    /SYSV0000002a (deleted)  shmget with key 0x2a; the inode is its number
    /memfd:LABEL (deleted)   memfd_create
    /dev/zero (deleted)      mmap of anonymous memory that is inherited: multiprocessing's values on some systems

System V semaphores and queues belong to no process; the kernel only keeps who used a queue last.

Source: shm_overview(7), sem_overview(7), proc_sysvipc(5); glibc, sysdeps/nptl/internaltypes.h (struct new_sem).
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from turnout.observe._connections import Queue, Relative, SegmentKind, Semaphore, SharedSegment
from turnout.observe._holders import find_mappers
from turnout.observe._holdings import Descriptor, DescriptorKind
from turnout.observe._mappings import Mapping
from turnout.observe._memory_map import is_shared_memory
from turnout.observe._proc import Folder

_SHARED_FOLDER = "/dev/shm/"  # noqa: S108  where it is
_SEMAPHORE = f"{_SHARED_FOLDER}sem."
_SEMAPHORE_LAYOUT = struct.Struct(
    "=II"
)  # value and waiters, of glibc on 64-bit machines with low bytes first, and musl


def find_shared(
    root: Path, folder: Folder, pid: int, mappings: Sequence[Mapping]
) -> tuple[tuple[SharedSegment, ...], tuple[Semaphore, ...]]:
    """Return the shared memory and the semaphores that a process maps, by address.

    Args:
        root: The folder that holds ``proc``.
        folder: Of the process.
        pid: The process.
        mappings: Of the process.
    """
    parts: dict[tuple[str, int], list[Mapping]] = {}
    for mapping in mappings:
        if is_shared_memory(mapping):
            parts.setdefault((mapping.device, mapping.inode), []).append(mapping)
    mappers = find_mappers(root, parts, pid)
    system_v = {int(row[1]): row for row in _rows(root, "shm")}
    segments, semaphores = [], []
    for file, maps in parts.items():
        others = tuple(mappers.get(file, ()))
        if maps[0].path.startswith(_SEMAPHORE):
            semaphores.append(_semaphore(folder, maps[0], others))
        else:
            segments.append(_segment(maps, others, system_v.get(file[1])))
    return tuple(segments), tuple(semaphores)


def find_queues(root: Path, pid: int, descriptors: Iterable[Descriptor]) -> tuple[Queue, ...]:
    """Return the message queues that a process can be seen to use.

    Args:
        root: The folder that holds ``proc``.
        pid: The process.
        descriptors: What it has open.
    """
    posix = (
        Queue(name=one.target, message_count=None, role="open")
        for one in descriptors
        if one.kind is DescriptorKind.MESSAGE_QUEUE
    )
    return (*posix, *_system_v_queues(root, pid))


def _segment(maps: Sequence[Mapping], others: tuple[Relative, ...], row: list[str] | None) -> SharedSegment:
    path = maps[0].path
    kind = _segment_kind(path)
    if kind is not SegmentKind.SYSTEM_V:
        row = None
    resident = [one.resident_bytes for one in maps if one.resident_bytes is not None]
    return SharedSegment(
        kind=kind,
        name=_segment_name(kind, path, maps[0].inode),
        size_bytes=sum(one.size_bytes for one in maps),
        resident_bytes=sum(resident) if resident else None,
        deleted=maps[0].deleted and kind is SegmentKind.POSIX,
        shared_with=others,
        attached_count=int(row[6]) if row else None,
        creator_pid=int(row[4]) if row else None,
    )


def _segment_kind(path: str) -> SegmentKind:
    if path.startswith(_SHARED_FOLDER):
        return SegmentKind.POSIX
    if path.startswith("/SYSV"):
        return SegmentKind.SYSTEM_V
    return SegmentKind.MEMFD if path.startswith("/memfd:") else SegmentKind.ANONYMOUS


def _segment_name(kind: SegmentKind, path: str, inode: int) -> str:
    match kind:
        case SegmentKind.POSIX:
            return path.removeprefix(_SHARED_FOLDER)
        case SegmentKind.SYSTEM_V:
            return f"number {inode}, key 0x{path.removeprefix('/SYSV')}"
        case SegmentKind.MEMFD:
            return path.removeprefix("/memfd:")
        case SegmentKind.ANONYMOUS:
            return f"number {inode}"


def _semaphore(folder: Folder, mapping: Mapping, others: tuple[Relative, ...]) -> Semaphore:
    value = waiting = None
    try:
        with (folder.path / "mem").open("rb", buffering=0) as memory:
            memory.seek(mapping.start)
            value, waiting = _SEMAPHORE_LAYOUT.unpack(memory.read(_SEMAPHORE_LAYOUT.size))
    except (OSError, OverflowError, struct.error):  # not permitted, or it went away
        value = waiting = None
    return Semaphore(
        name=mapping.path.removeprefix(_SEMAPHORE),
        deleted=mapping.deleted,
        value=value,
        waiting_count=waiting,
        shared_with=others,
    )


def _system_v_queues(root: Path, pid: int) -> Iterator[Queue]:
    for row in _rows(root, "msg"):
        roles = [role for role, user in (("sent last", row[5]), ("received last", row[6])) if int(user) == pid]
        if roles:
            name = f"number {row[1]}, key 0x{int(row[0]) & 0xFFFF_FFFF:08x}"
            yield Queue(name=name, message_count=int(row[4]), role=" and ".join(roles))


def _rows(root: Path, name: str) -> list[list[str]]:
    try:
        lines = (root / "proc/sysvipc" / name).read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return []
    return [line.split() for line in lines]
