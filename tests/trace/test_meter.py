"""What the system tells of living threads."""

import os
import threading
from pathlib import Path

import pytest

from turnout.clock import other_thread_cpu_ns, thread_cpu_ns
from turnout.trace import ThreadMeter, bring_up_to_date, count_running

TASKS = Path("/proc/self/task")

pytestmark = pytest.mark.skipif(not TASKS.exists(), reason="this system has no /proc/self/task")


def ended_thread() -> int:
    """Return the number that a thread had."""
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    while (TASKS / str(thread.native_id)).exists():
        pass  # it has said its last word, and is about to end
    return thread.native_id or 0


def test_who_asks_is_running() -> None:
    others = {int(task.name) for task in TASKS.iterdir()} - {threading.get_native_id()}

    assert count_running(others)


def test_threads_that_are_not_meant_do_not_count() -> None:
    assert not count_running({int(task.name) for task in TASKS.iterdir()})


def test_a_thread_that_waits_is_not_running() -> None:
    reader, writer = os.pipe()
    thread = threading.Thread(target=os.read, args=(reader, 1))
    thread.start()
    state = TASKS / str(thread.native_id) / "stat"
    while state.read_text("ascii").rpartition(")")[2].split()[0] == "R":
        pass  # it is about to read
    others = {int(task.name) for task in TASKS.iterdir()} - {thread.native_id or 0}

    is_running = count_running(others)

    os.write(writer, b".")
    thread.join()
    os.close(reader)
    os.close(writer)
    assert not is_running


def test_a_system_that_does_not_tell_has_nobody_running(tmp_path: Path) -> None:
    assert not count_running((), str(tmp_path / "absent"))


def test_a_thread_that_has_ended_is_not_running(tmp_path: Path) -> None:
    (tmp_path / str(ended_thread())).mkdir()

    assert not count_running((), str(tmp_path))


def test_a_thread_has_used_what_its_own_clock_tells() -> None:
    meter = ThreadMeter(threading.get_native_id())
    readings = [thread_cpu_ns(), other_thread_cpu_ns(threading.get_native_id()), thread_cpu_ns(), meter.read()[0]]
    readings.append(thread_cpu_ns())
    meter.close()

    assert readings == sorted(readings)


def test_there_is_no_clock_of_a_thread_that_is_not_there() -> None:
    with pytest.raises(OSError, match="Invalid argument"):
        other_thread_cpu_ns(ended_thread())


def test_all_threads_are_brought_up_to_date_wherever_that_can_be_done(tmp_path: Path) -> None:
    asked: list[int] = []

    bring_up_to_date(ask=asked.append)
    bring_up_to_date(str(tmp_path / "absent"))

    assert threading.get_native_id() in asked


def test_a_thread_that_has_ended_need_not_be_brought_up_to_date(tmp_path: Path) -> None:
    asked: list[int] = []
    for thread in (ended_thread(), threading.get_native_id()):
        (tmp_path / str(thread)).mkdir()

    bring_up_to_date(str(tmp_path), ask=lambda thread: asked.append(other_thread_cpu_ns(thread)))

    assert len(asked) == 1
