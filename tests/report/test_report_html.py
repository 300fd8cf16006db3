import base64
import json
import re
from array import array
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest

from report_samples import (
    HOSTILE,
    MS,
    download_report,
    factor_report,
    hostile_report,
    lane,
    measurement,
    million_trace,
    small_report,
    thread,
    trace,
)
from turnout.advise import Scaling
from turnout.measurement import Measurement
from turnout.report import RaceReport, render_html
from turnout.report._charts import scaling_chart
from turnout.report._markup import Markup, join, tag
from turnout.trace import SpanKind

VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """Checks that elements nest, and collects text and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "path", f"{tag} closes itself: {attrs}"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def data_of(page: str) -> list[list[dict[str, Any]]]:  # what JSON gives
    found = re.search(r'<script type="application/json" id="timelines">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    groups: list[list[dict[str, Any]]] = json.loads(found[1])  # of each race here, then of each under other Pythons
    return groups


@pytest.mark.parametrize(
    "reports",
    [[download_report(), factor_report()], [hostile_report()], [small_report()]],
    ids=["two", "hostile", "empty"],
)
def test_a_page_is_well_formed_and_asks_for_nothing(reports: Sequence[RaceReport]) -> None:
    page = Page(render_html(reports, "two races"))

    assert page.open == []
    assert page.tags.count("script") == 2
    assert all(link.startswith(("#", "data:image/svg+xml,")) for link in page.links)


def test_the_policy_names_the_very_script_and_style() -> None:
    page = render_html([download_report()], "a race")

    for element in ("script", "style"):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digest = base64.b64encode(sha256(text.encode()).digest()).decode()
        assert f"{element}-src &#x27;sha256-{digest}&#x27;" in page or f"{element}-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page


def test_hostile_text_stays_text() -> None:
    page = render_html([hostile_report()], HOSTILE)

    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert "</script><script>alert(1)</script><!--" in "".join(Page(page).texts)


def test_verdict_and_tables_need_no_script() -> None:
    text = " ".join(Page(download_report().to_html()).texts)

    for words in ("Take threads x 10: 264 ms", "The course measured", "260 to 272 ms", "refused", "34.4 MB"):
        assert words in text


def test_tables_have_captions_and_headers() -> None:
    page = factor_report().to_html()

    assert page.count("<table") == page.count("<caption>") == 2
    assert 'scope="col"' in page
    assert 'scope="row"' in page


def test_a_lone_race_shows_its_title_once() -> None:
    assert 'class="unseen"><bdi>download' in download_report().to_html()
    assert 'class="unseen"><bdi>download' not in render_html([download_report()], "another title")


def test_spans_are_told_one_by_one_while_they_are_few() -> None:
    sequential, *_ = data_of(download_report().to_html())[0]

    assert sequential["kind"] == "spans"
    assert sequential["lanes"][0]["spans"][:2] == [0, 2 * MS]
    assert len(sequential["lanes"][0]["spans"]) == 50


def test_a_million_spans_of_many_contenders_fit_in_three_megabytes() -> None:
    of = million_trace()
    page = small_report([measurement("threads", workers, of) for workers in range(1, 9)]).to_html()

    assert len(page.encode()) < 3_000_000
    assert data_of(page)[0][0]["kind"] == "bins"


def test_spans_at_their_limit_fit_in_three_megabytes() -> None:
    of = trace(lane(0, 10**12, [123_456_789] * 40_000, 0.7), thread)

    assert len(small_report([measurement("threads", 1, of)]).to_html().encode()) < 3_000_000


def test_a_thousand_workers_share_lanes() -> None:
    of = trace([one for worker in range(1_000) for one in lane(worker, 0, [MS], 0.5)], thread)
    (shown,) = data_of(small_report([measurement("asyncio", 1_000, of)]).to_html())[0]

    assert len(shown["lanes"]) == 128
    assert shown["lanes"][-1]["label"] == "873 more workers"


def test_a_sampled_trace_is_drawn_in_bins_that_can_be_read() -> None:
    of = trace(lane(0, 0, [MS] * 10, 1.0), thread, dropped=10)
    (shown,) = data_of(small_report([measurement("threads", 1, of)]).to_html())[0]

    counts = array("I", base64.b64decode(shown["lanes"][0]["counts"]))
    assert shown["dropped_count"] == 10
    assert sum(counts) == 10


def test_lost_items_are_marked() -> None:
    lost = [replace(one, kind=SpanKind.LOST) for one in lane(0, 0, [MS], 0.0)]
    page = small_report([measurement("processes", 1, trace(lost, thread))]).to_html()

    assert data_of(page)[0][0]["lanes"][0]["spans"][3] == -1
    assert "lost with its worker" in page


def test_failures_get_a_column() -> None:
    def failing(one: Measurement) -> Measurement:
        return replace(one, heats=tuple(replace(heat, failures=3) for heat in one.heats[:2]))

    report = download_report()
    mixed = (failing(report.measurements[0]), *report.measurements[1:])
    page = replace(report, measurements=mixed).to_html()

    assert "Failed</th>" in page
    assert "2 to 5 heats" in page


@pytest.mark.parametrize(
    "points", [(), ((1, 1.0),), ((1, 1.0), (2, 1.9), (3, 2.7), (64, 20.0)), ((2, 900.0), (4, 1.0))]
)
def test_a_scaling_chart_takes_any_points(points: tuple[tuple[int, float], ...]) -> None:
    chart = scaling_chart(
        Scaling(
            executor="threads",
            points=points,
            parallel_share=0.9,
            contention=0.1,
            coherency=0.0,
            best_workers=None,
            limit=10.0,
        )
    )

    assert chart.count("<circle") == len(points)
    assert not re.search(r"nan|inf[^o]|-\d+\.\d+%", chart)


def test_markup_escapes_all_but_itself() -> None:
    made = tag("p", "a < b", tag("br"), Markup("<i>c</i>"), class_='"x"', title=None, hidden="")

    assert made == '<p class="&quot;x&quot;" hidden>a &lt; b<br><i>c</i></p>'
    assert join("<", [tag("b", "&")]) == "&lt;<b>&amp;</b>"
