"""A run's report, as text, page, JSON and trace events."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from report_samples import HOSTILE, environment
from run_samples import (
    SECOND,
    bare_run_report,
    choice,
    hostile_run_report,
    pipeline_report,
    single_report,
    stage,
    status,
)
from turnout.errors import UsageError
from turnout.pipeline import StageStatus
from turnout.report import RunReport, find_bottleneck

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = {
    "run": single_report(),
    "pipeline": pipeline_report(),
    "hostile_run": hostile_run_report(),
    "bare_run": bare_run_report(),
}
each = pytest.mark.parametrize("report", SAMPLES.values(), ids=SAMPLES.keys())


@pytest.mark.parametrize("name", SAMPLES)
def test_the_text_is_as_reviewed(name: str) -> None:
    text = SAMPLES[name].to_text(explain=name == "run")

    assert text == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@each
@pytest.mark.parametrize("width", [10, 60, 80, 500])
def test_no_line_is_wider_than_asked(report: RunReport, width: int) -> None:
    text = report.to_text(width, explain=True)

    assert max(cell_len(line) for line in text.splitlines()) <= min(110, max(60, width))


def test_a_terminal_gets_colours_but_no_codes_of_the_input() -> None:
    text = hostile_run_report().to_text(colour=True)

    assert "\x1b[" in text
    assert "\x1b[31m[red]" not in text
    assert "\x1b" not in hostile_run_report().to_text()


def test_only_the_first_reason_is_told_unless_asked() -> None:
    assert "predicted to take" not in single_report().to_text(100)
    assert "predicted to take" in single_report().to_text(100, explain=True)


def test_what_came_from_the_journal_does_not_count_as_fast() -> None:
    report = replace(single_report(), status=status(done=100, replayed=90))

    assert "5.00 a second" in report.to_text()


def test_a_run_that_was_all_in_the_journal_says_so() -> None:
    report = replace(single_report(), status=status(done=100, replayed=100))

    assert "All 100 items came from the journal; nothing was run again." in " ".join(report.to_text().split())


def test_many_failures_are_counted() -> None:
    failing = replace(single_report(), failures=single_report().failures * 4, status=status(failed=300))

    assert "and 295 more" in failing.to_text()


@each
def test_a_page_trusts_no_text_and_asks_for_nothing(report: RunReport) -> None:
    page = report.to_html()

    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    assert page.count("<script") == 2


def test_a_page_tells_what_was_run_why_and_what_failed() -> None:
    page = single_report().to_html()

    for words in ("ZeroDivisionError", "they take turns at Python code", "factors.jsonl", "before, sequential", "92 %"):
        assert words in page
    assert "load before the run" in page


def test_a_page_shows_the_bottleneck_and_the_queues() -> None:
    page = pipeline_report().to_html()

    assert "with 10 workers instead of 2" in page
    assert "18 of 64" in page
    assert page.count('class="chosen"') == 1


def paced_report(*more: StageStatus) -> RunReport:
    found = status(stage("fetch", busy_share=0.1, done=3, rate=2.5, paced=3, wall_s=2.0), *more)
    return RunReport(title="paced", status=found, environment=None, bottleneck=find_bottleneck(found))


@pytest.mark.parametrize("more", [(), (stage("parse", busy_share=0.3),)], ids=["single", "pipeline"])
def test_a_rate_that_was_asked_for_is_told_as_the_limit(more: tuple[StageStatus, ...]) -> None:
    report = paced_report(*more)
    said = "fetch was limited to 2.5 a second, as was asked; more workers would change nothing."

    tree = json.loads(report.to_json())

    assert said in " ".join(report.to_text(110).split())
    assert said in report.to_html()
    assert said in tree["summary"]
    assert (tree["bottleneck"]["rate"], tree["stages"][0]["rate"], tree["stages"][0]["paced"]) == (2.5, 2.5, 3)


def test_workers_are_named_up_to_the_rate() -> None:
    found = status(
        stage("fetch", choice(workers=2), busy_share=1.0, done=20, rate=20.0), stage("parse", busy_share=0.01)
    )
    report = RunReport(title="paced", status=found, environment=None, bottleneck=find_bottleneck(found))

    text = " ".join(report.to_text(110).split())

    assert "with 4 workers instead of 2 it would come to its rate" in text
    assert "it was limited to 20 a second, as was asked." in text


def timelines_of(page: str) -> list[dict[str, Any]]:  # what JSON gives
    found = re.search(r'<script type="application/json" id="timelines">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    (group,) = json.loads(found[1])
    return list(group)


def test_the_stages_share_one_axis() -> None:
    shown = timelines_of(pipeline_report().to_html())

    assert [one["name"] for one in shown] == ["fetch, asyncio x 20", "parse, processes x 2", "store, sequential"]
    assert len({one["wall_ns"] for one in shown}) == 1
    assert [one["lanes"][0]["spans"][1] for one in shown] == [0, 110_000_000, 170_000_000]


def test_json_holds_every_figure() -> None:
    tree = json.loads(single_report().to_json())

    assert tree["schema"] == "turnout.run/1"
    assert (tree["done"], tree["succeeded"], tree["failed"], tree["replayed"]) == (100, 98, 2, 20)
    assert tree["per_second"] == 40.0
    assert tree["stages"][0]["tracks"][1] == {"executor": "processes", "workers": 2, "since_s": 0.1, "done": 40}
    assert tree["stages"][0]["trace"]["spans"] is None
    assert tree["failures"][1]["attempts"] == 2
    assert tree["results"] == "factors.jsonl"


def test_json_holds_the_spans_if_asked() -> None:
    tree = json.loads(single_report().to_json(spans=True))

    assert len(tree["stages"][0]["trace"]["spans"]) == 205


@each
def test_json_has_no_number_that_json_lacks(report: RunReport) -> None:
    tree = json.loads(report.to_json(), parse_constant=pytest.fail)

    assert tree["stages"]


def test_a_hostile_text_survives_json_as_it_was() -> None:
    assert json.loads(hostile_run_report().to_json())["title"] == HOSTILE


def test_trace_events_tell_the_stages_apart() -> None:
    document = json.loads(pipeline_report().to_chrome_trace())

    spans = [event for event in document["traceEvents"] if event["ph"] == "X"]
    assert [one["stage"].split(",")[0] for one in document["otherData"]["stages"]] == ["fetch", "parse", "store"]
    assert min(event["ts"] for event in spans if event["pid"] == 2) == pytest.approx(110_000)
    assert document["otherData"]["verdict"].startswith("Interrupted after 62 of 100 items")


@each
def test_trace_events_of_odd_runs_are_valid(report: RunReport) -> None:
    assert json.loads(report.to_chrome_trace())["traceEvents"] is not None


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("r.html", "<!doctype html>"),
        ("r.json", "{\n"),
        ("r.trace.json", '{"displayTimeUnit"'),
        ("r.txt", "factor over"),
    ],
)
def test_the_suffix_chooses_the_format(tmp_path: Path, name: str, start: str) -> None:
    path = single_report().save(tmp_path / name)

    assert path.read_text(encoding="utf-8").startswith(start)


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'r\.pdf'; end it in \.html"):
        single_report().save(tmp_path / "r.pdf")


def test_a_notebook_shows_the_page_in_a_frame_of_its_own() -> None:
    shown = hostile_run_report()._repr_html_()

    assert shown.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert shown.count("<") == 2


def test_a_report_is_named_by_what_was_done() -> None:
    assert repr(single_report()) == "<RunReport 'factor over numbers.txt': 100 items in 2.00 s: 40.0 a second.>"


def test_a_stage_that_never_ran_has_no_share() -> None:
    idle = replace(stage("idle", choice("", 0)), start_ns=0, end_ns=0, busy_ns=0)
    report = RunReport(title="nothing", status=status(idle, done=0), environment=environment())

    tree = json.loads(report.to_json())

    assert tree["stages"][0]["busy_share"] is None
    assert "nothing was run" in report.to_text()
    assert tree["wall_s"] == 2 * SECOND / 1e9


def test_where_nothing_was_run_there_is_no_track_and_no_bottleneck() -> None:
    known = [stage(name, choice(reasons=("It waits.",)), busy_share=0.0, replayed=100) for name in ("fetch", "parse")]
    several = replace(pipeline_report(), status=status(*known, replayed=100), bottleneck=None)
    single = replace(single_report(), status=status(known[0], replayed=100), bottleneck=None)

    for report in (several, single):
        text, page = report.to_text(explain=True), report.to_html()

        assert "nothing was run again" in text
        for words in ("threads x 4", "It waits.", "No stage was busy"):
            assert words not in text
            assert words not in page
