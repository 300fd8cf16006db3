from pathlib import Path

import pytest

from turnout.machine._memory_kills import MemoryKills, memory_kills

KILLED = -9


def write(root: Path, name: str, text: str) -> Path:
    """Write a file of the system."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")
    return path


def with_group(root: Path, version: int) -> Path:
    """Make a system where a group counts 5 kills and the system 7; return the group's folder."""
    write(root, "proc/vmstat", "pgfault 12\noom_kill 7\nnr_free 1\n")
    write(root, "proc/self/cgroup", "0::/job\n" if version == 2 else "4:memory:/job\n")
    kind = "cgroup2 cgroup2 rw" if version == 2 else "cgroup cgroup rw,memory"
    write(root, "proc/self/mountinfo", f"30 20 0:26 / /sys/fs/cgroup rw - {kind}\n")
    return root / "sys/fs/cgroup/job"


@pytest.mark.parametrize(("version", "name"), [(2, "memory.events"), (1, "memory.oom_control")])
def test_the_group_knows_better_than_the_system(tmp_path: Path, version: int, name: str) -> None:
    folder = with_group(tmp_path, version)
    write(folder, name, "oom_kill_disable 0\nunder_oom 0\noom 6\noom_kill 5\noom_group_kill 0\n")

    assert memory_kills(tmp_path) == 5


def test_the_system_is_asked_where_no_group_tells(tmp_path: Path) -> None:
    with_group(tmp_path, 2)

    assert memory_kills(tmp_path) == 7


@pytest.mark.parametrize("text", [None, "", "oom_kill\n", "oom_kill many\n", "not_oom_kill 3\n"])
def test_without_a_count_nothing_is_claimed(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        write(tmp_path, "proc/vmstat", text)
    kills = MemoryKills(tmp_path)

    assert memory_kills(tmp_path) is None
    assert not kills.explain(KILLED)


def test_a_count_that_rose_explains_as_many_deaths(tmp_path: Path) -> None:
    write(tmp_path, "proc/vmstat", "oom_kill 7\n")
    kills = MemoryKills(tmp_path)
    write(tmp_path, "proc/vmstat", "oom_kill 9\n")

    assert [kills.explain(KILLED) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("exit_code", [None, 0, 9, -11])
def test_other_deaths_are_not_the_kernels_choice(tmp_path: Path, exit_code: int | None) -> None:
    write(tmp_path, "proc/vmstat", "oom_kill 7\n")
    kills = MemoryKills(tmp_path)
    write(tmp_path, "proc/vmstat", "oom_kill 8\n")

    assert not kills.explain(exit_code)


def test_a_count_that_is_gone_explains_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "proc/vmstat", "oom_kill 7\n")
    kills = MemoryKills(tmp_path)
    path.unlink()

    assert not kills.explain(KILLED)
