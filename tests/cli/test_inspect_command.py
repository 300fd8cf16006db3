"""``turnout inspect``."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from process_samples import full_process
from turnout.cli import inspect as command
from turnout.cli import main
from turnout.cli._commands import Parser
from turnout.errors import ExitStatus
from turnout.observe import Process


class Look:
    """Stands in for looking at a process, and keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: tuple[int, ...] = ()

    def __call__(self, pid: int, **_: Any) -> Process:  # whatever else it may be handed
        self.asked += (pid,)
        return full_process()


def run(*words: str, look: Look | None = None) -> int:
    parser = Parser()
    command.add_arguments(parser)
    return command.run(parser.parse(words), look or Look())


def test_the_process_is_shown_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    look = Look()

    status = run("4711", look=look)

    assert status == ExitStatus.OK
    assert capsys.readouterr().out.startswith("Process 4711  python3\n")
    assert look.asked == (4711,)


@pytest.mark.parametrize("words", [["4711", "--json", "-"], ["4711", "--json"], ["--json", "-", "4711"]])
def test_the_process_is_shown_as_json(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    run(*words)

    assert json.loads(capsys.readouterr().out)["pid"] == 4711


def test_json_is_written_to_a_file_besides_the_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "process.json"

    run("4711", "--json", str(file))

    captured = capsys.readouterr()
    assert json.loads(file.read_text())["name"] == "python3"
    assert captured.out.startswith("Process 4711")
    assert captured.err == f"JSON: {file}\n"


@pytest.mark.parametrize("word", ["python", "1.5", "1_0", "٣", "0x10", "", " ", "1 2"])
def test_what_is_no_number_is_an_error_that_says_how_to_find_one(capsys: pytest.CaptureFixture[str], word: str) -> None:
    status = main(["inspect", word])

    captured = capsys.readouterr()
    assert status == 2
    assert captured.out == ""
    assert f"{word!r} is not the number of a process; `pgrep -f WORD` finds it" in captured.err


@pytest.mark.parametrize("word", ["0", "-1", "-5", "00", "99999999999", "9" * 5000])
def test_a_number_that_no_process_has_is_an_error(capsys: pytest.CaptureFixture[str], word: str) -> None:
    status = main(["inspect", word])

    captured = capsys.readouterr()
    assert status == 2
    assert "is not the number of a process: they start at 1; `ps -e` lists them" in captured.err
    assert len(captured.err) < 300


def test_a_process_that_does_not_exist_is_an_error_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["inspect", str((1 << 31) - 1)])

    captured = capsys.readouterr()
    assert status == 2
    assert captured.out == ""
    assert captured.err == (
        "turnout: process 2147483647 cannot be looked at: no process that can be seen here has this number; "
        "`ps -e` lists those that can\n"
    )


def test_a_forgotten_number_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["inspect"])

    assert status == 2
    assert "required: PID" in capsys.readouterr().err


def test_a_living_process_is_shown_from_a_shell() -> None:
    words = [sys.executable, "-m", "turnout", "inspect", str(os.getpid())]

    done = subprocess.run(words, capture_output=True, text=True, check=True)

    assert done.stdout.startswith(f"Process {os.getpid()}  ")
    assert done.stderr == ""
