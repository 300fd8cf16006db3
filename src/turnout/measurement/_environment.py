"""Where measurements are made."""

import os
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from turnout.clock import timestamp
from turnout.machine import usable_cpus
from turnout.measurement._overhead import measure_overhead_ns
from turnout.measurement._types import Environment


def read_environment(executors: Iterable[str]) -> Environment:
    """Describe this interpreter on this machine now.

    Args:
        executors: Whose overhead is measured; names.
    """
    load = _load()
    return Environment(
        timestamp=timestamp(),
        turnout=_version(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        gil=has_gil(),
        platform=f"{platform.system()} {platform.machine()}",
        usable_cpus=usable_cpus(),
        load=load,
        overhead_ns={name: measure_overhead_ns(name) for name in executors},
    )


def has_gil() -> bool:
    """Tell whether this interpreter holds a global lock now."""
    asked = getattr(sys, "_is_gil_enabled", None)
    return True if asked is None else bool(asked())


def _load() -> float | None:
    try:
        return os.getloadavg()[0]
    except OSError:
        return None


def _version() -> str:
    try:
        return version("turnout")
    except PackageNotFoundError:
        return "unknown"
