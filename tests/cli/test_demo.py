"""``turnout demo``, with races that are already over."""

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from programs import unmeasured
from report_samples import factor_report
from turnout.cli import demo as command
from turnout.cli._commands import Parser
from turnout.cli._streams import drop_output
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


def run_unread(*words: str) -> FinishedRaces:
    """Run the demo with a standard output that nobody reads; return its races."""
    races = FinishedRaces()
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody, redirect_stdout(nobody):
        with pytest.raises(BrokenPipeError):
            command.run(options(*words), races)
        drop_output()
    return races


@pytest.mark.integration
def test_the_page_is_written_even_if_nobody_reads_the_tables(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "demo.html"

    run_unread("--html", str(page))

    assert capsys.readouterr().err == f"page: {page}\n"
    assert all(title in page.read_text() for title in ("10 images", "10,000 numbers"))


@pytest.mark.integration
def test_without_a_page_nothing_more_is_raced_for_nobody() -> None:
    races = run_unread()

    assert len(races.asked) == 1


@pytest.mark.integration
def test_a_termination_leaves_no_folder_and_no_traceback_behind(tmp_path: Path) -> None:
    command_line = [sys.executable, "-m", "turnout", "demo", "--only", "download", "--budget", "60"]
    environment = unmeasured(TMPDIR=str(tmp_path))
    with subprocess.Popen(command_line, env=environment, stderr=subprocess.PIPE, text=True) as process:
        while not any(tmp_path.rglob("*.jpg")):  # until pictures arrive
            assert process.poll() is None
        process.terminate()
        _, said = process.communicate(timeout=60)

    assert process.returncode == 143
    assert said == "turnout: interrupted\n"
    assert list(tmp_path.iterdir()) == []
