"""How a crawl stands, as text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from turnout.report._paper import paper
from turnout.report._words import duration, percent, plain, plural, significant, size_of

if TYPE_CHECKING:
    from turnout.report._crawl_types import CrawlReport, CrawlRun

NARROWEST = 60
WIDEST = 160
_HOSTS = 20
_WAITING = 3  # hosts that are told of one by one
_WORKING = ("read", "record", "index", "fetch")
_BUSY = 0.75  # of the wall time on one core: then that core is what bounds it
_BARS = "▁▂▃▄▅▆▇█"
_TEXTS = {"what", "why", "note", "began", "ended"}
_STAGES = {
    "fetch": "asking for pages and taking what comes",
    "read": "reading what is in them",
    "record": "writing down what was found",
    "index": "handing pages to the index",
    "wait": "waiting for sites",
}


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
    first = plain(report.seeds[0], 100) if report.seeds else "nothing"
    more = f" and {plural(len(report.seeds) - 1, 'other address')}" if len(report.seeds) > 1 else ""
    console.print(Text(f"Crawl of {first}{more.replace('addresss', 'addresses')}", style="bold"))
    console.print(Text(f"  {standing_words(report)}"))
    if report.runs:
        console.print(Text(f"  {_run_words(_last_run(report))}"))
    for line in () if explain else _waiting(report):
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


def standing_words(report: "CrawlReport") -> str:
    """Return the counts as a sentence."""
    words = [f"{report.done:,} fetched", f"{report.waiting:,} waiting", f"{report.failed:,} failed"]
    if report.left_out:
        words.append(f"{report.left_out:,} left out")
    return f"{report.found:,} addresses found: {', '.join(words)}."


def bottleneck_words(run: "CrawlRun") -> str:
    """Return what bounded a run, as a sentence."""
    if run.wall_s <= 0:
        return "Nothing was measured yet."
    shares = {name: run.stages.get(name, 0.0) / run.wall_s for name in _STAGES}
    if sum(shares[name] for name in _WORKING) < _BUSY:
        return (
            f"The sites bound it: the crawl waited for them for {percent(shares['wait'])} of the time. "
            "Shorter delays or more connections would help, where the sites allow them."
        )
    worst = max(_WORKING, key=lambda name: shares[name])
    return f"One core bounds it, most of all by {_STAGES[worst]}: {percent(shares[worst])} of the time."


def _last_run(report: "CrawlReport") -> "CrawlRun":
    """Return the last run that did something, or the last one."""
    return next((run for run in reversed(report.runs) if run.fetched), report.runs[-1])


def _run_words(run: "CrawlRun") -> str:
    rate = f": {significant(run.fetched / run.wall_s)} a second" if run.wall_s > 0 else ""
    cpu = f", {duration(run.cpu_s / run.fetched)} of CPU each" if run.fetched else ""
    words = f"{plural(run.fetched, 'answer')} in {duration(run.wall_s)}{rate}{cpu}."
    return words if run.ended else f"Since {plain(run.began.replace('T', ' '), 40)}, or until it was cut off: {words}"


def _waiting(report: "CrawlReport") -> list[str]:
    """Return why addresses still wait, a line for each host, and one for the rest of them."""
    hosts = [host for host in report.hosts if host.note and host.waiting]
    lines = [
        f"{plain(host.origin, 60)}: {plain(host.note, 200)}; {host.waiting:,} wait there" for host in hosts[:_WAITING]
    ]
    if len(hosts) > _WAITING:
        lines.append(
            f"and {plural(len(hosts) - _WAITING, 'host')} more do not answer as they should; --report shows them"
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
    if report.runs and _last_run(report).stages:
        parts.extend((_stages(_last_run(report)), Text(bottleneck_words(_last_run(report)))))
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
        note = plain(host.note, 100) if host.waiting else ""
        table.add_row(*map(Text, (plain(host.origin, 60), *counts, size_of(host.received_bytes), mean, note)))
    return table


def _stages(run: "CrawlRun") -> Table:
    table = _table("stage", "what", "time", "share")
    for name, what in _STAGES.items():
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
