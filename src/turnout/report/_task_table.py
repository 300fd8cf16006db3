"""The tasks of event loops as a table for a terminal."""

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from turnout.observe import Recording
from turnout.report._task_rows import TASK_CAPTION, TASK_HEADS, task_rows

ROWS_SHOWN = 8
_ROWS_OF_ALL = 50
_FIGURES_WIDTH = 42


def task_table(recording: Recording, width: int, *, explain: bool = False) -> tuple[Table, Text]:
    """Return a table with a row for each coroutine function, and what it says.

    Args:
        recording: What was seen.
        width: Columns, at least 60.
        explain: Whether to show all of them.
    """
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("coroutine", no_wrap=True, overflow="ellipsis", max_width=width - _FIGURES_WIDTH)
    for head in ("tasks", "time", *TASK_HEADS.values()):
        table.add_column(head, justify="right", no_wrap=True)
    for row in task_rows(recording, _ROWS_OF_ALL if explain else ROWS_SHOWN):
        place = Text(f"\n  mostly at {row.place}" if row.place else "", style="dim")
        table.add_row(Text(row.name).append_text(place), *map(Text, (f"{row.count:,}", row.wall, *row.shares.values())))
    return table, Text(TASK_CAPTION, style="dim")
