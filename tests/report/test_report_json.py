import json

import pytest

from report_samples import download_report, factor_report, hostile_report, million_report, small_report
from turnout.report import RaceReport, render_json


def refuse(name: str) -> float:
    raise AssertionError(f"{name} is not JSON")


@pytest.mark.parametrize("report", [download_report(), factor_report(), hostile_report(), small_report()])
@pytest.mark.parametrize("spans", [True, False])
def test_the_text_is_strict_json(report: RaceReport, *, spans: bool) -> None:
    text = render_json(report, spans=spans)
    found = json.loads(text, parse_constant=refuse)

    assert text.isascii()
    assert found["schema"] == "turnout.race/1"
    assert found["title"] == report.title


def test_figures_have_their_units() -> None:
    found = json.loads(download_report().to_json())
    threads = found["contenders"][1]

    assert threads["chosen"] is True
    assert threads["wall_s"] == pytest.approx(0.264, rel=0.01)
    assert threads["interval"]["low_s"] < threads["wall_s"] < threads["interval"]["high_s"]
    assert threads["waits"]["run_queue_s"] == pytest.approx(0.004)
    assert len(threads["heats"]) == 5


def test_what_is_not_finite_is_null() -> None:
    found = json.loads(hostile_report().to_json())

    assert found["choice"]["predicted_s"] is None
    assert found["scalings"][0]["limit"] is None
    assert found["contenders"][1]["speedup"] is None


def test_spans_come_when_asked_for() -> None:
    without = json.loads(download_report().to_json())["contenders"][0]["trace"]
    with_spans = json.loads(download_report().to_json(spans=True))["contenders"][0]["trace"]

    assert without["spans"] is None
    assert len(with_spans["spans"]) == 10
    assert dict(zip(with_spans["span_fields"], with_spans["spans"][0], strict=True))["start_ns"] == 2_000_000


def test_a_million_spans_are_summed_up() -> None:
    assert len(million_report().to_json()) < 10_000


def test_a_race_without_a_choice_has_none() -> None:
    assert json.loads(small_report().to_json())["choice"] is None
