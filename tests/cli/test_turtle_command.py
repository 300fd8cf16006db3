"""``turnout turtle`` as a user types it, without a display."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from turnout.cli import main
from turnout.cli.turtle import _language
from turnout.jobs.turtle import Program, keymap
from turnout.testing import FakeClock

WITHOUT_DISPLAY = {name: value for name, value in os.environ.items() if name != "DISPLAY"}


def ran(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "turnout", "turtle", *words]
    return subprocess.run(command, env=WITHOUT_DISPLAY, capture_output=True, text=True, timeout=60, check=False)


def test_without_a_display_one_sentence_tells_what_to_do() -> None:
    pytest.importorskip("tkinter", reason="this Python has no tkinter")

    told = ran()

    assert told.returncode == 2
    assert told.stderr.startswith("turnout: the window is not available: there is no display (")
    assert told.stderr.endswith("; run turnout turtle --web for the same program in a page\n")
    assert told.stderr.count("\n") == 1


def test_without_tkinter_one_sentence_tells_how_to_get_it() -> None:
    script = "import sys; sys.modules['tkinter'] = None; from turnout.cli import main; sys.exit(main(['turtle']))"

    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert told.returncode == 2
    assert "this Python has no tkinter; install it (on Debian: apt install python3-tk), or run" in told.stderr
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--key", "Up"], "'Up' is not a key and a command; write it as in Up=forward:50"),
        (["--key", "Up=fly"], "the turtle cannot 'fly'"),
        (["--keys", "/nothing.toml"], "cannot be read (No such file or directory)"),
        (["--export", "drawing.gif"], "'drawing.gif' must end in .svg or .png"),
        (["--export", "/nowhere/drawing.svg"], "folder that does not exist"),
        (["--web", "70000"], "'70000' is not a port; they end at 65,535"),
        (["--slow", "-1"], "'-1' is not a whole number of at least 0"),
        (["--language", "de"], "invalid choice: 'de'"),
        (["--no-window"], "--no-window is of a replay; add --replay FILE, or leave it out"),
        (["--speed", "2"], "--speed is of a replay"),
        (["--replay", "a", "--speed", "0"], "'0' is not a number above 0"),
        (["--replay", "/nothing.jsonl"], "the recording /nothing.jsonl cannot be read (No such file or directory)"),
        (["--web", "0", "--no-window"], "not allowed with argument --web"),
    ],
)
def test_what_cannot_be_is_told(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["turtle", *words])

    assert status == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_CA.UTF-8"}, "fr"),
        ({"LANG": "fr_FR", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "fr", "LANG": "de_DE"}, "fr"),
    ],
)
def test_the_window_speaks_the_language_of_the_environment(environment: dict[str, str], language: str) -> None:
    assert _language(environment) == language


def test_a_recording_is_replayed_checked_and_drawn_without_a_display(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording, drawing = (str(tmp_path / name) for name in ("walk.jsonl", "walk.svg"))
    program = Program(keymap(None, []), FakeClock())
    with program.emitter.record(recording):
        for key in ("Up", "Left", "Up"):
            program.press(key)

    status = main(["turtle", "--replay", recording, "--no-window", "--export", drawing, "--slow", "1"])

    assert status == 0
    assert capsys.readouterr().out == "6 events, and their handlers did what they did when it was recorded\n"
    assert 'points="0,0 50,0 93.301,-25"' in Path(drawing).read_text(encoding="utf-8")
    assert main(["turtle", "--replay", recording, "--no-window", "--record", drawing]) == 2
    assert "is there already" in capsys.readouterr().err


def test_a_replay_that_is_not_the_same_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = tmp_path / "walk.jsonl"
    program = Program(keymap(None, []), FakeClock())
    with program.emitter.record(recording):
        program.press("Up")
    recording.write_text(recording.read_text(encoding="utf-8").replace('"x2":50.0', '"x2":51.0'), encoding="utf-8")

    status = main(["turtle", "--replay", str(recording), "--no-window"])

    assert status == 1
    assert capsys.readouterr().err.startswith("2 events; not all is as it was recorded:\n  line 3: ")


@pytest.mark.integration
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_page_and_keeps_the_drawing(tmp_path: Path, number: int) -> None:
    pytest.importorskip("uvicorn", reason="uvicorn is not installed")
    drawings = [tmp_path / "drawing.svg", tmp_path / "drawing.png"]
    report = tmp_path / "events.html"
    command = [sys.executable, "-m", "turnout", "turtle", "--web", "0", "--html", str(report)]
    for drawing in drawings:
        command += ["--export", str(drawing)]
    with subprocess.Popen(command, env=WITHOUT_DISPLAY, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        running.send_signal(number)
        status = running.wait(20)

    assert status == 0
    assert said.startswith("the turtle is at http://127.0.0.1:")
    assert "turnout turtle" in report.read_text(encoding="utf-8")
    assert [drawing.read_bytes()[:4] for drawing in drawings] == [b"<?xm", b"\x89PNG"]


@pytest.mark.integration
def test_ctrl_c_ends_a_handler_that_would_go_on_for_long(tmp_path: Path) -> None:
    pytest.importorskip("uvicorn", reason="uvicorn is not installed")
    client = pytest.importorskip("websockets.sync.client", reason="websockets is not installed")
    recording = tmp_path / "walk.jsonl"
    command = [sys.executable, "-m", "turnout", "turtle", "--web", "0", "--slow", "600000", "--record", str(recording)]
    with subprocess.Popen(command, env=WITHOUT_DISPLAY, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        address = running.stdout.readline().split()[4].rstrip(";/")
        with client.connect(address.replace("http", "ws") + "/talk", origin=address) as browser:
            for number in (1, 2):
                browser.send(json.dumps({"key": "Up", "number": number, "at": 1.0}))
            while "KeyPressed" not in recording.read_text(encoding="utf-8"):
                pass  # it is written before it is handled
            running.send_signal(signal.SIGINT)
            status = running.wait(20)

    assert status == 0
