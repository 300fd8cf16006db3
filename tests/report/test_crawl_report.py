"""How a crawl stands, as text and as JSON."""

import json
from dataclasses import replace

from turnout.report._crawl_types import CrawlHost, CrawlReport, CrawlRun, CrawlSpan
from turnout.report._crawl_words import bottleneck_words

RUN = CrawlRun(
    began="2026-11-28T12:00:00+0000",
    ended="2026-11-28T12:00:10+0000",
    wall_s=10.0,
    cpu_s=5.0,
    fetched=1000,
    indexed=900,
    stages={"fetch": 0.5, "read": 1.0, "record": 0.25, "index": 0.25, "wait": 8.0},
)
REPORT = CrawlReport(
    folder="state",
    seeds=("http://a.org/", "http://b.org/"),
    waiting=7,
    done=1000,
    failed=2,
    left_out=1,
    statuses={0: 1, 200: 990, 404: 1},
    notes={"forbidden by robots.txt": 1},
    hosts=(
        CrawlHost(
            origin="http://a.org", found=1010, done=1000, failed=2, waiting=7, received_bytes=5_000_000, mean_ms=12.5,
            note="it asks to come back in 4000 s (503)",
        ),
    ),
    slowest=(("http://a.org/slow", 1500.0),),
    failures=(("http://a.org/x", "status 404"),),
    runs=(RUN,),
    timeline=(
        CrawlSpan(start_s=0, span_s=5, fetched=900, failed=0, waiting=100, received_bytes=1),
        CrawlSpan(start_s=5, span_s=5, fetched=100, failed=2, waiting=7, received_bytes=1),
    ),
)  # fmt: skip

GOLDEN = """\
Crawl of http://a.org/ and 1 other address
  1,010 addresses found: 1,000 fetched, 7 waiting, 2 failed, 1 left out.
  1,000 answers in 10.0 s: 100 a second, 5.00 ms of CPU each.
  http://a.org: it asks to come back in 4000 s (503); 7 wait there
  status      no answer x 1, 200 x 990, 404 x 1
  notes       forbidden by robots.txt x 1
  folder      state
"""


def test_a_crawl_is_told_in_a_few_lines() -> None:
    assert REPORT.to_text(100) == GOLDEN


def test_details_have_a_line_for_each_host_stage_and_failure() -> None:
    text = REPORT.to_text(120, explain=True)

    for words in ("http://a.org  ", "waiting for sites", "80 %", "1.50 s", "status 404", "█▁", "at most 180"):
        assert words in text


def test_what_bounds_a_crawl_is_told() -> None:
    busy = replace(RUN, stages={"fetch": 1.0, "read": 6.0, "record": 1.0, "index": 1.5, "wait": 0.5})

    assert bottleneck_words(RUN).startswith("The sites bound it: the crawl waited for them for 80 % of the time.")
    assert bottleneck_words(replace(RUN, stages={"read": 6.0, "wait": 4.0})) == (
        "Its own work took 60 % of the time, reading what is in them most of that; it waited for the sites for 40 %."
    )
    assert bottleneck_words(busy) == "One core bounds it, most of all by reading what is in them: 60 % of the time."
    assert bottleneck_words(replace(RUN, wall_s=0.0)) == "Nothing was measured yet."


def test_hostile_addresses_are_harmless() -> None:
    evil = "http://a.org/\x1b[31m\u202e</script>\n"
    report = replace(REPORT, seeds=(evil,), slowest=((evil, 1.0),), failures=((evil, evil),), timeline=(), runs=())

    text = report.to_text(100, explain=True)

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert json.loads(report.to_json())["seeds"] == [evil]


def test_many_seeds_and_no_run_are_told() -> None:
    text = replace(REPORT, seeds=("http://a.org/",) * 4, runs=(), hosts=()).to_text(80)

    assert "and 3 other addresses" in text
    assert "a second" not in text


def test_a_page_shows_rates_stages_statuses_hosts_and_failures() -> None:
    page = REPORT.to_html()

    for words in (
        "The sites bound it",
        "Answers a second",
        "0 s to 5.00 s: 180 answers a second",
        "waiting for sites",
        "no answer",
        "5.00 MB",
        "it asks to come back in 4000 s (503)",
        "1.50 s",
        "status 404",
        "forbidden by robots.txt",
    ):
        assert words in page
    assert "default-src 'none'" in page


def test_a_page_of_a_crawl_that_did_nothing_says_so() -> None:
    report = replace(REPORT, runs=(), timeline=(), statuses={}, hosts=(), slowest=(), failures=(), notes={})

    page = report.to_html()

    assert "No run was begun yet." in page
    assert "answers a second" not in page


def test_a_page_tells_runs_apart() -> None:
    page = replace(REPORT, runs=(RUN, replace(RUN, ended=None, wall_s=0.0))).to_html()

    assert "was cut off, or goes on" in page


def test_hostile_addresses_are_harmless_on_the_page() -> None:
    evil = "http://a.org/\x1b[31m\u202e</script><img src=x onerror=alert(1)>"
    hosts = (replace(REPORT.hosts[0], origin=evil, note=evil),)
    report = replace(REPORT, seeds=(evil,), slowest=((evil, 1.0),), failures=((evil, evil),), hosts=hosts)

    page = report.to_html()

    assert "<img" not in page
    assert "\u202e" not in page
