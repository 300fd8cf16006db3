"""The threads of a process, from ``/proc/PID/task``.

    stat        name, state, time on a core            anybody may read it
    schedstat   nanoseconds: on a core, ready without one
    status      masks of signals
    syscall     "running", or number, six arguments, stack pointer, program counter     who may trace the process
    wchan       a function of the kernel               likewise, else "0"

A thread that ends while we look is left out.

Source: proc_pid_stat(5), proc_pid_syscall(5), proc_pid_wchan(5); Linux, Documentation/scheduler/sched-stats.rst.
"""

import os
from collections.abc import Iterator
from contextlib import suppress

from turnout.observe._proc import TICKS_PER_S, Folder
from turnout.observe._signals import signal_names
from turnout.observe._syscalls import call_name, machine_of, takes_descriptor
from turnout.observe._tasks import ENDED, SystemCall, Thread
from turnout.observe._unknown import Unknown, attempt

_HEADER_BYTES = 64
_NOT_BUILT = "this kernel does not tell it"


def read_threads(folder: Folder) -> tuple[Thread, ...]:
    """Return the threads of a process, by number."""
    return tuple(_read_all(folder))


def _read_all(folder: Folder) -> Iterator[Thread]:
    machine = _machine(folder)
    for tid in folder.names("task"):
        with suppress(FileNotFoundError, ProcessLookupError):
            yield _read(Folder(folder.path / "task" / str(tid)), tid, machine)


def _read(folder: Folder, tid: int, machine: str | None) -> Thread:
    stat = folder.stat()
    status = folder.status()
    nowhere = stat.kernel_thread or stat.state in ENDED  # the kernel makes up numbers for them
    said = attempt(lambda: folder.text("syscall").split(), _NOT_BUILT)
    return Thread(
        tid=tid,
        name=stat.name,
        state=stat.state,
        user_s=stat.user_ticks / TICKS_PER_S,
        system_s=stat.system_ticks / TICKS_PER_S,
        core_wait_s=_core_wait_s(folder),
        last_cpu=stat.last_cpu,
        call=None if nowhere else said if isinstance(said, Unknown) else _call(said, machine),
        kernel_function=_kernel_function(folder),
        stack_pointer=None if nowhere or isinstance(said, Unknown) else _stack_pointer(said),
        blocked=signal_names(status.get("SigBlk", "")),
        pending=signal_names(status.get("SigPnd", "")),
    )


def _call(said: list[str], machine: str | None) -> SystemCall | None:
    if not said or said[0] == "running":
        return None
    number = int(said[0])
    name = call_name(machine, number)
    descriptor = int(said[1], 16) if takes_descriptor(name) and len(said) > 1 else None
    return SystemCall(number=number, name=name, descriptor=descriptor)


def _stack_pointer(said: list[str]) -> int | None:
    return int(said[-2], 16) if len(said) > 2 else None  # noqa: PLR2004  "running" has none


def _core_wait_s(folder: Folder) -> float | None:
    fields = attempt(lambda: folder.text("schedstat").split(), _NOT_BUILT)
    return None if isinstance(fields, Unknown) or len(fields) < 2 else int(fields[1]) / 1e9  # noqa: PLR2004  above


def _kernel_function(folder: Folder) -> str | None:
    name = attempt(lambda: folder.text("wchan"), _NOT_BUILT)
    return None if isinstance(name, Unknown) or name in {"", "0"} else name


def _machine(folder: Folder) -> str | None:
    try:
        with (folder.path / "exe").open("rb") as file:
            return machine_of(file.read(_HEADER_BYTES))
    except OSError:
        return os.uname().machine  # of most programs here
