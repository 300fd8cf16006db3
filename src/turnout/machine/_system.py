"""What the operating system says of processors and memory; the only module that imports psutil."""

import os
import platform
import sys
import sysconfig
from pathlib import Path

import psutil

from turnout.machine._cgroups import cpu_quota, memory_limit_bytes
from turnout.machine._cpus import allowed_cpus, has_global_lock, limited
from turnout.machine._types import Cores, Gil, Memory


def read_cores(root: Path = Path("/")) -> Cores:
    """Return the processors, and which of them this process may use.

    Args:
        root: The folder that holds ``proc`` and ``sys``.
    """
    allowed = allowed_cpus()
    quota = cpu_quota(root)
    return Cores(
        model=_model(root),
        logical=psutil.cpu_count(logical=True),
        physical=psutil.cpu_count(logical=False),
        allowed=allowed,
        quota=quota,
        usable=limited(allowed, quota),
    )


def read_memory(root: Path = Path("/")) -> Memory:
    """Return how much memory there is.

    Args:
        root: The folder that holds ``proc`` and ``sys``.
    """
    memory = psutil.virtual_memory()
    limit = memory_limit_bytes(root)
    return Memory(
        total_bytes=memory.total,
        available_bytes=memory.available,
        limit_bytes=None if limit is None or limit >= memory.total else limit,
    )


def read_gil() -> Gil:
    """Return the state of this interpreter's global lock."""
    return Gil(
        enabled=has_global_lock(),
        optional=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        switch_interval_s=sys.getswitchinterval(),
    )


def read_load() -> float | None:
    """Return how many processes wanted a core on average over the last minute; None if the system does not tell."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows has none
        return None


def processor_name(cpuinfo: str) -> str:
    """Return what ``/proc/cpuinfo`` calls the processor, or ``""`` where (as on most ARM) it has no name."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Model", "cpu model", "cpu"} and value.strip():
            return " ".join(value.split())
    return ""


def _model(root: Path) -> str:
    try:
        cpuinfo = (root / "proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        cpuinfo = ""
    return processor_name(cpuinfo) or platform.processor() or platform.machine()
