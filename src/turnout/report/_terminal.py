"""A race for a terminal, a file or a pipe."""

from itertools import zip_longest

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from turnout.report._paper import paper
from turnout.report._python_rows import caption, python_refusals, python_rows, python_sentences
from turnout.report._python_text import python_table
from turnout.report._sentences import measured_on, projected, scaled
from turnout.report._standings import Standing, baseline_name, confidence, standings
from turnout.report._strips import LEGEND, Strip, strips
from turnout.report._types import RaceReport
from turnout.report._verdict import reasons, verdict
from turnout.report._words import (
    UNKNOWN,
    duration,
    listed,
    number,
    percent,
    plain,
    plural,
    size_of,
    span_of,
    times,
)

NARROWEST = 60
WIDEST = 160
_ACCENT = "cyan"
_WAITS_LEGEND = "core queue: ready, but without a core; switches: to wait + forced"
_ROOMY = 100  # columns from which the table has wider gaps
_NAME_WIDTH = 12  # "interpreters"
_SPARE = ("start-up", "memory", "CPU", "interval")  # columns that a narrow terminal does without, the first one first


def render_text(report: RaceReport, width: int = 80, *, colour: bool = False) -> str:
    """Return the report as lines of at most ``width`` columns, each ended by a newline.

    Args:
        report: What to show.
        width: Columns; taken as 60 if less, as 160 if more.
        colour: Whether to put in ANSI colours.
    """
    page = _Page(min(WIDEST, max(NARROWEST, width)), colour=colour)
    rows = standings(report)
    page.title(plain(report.title, 200))
    page.line(_subtitle(report))
    if rows:
        page.table(_table(report, rows, page.width))
        page.line(_caption(report, rows))
        page.timelines(rows, strips(report.measurements, page.width))
    _conclusions(page, report)
    _pythons(page, report)
    _context(page, report)
    return page.text()


class _Page:
    """Collects what is to be printed; nothing given to it is read as markup."""

    def __init__(self, width: int, *, colour: bool) -> None:
        self.width = width
        self._console, self._sink = paper(width, colour=colour)

    def title(self, words: str) -> None:
        self._console.print(Text(words, style="bold"))

    def line(self, words: str) -> None:
        self._console.print(Text(words, style="dim"))

    def heading(self, name: str) -> None:
        self._console.print()
        self._console.print(Text(name, style="bold"))

    def table(self, table: Table) -> None:
        self._console.print(table)

    def section(self, name: str, sentences: list[str]) -> None:
        if not sentences:
            return
        self.heading(name)
        for sentence in sentences:
            self._console.print(Padding(Text(sentence), (0, 0, 0, 2)))

    def timelines(self, rows: tuple[Standing, ...], drawn: tuple[Strip, ...]) -> None:
        self._console.print()
        self._console.print(Text("Timelines, all on one axis", style="bold"))
        for legend in (LEGEND, _WAITS_LEGEND):
            self._console.print(Padding(Text(legend, style="dim"), (0, 0, 0, 2)))
        for row, strip in zip(rows, drawn, strict=True):
            self._console.print()
            head = Text("  ").append(row.name, style=f"bold {_ACCENT}" if row.chosen else "bold")
            self._console.print(head)
            self._console.print(Padding(Text(_waits(row), style="dim"), (0, 0, 0, 2)))
            for label, cells in strip.rows:
                self._console.print(Text(f"  {label} ").append(cells, style=_ACCENT if row.chosen else ""))
        self._console.print(Text(drawn[0].axis, style="dim"))

    def text(self) -> str:
        lines = (line.rstrip() for line in self._sink.getvalue().splitlines())
        return "\n".join(lines).strip("\n") + "\n"


def _subtitle(report: RaceReport) -> str:
    sampled = plural(report.sample_count, "item")
    if report.item_count is None:
        whole = f"{sampled} of an unknown number in each heat"
    elif report.item_count == report.sample_count:
        whole = f"{sampled} in each heat"
    else:
        whole = f"{sampled} of {report.item_count:,} in each heat"
    heats = sorted({len(one.heats) for one in report.measurements})
    noun = "heat" if heats == [1] else "heats"
    return f"{whole}, {listed([f'{count}' for count in heats])} {noun} of each contender" if heats else whole


def _table(report: RaceReport, rows: tuple[Standing, ...], width: int) -> Table:
    gap = 1 if width >= _ROOMY else 0
    columns = {
        "executor": [plain(row.contender.executor, _NAME_WIDTH) for row in rows],
        "workers": [str(row.contender.workers) for row in rows],
        "wall": [duration(row.wall_s) for row in rows],
        "interval": [span_of(row.interval.low, row.interval.high) for row in rows],
        "speed-up": [times(row.speedup) for row in rows],
        "CPU": [percent(row.cpu_share) for row in rows],
        "memory": [size_of(row.memory_bytes) for row in rows],
        "start-up": [duration(row.startup_s) for row in rows],
    }
    if any(row.failures for row in rows):
        columns["failed"] = [number(row.failures) for row in rows]
    columns["executor"] += [plain(refusal.name, _NAME_WIDTH) for refusal in report.refusals]
    columns["workers"] += ["-"] * len(report.refusals)
    columns["wall"] += ["refused"] * len(report.refusals)
    for name in _SPARE:
        if sum(max(map(cell_len, (name, *cells))) + 1 + gap for name, cells in columns.items()) <= width + 1 + gap:
            break
        del columns[name]
    table = Table(box=SIMPLE_HEAD, padding=(0, gap, 0, 0), pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(name, justify="left" if name == "executor" else "right", no_wrap=True, overflow="ellipsis")
    for place, line in enumerate(zip_longest(*columns.values(), fillvalue="")):
        chosen = place < len(rows) and rows[place].chosen
        table.add_row(*map(Text, line), style=f"bold {_ACCENT}" if chosen else "")
    return table


def _caption(report: RaceReport, rows: tuple[Standing, ...]) -> str:
    return (
        f"wall: median; interval: of that median, {percent(confidence(rows))} confidence; "
        f"speed-up: over {baseline_name(report)}; CPU: of one core, so 200 % is two cores."
    )


def _waits(row: Standing) -> str:
    waits = row.waits
    queue = UNKNOWN if waits.run_queue_ns is None else duration(waits.run_queue_ns / 1e9)
    return (
        f"on CPU {duration(waits.on_cpu_ns / 1e9)}, off CPU {duration(waits.off_cpu_ns / 1e9)}, "
        f"core queue {queue}, switches {number(waits.voluntary_switches)} + {number(waits.involuntary_switches)}"
    )


def _conclusions(page: _Page, report: RaceReport) -> None:
    page.section("Verdict", [*verdict(report), *(plain(note) for note in report.notes)])
    page.section("Why this choice", reasons(report))
    for finding in report.findings:
        page.section(f"Found: {plain(finding.title)}", [plain(one) for one in finding.details])
    page.section("Refused", [f"{plain(one.name, 60)}: {plain(one.reason)}." for one in report.refusals])


def _pythons(page: _Page, report: RaceReport) -> None:
    rows = python_rows(report.pythons)
    if not rows:
        return
    page.heading("Under other Pythons")
    page.table(python_table(rows, _ACCENT))
    page.line(caption(rows))
    page.section("What the Pythons tell", python_sentences(rows))
    page.section("Refused under other Pythons", python_refusals(rows))


def _context(page: _Page, report: RaceReport) -> None:
    whole = "All items" if report.item_count is None else f"All {plural(report.item_count, 'item')}"
    page.section(f"{whole} would take", projected(report))
    page.section("Scaling", [line for one in report.scalings for line in scaled(one)])
    page.section("Evidence", [plain(one) for one in report.diagnosis.evidence])
    page.section("Not known", [plain(one) for one in report.diagnosis.unknown])
    page.section("Measured on", measured_on(report.environment))
