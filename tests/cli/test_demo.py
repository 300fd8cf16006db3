"""``turnout demo``, with races that are already over."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from report_samples import factor_report
from turnout.cli import demo as command
from turnout.cli._commands import Parser
from turnout.report import RaceReport


@dataclass
class FinishedRaces:
    """Races that work through the first items only, and always end the same."""

    asked: list[dict[str, Any]] = field(default_factory=list)  # as `turnout.race` takes it
    results: list[Any] = field(default_factory=list)  # the functions' own

    def __call__(self, function: Any, items: Sequence[Any], **asked: Any) -> RaceReport:  # Any: as `turnout.race`
        self.asked.append(asked)
        self.results.append(function(items[0]))
        if asked["coroutine_function"]:
            self.results.append(asyncio.run(asked["coroutine_function"](items[1])))
        return replace(factor_report(), title=asked["title"], notes=())


def options(*words: str) -> argparse.Namespace:
    parser = Parser(prog="turnout demo")
    command.add_arguments(parser)
    return parser.parse(words)


def test_factoring_races_all_numbers_beside_the_courses_figures(capsys: pytest.CaptureFixture[str]) -> None:
    races = FinishedRaces()

    status = command.run(options("--only", "factor", "--budget", "3", "--repeats", "2"), races)

    text = " ".join(capsys.readouterr().out.split())
    assert status == 0
    assert races.asked == [
        {
            "coroutine_function": None,
            "sample": 10_000,
            "title": "prime factors of 10,000 numbers",
            "progress": None,
            "budget_s": 3.0,
            "repeats": 2,
        }
    ]
    assert "1.75 s" in text
    assert "1.33 s" in text


@pytest.mark.integration
def test_both_programs_fill_one_page(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    races = FinishedRaces()
    page = tmp_path / "demo.html"

    status = command.run(options("--html", str(page)), races)

    captured = capsys.readouterr()
    text = " ".join(captured.out.split())
    assert status == 0
    assert races.results[:2] == ["0.jpg", "1.jpg"]
    assert [asked["sample"] for asked in races.asked] == [10, 10_000]
    assert all(figure in text for figure in ("2.47 s", "0.50 s", "1.75 s", "1.33 s"))
    assert captured.err == f"page: {page}\n"
    assert page.read_text().count("<html") == 1
