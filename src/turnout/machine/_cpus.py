"""How many cores this process may use; the standard library only, since every run with ``workers=None`` asks."""

import math
import os
import sys
from pathlib import Path
from typing import Any

from turnout.machine._cgroups import cpu_quota


def allowed_cpus(system: Any = os) -> int:  # os, or what a test has instead, with or without each function
    """Return how many hardware threads the scheduler may put this process on, at least 1.

    From Python 3.13 on, ``-X cpu_count`` and ``PYTHON_CPU_COUNT`` overrule the scheduler.
    """
    count = getattr(system, "process_cpu_count", None)
    if count is not None:
        return count() or 1
    try:
        return len(system.sched_getaffinity(0))
    except (AttributeError, OSError):  # macOS and Windows do not tell
        return system.cpu_count() or 1


def usable_cpus(root: Path = Path("/")) -> float:
    """Return how many cores' worth of time this process can get.

    That is the smaller of its scheduler affinity and its control groups' quota, versions 1 and 2, of which the
    tightest up to the root counts: 1.5 under a quota of 150 ms in 100 ms.

    Args:
        root: The folder that holds ``proc`` and ``sys``.
    """
    return limited(allowed_cpus(), cpu_quota(root))


def usable_workers(root: Path = Path("/")) -> int:
    """Return how many busy workers keep the usable cores busy, at least 1.

    A fraction is rounded up: on 1.5 cores two workers do half as much again as one.

    Args:
        root: The folder that holds ``proc`` and ``sys``.
    """
    return max(1, math.ceil(usable_cpus(root)))


def has_global_lock() -> bool:
    """Tell whether threads of this process take turns to run Python code."""
    asked = getattr(sys, "_is_gil_enabled", None)  # from Python 3.13 on
    return asked is None or bool(asked())


def limited(allowed: int, quota: float | None) -> float:
    """Return the smaller of the two, a quota of None being no limit."""
    return float(allowed) if quota is None else min(float(allowed), quota)
