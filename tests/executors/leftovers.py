"""What a process holds, as the system counts it."""

import gc
import threading
from dataclasses import dataclass
from pathlib import Path

from turnout.clock import wall_ns

PATIENCE_NS = 20_000_000_000  # a bound for a hang; nothing waits so long on a good day


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Counted by the system.

    Attributes:
        threads: Of this process, by their system's numbers.
        children: Processes that this one started and that are not reaped.
        descriptors: Numbers of open files, sockets and pipes, and what they are.
    """

    threads: frozenset[str]
    children: frozenset[str]
    descriptors: frozenset[str]

    def beyond(self, earlier: "Holdings") -> list[str]:
        """Return in words what was not there earlier."""
        more = max(0, len(self.descriptors) - len(earlier.descriptors))  # one may have been opened for another one
        return [
            *(f"thread {name}" for name in self.threads - earlier.threads),
            *(f"process {pid}" for pid in self.children - earlier.children),
            *(f"descriptor {one}" for one in sorted(self.descriptors - earlier.descriptors)[:more]),
        ]


def holdings() -> Holdings:
    """Return what this process holds now."""
    tasks = frozenset(path.name for path in Path("/proc/self/task").iterdir())
    children: set[str] = set()
    for task in tasks:
        children.update(_words(Path(f"/proc/self/task/{task}/children")))
    descriptors = frozenset(f"{path.name} of {_target(path)}" for path in Path("/proc/self/fd").iterdir())
    return Holdings(threads=tasks, children=frozenset(children), descriptors=descriptors)


def left_since(earlier: Holdings) -> list[str]:
    """Return what is held that was not held earlier, after giving it time to go."""
    gc.collect()
    deadline = wall_ns() + PATIENCE_NS
    never = threading.Event()
    while (left := holdings().beyond(earlier)) and wall_ns() < deadline:
        never.wait(0.005)
    return left


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:  # it was that of the folder that is listed
        return ""


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except OSError:  # the thread has ended
        return []
