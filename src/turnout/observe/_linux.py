"""A process as Linux tells of it, under ``/proc``.

What anybody may read (``stat``, ``status``) is always there; environment, descriptors and maps are for the owner and
for root only, and are told as not permitted to others. A process that ends meanwhile is an error: half of what it was
would mislead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from turnout.errors import ProcessError
from turnout.observe._channels import find_channels
from turnout.observe._connections import Channels, Relative
from turnout.observe._descriptors import read_descriptors
from turnout.observe._holdings import DescriptorKind, Descriptors, MemoryMap
from turnout.observe._mappings import Mapping as MemoryMapping
from turnout.observe._mappings import read_mappings
from turnout.observe._memory_map import read_memory, summarise
from turnout.observe._owner import read_owner
from turnout.observe._proc import Folder, Stat, check_still_there, folder_of, look_up, name_of
from turnout.observe._python import read_stacks, recognise
from turnout.observe._schedule import read_age_s, read_cpu_time, read_scheduling, read_started
from turnout.observe._shared import find_queues, find_shared
from turnout.observe._signals import read_signals
from turnout.observe._sockets import other_ends, read_sockets
from turnout.observe._start import read_command_line, read_environment
from turnout.observe._tasks import ENDED, Python, StackReader, Thread
from turnout.observe._threads import read_threads
from turnout.observe._types import CommandLine, Process
from turnout.observe._unknown import Unknown, attempt

T = TypeVar("T")

UnixPeers = Callable[[], dict[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where to read, and what is known already.

    Attributes:
        root: The folder that holds ``proc``.
        pid: The process.
        folder: Of the process.
        living: Of the thread that knows what the process has: the main one, unless that has ended before others.
        stat: Of the process.
        status: Likewise.
        hollow: Whether there is no memory, and there are no files.
    """

    root: Path
    pid: int
    folder: Folder
    living: Folder
    stat: Stat
    status: Mapping[str, str]
    hollow: bool

    @property
    def missing(self) -> str:
        """Why something that most processes have is not there."""
        if self.stat.kernel_thread:
            return "a kernel thread has none"
        return "it has ended" if self.hollow else "the system does not tell it"

    def own(self, read: Callable[[Folder], T | None]) -> T | Unknown:
        """Return what a process has of its own, unless it is hollow: the kernel then shows it as empty."""
        return Unknown(self.missing) if self.hollow else self.told(lambda: read(self.living))

    def told(self, read: Callable[[], T | None]) -> T | Unknown:
        """Return what the system tells, or why it does not."""
        value = attempt(read, self.missing)
        return Unknown(self.missing) if value is None else value


def describe_linux(pid: int, stacks: StackReader | None, root: Path, unix_peers: UnixPeers) -> Process:
    """Look at a process.

    Args:
        pid: Its number.
        stacks: Reads its Python stacks, if it is a Python; None if nothing can.
        root: The folder that holds ``proc``.
        unix_peers: Tells which Unix sockets are connected, by inode.

    Raises:
        ProcessError: If there is none, it is a thread of another one, or it ends meanwhile.
    """
    source = _find(pid, root)
    stat = source.stat
    executable = source.own(lambda folder: folder.link("exe"))
    words = source.own(read_command_line)
    mappings = source.own(read_mappings)
    sockets = cache(lambda: read_sockets(source.living))
    descriptors = source.own(lambda folder: read_descriptors(folder, sockets))
    peers = other_ends(sockets(), unix_peers()) if _has_sockets(descriptors) else {}
    threads = source.told(lambda: read_threads(source.folder))
    process = Process(
        pid=pid,
        name=stat.name,
        kernel_thread=stat.kernel_thread,
        state=stat.state,
        parent=_relative(root, stat.parent),
        group=_relative(root, stat.group),
        session=_relative(root, stat.session),
        owner=source.told(lambda: read_owner(source.status)),
        started=source.told(lambda: read_started(root, stat)),
        age_s=source.told(lambda: read_age_s(root, stat)),
        command_line=words,
        executable=executable,
        working_directory=source.own(lambda folder: folder.link("cwd")),
        environment=source.own(read_environment),
        scheduling=read_scheduling(stat, source.status),
        cpu_time=read_cpu_time(stat),
        memory=source.own(lambda folder: read_memory(folder.status(), folder.stat())),
        memory_map=_memory_map(mappings, executable, threads),
        descriptors=descriptors,
        signals=read_signals(source.status),
        channels=_channels(source, descriptors, mappings, peers),
        threads=threads,
        python=_python(source, executable, words, mappings, stacks),
    )
    check_still_there(source.folder, pid, stat.start_ticks)
    return process


def _find(pid: int, root: Path) -> _Source:
    folder = folder_of(root, pid)
    stat = look_up(folder, pid)
    status = attempt(folder.status, "")
    if isinstance(status, Unknown):
        status = {}
    leader = int(status.get("Tgid") or pid)
    if leader != pid:
        raise ProcessError(pid, f"it is a thread of process {leader}", f"ask for {leader}, which lists its threads")
    living = _living(folder, stat)
    return _Source(
        root=root,
        pid=pid,
        folder=folder,
        living=living or folder,
        stat=stat,
        status=status,
        hollow=stat.kernel_thread or living is None,
    )


def _living(folder: Folder, stat: Stat) -> Folder | None:
    """Return the folder of the process, or of another thread if the main one has ended; None if all have."""
    if stat.state not in ENDED:
        return folder
    tids = attempt(lambda: folder.names("task"), "")
    for tid in () if isinstance(tids, Unknown) else tids:
        thread = Folder(folder.path / "task" / str(tid))
        if _lives(thread):
            return thread
    return None


def _lives(thread: Folder) -> bool:
    try:
        return thread.stat().state not in ENDED
    except OSError:
        return False


def _relative(root: Path, pid: int) -> Relative:
    return Relative(pid=pid, name=name_of(root, pid) if pid else None)


def _has_sockets(descriptors: Descriptors | Unknown) -> bool:
    return isinstance(descriptors, Descriptors) and DescriptorKind.SOCKET in descriptors.counts


def _memory_map(
    mappings: Sequence[MemoryMapping] | Unknown, executable: str | Unknown, threads: Sequence[Thread] | Unknown
) -> MemoryMap | Unknown:
    if isinstance(mappings, Unknown):
        return mappings
    tasks = () if isinstance(threads, Unknown) else threads
    pointers = [thread.stack_pointer for thread in tasks if thread.stack_pointer is not None]
    return summarise(mappings, _path(executable), pointers)


def _channels(
    source: _Source,
    descriptors: Descriptors | Unknown,
    mappings: Sequence[MemoryMapping] | Unknown,
    peers: Mapping[int, int],
) -> Channels:
    root, pid = source.root, source.pid
    entries = () if isinstance(descriptors, Unknown) else descriptors.entries
    channels, hidden_count = find_channels(root, pid, entries, peers)
    shared = mappings if isinstance(mappings, Unknown) else find_shared(root, source.living, pid, mappings)
    return Channels(
        channels=descriptors if isinstance(descriptors, Unknown) else channels,
        segments=shared if isinstance(shared, Unknown) else shared[0],
        semaphores=shared if isinstance(shared, Unknown) else shared[1],
        queues=find_queues(root, pid, entries),
        hidden_process_count=hidden_count,
    )


def _python(
    source: _Source,
    executable: str | Unknown,
    command_line: CommandLine | Unknown,
    mappings: Sequence[MemoryMapping] | Unknown,
    stacks: StackReader | None,
) -> Python | None:
    if source.hollow:
        return None
    words = () if isinstance(command_line, Unknown) else command_line.words
    maps = () if isinstance(mappings, Unknown) else mappings
    python = recognise(source.living, _path(executable), words or (source.stat.name,), maps)
    return None if python is None else read_stacks(python, source.pid, stacks)


def _path(executable: str | Unknown) -> str | None:
    return None if isinstance(executable, Unknown) else executable.removesuffix(" (deleted)")
