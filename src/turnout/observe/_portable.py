"""A process as psutil tells of it, on systems without ``/proc``: macOS, Windows and the BSDs.

It tells no signals, no system calls, no other ends of pipes; and what the system keeps to itself, it cannot tell.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

import psutil

from turnout.clock import epoch_s
from turnout.errors import ProcessError
from turnout.observe._connections import Channels, Relative
from turnout.observe._holdings import Descriptor, DescriptorKind, Descriptors, MemoryUse, Socket
from turnout.observe._python import read_stacks, recognise_by_name
from turnout.observe._schedule import moment
from turnout.observe._start import command_line, variable
from turnout.observe._tasks import StackReader, Thread, ThreadState
from turnout.observe._types import Account, CpuTime, Environment, Owner, Process, Scheduling
from turnout.observe._unknown import NOT_PERMITTED, Unknown

T = TypeVar("T")

UNTOLD = "turnout can tell it on Linux only"
_STATES = {
    psutil.STATUS_RUNNING: ThreadState.RUNNING,
    psutil.STATUS_SLEEPING: ThreadState.SLEEPING,
    psutil.STATUS_DISK_SLEEP: ThreadState.WAITING,
    psutil.STATUS_STOPPED: ThreadState.STOPPED,
    psutil.STATUS_TRACING_STOP: ThreadState.TRACED,
    psutil.STATUS_ZOMBIE: ThreadState.ZOMBIE,
    psutil.STATUS_DEAD: ThreadState.DEAD,
    psutil.STATUS_IDLE: ThreadState.IDLE,
    psutil.STATUS_PARKED: ThreadState.PARKED,
}


def describe_portably(pid: int, stacks: StackReader | None) -> Process:
    """Look at a process.

    Args:
        pid: Its number.
        stacks: Reads its Python stacks, if it is a Python; None if nothing can.

    Raises:
        ProcessError: If there is none, or it ends meanwhile.
    """
    try:
        process = psutil.Process(pid)
    except (psutil.Error, OverflowError):
        reason = "no process that can be seen here has this number"
        raise ProcessError(pid, reason, "`ps -e`, or the task manager, lists those that can") from None
    described = _describe(process, stacks)
    if not process.is_running():
        raise ProcessError(pid, "it ended while it was looked at", "start it again, and look sooner")
    return described


def _describe(process: psutil.Process, stacks: StackReader | None) -> Process:
    pid = process.pid
    name = _told(process.name)
    words = _told(lambda: command_line(tuple(process.cmdline())))
    executable = _told(process.exe)
    python = recognise_by_name(executable if isinstance(executable, str) else str(name))
    return Process(
        pid=pid,
        name=name if isinstance(name, str) else "",
        kernel_thread=False,
        state=_state(process),
        parent=_told(lambda: _relative(process.ppid())),
        group=_told(lambda: _relative(os.getpgid(pid))),
        session=_told(lambda: _relative(os.getsid(pid))),
        owner=_told(lambda: _owner(process)),
        started=_told(lambda: moment(process.create_time())),
        age_s=_told(lambda: max(0.0, epoch_s() - process.create_time())),
        command_line=words,
        executable=executable,
        working_directory=_told(process.cwd),
        environment=_told(
            lambda: Environment(variables=tuple(variable(key, value) for key, value in process.environ().items()))
        ),
        scheduling=_told(lambda: _scheduling(process)),
        cpu_time=_told(lambda: _cpu_time(process)),
        memory=_told(lambda: _memory(process)),
        memory_map=Unknown(UNTOLD),
        descriptors=_told(lambda: Descriptors(entries=tuple(_descriptors(process)))),
        signals=Unknown(UNTOLD),
        channels=Channels(
            channels=Unknown(UNTOLD),
            segments=Unknown(UNTOLD),
            semaphores=Unknown(UNTOLD),
            queues=(),
            hidden_process_count=0,
        ),
        threads=_told(lambda: _threads(process)),
        python=None if python is None else read_stacks(python, pid, stacks),
    )


def _told(read: Callable[[], T]) -> T | Unknown:
    try:
        return read()
    except (psutil.AccessDenied, PermissionError):
        return Unknown(NOT_PERMITTED)
    except psutil.ZombieProcess:
        return Unknown("it has ended")
    except (psutil.Error, OSError, AttributeError, NotImplementedError):  # psutil has only what a system has
        return Unknown("this system does not tell it")


def _state(process: psutil.Process) -> ThreadState:
    status = _told(process.status)
    return ThreadState.OTHER if isinstance(status, Unknown) else _STATES.get(status, ThreadState.OTHER)


def _relative(pid: int) -> Relative:
    name = _told(lambda: psutil.Process(pid).name())
    return Relative(pid=pid, name=None if isinstance(name, Unknown) else name)


def _owner(process: psutil.Process) -> Owner:
    user = process.username()
    with suppress(AttributeError):  # Windows has no numbers
        users, groups = process.uids(), process.gids()
        from turnout.observe._owner import group_account, user_account  # noqa: PLC0415  Windows has no accounts either

        return Owner(
            user=user_account(users.real),
            effective_user=user_account(users.effective),
            group=group_account(groups.real),
            effective_group=group_account(groups.effective),
        )
    nobody = Account(number=None, name=None)
    account = Account(number=None, name=user)
    return Owner(user=account, effective_user=account, group=nobody, effective_group=nobody)


def _scheduling(process: psutil.Process) -> Scheduling:
    switches = process.num_ctx_switches()
    return Scheduling(
        policy=None,
        nice=int(process.nice()),
        voluntary_switches=switches.voluntary,
        involuntary_switches=switches.involuntary,
    )


def _cpu_time(process: psutil.Process) -> CpuTime:
    times = process.cpu_times()
    return CpuTime(user_s=times.user, system_s=times.system)


def _memory(process: psutil.Process) -> MemoryUse:
    memory = process.memory_info()
    return MemoryUse(address_space_bytes=memory.vms, resident_bytes=memory.rss)


def _descriptors(process: psutil.Process) -> Iterator[Descriptor]:
    for file in process.open_files():
        yield Descriptor(number=file.fd, kind=DescriptorKind.FILE, target=file.path)
    for one in process.net_connections("all"):
        ends = Socket(
            family=one.family.name.removeprefix("AF_"),
            type=one.type.name.removeprefix("SOCK_").lower(),
            state=None if one.status == psutil.CONN_NONE else one.status.lower(),
            local=_address(one.laddr),
            remote=_address(one.raddr),
        )
        yield Descriptor(number=one.fd, kind=DescriptorKind.SOCKET, target="socket", socket=ends)


def _address(address: tuple[object, ...] | str) -> str:
    return address if isinstance(address, str) else ":".join(map(str, address))


def _threads(process: psutil.Process) -> tuple[Thread, ...]:
    return tuple(
        Thread(tid=one.id, name="", state=ThreadState.OTHER, user_s=one.user_time, system_s=one.system_time)
        for one in process.threads()
    )
