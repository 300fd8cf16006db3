"""What the system tells of living threads."""

import os
import threading
from pathlib import Path

import pytest

from turnout.clock import other_thread_cpu_ns, thread_cpu_ns
from turnout.trace import ThreadMeter, bring_up_to_date, is_any_running

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


def test_a_thread_has_used_what_its_own_clock_tells() -> None:
    meter = ThreadMeter(threading.get_native_id())
    readings = [thread_cpu_ns(), other_thread_cpu_ns(threading.get_native_id()), thread_cpu_ns(), meter.read()[0]]
    readings.append(thread_cpu_ns())
    meter.close()

    assert readings == sorted(readings)


def test_there_is_no_clock_of_a_thread_that_is_not_there() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    task = TASKS / str(thread.native_id)
    while task.exists():
        pass  # it has said its last word, and is about to end

    with pytest.raises(OSError, match="Invalid argument"):
        other_thread_cpu_ns(thread.native_id or 0)


def test_all_threads_are_brought_up_to_date_wherever_that_can_be_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("turnout.trace._meter.other_thread_cpu_ns", asked.append)
    bring_up_to_date()
    monkeypatch.setattr("turnout.trace._meter._TASKS", str(tmp_path / "absent"))
    bring_up_to_date()

    assert threading.get_native_id() in asked
