"""How a process gets cores, how many of their seconds it had, and since when, from ``stat``, ``status`` and the clocks.

Source: proc_pid_stat(5), proc_stat(5), proc_uptime(5), sched(7).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from turnout.observe._proc import TICKS_PER_S, Stat, number_in
from turnout.observe._types import CpuTime, Policy, Scheduling

_POLICIES = {
    0: Policy.OTHER,
    1: Policy.FIFO,
    2: Policy.ROUND_ROBIN,
    3: Policy.BATCH,
    5: Policy.IDLE,
    6: Policy.DEADLINE,
    7: Policy.EXTENSIBLE,
}


def read_scheduling(stat: Stat, status: Mapping[str, str]) -> Scheduling:
    """Return how a process gets cores."""
    return Scheduling(
        policy=_POLICIES.get(stat.policy),
        nice=stat.nice,
        realtime_priority=stat.realtime_priority,
        allowed_cpus=status.get("Cpus_allowed_list"),
        last_cpu=stat.last_cpu,
        voluntary_switches=_count(status.get("voluntary_ctxt_switches")),
        involuntary_switches=_count(status.get("nonvoluntary_ctxt_switches")),
    )


def read_cpu_time(stat: Stat) -> CpuTime:
    """Return how long a process had cores."""
    return CpuTime(
        user_s=stat.user_ticks / TICKS_PER_S,
        system_s=stat.system_ticks / TICKS_PER_S,
        children_user_s=stat.children_user_ticks / TICKS_PER_S,
        children_system_s=stat.children_system_ticks / TICKS_PER_S,
    )


def read_age_s(root: Path, stat: Stat) -> float:
    """Return how many seconds ago a process was started.

    Args:
        root: The folder that holds ``proc``.
        stat: Of the process.

    Raises:
        OSError: If the system does not tell how long it runs.
    """
    uptime_s = float((root / "proc/uptime").read_text(encoding="ascii").split()[0])
    return max(0.0, uptime_s - stat.start_ticks / TICKS_PER_S)  # a container's uptime may be made up


def read_started(root: Path, stat: Stat) -> str | None:
    """Return when a process was started, ISO 8601 with offset; None if the system does not tell when it was.

    Args:
        root: The folder that holds ``proc``.
        stat: Of the process.
    """
    boot_s = number_in(r"^btime (\d+)", (root / "proc/stat").read_text(encoding="ascii"))
    return None if boot_s is None else moment(boot_s + stat.start_ticks / TICKS_PER_S)


def moment(epoch_s: float) -> str:
    """Return a time in the local zone, ISO 8601 with offset, to the second."""
    return datetime.fromtimestamp(epoch_s, tz=UTC).astimezone().isoformat(timespec="seconds")


def _count(text: str | None) -> int | None:
    return None if not text else int(text)
