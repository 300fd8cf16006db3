"""A run for a terminal, a file or a pipe: a few lines that say what there is to know."""

from rich.box import SIMPLE_HEAD
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from turnout.report._paper import paper
from turnout.report._run_rows import StageRow, ran_nothing, stage_rows
from turnout.report._run_summary import foretold, headline, reasons_of, slow_stage, tally, track_words
from turnout.report._run_types import RunReport
from turnout.report._words import MISSING, number, percent, plain, plural

NARROWEST = 60
WIDEST = 110
FAILURES_SHOWN = 5
_LABEL_WIDTH = 10
_CELL_WIDTH = 20
_ACCENT = "cyan"


def render_run_text(report: RunReport, width: int = 80, *, colour: bool = False, explain: bool = False) -> str:
    """Return a summary as lines of at most ``width`` columns, each ended by a newline.

    Args:
        report: What to show.
        width: Columns; taken as 60 if less, as 110 if more.
        colour: Whether to put in ANSI colours.
        explain: Whether to tell all reasons, and not the first one only.
    """
    console, sink = paper(min(WIDEST, max(NARROWEST, width)), colour=colour)
    console.print(Text(plain(report.title, 200), style="bold"))
    console.print(Padding(Text(f"{headline(report)} {tally(report)}"), (0, 0, 0, 2)))
    rows = stage_rows(report.status)
    if len(rows) > 1:
        console.print(Padding(_stages(report, rows), (1, 0, 1, 2)))
    console.print(Padding(_facts(report, explain=explain), (0, 0, 0, 2)))
    lines = (line.rstrip() for line in sink.getvalue().splitlines())
    return "\n".join(lines).strip("\n") + "\n"


def _stages(report: RunReport, rows: tuple[StageRow, ...]) -> Table:
    slowest = report.bottleneck and report.bottleneck.stage
    made = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    names = ("stage", "track", "in", "out", "failed", "busy")
    for place, name in enumerate(names):
        made.add_column(name, justify="left" if place < 2 else "right", no_wrap=True, overflow="ellipsis")  # noqa: PLR2004  words, then figures
    for row in rows:
        stage = row.stage
        cells = (
            plain(stage.name, _CELL_WIDTH),
            plain(row.track, _CELL_WIDTH) or MISSING,
            number(stage.taken),
            number(stage.given_out),
            number(stage.failed),
            percent(row.busy_share),
        )
        made.add_row(*map(Text, cells), style=f"bold {_ACCENT}" if stage.name == slowest else "")
    return made


def _facts(report: RunReport, *, explain: bool) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", width=_LABEL_WIDTH, no_wrap=True)
    table.add_column(overflow="fold")
    several = len(report.status.stages) > 1
    for stage in report.status.stages:
        name = f"{plain(stage.name, 40)}: " if several else ""
        told = reasons_of(stage) if explain else reasons_of(stage)[:1]
        if (not several or explain) and not ran_nothing(stage):
            expected = f"; {foretold(stage)}" if foretold(stage) else ""
            table.add_row("track", Text(f"{name}{track_words(stage)}{expected}"))
            for place, reason in enumerate(told):
                table.add_row("" if place else "why", Text(reason))
    if slowest := slow_stage(report):
        table.add_row("bottleneck", Text(slowest, style=_ACCENT if report.bottleneck else ""))
        for reason in report.bottleneck.reasons if report.bottleneck else ():
            table.add_row("", Text(plain(reason)))
    for place, one in enumerate(report.failures[:FAILURES_SHOWN]):
        tries = f" (tried {one.attempts} times)" if one.attempts > 1 else ""
        where = f" in {plain(one.stage, _CELL_WIDTH)}" if one.stage is not None else ""
        table.add_row(
            "" if place else "failed",
            Text(f"item {one.index:,} ({plain(one.item, 60)}){where}: {plain(one.error, 200)}{tries}"),
        )
    more = report.status.failed - min(FAILURES_SHOWN, len(report.failures))
    if report.failures and more > 0:
        table.add_row("", Text(f"and {plural(more, 'more').removesuffix('s')}", style="dim"))
    if report.results is not None:
        table.add_row("results", Text(plain(report.results, 300)))
    if report.journal is not None:
        again = "; the same command goes on from there" if report.status.is_interrupted else ""
        table.add_row("journal", Text(f"{plain(report.journal, 300)}{again}"))
    return table
