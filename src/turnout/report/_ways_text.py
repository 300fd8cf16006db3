"""A race of programs for a terminal, a file or a pipe."""

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from turnout.report._paper import paper
from turnout.report._sentences import measured_on
from turnout.report._ways_rows import heats_words, way_rows, ways_verdict
from turnout.report._words import duration, plain, plural, size_of, span_of, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnout.report._ways_rows import WayRow
    from turnout.report._ways_types import WaysReport

NARROWEST = 60
WIDEST = 160
_ACCENT = "cyan"
_ROOMY = 100


def ways_text(report: "WaysReport", width: int = 80, *, colour: bool = False) -> str:
    """Return the race as lines of at most ``width`` columns, each ended by a newline.

    Args:
        report: What to show.
        width: Columns; taken as 60 if less, as 160 if more.
        colour: Whether to put in ANSI colours.
    """
    wide = min(WIDEST, max(NARROWEST, width))
    console, sink = paper(wide, colour=colour)
    console.print(Text(plain(report.title, 200), style="bold"))
    wanted = plural(report.wanted, report.noun)
    console.print(Text(f"{wanted} in each heat, {heats_words(report)} of each program", style="dim"))
    rows = way_rows(report)
    if rows:
        console.print(_table(rows, report.noun, is_roomy=wide >= _ROOMY))
        caption = (
            "wall: median, from a program's start to its end; interval: of that median; CPU: time on a core; memory: "
            "the most that was held."
        )
        console.print(Text(caption, style="dim"))
    sections = (
        ("Verdict", [*ways_verdict(report), *map(plain, report.notes)]),
        ("Refused", [f"{plain(one.name, 60)}: {plain(one.reason)}." for one in report.refusals]),
        ("Measured on", measured_on(report.environment)),
    )
    for name, sentences in sections:
        if sentences:
            console.print()
            console.print(Text(name, style="bold"))
            for sentence in sentences:
                console.print(Padding(Text(sentence), (0, 0, 0, 2)))
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines()).strip("\n") + "\n"


def _table(rows: "Sequence[WayRow]", noun: str, *, is_roomy: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 2 if is_roomy else 1, 0, 0), pad_edge=False, show_edge=False)
    columns = ["program", "wall", "interval", "speed-up", "CPU", "memory", f"{noun}s"]
    if not is_roomy:
        columns.remove("interval")
    for name in columns:
        table.add_column(name, justify="left" if name == "program" else "right", no_wrap=name != "program")
    for row in rows:
        cells = {
            "program": row.name,
            "wall": duration(row.wall_s),
            "interval": span_of(row.interval.low, row.interval.high),
            "speed-up": times(row.speedup),
            "CPU": duration(row.cpu_s),
            "memory": size_of(row.memory_bytes),
            f"{noun}s": f"{row.harvest.done:,}",
        }
        table.add_row(*(Text(cells[name]) for name in columns), style=f"bold {_ACCENT}" if row.chosen else "")
    return table
