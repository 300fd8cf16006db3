import subprocess
import sys
from pathlib import Path

import pytest

from turnout.trace import _usage
from turnout.trace._usage import thread_usage

on_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux has /proc")


@on_linux
def test_a_thread_that_computes_uses_time_on_a_core() -> None:
    before = thread_usage()

    while thread_usage().cpu_ns == before.cpu_ns:
        sum(range(10_000))

    used = thread_usage().since(before)
    assert used.cpu_ns > 0
    assert used.run_queue_ns is not None


MEASURE_TWICE = """
from turnout.trace._usage import process_memory_bytes
before = process_memory_bytes()
held = bytearray(b"x" * 30_000_000)
print(before, process_memory_bytes())
"""


@on_linux
def test_memory_grows_with_what_is_held() -> None:
    told = subprocess.check_output([sys.executable, "-c", MEASURE_TWICE], text=True)

    before, after = map(int, told.split())
    assert after - before > 15_000_000


def test_a_file_that_is_not_there_tells_nothing(tmp_path: Path) -> None:
    assert _usage._run_queue_ns(str(tmp_path / "schedstat")) is None


def test_a_file_without_figures_tells_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "schedstat"
    empty.write_text("")

    assert _usage._run_queue_ns(str(empty)) is None


def test_lines_without_kilobytes_are_passed_over(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmRSS:\t 12 kB\nThreads:\t1\n")

    assert _usage._kilobytes(str(status)) == {"VmRSS": 12}
