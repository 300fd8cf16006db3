"""Limits of control groups, read from folders that a test has written."""

from pathlib import Path

import pytest

from turnout.machine._cgroups import Mount, cpu_quota, folders, memberships, memory_limit_bytes, mounts

V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V1_CPU_MOUNT = "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
V1_MEMORY_MOUNT = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"


def machine(root: Path, membership: str, mountinfo: str, files: dict[str, str]) -> Path:
    texts = {"proc/self/cgroup": membership, "proc/self/mountinfo": mountinfo}
    texts |= {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_version_2_quota_is_a_share_of_its_period(tmp_path: Path) -> None:
    root = machine(tmp_path, "0::/app\n", V2_MOUNT, {"app/cpu.max": "150000 100000\n"})

    quota = cpu_quota(root)

    assert quota == 1.5


def test_a_version_2_quota_without_a_period_has_the_default_one(tmp_path: Path) -> None:
    root = machine(tmp_path, "0::/app\n", V2_MOUNT, {"app/cpu.max": "50000\n"})

    quota = cpu_quota(root)

    assert quota == 0.5


def test_a_version_1_quota_is_a_share_of_its_period(tmp_path: Path) -> None:
    files = {"cpu/job/cpu.cfs_quota_us": "25000\n", "cpu/job/cpu.cfs_period_us": "100000\n"}
    root = machine(tmp_path, "4:cpu,cpuacct:/job\n0::/\n", V1_CPU_MOUNT, files)

    quota = cpu_quota(root)

    assert quota == 0.25


@pytest.mark.parametrize("text", ["max 100000", "0 100000", "-1 100000", "100000 0", "", "1_000 100", "²0 1", "a b c"])
def test_a_version_2_file_that_grants_nothing_sensible_sets_no_limit(tmp_path: Path, text: str) -> None:
    root = machine(tmp_path, "0::/\n", V2_MOUNT, {"cpu.max": text})

    quota = cpu_quota(root)

    assert quota is None


@pytest.mark.parametrize(
    ("quota", "period"), [("-1", "100000"), ("0", "100000"), ("100000", "0"), ("x", "1"), ("1", "")]
)
def test_a_version_1_file_that_grants_nothing_sensible_sets_no_limit(tmp_path: Path, quota: str, period: str) -> None:
    files = {"cpu/cpu.cfs_quota_us": quota, "cpu/cpu.cfs_period_us": period}
    root = machine(tmp_path, "4:cpu:/\n", V1_CPU_MOUNT, files)

    found = cpu_quota(root)

    assert found is None


def test_the_tightest_limit_on_the_way_to_the_root_counts(tmp_path: Path) -> None:
    files = {
        "cpu.max": "max 100000",
        "a/cpu.max": "80000 100000",
        "a/b/cpu.max": "300000 100000",
        "a/b/c/cpu.max": "max 100000",
        "a/b/memory.max": "2000000",
        "a/memory.max": "1000000",
        "a/b/c/memory.max": "max",
    }
    root = machine(tmp_path, "0::/a/b/c\n", V2_MOUNT, files)

    quota, limit = cpu_quota(root), memory_limit_bytes(root)

    assert quota == 0.8
    assert limit == 1_000_000


def test_groups_of_others_do_not_count(tmp_path: Path) -> None:
    root = machine(tmp_path, "0::/a\n", V2_MOUNT, {"a/cpu.max": "max 100000", "b/cpu.max": "1000 100000"})

    quota = cpu_quota(root)

    assert quota is None


def test_both_versions_at_once_give_the_tighter_limit(tmp_path: Path) -> None:
    hybrid = V1_CPU_MOUNT + V2_MOUNT.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
    files = {
        "cpu/job/cpu.cfs_quota_us": "200000",
        "cpu/job/cpu.cfs_period_us": "100000",
        "unified/unit/cpu.max": "120000 100000",
    }
    root = machine(tmp_path, "2:cpu,cpuacct:/job\n0::/unit\n", hybrid, files)

    quota = cpu_quota(root)

    assert quota == 1.2


def test_version_1_says_no_limit_by_a_huge_number(tmp_path: Path) -> None:
    files = {"memory/memory.limit_in_bytes": "9223372036854771712\n"}
    root = machine(tmp_path, "3:memory:/\n", V1_MEMORY_MOUNT, files)

    limit = memory_limit_bytes(root)

    assert limit is None


def test_version_1_limits_memory_in_its_own_file(tmp_path: Path) -> None:
    files = {"memory/box/memory.limit_in_bytes": "268435456\n"}
    root = machine(tmp_path, "3:memory:/box\n", V1_MEMORY_MOUNT, files)

    limit = memory_limit_bytes(root)

    assert limit == 256 << 20


def test_a_machine_without_control_groups_sets_no_limit(tmp_path: Path) -> None:
    quota, limit = cpu_quota(tmp_path), memory_limit_bytes(tmp_path)

    assert quota is None
    assert limit is None


def test_a_file_that_cannot_be_read_sets_no_limit(tmp_path: Path) -> None:
    root = machine(tmp_path, "0::/a\n", V2_MOUNT, {"cpu.max": "70000 100000"})
    (root / "sys/fs/cgroup/a/cpu.max").mkdir(parents=True)  # reading a folder fails for root too

    quota = cpu_quota(root)

    assert quota == 0.7


def test_a_folder_that_is_missing_leaves_its_parents_in_force(tmp_path: Path) -> None:
    root = machine(tmp_path, "0::/docker/0123\n", V2_MOUNT, {"cpu.max": "50000 100000"})

    quota = cpu_quota(root)

    assert quota == 0.5


def test_bytes_that_are_no_text_set_no_limit(tmp_path: Path) -> None:
    root = machine(tmp_path, "0::/\n", V2_MOUNT, {})
    (root / "sys/fs/cgroup").mkdir(parents=True)
    (root / "sys/fs/cgroup/cpu.max").write_bytes(b"\xff\xfe 100000")

    quota = cpu_quota(root)

    assert quota is None


def test_a_container_that_sees_only_its_own_group_finds_its_limit_at_the_mount_point() -> None:
    mount = Mount(version=1, controllers=frozenset({"cpu"}), top="/docker/0123", point="/sys/fs/cgroup/cpu")

    found = folders("/docker/0123", mount)

    assert found == ["/sys/fs/cgroup/cpu"]


def test_a_group_below_the_part_that_is_mounted_is_found_below_the_mount_point() -> None:
    mount = Mount(version=1, controllers=frozenset({"cpu"}), top="/docker/0123", point="/cg")

    found = folders("/docker/0123/job", mount)

    assert found == ["/cg/job", "/cg"]


def test_a_process_outside_its_namespace_has_no_folder_that_can_be_seen() -> None:
    mount = Mount(version=2, controllers=frozenset(), top="/", point="/sys/fs/cgroup")

    found = folders("/../other", mount)

    assert found == []


def test_a_mount_from_outside_the_namespace_shows_siblings_of_our_group() -> None:
    mount = Mount(version=2, controllers=frozenset(), top="/..", point="/cg")

    found = folders("/../other", mount)

    assert found == ["/cg/other", "/cg"]


def test_a_mount_that_shows_an_unnamed_parent_still_limits_us() -> None:
    mount = Mount(version=2, controllers=frozenset(), top="/../..", point="/cg")

    found = folders("/", mount)

    assert found == ["/cg"]


def test_a_namespace_mounted_at_the_root_of_all_files_is_read_there() -> None:
    mount = Mount(version=2, controllers=frozenset(), top="/", point="/")

    found = folders("/a", mount)

    assert found == ["/a", ""]


def test_spaces_and_colons_in_names_are_kept() -> None:
    listed = mounts(r"30 23 0:26 /a\040b /mnt/c\040d rw - cgroup2 cgroup2 rw")
    groups = memberships("0::/a b/c:d\n")

    assert (listed[0].top, listed[0].point) == ("/a b", "/mnt/c d")
    assert groups == {"": "/a b/c:d"}


def test_lines_that_make_no_sense_are_passed_over() -> None:
    listed = mounts(
        "\n - cgroup2\n1 2 - cgroup cgroup rw\n30 23 0:26 / / rw - cgroupfs x y\n22 27 0:21 / /proc rw - proc p rw"
    )
    groups = memberships("\nnonsense\n1:cpu\n2:cpu:relative\n")

    assert listed == []
    assert groups == {}
