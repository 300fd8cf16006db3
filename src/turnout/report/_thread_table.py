"""The threads of a recording as a table for a terminal."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from turnout.observe import IO_STATES, Recording, State
from turnout.report._share_bars import legend, share_bar, state_strip
from turnout.report._state_words import GROUPS
from turnout.report._thread_rows import ThreadRow, states_of, thread_name, thread_rows
from turnout.report._words import MISSING, duration, plain

ROWS_SHOWN = 12
_NAME_WIDTH = 18
_KINDS_WIDTH = 18
_GAP = 2
_NARROWEST_BAR = 12
_WIDEST_BAR = 40
_LABEL_WIDTH = 18


def thread_table(recording: Recording, width: int) -> tuple[Table, Text]:
    """Return a table with a row for each thread, as far as there is room, and a legend.

    Args:
        recording: What was seen.
        width: Columns, at least 56.
    """
    rows = thread_rows(recording, ROWS_SHOWN)
    groups = shown_groups(rows, recording)
    heads = ["thread", "id", "wall", *groups]
    cells = [_cells(row, groups) for row in rows]
    has_kinds = any(len(_io(row)) > 0 for row in rows)
    used = sum(max(map(cell_len, column)) + _GAP for column in zip(heads, *cells, strict=True))
    beside = has_kinds and used + _KINDS_WIDTH <= width
    bar = min(_WIDEST_BAR, width - used - (_KINDS_WIDTH + _GAP if beside else 0))
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left", no_wrap=True, overflow="ellipsis")
    if beside:
        table.add_column("I/O by kind", width=_KINDS_WIDTH, overflow="fold")
    if bar >= _NARROWEST_BAR:
        table.add_column("", no_wrap=True)
    for row, (name, *others) in zip(rows, cells, strict=True):
        below = Text(f"\n  {_io(row)}", style="dim") if has_kinds and not beside and _io(row) else Text()
        line = [Text(name).append_text(below), *map(Text, others)]
        if beside:
            line.append(Text(_io(row), style="dim"))
        if bar >= _NARROWEST_BAR:
            line.append(share_bar(row.shares, bar))
        table.add_row(*line, style="dim" if row.native_id is None else "")
    return table, _caption(groups, drawn=bar >= _NARROWEST_BAR)


def strips(recording: Recording, width: int) -> Table:
    """Return the busiest Python threads over time, one below the other.

    Args:
        recording: What was seen.
        width: Columns, at least 40.
    """
    chosen = {row.native_id for row in thread_rows(recording, ROWS_SHOWN)}
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=_LABEL_WIDTH, no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True)
    room = width - _LABEL_WIDTH - 1
    for thread in recording.threads:
        if thread.is_python and thread.native_id in chosen:
            table.add_row(Text(thread_name(thread, recording)), state_strip(thread, recording, room))
    end = duration(max(0, recording.wall_ns) / 1e9)
    table.add_row("", Text(f"0{end:>{room - 1}}", style="dim"))
    return table


def shown_groups(rows: Sequence[ThreadRow], recording: Recording) -> tuple[str, ...]:
    """Return the groups of states that have a column: all but those that are empty and not to be expected."""
    found = states_of(rows)
    optional = {"unknown"} | ({"GIL"} if recording.has_gil is False else set())
    return tuple(name for name, states in GROUPS if name not in optional or found & set(states))


def _cells(row: ThreadRow, groups: Sequence[str]) -> list[str]:
    states = dict(GROUPS)
    percents = [row.percent(states[name]) for name in groups]
    return [
        plain(row.name, _NAME_WIDTH),
        MISSING if row.native_id is None else str(row.native_id),
        duration(row.wall_ns / 1e9),
        *(MISSING if one is None else str(one) for one in percents),
    ]


def _io(row: ThreadRow) -> str:
    ranked: list[State] = sorted(
        (one for one in IO_STATES if row.percents.get(one)), key=lambda one: -row.percents[one]
    )
    return ", ".join(f"{state} {row.percents[state]}" for state in ranked)


def _caption(groups: Sequence[str], *, drawn: bool) -> Text:
    said = Text("In % of wall time. run: on a core; the others: what it waited for.", style="dim")
    if drawn:
        said.append("\n").append_text(legend(tuple(groups)))
    return said
