"""The parts of a race's page, from the verdict down to the environment."""

from turnout.report._charts import scaling_chart, wall_bars
from turnout.report._markup import Markup, tag
from turnout.report._parts import (
    columns_of_sentences,
    environment_part,
    paragraphs,
    part,
    table,
    timeline_part,
    verdict_block,
)
from turnout.report._python_sections import pythons_part
from turnout.report._sentences import scaled
from turnout.report._standings import Standing, baseline_name, confidence, python_timelines, race_timelines, standings
from turnout.report._types import RaceReport
from turnout.report._verdict import BOUNDS, reasons, verdict
from turnout.report._words import UNKNOWN, duration, number, percent, plain, plural, size_of, span_of, times


def race_section(report: RaceReport, place: int, race_count: int, *, titled: bool) -> Markup:
    """Return one race's part of the page.

    Args:
        report: The race.
        place: Its place in the page, from 0.
        race_count: How many races the page holds.
        titled: Whether the page already shows the race's title.
    """
    rows = standings(report)
    name = f"race-{place + 1}"
    return tag(
        "article",
        _head(report, rows, name, f"Race {place + 1} of {race_count}" if race_count > 1 else "", titled=titled),
        _findings(report),
        _bars(report, rows),
        timeline_part(race_timelines(report), place),
        _contenders(report, rows),
        pythons_part(report.pythons),
        timeline_part(python_timelines(report), race_count + place, "Timelines under other Pythons"),
        _scaling(report),
        _projections(report),
        _basis(report),
        environment_part(report.environment),
        id=name,
        class_="race only" if titled else "race",
        aria_labelledby=f"{name}-title",
    )


def _head(report: RaceReport, rows: tuple[Standing, ...], name: str, eyebrow: str, *, titled: bool) -> Markup:
    sentences = verdict(report)
    best = next((row for row in rows if row.chosen), None)
    found = [] if best is None else [("Best", best.name), ("Wall time", duration(best.wall_s))]
    if best is not None and best.speedup is not None and best.wall_s < max(row.wall_s for row in rows):
        found.append(("Speed-up", times(best.speedup)))
    if best is not None:
        found.append(("Bound by", BOUNDS[report.diagnosis.bound][0]))
    return tag(
        "header",
        tag("p", eyebrow, class_="eyebrow") if eyebrow else "",
        tag("h2", tag("bdi", plain(report.title, 200)), id=f"{name}-title", class_="unseen" if titled else None),
        verdict_block(sentences, found, report.notes),
    )


def _findings(report: RaceReport) -> Markup:
    found = [
        tag("div", tag("h4", one.title, dir="auto"), paragraphs(one.details), class_="finding")
        for one in report.findings
    ]
    return part("Findings", found) if found else Markup()


def _bars(report: RaceReport, rows: tuple[Standing, ...]) -> Markup:
    if not rows:
        return Markup()
    said = (
        f"Median of {_heats(report)}; the whisker is the median's interval at {percent(confidence(rows))} confidence. "
        "Shorter is better."
    )
    return part("Wall time", [tag("figure", wall_bars(rows), tag("figcaption", said))])


def _contenders(report: RaceReport, rows: tuple[Standing, ...]) -> Markup:
    if not (rows or report.refusals):
        return Markup()
    names = ("Wall", "Interval", "Speed-up", "CPU", "On CPU", "Off CPU", "Core queue", "Switches", "Memory", "Start-up")
    caption = (
        f"Wall: median of {_heats(report)}. Speed-up: over {baseline_name(report)}. CPU: of one core. On and off CPU: "
        "time inside items, summed over workers. Core queue: ready, but without a core. Switches: to wait + forced. "
        "All but wall and interval are those of the typical heat."
    )
    failed = any(row.failures for row in rows)
    body = [_contender(row, failed=failed) for row in rows] + [
        tag(
            "tr",
            tag("th", tag("bdi", plain(one.name, 60)), scope="row"),
            tag("td", f"refused: {one.reason}", colspan=len(names) + 1, class_="refused", dir="auto"),
        )
        for one in report.refusals
    ]
    return part(
        "Contenders", [table("Contenders", caption, ("Executor", *names, *(["Failed"] if failed else [])), body)]
    )


def _contender(row: Standing, *, failed: bool) -> Markup:
    waits = row.waits
    cells = (
        duration(row.wall_s),
        span_of(row.interval.low, row.interval.high),
        times(row.speedup),
        percent(row.cpu_share),
        duration(waits.on_cpu_ns / 1e9),
        duration(waits.off_cpu_ns / 1e9),
        UNKNOWN if waits.run_queue_ns is None else duration(waits.run_queue_ns / 1e9),
        f"{number(waits.voluntary_switches)} + {number(waits.involuntary_switches)}",
        size_of(row.memory_bytes),
        duration(row.startup_s),
        *([number(row.failures)] if failed else []),
    )
    return tag(
        "tr",
        tag("th", tag("bdi", row.name), scope="row"),
        (tag("td", cell) for cell in cells),
        class_="chosen" if row.chosen else None,
    )


def _scaling(report: RaceReport) -> Markup:
    curves = [
        tag(
            "figure",
            tag("h4", tag("bdi", plain(one.executor, 60))),
            scaling_chart(one),
            tag("figcaption", paragraphs(scaled(one))),
            class_="scaling",
        )
        for one in report.scalings
    ]
    return part("Scaling", [tag("div", curves, class_="side-by-side")]) if curves else Markup()


def _projections(report: RaceReport) -> Markup:
    if not report.projections:
        return Markup()
    ranked = sorted(report.projections, key=lambda one: one.wall_s)
    chosen = report.choice and report.choice.contender
    body = [
        tag(
            "tr",
            tag("th", tag("bdi", plain(one.contender.label, 60)), scope="row"),
            tag("td", duration(one.wall_s)),
            tag("td", span_of(one.low_s, one.high_s)),
            class_="chosen" if one.contender == chosen else None,
        )
        for one in ranked
    ]
    whole = plural(report.item_count, "item") if report.item_count is not None else "items"
    caption = f"What all {whole} would take, from the heats of {plural(report.sample_count, 'item')}."
    return part(
        "Projection", [table("Projection", caption, ("Executor", "Would take", "Likely range"), body, "narrow")]
    )


def _basis(report: RaceReport) -> Markup:
    return columns_of_sentences(
        (
            ("Why this choice", reasons(report)),
            ("Evidence", report.diagnosis.evidence),
            ("Not known", report.diagnosis.unknown),
        )
    )


def _heats(report: RaceReport) -> str:
    counts = sorted({len(one.heats) for one in report.measurements})
    return plural(counts[0], "heat") if len(counts) == 1 else f"{counts[0]} to {counts[-1]} heats"
