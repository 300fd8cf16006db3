"""What Linux control groups grant this process: the tightest limit from its own group up to the root.

    /proc/self/cgroup      which group we are in, by hierarchy       -> memberships
    /proc/self/mountinfo   where each hierarchy can be seen          -> mounts
    both                   the folders of our group and its parents  -> folders
    cpu.max, memory.max    (version 2)   "max 100000", "max"
    cpu.cfs_quota_us, ...  (version 1)   "-1", 9223372036854771712

A file that is missing, unreadable or nonsense sets no limit: a wrong guess of no limit costs some speed, an error
would cost the run.

Source: Linux, Documentation/admin-guide/cgroup-v1, cgroup-v2.rst; proc_pid_cgroup(5), proc_pid_mountinfo(5).
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

UNLIMITED_BYTES = 1 << 60  # version 1 says "no limit" by the greatest multiple of a page, just under 2**63
DEFAULT_PERIOD_US = 100_000
LONGEST_NUMBER = 20  # digits, of 64 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Where a part of a hierarchy can be seen.

    Attributes:
        version: 1 or 2.
        controllers: What version 1 controls there; empty for version 2.
        top: The group that the mount point shows.
        point: The mount point, absolute.
    """

    version: int
    controllers: frozenset[str]
    top: str
    point: str


def memberships(text: str) -> dict[str, str]:
    """Return the group of each version 1 controller, and that of version 2 under ``""``, from ``/proc/self/cgroup``."""
    found = {}
    for line in text.splitlines():
        parts = line.split(":", 2)
        if len(parts) == 3 and parts[2].startswith("/"):  # noqa: PLR2004  number, controllers, group
            for controller in parts[1].split(","):
                found[controller] = parts[2]
    return found


def mounts(text: str) -> list[Mount]:
    """Return the control group mounts of ``/proc/self/mountinfo``, in its order."""
    found = []
    for line in text.splitlines():
        place, _, rest = line.partition(" - ")
        if not rest.startswith("cgroup"):  # most lines, soon done with
            continue
        fields, kind = place.split(), rest.split()
        if len(fields) < 5 or len(kind) < 3 or kind[0] not in {"cgroup", "cgroup2"}:  # noqa: PLR2004  proc(5)
            continue
        version = 2 if kind[0] == "cgroup2" else 1
        controllers = frozenset(kind[2].split(",")) if version == 1 else frozenset[str]()
        found.append(
            Mount(version=version, controllers=controllers, top=_unescape(fields[3]), point=_unescape(fields[4]))
        )
    return found


def folders(group: str, mount: Mount) -> list[str]:
    """Return the folders that show ``group`` and its parents, innermost first, the mount point last.

    Where the group lies outside the mount (a process moved out of its container), its folders cannot be seen and
    there are none. Where the mount shows only some parent, or the two cannot be compared, that is the mount point.
    """
    ours, top = _parts(group), _parts(mount.top)
    if ours.count("..") > top.count(".."):
        return []
    if ours[: len(top)] != top:
        return [mount.point]
    inner = ours[len(top) :]
    start = mount.point.rstrip("/")
    return ["/".join([start, *inner[:depth]]) for depth in range(len(inner), -1, -1)]


def cpu_quota(root: Path = Path("/")) -> float | None:
    """Return how many cores' worth of time the control groups grant, or None without a limit.

    Args:
        root: The folder that holds ``proc`` and ``sys``.
    """
    quotas = (
        _cpu_quota_v2(_read(folder / "cpu.max"))
        if version == 2  # noqa: PLR2004  the version
        else _cpu_quota_v1(_read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us"))
        for version, folder in _groups(root, "cpu")
    )
    return _tightest(quotas)


def memory_limit_bytes(root: Path = Path("/")) -> int | None:
    """Return how much memory the control groups grant, or None without a limit.

    Args:
        root: The folder that holds ``proc`` and ``sys``.
    """
    limits = (
        _number(_read(folder / ("memory.max" if version == 2 else "memory.limit_in_bytes")))  # noqa: PLR2004  likewise
        for version, folder in _groups(root, "memory")
    )
    tightest = _tightest(limit if limit is not None and 0 < limit < UNLIMITED_BYTES else None for limit in limits)
    return None if tightest is None else int(tightest)


def _groups(root: Path, controller: str) -> Iterator[tuple[int, Path]]:
    """Yield the version and the folder of each group that limits us."""
    groups = memberships(_read(root / "proc/self/cgroup"))
    for mount in mounts(_read(root / "proc/self/mountinfo")):
        group = groups.get("" if mount.version == 2 else controller)  # noqa: PLR2004  likewise
        if group is None or (mount.version == 1 and controller not in mount.controllers):
            continue
        for folder in folders(group, mount):
            yield mount.version, root / folder.lstrip("/")


def _cpu_quota_v1(quota: str, period: str) -> float | None:
    quota_us, period_us = _number(quota), _number(period)
    if quota_us is None or period_us is None or quota_us <= 0 or period_us <= 0:
        return None
    return quota_us / period_us


def _cpu_quota_v2(text: str) -> float | None:
    quota, _, period = text.strip().partition(" ")
    return _cpu_quota_v1(quota, period or str(DEFAULT_PERIOD_US))


def _number(text: str) -> int | None:
    # int() also takes "1_0" and digits of other scripts, which a kernel never writes
    number = text.strip(" \t\n\r\f\v")
    digits = number.removeprefix("-")
    return int(number) if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER else None


def _read(path: Path) -> str:
    # by the system's own calls: an open file makes twice as many, and beside a thread that computes each costs a wait
    # for the global lock
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return ""
    try:
        found = b""
        while more := os.read(handle, 1 << 16):
            found += more
    except OSError:
        return ""
    finally:
        os.close(handle)
    return os.fsdecode(found)


def _parts(group: str) -> list[str]:
    return [part for part in group.split("/") if part and part != "."]


def _tightest(limits: Iterable[float | None]) -> float | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _unescape(field: str) -> str:
    r"""Undo the ``\040`` by which the kernel writes a space."""
    if "\\" not in field:  # as nearly always; compiling the pattern takes a millisecond
        return field
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)
