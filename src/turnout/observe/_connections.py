"""By what a process is connected with others, as values."""

from dataclasses import dataclass
from enum import StrEnum

from turnout.observe._holdings import DescriptorKind, Socket
from turnout.observe._unknown import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """Another process that this one has to do with.

    Attributes:
        pid: Its number; 0 is the kernel, or a process outside of this container.
        name: Its command; None if it is gone, or cannot be seen.
    """

    pid: int
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Who holds the other end of a channel, or a copy of this one.

    Attributes:
        pid: Which process; it may be the same.
        name: Its command; None if it cannot be seen.
        descriptors: By which numbers it holds it.
        reads: Whether it can read; None if that is not known.
        writes: Whether it can write; likewise.
        same: Whether it holds a copy of this very end, as a forked child does.
    """

    pid: int
    name: str | None
    descriptors: tuple[int, ...]
    reads: bool | None = None
    writes: bool | None = None
    same: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A pipe, or a socket that is connected or listens.

    Attributes:
        kind: `DescriptorKind.PIPE`, ``NAMED_PIPE`` or ``SOCKET``.
        target: The kernel's name for it, or its path.
        descriptors: By which the process holds it.
        reads: Whether the process can read from it.
        writes: Whether it can write to it.
        socket: The ends of a socket.
        ends: Who else has to do with it, as far as can be seen.
    """

    kind: DescriptorKind
    target: str
    descriptors: tuple[int, ...]
    reads: bool | None
    writes: bool | None
    socket: Socket | None
    ends: tuple[End, ...]


class SegmentKind(StrEnum):
    """How shared memory was made."""

    POSIX = "POSIX"  # shm_open, multiprocessing.shared_memory
    SYSTEM_V = "System V"  # shmget
    MEMFD = "memfd"  # memfd_create
    ANONYMOUS = "anonymous"  # mmap, then inherited


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedSegment:
    """Memory that several processes can have.

    Attributes:
        kind: How it was made.
        name: Its path, key or label.
        size_bytes: As this process maps it.
        resident_bytes: Of it, in memory by way of this process.
        deleted: Whether its name is gone, so that nobody else can open it.
        shared_with: Other processes that map it, as far as can be seen.
        attached_count: How many attachments there are, for System V.
        creator_pid: Who made it, for System V.
    """

    kind: SegmentKind
    name: str
    size_bytes: int
    resident_bytes: int | None
    deleted: bool = False
    shared_with: tuple[Relative, ...] = ()
    attached_count: int | None = None
    creator_pid: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Semaphore:
    """A POSIX semaphore that has, or had, a name: those of multiprocessing, too.

    Attributes:
        name: Without its folder.
        deleted: Whether the name is gone; multiprocessing removes it at once.
        value: How many more may pass; None if it cannot be read.
        waiting_count: How many threads wait, in whatever process; likewise.
        shared_with: As in `SharedSegment`.
    """

    name: str
    deleted: bool
    value: int | None
    waiting_count: int | None
    shared_with: tuple[Relative, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A message queue.

    Attributes:
        name: The path of a POSIX queue, the key of a System V one.
        message_count: In it now; None if it is not known.
        role: ``"open"``, ``"sent last"``, ``"received last"``.
    """

    name: str
    message_count: int | None
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """Ways by which a process is connected with others.

    Attributes:
        channels: Pipes and sockets, by descriptor; not known with the descriptors.
        segments: Shared memory; not known with the memory map.
        semaphores: Likewise.
        queues: Message queues that can be seen to be used.
        hidden_process_count: How many other processes could not be looked into for the other ends.
    """

    channels: tuple[Channel, ...] | Unknown
    segments: tuple[SharedSegment, ...] | Unknown
    semaphores: tuple[Semaphore, ...] | Unknown
    queues: tuple[Queue, ...]
    hidden_process_count: int
