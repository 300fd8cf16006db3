"""The window on a real X display, with keys that are pressed there."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from displays import Display, display
from turnout.jobs.turtle import Program, keymap
from turnout.testing import FakeClock

if TYPE_CHECKING:
    from PIL.Image import Image

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("display")]
PAPER = (0xAD, 0xD8, 0xE6)
RED = (0xD0, 0, 0)
WHITE = (255, 255, 255)
CLOSE = "ctrl+q"
QUICK_MS = 1


@pytest.fixture(scope="module")
def screen() -> Iterator[Display]:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    with display() as opened:
        yield opened


@contextmanager
def turtle(screen: Display, *words: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    command = [sys.executable, "-m", "turnout", "turtle", "--language", "en", *words]
    with subprocess.Popen(command, env=screen.environment, stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running, screen.window("^Event Handling 101$")
        finally:
            running.kill()


def strokes(drawing: Path) -> list[tuple[str, str]]:
    return re.findall(r'points="([^"]*)" stroke="([^"]*)"', drawing.read_text(encoding="utf-8"))


def has_red(picture: "Image", box: tuple[int, int, int, int]) -> bool:
    part = picture.crop(box)
    return any(colour == RED for _, colour in part.getcolors(part.width * part.height) or ())


def test_the_window_is_the_courses_and_keys_draw_in_it(screen: Display, tmp_path: Path) -> None:
    drawing = tmp_path / "drawing.svg"

    def is_drawn(picture: "Image") -> bool:
        corner, foot = picture.getpixel((2, 2)), picture.getpixel((2, 498))
        return (corner, foot) == (PAPER, WHITE) and has_red(picture, (250, 0, 500, 365))

    with turtle(screen, "--export", str(drawing)) as (running, window):
        size = screen.size(window)
        screen.press(["Up", "Left", "Up", "c", "Up", "u", "Right", "Up", "ctrl+z", "Up", "KP_Up", "x"])
        is_seen = screen.shows(is_drawn)
        screen.press([CLOSE])
        status = running.wait(20)

    assert (size, is_seen, status) == ((500, 500), True, 0)
    assert strokes(drawing) == [
        ("0,0 50,0 93.301,-25", "#000000"),
        ("93.301,-25 143.301,-25 193.301,-25", "#d00000"),
    ]


def test_400_fast_keys_with_a_slow_handler_are_all_drawn(screen: Display, tmp_path: Path) -> None:
    drawing = tmp_path / "drawing.svg"
    with turtle(screen, "--export", str(drawing), "--slow", "2", "--key", "Up=forward:1") as (running, _):
        screen.press(["Up"] * 400 + [CLOSE], delay_ms=QUICK_MS)
        status = running.wait(30)

    last = strokes(drawing)[0][0].split()[-1]
    assert (last, status) == ("400,0", 0)


def test_ctrl_c_closes_the_window_and_keeps_the_drawing(screen: Display, tmp_path: Path) -> None:
    drawing = tmp_path / "drawing.svg"
    with turtle(screen, "--export", str(drawing)) as (running, _):
        running.send_signal(signal.SIGINT)
        complaint = running.communicate(timeout=20)[1]

    assert (running.returncode, complaint) == (130, "turnout: interrupted\n")
    assert drawing.exists()


def test_a_recording_is_replayed_in_a_window_without_the_strip_which_follows_the_turtle(
    screen: Display, tmp_path: Path
) -> None:
    recording, drawing = tmp_path / "walk.jsonl", tmp_path / "again.svg"
    program = Program(keymap(None, ["c=colour:red", "Up=forward:1000"]), FakeClock())
    with program.emitter.record(recording):
        for key in ("Up", "c", "Up"):
            program.press(key)

    def is_at_the_edge(picture: "Image") -> bool:
        return picture.getpixel((2, 498)) == PAPER and has_red(picture, (470, 0, 500, 500))

    words = ["--no-strip", "--replay", str(recording), "--speed", "max", "--export", str(drawing)]
    with turtle(screen, *words) as (running, _):
        is_seen = screen.shows(is_at_the_edge)
        screen.press(["Up", CLOSE])
        status = running.wait(20)

    assert (is_seen, status) == (True, 0)
    assert strokes(drawing) == [("0,0 1000,0", "#000000"), ("1000,0 2000,0 2050,0", "#d00000")]
