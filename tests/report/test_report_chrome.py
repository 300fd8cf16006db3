import json
from array import array
from dataclasses import replace
from typing import Any

import pytest

from report_samples import (
    MS,
    ORIGIN_NS,
    download_report,
    hostile_report,
    lane,
    measurement,
    million_report,
    small_report,
    thread,
    trace,
)
from turnout.report import RaceReport
from turnout.report._chrome import EVENT_LIMIT
from turnout.trace import SpanBatch, SpanKind


def events(report: RaceReport, phase: str) -> list[dict[str, Any]]:  # what JSON gives
    return [event for event in json.loads(report.to_chrome_trace())["traceEvents"] if event["ph"] == phase]


def test_each_span_is_a_complete_event_in_microseconds() -> None:
    found = [event for event in events(download_report(), "X") if event["pid"] == 1]

    assert len(found) == 10
    assert found[0]["ts"] == pytest.approx(2_000)
    assert found[0]["dur"] > 200_000
    assert set(found[0]["args"]) == {"item", "cpu_us", "queued_us"}


def test_contenders_are_process_groups_and_workers_threads() -> None:
    named = [event for event in events(download_report(), "M") if event["name"] in {"process_name", "thread_name"}]
    names = {(event["name"], event["args"]["name"]) for event in named}

    assert ("process_name", "asyncio x 10") in names
    assert ("thread_name", "task 9") in names


def test_a_counter_tells_how_many_items_are_under_way() -> None:
    most = max(sum(event["args"].values()) for event in events(download_report(), "C") if event["pid"] == 2)

    assert most == pytest.approx(10, abs=0.1)


def test_a_million_spans_are_grouped() -> None:
    report = million_report()
    account = json.loads(report.to_chrome_trace())["otherData"]["contenders"][0]

    assert account == {
        "contender": "threads x 4",
        "spans": 1_000_000,
        "not_recorded": 0,
        "left_out": 0,
        "grouped": True,
    }
    assert len(events(report, "X")) == 2_000


def test_what_is_too_much_even_in_groups_is_counted() -> None:
    ends = array("q", [ORIGIN_NS + 1])
    one = SpanBatch(worker=0, first_item=0, queued_ns=ORIGIN_NS, start_ns=ORIGIN_NS, ends=ends, cpu_ns=0)
    report = small_report([measurement("threads", 1, trace([one] * (EVENT_LIMIT + 1), thread))])

    account = json.loads(report.to_chrome_trace())["otherData"]["contenders"][0]

    assert account["left_out"] == EVENT_LIMIT // 2


def test_a_second_attempt_and_a_lost_item_are_told() -> None:
    (batch,) = lane(0, 0, [MS], 0.0)
    lost = replace(batch, kind=SpanKind.LOST)
    again = replace(batch, attempt=2)
    report = small_report([measurement("processes", 1, trace([lost, again], thread))])

    first, second = events(report, "X")

    assert first["name"] == "item 0 lost"
    assert second["args"]["attempt"] == 2


@pytest.mark.parametrize("report", [hostile_report(), small_report()])
def test_odd_reports_are_valid(report: RaceReport) -> None:
    assert json.loads(report.to_chrome_trace())["traceEvents"] is not None
