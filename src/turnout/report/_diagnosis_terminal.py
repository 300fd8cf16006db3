"""A diagnosed program for a terminal, a file or a pipe: the verdict, then what it rests on."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from turnout.advise._program_types import Remedy
from turnout.report._diagnosis_types import DiagnosisReport
from turnout.report._diagnosis_words import (
    blockage_words,
    children_words,
    circumstances,
    convoy_words,
    gain_words,
    headline,
    line_words,
    observer_words,
    title,
)
from turnout.report._holders import holder_words
from turnout.report._paper import paper
from turnout.report._state_words import stack_words
from turnout.report._task_table import task_table
from turnout.report._thread_table import strips, thread_table
from turnout.report._words import plain

NARROWEST = 60
WIDEST = 140
_LABEL_WIDTH = 10
_TEXT_WIDTH = 100  # columns beyond which sentences get hard to read
_INDENT = 2
_ACCENT = "cyan"
_WARNING = "yellow"
_FIRST = 3  # of each that is told unless all is asked for
_ALL = 50
_HOLDERS = (4, 12)
_FRAMES = (3, 12)
Part = tuple[str, Iterable[RenderableType]]


def render_diagnosis_text(
    report: DiagnosisReport, width: int = 80, *, colour: bool = False, explain: bool = False
) -> str:
    """Return a summary as lines of at most ``width`` columns, each ended by a newline.

    Args:
        report: What to show.
        width: Columns; taken as 60 if less, as 140 if more.
        colour: Whether to put in ANSI colours.
        explain: Whether to tell all that is known, and not the first of each, and to draw the threads over time.
    """
    recording = report.recording
    room = min(WIDEST, max(NARROWEST, width))
    console, sink = paper(room, colour=colour)
    console.print(Text(title(recording), style="bold"))
    console.print(_indented(Text(headline(report), style=f"bold {_ACCENT}"), room))
    console.print(_indented(Text(circumstances(recording), style="dim"), room))
    console.print()
    console.print(_indented(_facts(_basis(report, explain=explain)), room))
    if recording.threads:
        table, legend = thread_table(recording, room)
        console.print()
        console.print(table)
        console.print(legend)
        if explain:
            console.print()
            console.print(strips(recording, room))
    if recording.tasks:
        console.print()
        for told in task_table(recording, room, explain=explain):
            console.print(told)
    console.print()
    console.print(_indented(_facts(_parts(report, explain=explain)), room))
    lines = (line.rstrip() for line in sink.getvalue().splitlines())
    return "\n".join(lines).strip("\n") + "\n"


def _indented(told: Text | Table, width: int) -> Padding:
    return Padding(told, (0, max(0, width - _TEXT_WIDTH), 0, _INDENT))


def _facts(parts: Iterable[Part]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", width=_LABEL_WIDTH, no_wrap=True)
    table.add_column(overflow="fold")
    for label, lines in parts:
        for place, line in enumerate(lines):
            table.add_row("" if place else label, line)
    return table


def _basis(report: DiagnosisReport, *, explain: bool) -> Iterator[Part]:
    yield "why", _some([plain(one) for one in report.diagnosis.evidence], _ALL if explain else _FIRST)
    yield "sureness", [Text(report.diagnosis.sureness)]


def _parts(report: DiagnosisReport, *, explain: bool) -> Iterator[Part]:
    """Yield what there is to say: a label, and lines."""
    recording, found = report.recording, report.diagnosis
    limit = _ALL if explain else _FIRST
    yield "GIL", map(Text, holder_words(recording, _HOLDERS[explain]))
    yield "convoys", _some([convoy_words(one, recording) for one in found.convoys], limit)
    yield "loop", _blockages(report, limit, _FRAMES[explain])
    yield "lines", _some([line_words(one) for one in found.lines], limit)
    yield "do", _remedies(found.remedies[:limit])
    if found.wrong is not None:
        yield "do not", _wrong(found.wrong)
    yield "doubts", map(Text, map(plain, found.doubts))
    yield "not seen", map(Text, map(plain, recording.notes))
    yield "children", map(Text, filter(None, [children_words(recording)]))
    yield "observer", [Text(observer_words(recording), style="dim")]


def _some(sentences: Sequence[str], limit: int) -> Iterator[Text]:
    """Yield the first sentences, and how many more there are."""
    yield from map(Text, sentences[:limit])
    left = len(sentences) - limit
    if left > 0:
        yield Text(f"and {left:,} more", style="dim")


def _blockages(report: DiagnosisReport, limit: int, depth: int) -> Iterator[RenderableType]:
    blockages = report.diagnosis.blockages
    for one in blockages[:limit]:
        yield Text(blockage_words(one, report.recording), style=_WARNING)
        for line in stack_words(one.stack, depth):
            yield _below(line, "dim")
    if len(blockages) > limit:
        yield Text(f"and {len(blockages) - limit:,} more", style="dim")


def _remedies(remedies: Sequence[Remedy]) -> Iterator[RenderableType]:
    for one in remedies:
        gain = gain_words(one)
        yield Text(plain(one.name, 200), style=_ACCENT).append(f": {gain}." if gain else "", style="not bold")
        yield _below(plain(one.why))
        if one.command is not None:
            yield _below(plain(one.command), "bold")


def _wrong(remedy: Remedy) -> Iterator[RenderableType]:
    yield Text(f"{plain(remedy.name, 200)}, though it looks as if it helped.", style=_WARNING)
    yield _below(plain(remedy.why))


def _below(words: str, style: str = "") -> Padding:
    return Padding(Text(words, style=style), (0, 0, 0, _INDENT))
