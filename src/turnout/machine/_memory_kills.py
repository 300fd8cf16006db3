"""How often the kernel has ended a process because memory ran out."""

import re
from functools import cache
from pathlib import Path

from turnout.machine._cgroups import _groups, _read

FILES = {2: "memory.events", 1: "memory.oom_control"}  # by the version of the control groups
COUNTER = re.compile(r"^oom_kill ([0-9]+)$", re.MULTILINE)


def memory_kills(root: Path = Path("/")) -> int | None:
    """Return how many processes of our control group were ended, or of the whole system where no group tells.

    Args:
        root: The folder that holds ``proc`` and ``sys``.

    Returns:
        A count that only grows; None if it is not to be had, as outside Linux.

    Source: Linux, Documentation/admin-guide/cgroup-v2.rst on ``oom_kill``, which counts kills for whatever reason,
    the system's own shortage too; proc_vmstat(5).
    """
    for file in _files(root):
        counter = COUNTER.search(_read(file))
        if counter is not None:
            return int(counter[1])
    return None


@cache
def _files(root: Path) -> tuple[Path, ...]:
    # kept, since to find them takes ten times as long as to read the counter, and each crew asks
    return (*(folder / FILES[version] for version, folder in _groups(root, "memory")), root / "proc/vmstat")


class MemoryKills:
    """Tells whether a worker was one of those processes.

    Args:
        root: The folder that holds ``proc`` and ``sys``.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root
        self._known = memory_kills(root)

    def explain(self, exit_code: int | None) -> bool:
        """Tell whether memory is the likely cause of a death; each count explains one."""
        if exit_code != -9 or self._known is None:  # noqa: PLR2004  SIGKILL, which that killer sends
            return False
        count = memory_kills(self._root)
        if count is None or count <= self._known:
            return False
        self._known += 1
        return True
