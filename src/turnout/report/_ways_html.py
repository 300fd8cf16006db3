"""A race of programs as one HTML page."""

from turnout.report._charts import wall_bars
from turnout.report._markup import Markup, tag
from turnout.report._page import page, where_and_when
from turnout.report._parts import environment_part, part, table, verdict_block
from turnout.report._ways_rows import WayRow, heats_words, way_rows, ways_verdict
from turnout.report._ways_types import WaysReport
from turnout.report._words import duration, number, percent, plain, plural, size_of, span_of, times


def render_ways_html(report: WaysReport) -> str:
    """Return a page that shows the race, in the frame of `turnout.report._page`."""
    rows = way_rows(report)
    body = tag(
        "article",
        _head(report, rows),
        _bars(report, rows),
        _programs(report, rows),
        environment_part(report.environment),
        class_="race only",
        aria_labelledby="ways-title",
    )
    return page(report.title, where_and_when([report.environment]), body)


def _head(report: WaysReport, rows: tuple[WayRow, ...]) -> Markup:
    sentences = ways_verdict(report)
    best = next((row for row in rows if row.chosen), None)
    found = [("Wanted", plural(report.wanted, report.noun))]
    if best is not None:
        found += [("Fastest", best.name), ("Wall time", duration(best.wall_s)), ("Speed-up", times(best.speedup))]
    return tag(
        "header",
        tag("h2", tag("bdi", plain(report.title, 200)), id="ways-title", class_="unseen"),
        verdict_block(sentences, found, report.notes),
    )


def _bars(report: WaysReport, rows: tuple[WayRow, ...]) -> Markup:
    if not rows:
        return Markup()
    confidence = min(row.interval.confidence for row in rows)
    said = (
        f"Median of {heats_words(report)}, each from the program's start to its end; the whisker is the median's "
        f"interval at {percent(confidence)} confidence. Shorter is better."
    )
    return part("Wall time", [tag("figure", wall_bars(rows), tag("figcaption", said))])


def _programs(report: WaysReport, rows: tuple[WayRow, ...]) -> Markup:
    names = ("Wall", "Interval", "Speed-up", "CPU", "Memory", f"{report.noun.capitalize()}s", "Failed", "Bytes")
    caption = (
        "Speed-up: over the first. CPU: time on a core. Memory: the most that was held in any heat. The rest is of the "
        "heat that brought least."
    )
    body = [_program(row) for row in rows] + [
        tag(
            "tr",
            tag("th", tag("bdi", plain(one.name, 60)), scope="row"),
            tag("td", f"refused: {plain(one.reason)}", colspan=len(names), class_="refused", dir="auto"),
        )
        for one in report.refusals
    ]
    return part("Programs", [table("Programs", caption, ("Program", *names), body)])


def _program(row: WayRow) -> Markup:
    cells = (
        duration(row.wall_s),
        span_of(row.interval.low, row.interval.high),
        times(row.speedup),
        duration(row.cpu_s),
        size_of(row.memory_bytes),
        number(row.harvest.done),
        number(row.harvest.failed),
        size_of(row.harvest.received_bytes),
    )
    return tag(
        "tr",
        tag("th", tag("bdi", row.name), scope="row"),
        (tag("td", cell) for cell in cells),
        class_="chosen" if row.chosen else None,
    )
