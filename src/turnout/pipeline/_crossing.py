"""What it costs to send an item to another process and to get its result back, and to start that process."""

import os
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from turnout.clock import wall_ns

COPY_S_PER_BYTE = 2 / 2.5e9  # written into a socket or shared memory, and read or mapped again (Linux, 2 cores)
FORK_S = 0.0025
FORK_S_PER_BYTE = 42e-12  # of resident memory, whose page tables are copied
SERVER_S = 0.06  # a fork server's own start
SERVER_MORE_S = 0.013  # a worker of it has to import what it calls
IMPORT_S = 0.0008  # for each module that this process has imported and a worker that was not forked may need
OWN_MODULES = 220  # which every process has that runs turnout, and workers do without


@dataclass(frozen=True, slots=True)
class Crossing:
    """What it takes to send one item and its result.

    Attributes:
        item_out_s: To pickle the item.
        item_in_s: To read it.
        result_out_s: To pickle the result.
        result_in_s: To read it.
    """

    item_out_s: float
    item_in_s: float
    result_out_s: float
    result_in_s: float

    def send_s(self, *, inherits: bool) -> float:
        """Return what it takes in this process; a worker may have inherited the items."""
        return self.result_in_s + (0.0 if inherits else self.item_out_s)

    def receive_s(self, *, inherits: bool) -> float:
        """Return what it takes in a worker."""
        return self.result_out_s + (0.0 if inherits else self.item_in_s)


def crossing(item: Any, result: Any) -> Crossing | None:  # of the caller's types
    """Measure what an item and its result take to cross; None if one of them cannot."""
    try:
        # the second time, since the first one pays for imports and cold memory: it told up to 20 times too much
        _first, there = _both_ways(item), _both_ways(item)
        _first, back = _both_ways(result), _both_ways(result)
    except Exception:  # noqa: BLE001  pickling runs the objects' own code
        return None
    return Crossing(*there, *back)


def _both_ways(value: Any) -> tuple[float, float]:
    buffers: list[pickle.PickleBuffer] = []

    def keep(buffer: pickle.PickleBuffer) -> bool:
        buffers.append(buffer)
        return False

    packed, out_s = _timed(lambda: pickle.dumps(value, 5, buffer_callback=keep))
    copied_s = (len(packed) + sum(buffer.raw().nbytes for buffer in buffers)) * COPY_S_PER_BYTE / 2
    _value, in_s = _timed(lambda: pickle.loads(packed, buffers=buffers))
    return out_s + copied_s, in_s + copied_s


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    before = wall_ns()
    made = call()
    return made, (wall_ns() - before) / 1e9


def process_start_s(
    *, can_fork: bool, cores: int = 1, memory: Path = Path("/proc/self/statm"), modules: int | None = None
) -> tuple[float, float]:
    """Return what the first worker process takes to start, and each further one.

    Args:
        can_fork: Whether this process may be forked; a fork server is started otherwise.
        cores: How many workers can import at once.
        memory: Where the system tells how much memory this process has.
        modules: How many it has imported; None to count them.
    """
    if can_fork:
        fork_s = FORK_S + _resident_bytes(memory) * FORK_S_PER_BYTE
        return fork_s, fork_s
    imports_s = IMPORT_S * max(0, (modules or len(sys.modules)) - OWN_MODULES)
    return SERVER_S + imports_s, SERVER_MORE_S + imports_s / cores  # they import side by side


def _resident_bytes(memory: Path) -> int:
    try:
        return int(memory.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
