"""``turnout race`` with functions that do what no function should."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import turnout
from turnout.errors import UsageError

WORK = """
import os
import subprocess
import sys

STARTED = __file__ + ".started"

class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no text")

def talk(item):
    print("hello", item)
    os.write(1, b"hello from below")
    return item

def read(item):
    return sys.stdin.read()

def interrupt(item):
    raise KeyboardInterrupt

def leave_at_five(item):
    if item == 5:
        os._exit(7)

def speechless(item):
    raise Unspeakable

def refuse(item):
    raise ValueError(item)

def start(item):
    program = subprocess.Popen(["sleep", "1000"])
    with open(STARTED, "a") as file:
        file.write(f"{program.pid}\\n")
"""

NUMBERS = "".join(f"{number}\n" for number in range(100_000, 103_000))  # more than is read at once

pytestmark = pytest.mark.integration


@pytest.fixture
def module(tmp_path: Path) -> str:
    file = tmp_path / "strange_work.py"
    file.write_text(WORK)
    return str(file)


def race(*words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "turnout", "race", *words, "--budget", "20", "--repeats", "1"]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=120, cwd=os.sep)


def findings(done: "subprocess.CompletedProcess[str]") -> list[str]:
    return [one["title"] for one in json.loads(done.stdout)["findings"]]


@pytest.mark.parametrize("start_method", ["fork", "forkserver", "spawn"])
def test_what_the_function_prints_is_kept_out_of_the_report(module: str, start_method: str) -> None:
    done = race(f"{module}:talk", "--range", "1..9", "--start-method", start_method, "--json")

    assert json.loads(done.stdout)["item_count"] == 9
    assert done.stderr == ""


@pytest.mark.parametrize("start_method", ["fork", "forkserver", "spawn"])
def test_the_function_cannot_read_the_items_from_standard_input(module: str, start_method: str) -> None:
    done = race(f"{module}:read", "--items", "-", "--start-method", start_method, "--json", given=NUMBERS)

    assert not any("differ" in one for one in findings(done))
    assert json.loads(done.stdout)["item_count"] == 3_000


def test_a_function_that_interrupts_itself_is_not_called_slow(module: str) -> None:
    done = race(f"{module}:interrupt", "--range", "1..9")

    assert done.returncode == 2
    assert "cannot be raced: in the trial run, it raised KeyboardInterrupt" in done.stderr
    assert "budget" not in done.stderr


def test_a_function_that_ends_its_process_is_told_how_to_find_the_item(module: str) -> None:
    done = race(f"{module}:leave_at_five", "--range", "1..9")

    assert done.returncode == 2
    assert 'turnout.run(..., executor="processes") tells which' in done.stderr


def test_an_exception_that_cannot_tell_its_text_is_a_failure_like_others(module: str) -> None:
    done = race(f"{module}:speechless", "--range", "1..9", "--json")

    assert findings(done)[0] == "9 of 9 items failed under every executor."
    assert done.returncode == 1


def test_work_that_always_fails_is_not_said_to_be_bound_by_anything(module: str) -> None:
    done = race(f"{module}:refuse", "--range", "1..9")

    assert "bound by" not in done.stdout
    assert "Every item failed" in done.stdout


@pytest.mark.parametrize("executor", ["sequential", "threads", "processes"])
def test_programs_that_items_have_started_end_with_the_race(module: str, executor: str) -> None:
    race(f"{module}:start", "--range", "1..3", "--executors", executor)

    started = Path(f"{module}.started").read_text().split()
    assert len(started) >= 3
    assert [pid for pid in started if is_running(int(pid))] == []


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def slowly() -> Iterator[int]:
    for number in range(10**9):
        deadline = time.monotonic() + 0.02
        while time.monotonic() < deadline:
            pass
        yield number


def test_a_slow_source_of_items_does_not_use_up_the_budget() -> None:
    report = turnout.race(abs, slowly(), budget_s=10, executors=["sequential", "threads"])

    assert report.item_count is None
    assert 1 <= report.sample_count < 300  # of 500 that come in the time


def test_a_budget_that_is_too_small_is_called_by_its_own_figure() -> None:
    with pytest.raises(UsageError, match=r"the budget of (10\.0 ms|0\.01 s) is too small"):
        turnout.race(abs, [1, 2, 3], budget_s=0.01)
