"""What a worker used, as its operating system counted it."""

import os
from dataclasses import dataclass
from pathlib import Path

try:
    import resource
except ImportError:  # Windows has no getrusage
    resource = None  # type: ignore[assignment]  # a module or its absence


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one worker used from its start to its end.

    Attributes:
        cpu_ns: Time on a core.
        run_queue_ns: Time ready to run but waiting for a core; None where the system does not tell.
        voluntary_switches: How often it gave up the core, to wait.
        involuntary_switches: How often the core was taken from it.
        memory_bytes: Its own share of memory at its peak (estimated as the proportional set size at the end plus
            what the resident set was larger at its peak); None for a thread, which shares its process's memory,
            and where the system does not tell.
    """

    cpu_ns: int
    run_queue_ns: int | None
    voluntary_switches: int
    involuntary_switches: int
    memory_bytes: int | None = None

    def since(self, before: "Usage") -> "Usage":
        """Return what was used after ``before`` was read, with this reading's memory."""
        queue = self.run_queue_ns
        return Usage(
            cpu_ns=self.cpu_ns - before.cpu_ns,
            run_queue_ns=None if queue is None or before.run_queue_ns is None else queue - before.run_queue_ns,
            voluntary_switches=self.voluntary_switches - before.voluntary_switches,
            involuntary_switches=self.involuntary_switches - before.involuntary_switches,
            memory_bytes=self.memory_bytes,
        )


def thread_usage() -> Usage:
    """Read what the calling thread has used since it began."""
    queue = _run_queue_ns("/proc/thread-self/schedstat")
    who = getattr(resource, "RUSAGE_THREAD", None)
    if who is None:
        return Usage(cpu_ns=0, run_queue_ns=queue, voluntary_switches=0, involuntary_switches=0)
    counted = resource.getrusage(who)
    return Usage(
        cpu_ns=int((counted.ru_utime + counted.ru_stime) * 1e9),
        run_queue_ns=queue,
        voluntary_switches=counted.ru_nvcsw,
        involuntary_switches=counted.ru_nivcsw,
    )


def process_memory_bytes() -> int | None:
    """Estimate this process's own share of memory at its peak; None where the system does not tell."""
    try:
        rollup = _kilobytes("/proc/self/smaps_rollup")
        status = _kilobytes("/proc/self/status")
        return 1024 * (rollup["Pss"] + max(0, status["VmHWM"] - status["VmRSS"]))
    except (OSError, KeyError, ValueError):
        return None


def _kilobytes(path: str) -> dict[str, int]:
    found = {}
    for line in Path(path).read_text(encoding="ascii", errors="replace").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if len(words) == 2 and words[1] == "kB":  # noqa: PLR2004  a number and its unit
            found[name] = int(words[0])
    return found


def _run_queue_ns(path: str) -> int | None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fields = os.read(handle, 100).split()
    finally:
        os.close(handle)
    return int(fields[1]) if len(fields) > 1 else None
