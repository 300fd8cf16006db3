"""What handlers and their loop did, for a terminal."""

from rich.box import SIMPLE_HEAD
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from turnout.report._events_types import EventsReport
from turnout.report._events_words import headline, seconds, slow_words, summary, worst_first
from turnout.report._paper import paper
from turnout.report._words import MISSING, number, plain

_NARROWEST = 60
_CELL_WIDTH = 32
_ROWS = 20
_SLOW_ROWS = 5
_FRAMES = 6


def render_events_text(report: EventsReport, width: int, *, colour: bool) -> str:
    """Return a summary for a terminal."""
    console, sink = paper(max(_NARROWEST, width), colour=colour)
    console.print(Text(plain(report.title, 200), style="bold"))
    for sentence in (headline(report), *summary(report)):
        console.print(Padding(Text(sentence), (0, 0, 0, 2)))
    if report.handlers:
        console.print()
        console.print(_handlers(report))
    for place, one in enumerate(worst_first(report)[:_SLOW_ROWS]):
        if place == 0:
            console.print()
            console.print(Text("Slowest", style="bold"))
        console.print(Padding(Text(slow_words(one)), (0, 0, 0, 2)))
        for frame in one.stack[-_FRAMES:]:
            console.print(Padding(Text(plain(frame, 200), style="dim"), (0, 0, 0, 4)))
    lines = (line.rstrip() for line in sink.getvalue().splitlines())
    return "\n".join(lines).strip("\n") + "\n"


def _handlers(report: EventsReport) -> Table:
    made = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for place, name in enumerate(("handler", "event", "calls", "failed", "half", "99 of 100", "longest")):
        made.add_column(name, justify="left" if place < 2 else "right", no_wrap=True, overflow="ellipsis")  # noqa: PLR2004  words, then figures
    for row in report.handlers[:_ROWS]:
        made.add_row(
            Text(plain(row.handler, _CELL_WIDTH)),
            Text(plain(row.kind, _CELL_WIDTH)),
            number(row.calls),
            number(row.failed) if row.failed else MISSING,
            seconds(row.half_ns),
            seconds(row.most_ns),
            seconds(row.longest_ns),
        )
    return made
