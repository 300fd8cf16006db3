"""``turnout race`` from its words to its report, with nothing in between replaced."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

WORK = """
import asyncio
import os
import time

def spin(count):
    return sum(range(count))

async def wait(item):
    await asyncio.sleep(0.001)
    return item

def sleep_long(item):
    time.sleep(60)

def leave(item):
    os._exit(3)
"""

pytestmark = pytest.mark.integration


@pytest.fixture
def module(tmp_path: Path) -> str:
    file = tmp_path / "real_race_work.py"
    file.write_text(WORK)
    return str(file)


def turnout(*words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the command as a user does: in a process of its own, whose coverage is counted too."""
    return subprocess.run(
        [sys.executable, "-m", "turnout", *words],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=os.sep,
    )


def test_a_plain_function_races_on_threads_and_fresh_processes(module: str) -> None:
    words = ["--range", "100..200", "--executors", "sequential,threads,processes", "--start-method", "spawn"]

    done = turnout("race", f"{module}:spin", *words, "--budget", "20", "--repeats", "1", "--sample", "9", "--json")

    report = json.loads(done.stdout)
    assert done.stderr == ""
    assert done.returncode == 0
    assert report["item_count"] == 101
    assert report["title"] == "spin over 100..200"


def test_a_coroutine_function_races_over_standard_input(module: str) -> None:
    words = ["--items", "-", "--executors", "sequential,asyncio", "--budget", "20", "--repeats", "1"]

    done = turnout("race", f"{module}:wait", *words, given="1\n2\n3\n")

    assert done.stderr == ""
    assert done.returncode == 0
    assert "asyncio" in done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["spin", "--executors", "fibres"], "no executor is called 'fibres'; known: sequential, threads"),
        (["spin", "--executors", "asyncio"], "the function is a plain one, which would block the event loop; write it"),
        (["sleep_long", "--budget", "0.2"], "the budget of 0.2 s is too small"),
    ],
)
def test_a_race_that_cannot_be_run_is_told_in_a_sentence(module: str, words: list[str], sentence: str) -> None:
    done = turnout("race", f"{module}:{words[0]}", "--range", "1..9", *words[1:])

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("turnout: ")
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr


def test_a_function_that_ends_its_process_is_told_without_a_traceback(module: str) -> None:
    done = turnout("race", f"{module}:leave", "--range", "1..9", "--budget", "2")

    assert done.returncode in {1, 2}
    assert "exit status 3" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
