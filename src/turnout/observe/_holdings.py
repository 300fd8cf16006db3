"""What a process has open, what lies in its memory and what it does with signals, as values."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


class DescriptorKind(StrEnum):
    """What a descriptor leads to."""

    FILE = "file"
    DIRECTORY = "directory"
    DEVICE = "device"
    PIPE = "pipe"
    NAMED_PIPE = "named pipe"
    SOCKET = "socket"
    SHARED_MEMORY = "shared memory"
    MEMFD = "memfd"
    MESSAGE_QUEUE = "message queue"
    EPOLL = "epoll"
    EVENTFD = "eventfd"
    SIGNALFD = "signalfd"
    TIMERFD = "timerfd"
    INOTIFY = "inotify"
    PIDFD = "pidfd"
    NAMESPACE = "namespace"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket:
    """The ends of a socket.

    Attributes:
        family: ``"TCP"``, ``"TCP over IPv6"``, ``"Unix"``, ``"netlink"``...
        type: ``"stream"``, ``"datagram"``...; None if it is not known.
        state: ``"established"``, ``"listening"``...; None if it has none.
        local: Address and port, or path; empty if it has none.
        remote: Likewise of the other end.
        unread_bytes: Received, and not yet read.
        unsent_bytes: Written, and not yet taken by the other end.
    """

    family: str
    type: str | None = None
    state: str | None = None
    local: str = ""
    remote: str = ""
    unread_bytes: int | None = None
    unsent_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """One open file, in the widest sense.

    Attributes:
        number: By which the process calls it.
        kind: What it leads to.
        target: The path, or the kernel's name for it: ``"pipe:[4711]"``.
        reads: Whether it can be read from; None if that is not known.
        writes: Whether it can be written to; likewise.
        position_bytes: Where in a file the next byte is read or written.
        flags: ``"append"``, ``"non-blocking"``, ``"closed on exec"``.
        detail: What is special to the kind, as a clause; empty if there is nothing.
        watches: The descriptors that an epoll waits for.
        socket: The ends, where they are known.
    """

    number: int
    kind: DescriptorKind
    target: str
    reads: bool | None = None
    writes: bool | None = None
    position_bytes: int | None = None
    flags: tuple[str, ...] = ()
    detail: str = ""
    watches: tuple[int, ...] = ()
    socket: Socket | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptors:
    """All of them.

    Attributes:
        entries: By number.
        limit: How many the process may have; None if there is no limit, or it is not known.
    """

    entries: tuple[Descriptor, ...]
    limit: int | None = None

    @property
    def counts(self) -> dict[DescriptorKind, int]:
        """How many there are of each kind, the most frequent first."""
        return dict(Counter(entry.kind for entry in self.entries).most_common())


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryUse:
    """How much memory a process uses, as the kernel counts it along the way.

    Attributes:
        address_space_bytes: Addresses it may use, most of them without memory behind.
        resident_bytes: In memory now, what it shares with others counted in full.
        peak_resident_bytes: The most that ever was.
        anonymous_bytes: Part of the resident: its own data.
        file_bytes: Part of the resident: pages of files, code above all.
        shared_bytes: Part of the resident: shared memory.
        swapped_bytes: Moved out to disk.
    """

    address_space_bytes: int
    resident_bytes: int
    peak_resident_bytes: int | None = None
    anonymous_bytes: int | None = None
    file_bytes: int | None = None
    shared_bytes: int | None = None
    swapped_bytes: int | None = None


class RegionKind(StrEnum):
    """What a part of the address space is for."""

    PROGRAM = "program"
    LIBRARY = "shared libraries"
    HEAP = "heap"
    STACK = "stack"
    THREAD_STACK = "stacks of threads"
    ANONYMOUS = "anonymous"
    SHARED = "shared memory"
    FILE = "mapped files"
    DEVICE = "devices"
    KERNEL = "kernel's own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """All mappings of one kind, or of one file.

    Attributes:
        name: The kind, or the path.
        mapping_count: How many they are.
        size_bytes: Addresses they take.
        resident_bytes: Memory behind them now; None if the kernel does not tell.
        proportional_bytes: Likewise, each page divided by the number of processes that share it.
        swapped_bytes: Moved out to disk.
    """

    name: str
    mapping_count: int
    size_bytes: int
    resident_bytes: int | None
    proportional_bytes: int | None
    swapped_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryMap:
    """What lies in the memory of a process.

    Attributes:
        regions: One for each `RegionKind` that there is, in their order.
        code_bytes: Part of the program and of the libraries: resident machine code; None if not known.
        libraries: One for each shared library, the largest in memory first.
    """

    regions: tuple[Region, ...]
    code_bytes: int | None
    libraries: tuple[Region, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """Names of signals. Those that are neither handled nor ignored do what they do by default.

    Attributes:
        handled: A function of the process is called.
        ignored: Nothing happens.
        blocked: Kept waiting by the main thread.
        pending: Sent, to the process or its main thread, and kept waiting.
    """

    handled: tuple[str, ...]
    ignored: tuple[str, ...]
    blocked: tuple[str, ...]
    pending: tuple[str, ...]
