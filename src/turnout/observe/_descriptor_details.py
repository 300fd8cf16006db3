"""What is special to each kind of descriptor, from the lines that the kernel adds to ``fdinfo``.

Source: proc_pid_fdinfo(5); Linux, Documentation/filesystems/proc.rst.
"""

import os
import re

from turnout.observe._holdings import DescriptorKind
from turnout.observe._proc import number_in
from turnout.observe._signals import signal_names

_LOCK = re.compile(r"^lock:\s+\d+: (->)?\s*(\S+)\s+\S+\s+(\S+)", re.MULTILINE)
_TIME = r":\s*\((\d+), (\d+)\)"


def detail_of(kind: DescriptorKind, info: str, status: os.stat_result | None) -> str:
    """Return what is special to a descriptor, as a clause; empty if there is nothing.

    Args:
        kind: What it leads to.
        info: Its ``fdinfo``.
        status: Of the file, if it was looked at.
    """
    match kind:
        case DescriptorKind.FILE | DescriptorKind.SHARED_MEMORY | DescriptorKind.MEMFD:
            size = [] if status is None else [f"{status.st_size:,} bytes"]
            return ", ".join([*size, *_locks(info)])
        case _:
            tell = _TELLERS.get(kind)
            return "" if tell is None else tell(info)


def watched_by(info: str) -> tuple[int, ...]:
    """Return the descriptors that an epoll waits for, by number and once each."""
    return tuple(sorted({int(number) for number in re.findall(r"^tfd:\s*(\d+)", info, re.MULTILINE)}))


def _locks(info: str) -> list[str]:
    return [
        f"{'waits for a' if waits else 'holds a'} {mode.lower()} lock ({kind})"
        for waits, kind, mode in _LOCK.findall(info)
    ]


def _timer(info: str) -> str:
    value, interval = (re.search(rf"^{name}{_TIME}", info, re.MULTILINE) for name in ("it_value", "it_interval"))
    if value is None or interval is None:
        return ""
    due_s, every_s = (int(found[1]) + int(found[2]) / 1e9 for found in (value, interval))
    if not due_s:
        return "not set"
    return f"due in {due_s:.3g} s" + (f", then every {every_s:.3g} s" if every_s else "")


def _counter(info: str) -> str:
    count = number_in(r"^eventfd-count:\s*([0-9a-f]+)", info, 16)
    return "" if count is None else f"counter at {count:,}"


def _watched(info: str) -> str:
    return f"waits for {', '.join(map(str, watched_by(info))) or 'nothing'}"


def _received(info: str) -> str:
    mask = re.search(r"^sigmask:\s*([0-9a-f]+)", info, re.MULTILINE)
    return "" if mask is None else f"receives {', '.join(signal_names(mask[1])) or 'nothing'}"


def _paths(info: str) -> str:
    count = len(re.findall(r"^inotify wd:", info, re.MULTILINE))
    return f"watches {count:,} {'path' if count == 1 else 'paths'}"


def _process(info: str) -> str:
    pid = number_in(r"^Pid:\s*(-?\d+)", info)
    if pid is None:
        return ""
    return f"of process {pid}" if pid > 0 else "of a process that has ended"


_TELLERS = {
    DescriptorKind.EVENTFD: _counter,
    DescriptorKind.EPOLL: _watched,
    DescriptorKind.SIGNALFD: _received,
    DescriptorKind.TIMERFD: _timer,
    DescriptorKind.INOTIFY: _paths,
    DescriptorKind.PIDFD: _process,
}
