from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from report_samples import download_report, environment, factor_report, hostile_report, million_report, small_report
from turnout.measurement import Measurement
from turnout.report import RaceReport, render_text

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(
    ("report", "name"), [(download_report(), "download"), (factor_report(), "factor"), (hostile_report(), "hostile")]
)
def test_the_text_is_as_reviewed(report: RaceReport, name: str) -> None:
    assert report.to_text() == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 66, 72, 80, 100])
@pytest.mark.parametrize("failures", [0, 15])
def test_a_narrow_table_has_fewer_columns_rather_than_cut_figures(width: int, failures: int) -> None:
    report = factor_report()
    failing = [
        replace(one, heats=tuple(replace(heat, failures=failures) for heat in one.heats)) for one in report.measurements
    ]

    table = render_text(replace(report, measurements=tuple(failing)), width).split("wall: median")[0]

    assert "…" not in table
    assert "308 ms" in table
    assert ("failed" in table) == bool(failures)


@pytest.mark.parametrize("width", [10, 60, 80, 120, 500])
@pytest.mark.parametrize("report", [download_report(), factor_report(), hostile_report(), small_report()])
def test_no_line_is_wider_than_asked(report: RaceReport, width: int) -> None:
    text = report.to_text(width)

    assert max(cell_len(line) for line in text.splitlines()) <= min(160, max(60, width))


def test_a_pipe_gets_no_colour_codes() -> None:
    assert "\x1b" not in str(hostile_report())


def test_a_terminal_gets_colours_but_no_codes_of_the_input() -> None:
    text = render_text(hostile_report(), colour=True)

    assert "\x1b[" in text
    assert "\x1b[31m[red]" not in text
    assert r"\x1b[31m[red]" in text


def test_a_million_spans_are_drawn() -> None:
    assert "1,000,000" not in million_report().to_text()
    assert "thread 3" in million_report().to_text()


def test_failures_get_a_column() -> None:
    def failing(one: Measurement) -> Measurement:
        return replace(one, heats=tuple(replace(heat, failures=3) for heat in one.heats))

    report = download_report()
    report = replace(report, measurements=tuple(failing(one) for one in report.measurements))

    assert "failed" in report.to_text(100)


def test_what_is_unknown_says_so() -> None:
    text = replace(small_report(), environment=replace(environment(), load=None, gil=False)).to_text()

    assert "load before the race: unknown" in text
    assert "without a GIL" in text
