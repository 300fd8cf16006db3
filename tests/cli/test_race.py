"""``turnout race``, with a race that is already over."""

import argparse
import asyncio
import io
import json
import keyword
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from full_disk import full_disk
from report_samples import factor_report
from turnout.cli import race as command
from turnout.cli._commands import Parser
from turnout.cli._console import ProgressLine, write_file
from turnout.errors import UsageError
from turnout.report import RaceReport


@dataclass
class FinishedRace:
    """A race that keeps what it was asked, and always ends the same."""

    report: RaceReport = field(default_factory=factor_report)
    items: list[Any] = field(default_factory=list)  # the user's
    asked: dict[str, Any] = field(default_factory=dict)  # as `turnout.race` takes it

    def __call__(self, function: Any, items: Iterable[Any], **asked: Any) -> RaceReport:  # Any: as `turnout.race`
        self.items = [function(item) for item in items]
        self.asked = asked
        return self.report


def options(*words: str) -> argparse.Namespace:
    parser = Parser(prog="turnout race", allow_abbrev=False)
    command.add_arguments(parser)
    return parser.parse(words)


def test_every_option_reaches_the_race() -> None:
    race = FinishedRace()
    words = "--executors threads,processes,threads --workers 1,2,2,4 --budget 2.5 --repeats 3 --sample 7"
    words += " --start-method spawn --coroutine asyncio:sleep --python pypy3 --python all"

    command.run(options("math:sqrt", "--range", "1..9", *words.split()), race)

    assert race.asked == {
        "executors": ("threads", "processes"),
        "workers": (1, 2, 4),
        "budget_s": 2.5,
        "repeats": 3,
        "sample": 7,
        "start_method": "spawn",
        "coroutine_function": asyncio.sleep,
        "pythons": ["pypy3", "all"],
        "title": "sqrt over 1..9",
        "progress": None,
    }


def test_what_is_not_asked_is_left_to_the_race() -> None:
    race = FinishedRace()

    command.run(options("math:sqrt", "--range", "1..9"), race)

    assert "budget_s" not in race.asked
    assert "repeats" not in race.asked
    assert race.asked["executors"] is None


@pytest.mark.parametrize(
    ("words", "items"),
    [
        (["--range", "-2..2"], [2, 1, 0, 1, 2]),
        (["--range", "-1..-5..-2"], [1, 3, 5]),
        (["--range=-1..0"], [1, 0]),
    ],
)
def test_items_can_be_numbers(words: list[str], items: list[int]) -> None:
    race = FinishedRace()

    command.run(options("builtins:abs", *words), race)

    assert race.items == items


def test_items_can_come_from_the_users_own_code() -> None:
    race = FinishedRace()

    command.run(options("builtins:len", "--items-from", "keyword:kwlist"), race)

    assert race.items == [len(word) for word in keyword.kwlist]


def test_items_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,-2\n3,-4\n")
    race = FinishedRace()

    command.run(options("builtins:abs", "--items", f"{tmp_path}/t.csv:b", "--item-type", "float"), race)

    assert race.items == [2.0, 4.0]
    assert race.asked["title"] == f"abs over {tmp_path}/t.csv:b"


def test_items_can_come_from_standard_input() -> None:
    race = FinishedRace()

    command.run(options("builtins:abs", "--items", "-"), race, io.BytesIO(b"-1\n\n-2\n"))

    assert race.items == [1, 2]
    assert race.asked["title"] == "abs over standard input"


def test_the_table_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    status = command.run(options("math:sqrt", "--range", "1..9"), FinishedRace())

    captured = capsys.readouterr()
    assert status == 0
    assert "processes" in captured.out
    assert "\x1b" not in captured.out
    assert captured.err == ""


@pytest.mark.parametrize("words", [["--json"], ["--json", "-"]])
def test_json_on_standard_output_is_alone_there(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    command.run(options("math:sqrt", "--range", "1..9", *words), FinishedRace())

    assert isinstance(json.loads(capsys.readouterr().out), dict)


def test_each_file_is_written_and_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("r.json", "r.html", "t.json")]
    words = ["--json", names[0], "--html", names[1], "--trace", names[2]]

    command.run(options("math:sqrt", "--range", "1..9", *words), FinishedRace())

    captured = capsys.readouterr()
    assert captured.err == f"JSON: {names[0]}\npage: {names[1]}\ntrace: {names[2]}\n"
    assert "processes" in captured.out
    assert isinstance(json.loads(Path(names[0]).read_text()), dict)
    assert "<html" in Path(names[1]).read_text()
    assert json.loads(Path(names[2]).read_text())


@pytest.mark.parametrize(
    ("name", "reason"), [("x" * 300, "File name too long"), ("a\0b", "embedded null byte"), ("gone/x", "No such file")]
)
def test_a_file_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "gone").mkdir()
    asked = options("math:sqrt", "--range", "1..9", "--html", str(tmp_path / name))
    (tmp_path / "gone").rmdir()

    with pytest.raises(UsageError, match=rf"cannot be written \({reason}.*\); name another file"):
        command.run(asked, FinishedRace())


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("an earlier page")

    with full_disk(), pytest.raises(UsageError, match=r"page\.html' cannot be written \(File too large\)"):
        write_file(str(page), "a page")

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"page.html": "an earlier page"}


def test_a_race_that_nobody_finished_is_a_finding() -> None:
    nobody = FinishedRace(replace(factor_report(), choice=None))

    assert command.run(options("math:sqrt", "--range", "1..9"), nobody) == 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_that_is_gone_in_the_end() -> None:
    terminal = Terminal()

    with ProgressLine(terminal) as progress:
        assert progress.show
        progress.show("heat 1 of 9")
        progress.show("x" * 1000)

    lines = terminal.getvalue().split("\r\x1b[K")
    assert lines[:2] == ["", "heat 1 of 9"]
    assert set(lines[2]) == {"x"}
    assert len(lines[2]) < 1000
    assert lines[-1] == ""


def test_progress_is_not_written_where_nobody_looks() -> None:
    file = io.StringIO()

    with ProgressLine(file) as progress:
        assert progress.show is None

    assert file.getvalue() == ""
