"""A machine for a terminal, and as JSON."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from turnout.machine import Cores, Gil, Interpreter, Machine, Memory, SilentInterpreter
from turnout.report._machine_costs import binary_size, cost_tables
from turnout.report._paper import paper
from turnout.report._words import duration, listed, plain, plural

JSON_SCHEMA = "turnout.machine/1"
NARROWEST = 60
WIDEST = 110
_LABEL_WIDTH = 10
_ACCENT = "cyan"


def machine_json(machine: Machine) -> dict[str, Any]:  # as JSON goes
    """Return the machine as what `json.dumps` takes.

    Keys are the attributes of `turnout.machine.Machine` and its parts; times are in ns, sizes in bytes, rates in
    bytes/s, and what is not known is null::

        {"schema": "turnout.machine/1", "platform": str,
         "cores": {"model": str, "logical": int, "physical": int, "allowed": int, "quota": float, "usable": float,
                   "usable_workers": int},
         "memory": {"total_bytes": int, "available_bytes": int, "limit_bytes": int},
         "gil": {"enabled": bool, "optional": bool, "switch_interval_s": float},
         "interpreters": [{"path": str, "implementation": str, "version": str, "free_threaded": bool,
                           "gil": bool, "jit": "on" | "off" | "", "build": str, "current": bool, "aliases": [str]}],
         "silent": [{"path": str, "reason": str}],
         "costs": {"measured": [{"kind": str, "unit": "ns" | "bytes/s" | "bytes", "median": float, "low": float,
                                 "high": float, "repeats": int}],
                   "unmeasured": [{"kind": str, "reason": str}],
                   "timestamp": str, "load": float, "cached": bool, "not_kept": str}}
    """
    whole = {"schema": JSON_SCHEMA} | asdict(machine)
    whole["cores"]["usable_workers"] = _workers(machine.cores)
    if machine.costs is not None:
        for entry, cost in zip(whole["costs"]["measured"], machine.costs.measured, strict=True):
            entry["unit"] = cost.kind.unit
    return whole


def machine_text(machine: Machine, width: int = 80, *, colour: bool = False) -> str:
    """Return the machine as lines of at most ``width`` columns, each ended by a newline.

    Args:
        machine: What to show.
        width: Columns; taken as 60 if less, as 110 if more.
        colour: Whether to put in ANSI colours.
    """
    width = min(WIDEST, max(NARROWEST, width))
    console, sink = paper(width, colour=colour)
    console.print(_facts(machine))
    for part in _pythons(machine.interpreters, machine.silent):
        console.print(part)
    if machine.costs is not None:
        console.print(cost_tables(machine.costs, machine.cores.usable, width))
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines()) + "\n"


def pythons_text(machine: Machine, width: int = 80, *, colour: bool = False) -> str:
    """Return the Pythons found, each with its version, lock, compiler, place and build, as `machine_text` would."""
    console, sink = paper(min(WIDEST, max(NARROWEST, width)), colour=colour)
    for part in _pythons(machine.interpreters, machine.silent, builds=True):
        console.print(part)
    lines = [line.rstrip() for line in sink.getvalue().splitlines()]
    return ("\n".join(lines).strip("\n") or "No Python was found.") + "\n"


def _facts(machine: Machine) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", width=_LABEL_WIDTH, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("machine", Text(plain(machine.platform, 200)))
    table.add_row("processor", Text(plain(machine.cores.model, 200)))
    table.add_row("cores", _cores(machine.cores))
    table.add_row("memory", _memory(machine.memory))
    table.add_row("GIL", Text(_gil(machine.gil)))
    return table


def _cores(cores: Cores) -> Text:
    text = Text().append(f"{cores.usable:.3g} usable", style=f"bold {_ACCENT}")
    counts = [f"{count} {name}" for count, name in ((cores.logical, "logical"), (cores.physical, "physical")) if count]
    text.append(f" of {listed(counts)}" if counts else "")
    if cores.logical is not None and cores.allowed < cores.logical:
        text.append(f"; the scheduler allows {cores.allowed}")
    if cores.quota is not None:
        text.append(f"; a control group grants the time of {cores.quota:.3g}")
    workers = _workers(cores)
    return text.append(f"; {plural(workers, 'busy worker')} fill{'s' if workers == 1 else ''} them", style="dim")


def _memory(memory: Memory) -> Text:
    text = Text(f"{binary_size(memory.total_bytes)}, {binary_size(memory.available_bytes)} available")
    if memory.limit_bytes is not None:
        text.append(f"; a control group grants {binary_size(memory.limit_bytes)}")
    return text


def _gil(gil: Gil) -> str:
    interval = duration(gil.switch_interval_s)
    turns = f"threads take turns at Python code, up to {interval} each"
    match gil.enabled, gil.optional:
        case True, False:
            return f"on: {turns}"
        case True, True:
            return f"on, though this build can do without (see -X gil=0): {turns}"
        case _:
            return "off: threads run Python code at once"


def _pythons(
    found: Iterable[Interpreter], silent: Iterable[SilentInterpreter], *, builds: bool = False
) -> Iterable[RenderableType]:
    rows = list(found)
    if rows:
        table = Table.grid(padding=(0, 2, 0, 0))
        for _ in range(3):
            table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for one in rows:
            kind = " free-threaded" if one.free_threaded else ""
            place = Text(plain(one.path, 300)).append("  this one" if one.current else "", style="dim")
            if builds and one.build:
                place.append(f"\n{plain(one.build, 200)}", style="dim")
            lock = [] if one.gil is None else ["GIL" if one.gil else "no GIL"]
            traits = ", ".join([*lock, *([f"JIT {plain(one.jit, 20)}"] if one.jit else [])])
            style = f"bold {_ACCENT}" if one.current else ""
            table.add_row(plain(one.implementation, 20), f"{plain(one.version, 20)}{kind}", traits, place, style=style)
        yield Text("\nPythons found", style="bold")
        yield Padding(table, (0, 0, 0, 2))
    reasons = defaultdict(list)
    for broken in silent:
        folder, slash, name = plain(broken.path, 300).rpartition("/")
        reasons[plain(broken.reason, 200).replace(name or " ", "…"), folder + slash].append(name)
    for (reason, folder), names in reasons.items():
        yield Padding(Text(f"no answer from {listed(names)} in {folder}: {reason}", style="dim"), (0, 0, 0, 2))


def _workers(cores: Cores) -> int:
    return max(1, math.ceil(cores.usable))
