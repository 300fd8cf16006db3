"""How a crawl stands, as text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from turnout.report._crawl_words import STAGES, bottleneck_words, last_run, run_words, standing_words, title_words
from turnout.report._paper import paper
from turnout.report._words import duration, percent, plain, plural, significant, size_of

if TYPE_CHECKING:
    from turnout.report._crawl_types import CrawlReport, CrawlRun

NARROWEST = 60
WIDEST = 160
_HOSTS = 20
_LACKING = 3  # hosts that are told of one by one
_BARS = "▁▂▃▄▅▆▇█"
_TEXTS = {"what", "why", "note", "began", "ended"}


def crawl_text(report: "CrawlReport", width: int = 80, *, colour: bool = False, explain: bool = False) -> str:
    """Return how a crawl stands as lines of at most ``width`` columns.

    Args:
        report: How it stands.
        width: Columns; taken as 60 if less, as 160 if more.
        colour: Whether to put in ANSI colours.
        explain: Whether hosts, stages, the timeline, the slowest pages and failures are shown.
    """
    wide = min(WIDEST, max(NARROWEST, width))
    console, sink = paper(wide, colour=colour)
    console.print(Text(title_words(report), style="bold"))
    console.print(Text(f"  {standing_words(report)}"))
    if report.runs:
        console.print(Text(f"  {run_words(last_run(report))}"))
    for line in () if explain else _lacking(report):
        console.print(Text(f"  {line}"))
    for name, words in (("status", _statuses(report)), ("notes", _notes(report))):
        if words:
            console.print(Text(f"  {name:<11} {words}"))
    if explain:
        for part in _details(report):
            console.print()
            console.print(part)
    console.print(Text(f"  {'folder':<11} {plain(report.folder, 200)}"))
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines()).strip("\n") + "\n"


def _lacking(report: "CrawlReport") -> list[str]:
    """Return why addresses still wait or a host could not be asked, a line for each, and one for the rest of them."""
    hosts = [host for host in report.hosts if host.lacks]
    lines = [
        f"{plain(host.origin, 60)}: {plain(host.note, 200)}; "
        + (f"{host.waiting:,} wait there" if host.waiting else f"{host.failed:,} failed there")
        for host in hosts[:_LACKING]
    ]
    if len(hosts) > _LACKING:
        lines.append(
            f"and {plural(len(hosts) - _LACKING, 'host')} more do not answer as they should; --report shows them"
        )
    return lines


def _statuses(report: "CrawlReport") -> str:
    return ", ".join(f"{status or 'no answer'} x {count:,}" for status, count in report.statuses.items())


def _notes(report: "CrawlReport") -> str:
    return ", ".join(f"{plain(note, 80)} x {count:,}" for note, count in report.notes.items())


def _details(report: "CrawlReport") -> "Sequence[Table | Text]":
    parts: list[Table | Text] = []
    if report.hosts:
        parts.append(_hosts(report))
    if report.runs and last_run(report).stages:
        parts.extend((_stages(last_run(report)), Text(bottleneck_words(last_run(report)))))
    if len(report.timeline) > 1:
        parts.append(Text(_timeline(report)))
    if report.slowest:
        parts.append(_pairs("slowest", "took", [(url, duration(ms / 1000)) for url, ms in report.slowest]))
    if report.failures:
        parts.append(_pairs("failed", "why", report.failures))
    if len(report.runs) > 1:
        parts.append(_runs(report))
    return parts


def _hosts(report: "CrawlReport") -> Table:
    table = _table("host", "found", "fetched", "failed", "waiting", "bytes", "mean", "note")
    for host in report.hosts[:_HOSTS]:
        counts = (f"{count:,}" for count in (host.found, host.done, host.failed, host.waiting))
        mean = duration(host.mean_ms / 1000)
        note = plain(host.note, 100) if host.lacks else ""
        table.add_row(*map(Text, (plain(host.origin, 60), *counts, size_of(host.received_bytes), mean, note)))
    return table


def _stages(run: "CrawlRun") -> Table:
    table = _table("stage", "what", "time", "share")
    for name, what in STAGES.items():
        seconds = run.stages.get(name, 0.0)
        share = percent(seconds / run.wall_s) if run.wall_s else "-"
        table.add_row(*map(Text, (name, what, duration(seconds), share)))
    return table


def _timeline(report: "CrawlReport") -> str:
    rates = [span.fetched / span.span_s if span.span_s > 0 else 0.0 for span in report.timeline]
    most = max(rates) or 1.0
    bars = "".join(_BARS[min(len(_BARS) - 1, int(rate / most * len(_BARS)))] for rate in _thinned(rates, 60))
    end = report.timeline[-1]
    return f"pages a second over {duration(end.start_s + end.span_s)}, at most {significant(most)}\n{bars}"


def _thinned(values: Sequence[float], most: int) -> list[float]:
    if len(values) <= most:
        return list(values)
    step = len(values) / most
    pieces = (values[int(place * step) : max(int(place * step) + 1, int((place + 1) * step))] for place in range(most))
    return [sum(piece) / len(piece) for piece in pieces]


def _pairs(left: str, right: str, rows: "Sequence[tuple[str, str]]") -> Table:
    table = _table(left, right)
    for one, other in rows:
        table.add_row(Text(plain(one, 90)), Text(plain(other, 100)))
    return table


def _runs(report: "CrawlReport") -> Table:
    table = _table("run", "began", "ended", "answers", "time")
    for number, run in enumerate(report.runs, 1):
        ended = plain(run.ended or "was cut off, or goes on", 40)
        table.add_row(*map(Text, (f"{number}", plain(run.began, 40), ended, f"{run.fetched:,}", duration(run.wall_s))))
    return table


def _table(*names: str) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for place, name in enumerate(names):
        if place == 0 or name in _TEXTS:
            table.add_column(name, overflow="fold")
        else:
            table.add_column(name, no_wrap=True, justify="right")
    return table
