"""How many cores may be used."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.machine import usable_cpus, usable_workers
from turnout.machine._cpus import allowed_cpus, limited


def quota_of(root: Path, text: str) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text("0::/\n")
    (root / "proc/self/mountinfo").write_text("1 0 0:1 / /cg rw - cgroup2 cgroup2 rw\n")
    (root / "cg").mkdir()
    (root / "cg/cpu.max").write_text(text)
    return root


def test_a_system_without_affinity_allows_all_cores() -> None:
    system = SimpleNamespace(cpu_count=lambda: 6)

    allowed = allowed_cpus(system)

    assert allowed == 6


def test_a_count_of_cores_that_the_user_sets_overrules_the_affinity() -> None:
    system = SimpleNamespace(process_cpu_count=lambda: 3, sched_getaffinity=lambda _: {0})

    allowed = allowed_cpus(system)

    assert allowed == 3


def test_the_affinity_counts_where_the_system_tells_it() -> None:
    system = SimpleNamespace(sched_getaffinity=lambda _: {0, 5}, cpu_count=lambda: 8)

    allowed = allowed_cpus(system)

    assert allowed == 2


def test_without_a_quota_all_allowed_cores_are_usable(tmp_path: Path) -> None:
    usable = usable_cpus(tmp_path)

    assert usable == allowed_cpus()


def test_a_quota_below_one_core_leaves_a_fraction(tmp_path: Path) -> None:
    root = quota_of(tmp_path, "30000 100000")

    usable = usable_cpus(root)

    assert usable == 0.3


def test_even_a_small_fraction_of_a_core_gets_a_worker(tmp_path: Path) -> None:
    root = quota_of(tmp_path, "1000 100000")

    workers = usable_workers(root)

    assert workers == 1


@pytest.mark.parametrize(("allowed", "quota", "usable"), [(8, 1.5, 1.5), (2, 16.0, 2.0), (4, None, 4.0)])
def test_the_smaller_of_affinity_and_quota_counts(allowed: int, quota: float | None, usable: float) -> None:
    found = limited(allowed, quota)

    assert found == usable


@given(allowed=st.integers(1, 1024), quota=st.none() | st.floats(0.01, 2000))
def test_usable_cores_never_exceed_the_allowed_ones(allowed: int, quota: float | None) -> None:
    found = limited(allowed, quota)

    assert 0 < found <= allowed


def test_asking_for_workers_loads_nothing_but_the_standard_library() -> None:
    program = (
        "import sys, turnout.machine as m; m.usable_workers();"
        "print(*sorted(name for name in sys.modules if name.startswith(('turnout', 'psutil', 'findpython', 'rich'))))"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert loaded == [
        "turnout",
        "turnout._lazy",
        "turnout.machine",
        "turnout.machine._cgroups",
        "turnout.machine._cpus",
    ]
