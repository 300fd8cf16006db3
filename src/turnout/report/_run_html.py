"""A run as one HTML page."""

from turnout.report._markup import Markup, tag
from turnout.report._page import page, where_and_when
from turnout.report._parts import (
    columns_of_sentences,
    environment_part,
    figures,
    paragraphs,
    part,
    table,
    timeline_part,
)
from turnout.report._run_rows import StageRow, run_timelines, stage_rows
from turnout.report._run_summary import (
    bottleneck_words,
    foretold,
    headline,
    rate,
    reasons_of,
    summary,
    track_words,
    wall_s,
)
from turnout.report._run_types import FailedItem, RunReport
from turnout.report._words import MISSING, duration, number, percent, plain


def render_run_html(report: RunReport) -> str:
    """Return a page that shows a run, in the frame of `turnout.report._page`."""
    body = tag(
        "article",
        _head(report),
        _failures(report),
        timeline_part(run_timelines(report), 0),
        _stages(report),
        columns_of_sentences(_reasons(report)),
        environment_part(report.environment, "run") if report.environment else "",
        class_="race only",
        aria_labelledby="run-title",
    )
    environments = [report.environment] if report.environment else []
    return page(report.title, where_and_when(environments), body, [run_timelines(report)])


def _head(report: RunReport) -> Markup:
    status = report.status
    found = [("Done", number(status.done)), ("Wall time", duration(wall_s(report)))]
    if status.done > status.replayed:
        found.append(("Rate", rate(report)))
    found.append(("Failed", number(status.failed)))
    if status.replayed:
        found.append(("From the journal", number(status.replayed)))
    files = [f"{what}: {plain(name, 300)}" for what, name in _files(report)]
    return tag(
        "header",
        tag("h2", tag("bdi", plain(report.title, 200)), id="run-title", class_="unseen"),
        tag("p", headline(report), class_="headline"),
        figures(found),
        tag("div", paragraphs(summary(report)[1:]), paragraphs(files), class_="verdict"),
    )


def _files(report: RunReport) -> list[tuple[str, str]]:
    named = (("Results", report.results), ("Journal", report.journal))
    return [(what, name) for what, name in named if name is not None]


def _failures(report: RunReport) -> Markup:
    if not report.failures:
        return Markup()
    shown, all_of_them = len(report.failures), report.status.failed
    caption = (
        "All items that failed." if shown >= all_of_them else f"The first {shown:,} of {all_of_them:,} that failed."
    )
    is_told = any(one.stage is not None for one in report.failures)
    names = ("Item", "What", *(("Stage",) if is_told else ()), "Error", "Tries")
    body = (_failure(one, tells_stage=is_told) for one in report.failures)
    return part("Failures", [table("Failures", caption, names, body, "wordy")])


def _failure(one: FailedItem, *, tells_stage: bool) -> Markup:
    return tag(
        "tr",
        tag("th", number(one.index), scope="row"),
        tag("td", tag("bdi", plain(one.item, 200)), class_="words"),
        tag("td", tag("bdi", plain(one.stage or MISSING, 60)), class_="words") if tells_stage else "",
        tag("td", tag("bdi", plain(one.error, 400)), class_="words"),
        tag("td", number(one.attempts)),
    )


def _stages(report: RunReport) -> Markup:
    rows = stage_rows(report.status)
    if not rows:
        return Markup()
    queues = any(row.stage.queue_limit for row in rows)
    names = ("Track", "In", "Out", "Failed", "Tried again", "Busy", "CPU", *(("Waiting",) if queues else ()))
    caption = (
        "Busy: part of its workers' time, over the whole run, that was spent inside items. CPU: part of that on a core."
    )
    if queues:
        caption += " Waiting: items in front of it at the end, and how many may wait there."
    slowest = report.bottleneck and report.bottleneck.stage
    body = (_stage(row, queues=queues, chosen=row.stage.name == slowest) for row in rows)
    return part("Stages" if len(rows) > 1 else "Work", [table("Stages", caption, ("Stage", *names), body)])


def _stage(row: StageRow, *, queues: bool, chosen: bool) -> Markup:
    stage = row.stage
    waiting = f"{stage.queued:,} of {stage.queue_limit:,}" if stage.queue_limit else MISSING
    cells = (
        row.track or MISSING,
        number(stage.taken),
        number(stage.given_out),
        number(stage.failed),
        number(stage.retried),
        percent(row.busy_share),
        percent(row.cpu_share),
        *((waiting,) if queues else ()),
    )
    kind = tag("small", f" {plain(stage.kind, 20)}", class_="muted") if stage.kind != "map" else ""
    return tag(
        "tr",
        tag("th", tag("bdi", row.name), kind, scope="row"),
        (tag("td", cell) for cell in cells),
        class_="chosen" if chosen else None,
    )


def _reasons(report: RunReport) -> list[tuple[str, list[str]]]:
    """Return what to tell side by side: why each stage ran as it did, and where the others waited."""
    stages = report.status.stages
    several = len(stages) > 1
    found = []
    for stage in stages:
        heading = f"Why {plain(stage.name, 40)} ran so" if several else "Why this track"
        said = [f"Track: {track_words(stage)}.", *reasons_of(stage)]
        if foretold(stage):
            said.append(f"{foretold(stage)}.")
        if len(said) > 1 or len(stage.choice.tracks) > 1:
            found.append((heading, said))
    if report.bottleneck is not None:
        said = [bottleneck_words(report.bottleneck), *map(plain, report.bottleneck.reasons)]
        found.append(("Bottleneck", said))
    return found
