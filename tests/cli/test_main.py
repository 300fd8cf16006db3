"""The command line as a whole: help, version, errors and exit statuses."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from turnout.cli import main
from turnout.cli._main import COMMANDS

TURNOUT = [sys.executable, "-m", "turnout"]


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"]])
def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    status = main(words)

    out = capsys.readouterr().out
    assert status == 0
    assert all(f"  {name} " in out and summary in out for name, summary in COMMANDS.items())


def test_without_a_command_the_help_is_shown_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    status = main([])

    captured = capsys.readouterr()
    assert status == 2
    assert captured.out == ""
    assert captured.err.startswith("usage: turnout COMMAND")


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--version"])

    assert status == 0
    assert capsys.readouterr().out.startswith("turnout 0.")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("rcae", "did you mean 'race'?"),
        (
            "zzz",
            "known: race, run, download, crawl, search, turtle, diagnose, monitor, machine, inspect, journal, demo",
        ),
        ("--zzz", "known: "),
    ],
)
def test_an_unknown_command_is_answered_with_a_guess(capsys: pytest.CaptureFixture[str], word: str, hint: str) -> None:
    status = main([word])

    captured = capsys.readouterr()
    assert status == 2
    assert captured.err.startswith(f"turnout: there is no command '{word}'; {hint}")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_what_it_takes(capsys: pytest.CaptureFixture[str], name: str) -> None:
    status = main([name, "--help"])

    out = capsys.readouterr().out
    assert status == 0
    assert out.startswith(f"usage: turnout {name} ")


def test_the_help_imports_neither_a_command_nor_a_third_party_module() -> None:
    code = "import sys; from turnout.cli import main; main(['--help']); print(sorted(sys.modules))"

    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    heavy = ["argparse", "rich", "psutil", "cloudpickle", "asyncio", "turnout.cli.race", "turnout.report"]
    assert [name for name in heavy if f"'{name}'" in out] == []


def test_the_package_can_be_run() -> None:
    done = subprocess.run([*TURNOUT, "--version"], capture_output=True, text=True, check=True)

    assert done.stdout.startswith("turnout ")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    shell = 'exec 3>&1; { "$@" 2>&3; echo "status $?" >&3; } | true'

    done = subprocess.run(["sh", "-c", shell, "sh", *TURNOUT, "--help"], capture_output=True, text=True, check=True)

    assert done.stdout in {"status 141\n", "status 0\n"}  # 0 if the reader left only after we had written


def test_a_terminal_without_our_characters_gets_stand_ins(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    words = ["race", "math:sqrt", "--items", str(tmp_path / "größe.txt")]

    done = subprocess.run([*TURNOUT, *words], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "turnout: there is no file" in done.stderr
    assert done.stderr.isascii()


INTERRUPTED_IMPORT = """
import sys

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupting())
from turnout.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("name", ["turnout.cli._main", "turnout.errors", "argparse", "turnout.cli.run"])
def test_an_interrupt_while_the_command_is_loaded_is_no_traceback(name: str) -> None:
    words = [sys.executable, "-c", INTERRUPTED_IMPORT, name, "run", "math:sqrt", "--range", "1..9"]

    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (130, "turnout: interrupted\n")


def test_little_is_loaded_before_an_interrupt_can_be_caught() -> None:
    code = "import sys; before = {*sys.modules}; import turnout.cli; print(sorted({*sys.modules} - before))"

    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    assert out == "['turnout', 'turnout._lazy', 'turnout.cli', 'turnout.cli._entry']\n"


def test_an_interrupt_ends_the_command_quietly(tmp_path: Path) -> None:
    module = tmp_path / "slow_items.py"
    module.write_text("def numbers():\n    print('ready', flush=True)\n    return [int(input())]\n")
    words = ["race", "math:sqrt", "--items-from", f"{module}:numbers"]
    pipe = subprocess.PIPE

    with subprocess.Popen([*TURNOUT, *words], stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()

    assert process.returncode == 130
    assert said == "turnout: interrupted\n"
