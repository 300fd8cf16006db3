"""Where threads' time went, drawn with block characters: shares as a bar, or state by state over time."""

from collections import Counter
from collections.abc import Mapping

from rich.text import Text

from turnout.observe import Recording, State, ThreadRecord
from turnout.report._state_cells import thread_cells
from turnout.report._state_words import GROUPS
from turnout.report._thread_rows import apportioned

_MARKS = {"run": "█", "GIL": "▓", "lock": "▒", "I/O": "░", "core": "▞", "unknown": "?"}
_COLOURS = {"run": "cyan", "GIL": "red", "lock": "yellow", "I/O": "blue", "core": "magenta", "unknown": "dim"}
_GROUP_OF = {state: name for name, states in GROUPS for state in states}


def legend(names: tuple[str, ...]) -> Text:
    """Return what the marks of some groups of states mean."""
    said = Text(style="dim")
    for name in names:
        said.append(_MARKS[name], style=f"not dim {_COLOURS[name]}").append(f" {name}  ")
    said.rstrip()
    return said


def share_bar(shares: Mapping[State, float], width: int) -> Text:
    """Return a bar of ``width`` cells in proportion to the shares; empty without any."""
    bar = Text(no_wrap=True)
    if shares:
        whole = [sum(shares.get(state, 0.0) for state in states) for _, states in GROUPS]
        for (name, _), cells in zip(GROUPS, apportioned(whole, width), strict=True):
            bar.append(_MARKS[name] * cells, style=_COLOURS[name])
    return bar


def state_strip(thread: ThreadRecord, recording: Recording, width: int) -> Text:
    """Return a thread over the time of the recording, in ``width`` cells.

    Each shows what took most of its time, that which earlier cells had no room to show included: a thread that runs
    for a quarter of each cell is drawn as running in each fourth.
    """
    wall_ns = max(1, recording.wall_ns)
    spent: list[Counter[str]] = [Counter() for _ in range(width)]
    for cell in thread_cells(thread, 20 * width, recording.wall_ns):
        from_ns, until_ns = cell.start_ns - recording.start_ns, cell.end_ns - recording.start_ns
        first, last = from_ns * width // wall_ns, -(-until_ns * width // wall_ns)
        whole = sum(ns for _, ns in cell.parts)
        for place in range(max(0, first), min(width, last)):
            inside = min(until_ns, (place + 1) * wall_ns // width) - max(from_ns, place * wall_ns // width)
            for state, ns in cell.parts:
                spent[place][_GROUP_OF[state]] += max(0, inside) * ns // whole
    strip = Text(no_wrap=True)
    owed = Counter[str]()
    for one in spent:
        if not one:
            strip.append(" ")
            continue
        owed.update(one)
        ((name, _),) = owed.most_common(1)
        owed[name] -= one.total()
        strip.append(_MARKS[name], style=_COLOURS[name])
    return strip
