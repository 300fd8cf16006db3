"""Other Pythons for a terminal: a table of Python x model."""

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from turnout.report._python_rows import PythonRow, models_of
from turnout.report._words import MISSING, duration, plain

_NAME_WIDTH = 22


def python_table(rows: tuple[PythonRow, ...], accent: str) -> Table:
    """Return a table with a row for each Python and a column for each model."""
    models = models_of(rows)
    finished = [cell.wall_s for row in rows for cell in row.cells.values() if not cell.failures]
    best_s = min(finished, default=0.0)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("Python", no_wrap=True, overflow="ellipsis")
    for model in models:
        table.add_column(plain(model, _NAME_WIDTH), justify="right", no_wrap=True, overflow="ellipsis")
    if not models:
        table.add_column("")
    for row in rows:
        cells = [_cell(row, model, best_s, accent) for model in models] or [Text("refused")]
        name = Text(plain(row.name, _NAME_WIDTH)).append(f"\n{row.traits}" if row.traits else "", style="dim")
        table.add_row(name, *cells)
    return table


def _cell(row: PythonRow, model: str, best_s: float, accent: str) -> Text:
    cell = row.cells.get(model)
    if cell is None:
        return Text("refused" if row.reason or model in row.refused else MISSING, style="dim")
    style = f"bold {accent}" if cell.wall_s == best_s else ""
    return Text(duration(cell.wall_s), style=style).append(f"\n{cell.speedups}", style="dim")
