"""Put the whole machine together."""

import platform
import sys
import sysconfig
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from turnout.clock import Clock, SystemClock, timestamp
from turnout.machine import _cache, _candidates, _interpreters, _system
from turnout.machine._costs import Run, measure_costs
from turnout.machine._types import Cores, CostKind, Costs, Gil, Machine
from turnout.machine.probes._table import PROBES


def describe(
    *,
    fresh: bool = False,
    costs: bool = True,
    interpreters: bool = True,
    clock: Clock | None = None,
    root: Path = Path("/"),
    cache: Path | None = None,
) -> Machine:
    """Find out where Python work runs here.

    Args:
        fresh: Whether to measure the costs even if an earlier call kept them; that takes a few seconds.
        costs: Whether the costs are wanted at all.
        interpreters: Whether to look for other Pythons; that takes up to a second, or 15 where some hang.
        clock: Bounds how long other programs may take.
        root: The folder that holds ``proc`` and ``sys``.
        cache: Where costs are kept, instead of the user's cache folder.
    """
    clock = clock or SystemClock()
    cores, gil = _system.read_cores(root), _system.read_gil()
    found = (
        _interpreters.interpreters(
            _candidates.candidates(
                _candidates.providers(), _candidates.path_folders(), [Path(sys.executable)] if sys.executable else []
            ),
            clock,
        )
        if interpreters
        else ((), ())
    )
    return Machine(
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        cores=cores,
        memory=_system.read_memory(root),
        gil=gil,
        interpreters=found[0],
        silent=found[1],
        costs=read_costs(cores, gil, clock, cache or _cache.default_folder(), fresh=fresh) if costs else None,
    )


def read_costs(
    cores: Cores, gil: Gil, clock: Clock, folder: Path, *, fresh: bool = False, run: Run | None = None
) -> Costs:
    """Return the costs kept in ``folder`` for this machine and interpreter, or measure and keep them.

    Args:
        cores: Of this machine.
        gil: Of this interpreter.
        clock: Bounds the time it takes.
        folder: Where they are kept.
        fresh: Whether to measure in any case.
        run: What starts the measuring process.
    """
    key = cost_key(cores, gil)
    kept = None if fresh else _cache.load(folder, key)
    if kept is not None:
        return kept
    load = _system.read_load()
    found = measure_costs(clock, list(PROBES), run)
    costs = Costs(
        measured=tuple(found.measured[kind] for kind in CostKind if kind in found.measured),
        unmeasured=tuple(found.unmeasured[kind] for kind in CostKind if kind in found.unmeasured),
        timestamp=timestamp(),
        load=load,
    )
    if not found.lasting:
        return replace(costs, not_kept="some could not be measured this time")
    return replace(costs, not_kept=_cache.keep(folder, key, costs))


def cost_key(cores: Cores, gil: Gil) -> dict[str, str]:
    """Return everything that, if it changes, makes kept costs worthless."""
    return {
        "executable": sys.executable or "",
        "python": sys.version,
        "flags": " ".join(str(sysconfig.get_config_var(name)) for name in ("Py_GIL_DISABLED", "Py_DEBUG", "CFLAGS")),
        "gil": str(gil.enabled),
        "processor": cores.model,
        "usable_cpus": f"{cores.usable:g}",
        "kernel": f"{platform.system()} {platform.release()} {platform.version()}",
        "turnout": _version(),
    }


def _version() -> str:
    try:
        return metadata.version("turnout")
    except metadata.PackageNotFoundError:
        return "not installed"
