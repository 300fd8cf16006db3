"""``turnout machine``."""

import argparse
import json
from io import StringIO

import pytest

from turnout.cli import machine as command
from turnout.errors import ExitStatus
from turnout.machine import Cores, Gil, Machine, Memory

MACHINE = Machine(
    platform="Linux 6.1 x86_64",
    cores=Cores(model="Abacus", logical=2, physical=2, allowed=2, quota=None, usable=2.0),
    memory=Memory(total_bytes=8 << 30, available_bytes=3 << 30, limit_bytes=None),
    gil=Gil(enabled=True, optional=False, switch_interval_s=0.005),
)


class Look:
    """Stands in for looking at the machine, and keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: dict[str, bool] = {}

    def __call__(self, **asked: bool) -> Machine:
        self.asked = asked
        return MACHINE


class Terminal(StringIO):
    """A terminal that keeps what it was sent."""

    def isatty(self) -> bool:
        return True


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def test_the_machine_is_shown_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    status = command.run(options(), Look())

    assert status == ExitStatus.OK
    assert "2 usable" in capsys.readouterr().out


def test_the_machine_is_shown_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    command.run(options("--json"), Look())

    assert json.loads(capsys.readouterr().out)["cores"]["model"] == "Abacus"


def test_everything_is_looked_at_unless_told_otherwise() -> None:
    look = Look()

    command.run(options(), look)

    assert look.asked == {"fresh": False, "costs": True, "interpreters": True}


def test_each_part_can_be_left_out_or_renewed() -> None:
    look = Look()

    command.run(options("--fresh", "--costs", "none", "--pythons", "none"), look)

    assert look.asked == {"fresh": True, "costs": False, "interpreters": False}


def test_pythons_alone_are_listed_without_measuring_anything(capsys: pytest.CaptureFixture[str]) -> None:
    look = Look()

    command.run(options("--pythons"), look)

    assert look.asked == {"fresh": False, "costs": False, "interpreters": True}
    assert capsys.readouterr().out == "No Python was found.\n"


def test_a_terminal_is_told_to_wait_and_left_clean() -> None:
    terminal = Terminal()

    command.run(options(), Look(), terminal)

    assert "looking around" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
