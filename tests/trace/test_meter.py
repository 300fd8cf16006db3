"""Whether threads run, as the system tells."""

import os
import threading
from pathlib import Path

import pytest

from turnout.trace import is_any_running

TASKS = Path("/proc/self/task")

pytestmark = pytest.mark.skipif(not TASKS.exists(), reason="this system has no /proc/self/task")


def test_who_asks_is_running() -> None:
    others = {int(task.name) for task in TASKS.iterdir()} - {threading.get_native_id()}

    assert is_any_running(others)


def test_threads_that_are_not_meant_do_not_count() -> None:
    assert not is_any_running({int(task.name) for task in TASKS.iterdir()})


def test_a_thread_that_waits_is_not_running() -> None:
    reader, writer = os.pipe()
    thread = threading.Thread(target=os.read, args=(reader, 1))
    thread.start()
    state = TASKS / str(thread.native_id) / "stat"
    while state.read_text("ascii").rpartition(")")[2].split()[0] == "R":
        pass  # it is about to read
    others = {int(task.name) for task in TASKS.iterdir()} - {thread.native_id or 0}

    is_running = is_any_running(others)

    os.write(writer, b".")
    thread.join()
    os.close(reader)
    os.close(writer)
    assert not is_running


def test_a_system_that_does_not_tell_has_nobody_running(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("turnout.trace._meter._TASKS", str(tmp_path / "absent"))

    assert not is_any_running(())
