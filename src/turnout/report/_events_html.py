"""What handlers and their loop did, as one HTML page."""

from turnout.report._events_lanes import KEY, codes_seen, events_data
from turnout.report._events_types import EventsReport, HandlerRow, KindRow, SlowRow
from turnout.report._events_words import headline, seconds, slow_words, summary, worst_first
from turnout.report._markup import Markup, tag
from turnout.report._page import page, where_and_when
from turnout.report._parts import drawn_part, environment_part, figures, paragraphs, part, table
from turnout.report._words import MISSING, number, percent, plain, plural

SLOW_SHOWN = 30
ROWS_SHOWN = 200
_HINT = (
    "One lane for each handler, and one above them for the loop, where it came late to what was due. Point at a call, "
    "or tap it, to see how long it took and where it was. Drag to pan; pinch, or Ctrl and wheel, to zoom (after a "
    "click the wheel alone does); with the keyboard: arrows, + and -, 0 for all, Shift with arrows to step from one "
    "call to the next."
)


def render_events_html(report: EventsReport) -> str:
    """Return a page that shows a report, in the frame of `turnout.report._page`."""
    drawn = events_data(report)
    body = tag(
        "article",
        _head(report),
        _timeline(report) if drawn else "",
        _handlers(report),
        _kinds(report),
        _slow(worst_first(report)),
        environment_part(report.environment, "report") if report.environment else "",
        class_="race only",
        aria_labelledby="events-title",
    )
    environments = [report.environment] if report.environment else []
    return page(report.title, where_and_when(environments), body, more=[drawn])


def _head(report: EventsReport) -> Markup:
    found = [
        ("Events", number(sum(kind.count for kind in report.kinds))),
        ("Seen for", seconds(report.wall_ns)),
        ("Most waiting", number(report.most_waiting)),
        ("Failed calls", number(sum(row.failed for row in report.handlers))),
    ]
    if report.loop is not None:
        found.append(("Loop late at worst", seconds(report.loop.longest_ns)))
    return tag(
        "header",
        tag("h2", tag("bdi", plain(report.title, 200)), id="events-title", class_="unseen"),
        tag("p", headline(report), class_="headline", dir="auto"),
        figures(found),
        tag("div", paragraphs(summary(report)), class_="verdict"),
    )


def _timeline(report: EventsReport) -> Markup:
    seen = codes_seen(report)
    key = (tag("li", label, class_=f"state-{mark}") for code, (label, mark) in enumerate(KEY) if code in seen)
    return drawn_part("Handlers over time", tag("ul", key, class_="key"), _HINT)


def _handlers(report: EventsReport) -> Markup:
    if not report.handlers:
        return Markup()
    names = (
        "Handler",
        "Event",
        "Calls",
        "Failed",
        "Time",
        "Half within",
        "99 % within",
        "Longest",
        "How long they took",
    )
    caption = "Time: all calls together, and its share of the whole. Times within are at most twice the true ones."
    body = (_handler(row, report.wall_ns) for row in report.handlers[:ROWS_SHOWN])
    return part("Handlers", [table("Handlers", caption, names, body)])


def _handler(row: HandlerRow, wall_ns: int) -> Markup:
    gone = tag("small", " (removed)", class_="muted") if row.is_removed else ""
    share = f" ({percent(row.total_ns / wall_ns)})" if wall_ns > 0 else ""
    cells = (
        number(row.calls),
        number(row.failed) if row.failed else MISSING,
        f"{seconds(row.total_ns)}{share}",
        seconds(row.half_ns),
        seconds(row.most_ns),
        seconds(row.longest_ns),
    )
    return tag(
        "tr",
        tag("th", tag("bdi", plain(row.handler, 120)), gone, scope="row"),
        tag("td", tag("bdi", plain(row.kind, 80))),
        (tag("td", cell) for cell in cells),
        tag("td", _histogram(row.counts)),
    )


def _histogram(counts: tuple[int, ...]) -> Markup:
    """Return a bar for each bucket from the shortest call to the longest one."""
    filled = [bits for bits, count in enumerate(counts) if count]
    if not filled:
        return Markup()
    first, last = filled[0], filled[-1]
    highest = max(counts)
    bars = (
        tag("rect", x=10 * (bits - first), y=f"{20 - high:.2f}", width=9, height=f"{high:.2f}", class_="bar")
        for bits in range(first, last + 1)
        for high in [20 * counts[bits] / highest if counts[bits] else 0]
    )
    said = "; ".join(f"{plural(counts[bits], 'call')} below {seconds(1 << bits)}" for bits in filled)
    wide = 10 * (last - first + 1)
    return tag(
        "svg",
        tag("title", said),
        bars,
        viewBox=f"0 0 {wide} 20",
        width=wide,
        height=20,
        role="img",
        aria_label=said,
        class_="spark",
    )


def _kinds(report: EventsReport) -> Markup:
    if not report.kinds:
        return Markup()
    names = ("Event", "Handled", "Waited", "Half within", "99 % within", "Dropped", "Merged", "Most waiting")
    caption = "Waited: how many were queued, since something else was being handled, and for how long."
    return part("Events", [table("Events", caption, names, map(_kind, report.kinds[:ROWS_SHOWN]))])


def _kind(row: KindRow) -> Markup:
    cells = (
        number(row.count),
        number(row.queued) if row.queued else MISSING,
        seconds(row.half_ns) if row.queued else MISSING,
        seconds(row.most_ns) if row.queued else MISSING,
        number(row.dropped) if row.dropped else MISSING,
        number(row.merged) if row.merged else MISSING,
        number(row.most_waiting),
    )
    return tag("tr", tag("th", tag("bdi", plain(row.kind, 120)), scope="row"), (tag("td", cell) for cell in cells))


def _slow(rows: list[SlowRow]) -> Markup:
    if not rows:
        return Markup()
    shown = [
        tag(
            "details",
            tag("summary", slow_words(one), dir="auto"),
            tag("ol", (tag("li", plain(frame, 300)) for frame in reversed(one.stack)), class_="stack")
            if one.stack
            else tag("p", "Its stack was not seen.", class_="muted"),
            open="" if place == 0 else None,
        )
        for place, one in enumerate(rows[:SLOW_SHOWN])
    ]
    left = len(rows) - SLOW_SHOWN
    if left > 0:
        shown.append(tag("p", f"and {left:,} shorter ones", class_="muted"))
    return part("What took long", shown)
