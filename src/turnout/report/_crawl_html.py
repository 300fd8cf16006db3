"""How a crawl stands, as one HTML page."""

from collections.abc import Iterable, Sequence

from turnout.report._charts import Bar, plain_bars, rate_chart
from turnout.report._crawl_types import CrawlHost, CrawlReport, CrawlRun
from turnout.report._crawl_words import STAGES, bottleneck_words, last_run, run_words, standing_words, title_words
from turnout.report._markup import Markup, join, tag
from turnout.report._page import page
from turnout.report._parts import figures, paragraphs, part, table
from turnout.report._words import MISSING, duration, number, percent, plain, plural, significant, size_of

_MEANINGS = {0: "no answer", 2: "brought a page", 3: "redirected, or unchanged", 4: "refused", 5: "the server failed"}


def render_crawl_html(report: CrawlReport) -> str:
    """Return a page that shows how a crawl stands, in the frame of `turnout.report._page`."""
    title = title_words(report)
    body = tag(
        "article",
        _head(report, title),
        _rates(report),
        _stages(report),
        _statuses(report),
        _hosts(report.hosts),
        _notes(report),
        _figures_of("Slowest", ("Address", "Took"), [(url, duration(ms / 1000)) for url, ms in report.slowest]),
        _failed(report.failures),
        _runs(report.runs),
        class_="race only",
        aria_labelledby="crawl-title",
    )
    began = plain(report.runs[0].began.replace("T", " "), 40) if report.runs else ""
    lead = join(tag("bdi", plain(report.folder, 200)), f", begun {began}" if began else "")
    return page(title, lead, body)


def _head(report: CrawlReport, title: str) -> Markup:
    found = [("Fetched", number(report.done)), ("Waiting", number(report.waiting)), ("Failed", number(report.failed))]
    sentences = [standing_words(report)]
    headline = "No run was begun yet."
    if report.runs:
        run = last_run(report)
        headline = bottleneck_words(run)
        sentences.append(f"In the last run: {run_words(run)}")
        if run.wall_s > 0:
            found.insert(0, ("Answers a second", significant(run.fetched / run.wall_s)))
        if run.fetched:
            found.append(("CPU for each", duration(run.cpu_s / run.fetched)))
    return tag(
        "header",
        tag("h2", tag("bdi", title), id="crawl-title", class_="unseen"),
        tag("p", headline, class_="headline"),
        figures(found),
        tag("div", paragraphs(sentences), class_="verdict"),
    )


def _rates(report: CrawlReport) -> Markup:
    spans = [(span.start_s, span.span_s, span.fetched / span.span_s) for span in report.timeline if span.span_s > 0]
    if not spans:
        return Markup()
    failed = sum(span.failed for span in report.timeline)
    said = f"Answers a second over the last run, in which {plural(failed, 'page')} could not be had."
    return part("Timeline", [tag("figure", rate_chart(spans, "answers a second"), tag("figcaption", said))])


def _stages(report: CrawlReport) -> Markup:
    if not report.runs:
        return Markup()
    run = last_run(report)
    shares = {name: run.stages.get(name, 0.0) / run.wall_s if run.wall_s > 0 else 0.0 for name in STAGES}
    worst = max(shares, key=lambda name: shares[name])
    bars = [
        Bar(
            name=STAGES[name],
            share=share,
            value=percent(share),
            more=duration(run.stages.get(name, 0.0)),
            chosen=name == worst,
        )
        for name, share in shares.items()
    ]
    said = "What the crawl's own thread did in the last run, as shares of its wall time. What others did is not in it."
    return part("Where the time went", [tag("figure", plain_bars(bars), tag("figcaption", said))])


def _statuses(report: CrawlReport) -> Markup:
    whole = sum(report.statuses.values())
    if not whole:
        return Markup()
    bars = [
        Bar(
            name=f"{status}" if status else "none",
            share=count / whole,
            value=number(count),
            more=_MEANINGS.get(status // 100, ""),
        )
        for status, count in sorted(report.statuses.items())
    ]
    return part("Status codes", [tag("figure", plain_bars(bars), tag("figcaption", "Answers by their status."))])


def _hosts(hosts: Sequence[CrawlHost]) -> Markup:
    if not hosts:
        return Markup()
    names = ("Host", "Found", "Fetched", "Failed", "Waiting", "Bytes", "Mean", "Note")
    caption = (
        "Those with the most addresses first. Bytes: of bodies, on the wire. Mean: time that an answer took. Note: why "
        "nothing more was asked."
    )
    return part("Hosts", [table("Hosts", caption, names, map(_host, hosts))])


def _host(host: CrawlHost) -> Markup:
    counts = (host.found, host.done, host.failed, host.waiting)
    cells = (*map(number, counts), size_of(host.received_bytes), duration(host.mean_ms / 1000))
    return tag(
        "tr",
        tag("th", tag("bdi", plain(host.origin, 100)), scope="row"),
        (tag("td", cell) for cell in cells),
        tag("td", tag("bdi", plain(host.note, 200) or MISSING), class_="words"),
    )


def _notes(report: CrawlReport) -> Markup:
    rows = sorted(report.notes.items(), key=lambda note: -note[1])
    return _figures_of("Not in the index", ("Why", "Addresses"), [(note, number(count)) for note, count in rows])


def _figures_of(name: str, columns: tuple[str, str], rows: Iterable[tuple[str, str]]) -> Markup:
    body = [
        tag("tr", tag("th", tag("bdi", plain(words, 200)), scope="row"), tag("td", figure)) for words, figure in rows
    ]
    return part(name, [table(name, "", columns, body)]) if body else Markup()


def _failed(failures: Sequence[tuple[str, str]]) -> Markup:
    body = [
        tag(
            "tr",
            tag("th", tag("bdi", plain(url, 200)), scope="row"),
            tag("td", tag("bdi", plain(why, 200)), class_="words"),
        )
        for url, why in failures
    ]
    return (
        part("Failed", [table("Failed", "The last ones first.", ("Address", "Why"), body, "wordy")])
        if body
        else Markup()
    )


def _runs(runs: Sequence[CrawlRun]) -> Markup:
    if len(runs) < 2:  # noqa: PLR2004  a single one is told of above
        return Markup()
    body = [
        tag(
            "tr",
            tag("th", number(place), scope="row"),
            tag("td", plain(run.began, 40)),
            tag("td", plain(run.ended or "was cut off, or goes on", 40)),
            tag("td", number(run.fetched)),
            tag("td", duration(run.wall_s)),
            tag("td", duration(run.cpu_s)),
        )
        for place, run in enumerate(runs, 1)
    ]
    names = ("Run", "Began", "Ended", "Answers", "Time", "CPU")
    return part("Runs", [table("Runs", "The first one first.", names, body)])
