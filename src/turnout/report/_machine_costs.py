"""What things cost on a machine, for a terminal."""

import math
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from turnout.machine import Cost, CostKind, Costs
from turnout.report._words import duration, plain, significant, span_of

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


def cost_tables(costs: Costs, usable_cpus: float, width: int) -> RenderableType:
    """Return the costs as tables, what was not measured, and when they were.

    Args:
        costs: What to show.
        usable_cpus: What the load is to be compared with.
        width: Columns, on which it depends how long the bars are.
    """
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
