"""A machine for a terminal, and as JSON."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from io import StringIO
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from turnout.machine import Cores, Cost, CostKind, Costs, Gil, Interpreter, Machine, Memory, SilentInterpreter
from turnout.report._words import duration, listed, plain, plural, significant, span_of

JSON_SCHEMA = "turnout.machine/1"
NARROWEST = 60
WIDEST = 110
_LABEL_WIDTH = 10
_BAR_ROOM = 80  # columns from which there are bars, and
_LONG_BAR_ROOM = 90  # from which they are long
_BAR_FROM_NS = 10.0
_BUSY_LOAD_SHARE = 0.5  # of the usable cores: with more of them taken, costs come out too high
_FAR_APART = 0.3  # of the median, between the quartiles; on a quiet machine few costs reach it
_FAR_APART_COUNT = 4
_ACCENT = "cyan"

_Units = tuple[tuple[str, float], ...]
_SIZES: _Units = (("GiB", 2.0**30), ("MiB", 2.0**20), ("KiB", 2.0**10), ("B", 1.0))
_RATES: _Units = (("GB/s", 1e9), ("MB/s", 1e6), ("kB/s", 1e3), ("B/s", 1.0))

_GROUPS: tuple[tuple[str, str, tuple[tuple[CostKind, str], ...]], ...] = (
    (
        "start and end one that does nothing",
        "plus your imports, unless forked",
        (
            (CostKind.THREAD_START, "thread"),
            (CostKind.INTERPRETER_START, "subinterpreter"),
            (CostKind.FORK_START, "process by fork"),
            (CostKind.FORKSERVER_START, "process by forkserver"),
            (CostKind.SPAWN_START, "process by spawn"),
        ),
    ),
    (
        "take turns",
        "",
        (
            (CostKind.THREAD_SWITCH, "switch between threads"),
            (CostKind.PROCESS_SWITCH, "switch between processes"),
            (CostKind.LOCK_FREE, "lock that is free"),
            (CostKind.LOCK_CONTENDED, "lock that two threads want"),
            (CostKind.PIPE_ROUND_TRIP, "byte to a process and back"),
        ),
    ),
    (
        "send bytes to a process",
        "",
        (
            (CostKind.PIPE_BANDWIDTH, "through a pipe"),
            (CostKind.SHARED_MEMORY_BANDWIDTH, "through shared memory"),
        ),
    ),
    (
        "memory of one more that does nothing",
        "",
        (
            (CostKind.THREAD_MEMORY, "thread"),
            (CostKind.INTERPRETER_MEMORY, "subinterpreter"),
            (CostKind.FORK_MEMORY, "process by fork"),
            (CostKind.FORKSERVER_MEMORY, "process by forkserver"),
            (CostKind.SPAWN_MEMORY, "process by spawn"),
        ),
    ),
)
_FULL_NAMES = {
    CostKind.INTERPRETER_MEMORY: "memory of a subinterpreter",
    CostKind.THREAD_MEMORY: "memory of a thread",
    CostKind.FORK_MEMORY: "memory of a process by fork",
    CostKind.FORKSERVER_MEMORY: "memory of a process by forkserver",
    CostKind.SPAWN_MEMORY: "memory of a process by spawn",
    CostKind.PIPE_BANDWIDTH: "bytes through a pipe",
    CostKind.SHARED_MEMORY_BANDWIDTH: "bytes through shared memory",
}


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
                           "current": bool, "aliases": [str]}],
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
    sink = StringIO()
    console = Console(
        file=sink,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    console.print(_facts(machine))
    for part in _pythons(machine.interpreters, machine.silent):
        console.print(part)
    if machine.costs is not None:
        console.print(_costs(machine.costs, machine.cores.usable, width))
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines()) + "\n"


def binary_size(size_bytes: float) -> str:
    """Return a size in memory in the unit that suits it: ``"7.82 MiB"``."""
    return _scaled(_SIZES, size_bytes)


def rate(bytes_per_s: float) -> str:
    """Return a bandwidth in the unit that suits it: ``"2.2 GB/s"``."""
    return _scaled(_RATES, bytes_per_s)


def _scaled(units: _Units, *values: float) -> str:
    """Return one value, or a range from the first to the last, in the unit that suits the last."""
    name, scale = next((unit for unit in units if values[-1] >= unit[1]), units[-1])
    numbers = [significant(value / scale) for value in values]
    return f"{' to '.join(dict.fromkeys(numbers))} {name}"


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


def _pythons(found: Iterable[Interpreter], silent: Iterable[SilentInterpreter]) -> Iterable[RenderableType]:
    rows = list(found)
    if rows:
        table = Table.grid(padding=(0, 2, 0, 0))
        for _ in range(2):
            table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for one in rows:
            kind = " free-threaded" if one.free_threaded else ""
            place = Text(plain(one.path, 300)).append("  this one" if one.current else "", style="dim")
            style = f"bold {_ACCENT}" if one.current else ""
            table.add_row(plain(one.implementation, 20), f"{plain(one.version, 20)}{kind}", place, style=style)
        yield Text("\nPythons found", style="bold")
        yield Padding(table, (0, 0, 0, 2))
    reasons = defaultdict(list)
    for broken in silent:
        folder, slash, name = plain(broken.path, 300).rpartition("/")
        reasons[plain(broken.reason, 200).replace(name or " ", "…"), folder + slash].append(name)
    for (reason, folder), names in reasons.items():
        yield Padding(Text(f"no answer from {listed(names)} in {folder}: {reason}", style="dim"), (0, 0, 0, 2))


def _costs(costs: Costs, usable_cpus: float, width: int) -> RenderableType:
    parts: list[RenderableType] = [Text("\nWhat things cost here, and the middle half of the repeats", style="bold")]
    bar_step = 0 if width < _BAR_ROOM else 2 if width < _LONG_BAR_ROOM else 3
    for title, remark, kinds in _GROUPS:
        rows = [(name, cost) for kind, name in kinds if (cost := costs.find(kind)) is not None]
        if not rows:
            continue
        heading = Text(f"  {title}").append(f" ({remark})" if remark else "", style="dim")
        parts += [heading, Padding(_rows(rows, bar_step), (0, 0, 0, 4))]
    if bar_step and any(cost.kind.unit == "ns" for cost in costs.measured):
        parts.append(Text(f"  {bar_step} columns of a bar are a factor of ten, from 10 ns", style="dim"))
    if costs.unmeasured:
        parts.append(Text("\nNot measured here", style="bold"))
        names = {kind: _FULL_NAMES.get(kind, name) for _, _, kinds in _GROUPS for kind, name in kinds}
        gaps = [Text(f"{names[gap.kind]}: {plain(gap.reason, 300)}") for gap in costs.unmeasured]
        parts.append(Padding(Group(*gaps), (0, 0, 0, 2)))
    parts.append(Text("\n" + " ".join(_remarks(costs, usable_cpus)), style="dim"))
    return Group(*parts)


def _rows(rows: list[tuple[str, Cost]], bar_step: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=26, no_wrap=True)
    table.add_column(width=9, justify="right", style="bold", no_wrap=True)
    table.add_column(width=18, justify="right", style="dim", no_wrap=True)
    table.add_column(style=_ACCENT, no_wrap=True)
    for label, cost in rows:
        table.add_row(label, _value(cost.kind, cost.median), _spread(cost), _bar(cost, bar_step))
    return table


def _value(kind: CostKind, value: float) -> str:
    match kind.unit:
        case "ns":
            return duration(value / 1e9)
        case "bytes":
            return binary_size(value)
        case _:
            return rate(value)


def _spread(cost: Cost) -> str:
    if cost.kind.unit == "ns":
        return span_of(cost.low / 1e9, cost.high / 1e9)
    return _scaled(_SIZES if cost.kind.unit == "bytes" else _RATES, cost.low, cost.high)


def _bar(cost: Cost, step: int) -> str:
    if cost.kind.unit != "ns" or not _BAR_FROM_NS < cost.median < math.inf:
        return ""
    return "━" * round(step * math.log10(cost.median / _BAR_FROM_NS))


def _remarks(costs: Costs, usable_cpus: float) -> Iterable[str]:
    kept = ", kept since: --fresh measures again." if costs.cached else "."
    yield f"Measured {plain(costs.timestamp, 40)}{kept}"
    why = _why_doubtful(costs, usable_cpus)
    if why:
        yield f"{why}, so some of these are too high: measure again with --fresh when it is quiet."
    if costs.not_kept:
        yield f"The next call measures again: {plain(costs.not_kept, 200)}."


def _why_doubtful(costs: Costs, usable_cpus: float) -> str:
    far_apart = sum(cost.high - cost.low > _FAR_APART * cost.median for cost in costs.measured)
    if costs.load is not None and costs.load > _BUSY_LOAD_SHARE * usable_cpus:
        return f"The machine was busy (load {costs.load:.2g} on {usable_cpus:.3g} cores)"
    if far_apart >= _FAR_APART_COUNT:
        return f"The machine was busy (the repeats of {far_apart} costs lie far apart)"
    return ""


def _workers(cores: Cores) -> int:
    return max(1, math.ceil(cores.usable))
