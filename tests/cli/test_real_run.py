"""``turnout run`` on real workers: what it leaves, when it ends by itself and when it is told to."""

import csv
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from programs import unmeasured
from test_faults import MARK, SOON_S, marked, survivors_of
from turnout.pipeline import read_progress

pytestmark = pytest.mark.integration

COUNT = 40
FAST = 4  # items before those that take a minute
WORK = f"""
import asyncio
import os
import subprocess
import sys
import threading
import time
import turnout

def double(item):
    if item == 3:
        raise ValueError("no threes")
    return 2 * item

async def double_soon(item):
    await asyncio.sleep(0)
    return double(item)

def sleep(item):
    if item >= {FAST}:
        os.write(1, b"hanging\\n")
        threading.Event().wait(60)
    return item

def compute(item):
    if item >= {FAST}:
        os.write(1, b"hanging\\n")
        end = time.monotonic() + 60
        while time.monotonic() < end:
            sum(range(1000))
    return item

CODE = "import os, signal, time; signal.signal(2, signal.SIG_IGN); os.write(1, b'hanging' + bytes([10]))"
CODE += "; time.sleep(60)"

def start(item):
    if item >= {FAST}:
        subprocess.run([sys.executable, "-c", CODE])
    return item

def start_and_stay(item):
    program = subprocess.Popen([sys.executable, "-c", CODE]) if item >= {FAST} else None
    while program is not None:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            pass
    return item

async def sleep_soon(item):
    if item >= {FAST}:
        os.write(1, b"hanging\\n")
        await asyncio.sleep(60)
    return item

async def block(item):
    return compute(item)

def same(item):
    return item

def parent(item):
    return os.getppid()

def pair(item):
    return [item]

sleeping_line = (
    turnout.flat_stage(pair, executor="sequential") | turnout.stage(sleep, batch_size=1) | turnout.stage(same)
)
computing_line = turnout.stage(same) | turnout.stage(compute, executor="processes", batch_size=1)
first_line = turnout.stage(compute, executor="sequential", batch_size=1) | turnout.stage(same)
doubling = turnout.stage(double, executor="threads") | turnout.stage(same)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work.py").write_text(WORK, encoding="ascii")
    return tmp_path


def command(target: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "turnout", "run", f"work.py:{target}", "--range", f"0..{COUNT - 1}", *words]


@contextmanager
def begun(folder: Path, words: list[str], terminal: int | None = None) -> Iterator["subprocess.Popen[str]"]:
    """Start a command in a session of its own, and see that nobody outlives it."""
    mark = uuid4().hex
    process = subprocess.Popen(
        words,
        cwd=folder,
        env=unmeasured(**{MARK: mark}, COLUMNS="100"),
        stdin=subprocess.DEVNULL if terminal is None else terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
        survivors = survivors_of(mark)
    finally:
        for pid in marked(mark):
            os.kill(pid, signal.SIGKILL)
        process.communicate()
    assert survivors == []


def finish(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Wait for the end, which must come long before an item's."""
    return process.communicate(timeout=SOON_S)


def ended(folder: Path, words: list[str]) -> tuple[int, str, str]:
    with begun(folder, words) as process:
        output, errors = finish(process)
    return process.returncode, output, errors


def await_hanging(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "hanging\n"


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


ENGINES = [
    *[("double", executor) for executor in ("auto", "sequential", "threads", "processes")],
    ("double_soon", "auto"),
    ("double_soon", "asyncio"),
]


@pytest.mark.parametrize(("target", "executor"), ENGINES)
def test_results_are_written_as_lines(target: str, executor: str, folder: Path) -> None:
    status, output, errors = ended(folder, command(target, "--executor", executor, "--output", "out.jsonl"))

    found = records(folder / "out.jsonl")
    assert status == 1  # for an item failed
    assert [record["index"] for record in found] == list(range(COUNT))
    assert [record.get("value") for record in found] == [None if item == 3 else 2 * item for item in range(COUNT)]
    assert found[3]["error"] == {"type": "ValueError", "message": "no threes"}
    assert f"{target} over 0..{COUNT - 1}" in output
    assert "Traceback" not in errors


def test_results_are_written_as_a_table(folder: Path) -> None:
    status, _, _ = ended(folder, command("doubling", "--output", "out.csv"))

    with (folder / "out.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert status == 1
    assert [row["value"] for row in rows] == ["" if item == 3 else str(2 * item) for item in range(COUNT)]
    assert "no threes" in str(rows[3])


@pytest.mark.parametrize("terminal", [False, True])
def test_the_command_has_no_thread_that_keeps_it_from_forking_its_workers(folder: Path, *, terminal: bool) -> None:
    ours, theirs = pty.openpty()
    try:
        words = command("parent", "--executor", "processes", "--output", "out.jsonl")
        with begun(folder, words, theirs if terminal else None) as process:
            finish(process)
    finally:
        os.close(ours)
        os.close(theirs)

    assert {record["value"] for record in records(folder / "out.jsonl")} == {process.pid}


def test_without_failures_the_status_is_0(folder: Path) -> None:
    status, output, _ = ended(folder, command("same", "--output", "-", "--quiet"))

    assert status == 0
    assert [json.loads(line)["value"] for line in output.splitlines()] == list(range(COUNT))


@pytest.mark.parametrize(
    "words",
    [
        ("nothing",),
        ("same", "--executor", "fibres"),
        ("same", "--executor", "asyncio"),
        ("doubling", "--executor", "threads"),
        ("same", "--executor", "sequential", "--workers", "2"),
        ("same", "--retry-failed"),
    ],
)
def test_what_cannot_be_done_is_status_2_and_a_sentence(words: tuple[str, ...], folder: Path) -> None:
    status, output, errors = ended(folder, command(*words))

    assert (status, output) == (2, "")
    assert errors.startswith(("turnout: ", "usage: "))
    assert "Traceback" not in errors


LONG = [
    *[
        (target, executor)
        for target in ("sleep", "compute")
        for executor in ("auto", "sequential", "threads", "processes")
    ],
    ("sleep_soon", "auto"),
    ("sleep_soon", "asyncio"),
    ("block", "asyncio"),
    ("sleeping_line", None),
    ("computing_line", None),
    ("first_line", None),
]


def long_command(target: str, executor: str | None) -> list[str]:
    own = ("--executor", executor, "--batch-size", "1") if executor else ()
    return command(target, "--output", "out.jsonl", "--journal", "journal", *own)


@pytest.mark.parametrize(("target", "executor"), LONG)
def test_ctrl_c_keeps_what_is_done_and_ends_long_before_the_items(
    target: str, executor: str | None, folder: Path
) -> None:
    with begun(folder, long_command(target, executor)) as process:
        await_hanging(process)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = finish(process)

    found = records(folder / "out.jsonl")
    assert process.returncode == 130
    assert "stopping; what is done is kept" in errors
    assert "Traceback" not in errors
    assert " over 0..39" in output
    assert [record["value"] for record in found] == list(range(len(found)))
    assert read_progress(folder / "journal").finished >= len(found)
    if executor is not None:
        assert len(found) == FAST


@pytest.mark.parametrize(("target", "executor"), LONG)
def test_ctrl_c_twice_leaves_at_once(target: str, executor: str | None, folder: Path) -> None:
    with begun(folder, long_command(target, executor)) as process:
        await_hanging(process)
        os.killpg(process.pid, signal.SIGINT)
        assert process.stderr is not None
        while "stopping" not in process.stderr.readline():
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        _, errors = finish(process)

    found = records(folder / "out.jsonl")
    values = [record["value"] for record in found]
    assert process.returncode in {130, -signal.SIGINT}
    assert "Traceback" not in errors
    assert values == sorted({*values} & {*range(FAST)})  # in order; another worker may have been on one of them still
    assert read_progress(folder / "journal").finished >= len(found)


@pytest.mark.parametrize("executor", ["auto", "threads", "sequential", "processes", "interpreters"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_programs_that_items_have_started_do_not_outlive_a_stop(executor: str, number: int, folder: Path) -> None:
    if executor == "interpreters" and sys.version_info < (3, 14):
        pytest.skip("this Python has no subinterpreters")
    with begun(folder, long_command("start", executor)) as process:
        await_hanging(process)
        process.send_signal(number)  # not to its group, whose programs would hear of it; these ignore that, too
        _, errors = finish(process)

    assert process.returncode == 128 + number
    assert "Traceback" not in errors


def test_an_item_that_goes_on_after_ctrl_c_is_left_at_the_second_one_and_its_programs_are_not(folder: Path) -> None:
    with begun(folder, long_command("start_and_stay", "sequential")) as process:
        await_hanging(process)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while "stopping" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        finish(process)

    assert process.returncode == 130
    assert read_progress(folder / "journal").finished >= FAST


@pytest.mark.parametrize("executor", ["auto", "sequential", "processes"])
def test_a_termination_is_status_143(executor: str, folder: Path) -> None:
    with begun(folder, long_command("sleep", executor)) as process:
        await_hanging(process)
        process.terminate()
        output, _ = finish(process)

    assert process.returncode == 143
    assert "sleep over 0..39" in output
    assert len(records(folder / "out.jsonl")) == FAST


IN_A_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


@pytest.mark.parametrize("executor", ["auto", "processes"])
def test_ctrl_c_is_typed_at_a_terminal(executor: str, folder: Path) -> None:
    ours, theirs = pty.openpty()
    words = [sys.executable, "-c", IN_A_TERMINAL, *long_command("sleep", executor)]
    try:
        with begun(folder, words, theirs) as process:
            await_hanging(process)
            os.write(ours, b"\x03")
            output, errors = finish(process)
    finally:
        os.close(ours)
        os.close(theirs)

    assert process.returncode == 130
    assert "sleep over 0..39" in output
    assert "stopping" in errors
    assert len(records(folder / "out.jsonl")) == FAST


@pytest.mark.parametrize("executor", ["auto", "processes"])
def test_a_terminal_that_is_closed_leaves_whole_files(executor: str, folder: Path) -> None:
    ours, theirs = pty.openpty()
    own = ("--executor", executor, "--workers", "1", "--batch-size", "1", "--output", "out.csv", "--html", "page.html")
    words = [sys.executable, "-c", IN_A_TERMINAL, *command("sleep", *own)]
    environment = unmeasured(COLUMNS="100")
    streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
    with subprocess.Popen(words, cwd=folder, env=environment, start_new_session=True, **streams) as process:
        os.close(theirs)
        with os.fdopen(ours, "rb", buffering=0) as terminal:
            seen = b""
            while b"hanging" not in seen:
                seen += terminal.read(1 << 16)
        status = process.wait(SOON_S)

    assert status == 129
    rows = list(csv.reader((folder / "out.csv").read_text().splitlines()))
    assert [row[2] for row in rows[1:]] == [*map(str, range(FAST))]
    assert (folder / "page.html").read_text().rstrip().endswith("</html>")
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["out.csv", "page.html", "work.py"]


def test_what_items_print_does_not_get_between_the_records(folder: Path) -> None:
    (folder / "work.py").write_text(
        "import os\n"
        "print('imported')\n"
        "def chat(item):\n"
        "    print(f'said {item}\\n', end='')\n"  # in one piece: threads take turns between pieces
        "    os.system(f'echo called {item}')\n"
        "    return item\n",
        encoding="ascii",
    )
    for executor in ("sequential", "threads", "processes"):
        _, output, errors = ended(folder, command("chat", "--executor", executor, "--output", "-"))

        assert [json.loads(line)["value"] for line in output.splitlines()] == list(range(COUNT))
        assert "imported" in errors
        assert f"said {COUNT - 1}\n" in errors
        assert f"called {COUNT - 1}\n" in errors


def test_what_was_stopped_goes_on(folder: Path) -> None:
    with begun(folder, long_command("sleep", "threads")) as process:
        await_hanging(process)
        os.killpg(process.pid, signal.SIGINT)
        finish(process)
    (folder / "work.py").write_text(WORK.replace("wait(60)", "wait(0)"), encoding="ascii")

    status, _, _ = ended(folder, long_command("sleep", "auto"))

    assert status == 0
    assert [record["value"] for record in records(folder / "out.jsonl")] == list(range(COUNT))
