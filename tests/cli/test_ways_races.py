"""``turnout race download`` and ``turnout race crawl``."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from crawl_sites import html, site_of
from turnout.cli import _main, main, race_crawl, race_download
from turnout.cli._commands import Command, Parser
from turnout.clock import SystemClock
from turnout.errors import ExitStatus
from turnout.measurement import Program, ProgramMeasurement, Refusal, run_program

SITE = {"/": html("Start", "/a", "/b"), "/a": html("Aardvarks"), "/b": html("Bees", "/missing")}


def options(command: Command, *words: str) -> argparse.Namespace:
    parser = Parser(prog="turnout race")
    command.add_arguments(parser)
    return parser.parse(words)


def once(
    programs: Sequence[Program],
    **_: Any,  # Any: as `race_programs` takes it
) -> tuple[tuple[ProgramMeasurement, ...], tuple[Refusal, ...]]:
    """Run each program once."""
    heats = [(one.name, run_program(one, limit_s=60, clock=SystemClock())) for one in programs]
    return tuple(ProgramMeasurement(name=name, heats=(heat,)) for name, heat in heats), ()


def nobody(programs: Sequence[Program], **_: Any) -> tuple[tuple[ProgramMeasurement, ...], tuple[Refusal, ...]]:
    return (), tuple(Refusal(name=one.name, reason="it broke") for one in programs)


@pytest.mark.integration
def test_all_ways_to_download_bring_the_same_files(tmp_path: Path) -> None:
    with site_of(SITE) as site:
        words = [f"{site.url}/a", f"{site.url}/b", f"{site.url}/missing", "--json", str(tmp_path / "race.json")]
        status = race_download.run(options(race_download, *words), once)

    told = json.loads((tmp_path / "race.json").read_text())
    assert status == ExitStatus.OK
    brought = [(one["heats"][0]["done"], one["heats"][0]["received_bytes"]) for one in told["programs"]]
    assert brought == [(2, len(SITE["/a"]) + len(SITE["/b"]))] * 3
    assert [one["name"] for one in told["programs"]] == [
        "the course, one after the other",
        "the course, 10 threads",
        "turnout download",
    ]


@pytest.mark.integration
def test_all_ways_to_crawl_find_the_same_pages(tmp_path: Path) -> None:
    with site_of(SITE) as site:
        page = tmp_path / "race.html"
        words = [f"{site.url}/", "--pages", "9", "--threads", "2", "--html", str(page), "--json"]
        status = race_crawl.run(options(race_crawl, *words), once)

    assert status == ExitStatus.OK
    assert "the course, 2 threads" in page.read_text()


def test_without_an_address_a_local_site_is_crawled(capsys: pytest.CaptureFixture[str]) -> None:
    status = race_crawl.run(options(race_crawl), nobody)

    assert status == ExitStatus.FINDING
    assert "Crawling 30 pages" in capsys.readouterr().out


def test_without_an_address_images_are_downloaded(capsys: pytest.CaptureFixture[str]) -> None:
    status = race_download.run(options(race_download, "--images", "3"), nobody)

    assert status == ExitStatus.FINDING
    assert "Downloading 3 images" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["crawl", "http://93.184.215.14/"], "is on the public Internet"),
        (["crawl", "nonsense"], "is no address of a page"),
        (["crawl", "http://[broken"], "is no address of a page"),
        (["crawl", "http://nowhere.invalid/"], "cannot be reached"),
        (["download", "http://h/a", "--images", "3"], "--images is of the local site"),
    ],
)
def test_what_cannot_be_raced_is_told(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["race", *words])

    assert status == ExitStatus.USAGE
    assert complaint in capsys.readouterr().err


def test_a_public_host_is_raced_on_if_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    race_crawl.run(options(race_crawl, "http://93.184.215.14/", "--public"), nobody)

    assert "a second between two requests to a public host" in " ".join(capsys.readouterr().out.split())


def test_the_summaries_of_the_races_are_those_of_their_modules() -> None:
    assert {"download": race_download.SUMMARY, "crawl": race_crawl.SUMMARY} == _main.RACES
