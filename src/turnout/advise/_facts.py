"""The figures that a diagnosis rests on, drawn from the measurements."""

from collections.abc import Sequence
from dataclasses import dataclass

from turnout.measurement import Contender, Heat, Measurement, median_interval, ratio_interval

FAMILIES = {"threads": "threads", "asyncio": "asyncio", "processes": "processes", "interpreters": "processes"}
SHORT_S = 200e-6  # a round trip to a process takes about as long (246 µs, Linux, 2 cores)
SATURATED = 0.5  # of a core; below it, workers that share a lock were not kept waiting by each other's computing


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What one contender gained over the base.

    Attributes:
        contender: Who.
        steady: Times as fast as the base, starts of workers left out on both sides.
        fair: The same, had neither waited for a core that the machine gave to other programs; never more than the
            usable cores account for.
        whole: Times as fast as the base, everything included.
        startup_s: What the start of its workers took.
        wall_s: Its whole wall time.
        idle_share: Part of its workers' time outside items, the start left out, 0 to 1.
        computing_share: Part of its items' time on a core, time without a core left out, 0 to 1.
        queued_share: Part of its items' time ready but without a core; None if it is not known.
        longest_s: Its longest item.
    """

    contender: Contender
    steady: float
    fair: float
    whole: float
    startup_s: float
    wall_s: float
    idle_share: float
    computing_share: float
    queued_share: float | None
    longest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was measured, in the terms of the diagnosis.

    Attributes:
        base: The contender that the others are compared with: sequential, or who has the fewest workers.
        single: Whether the base has one worker, so that its items cannot have kept each other waiting.
        cpu_share: Part of the base's items' time on a core, time without a core left out, 0 to 1.
        queued_share: Part of the base's items' time ready but without a core; None if it is not known.
        item_s: Wall time of an item under the base.
        threads: The best threads, or those with as many workers as the best processes.
        asyncio: The best asyncio.
        processes: The best processes or interpreters.
    """

    base: Contender
    single: bool
    cpu_share: float
    queued_share: float | None
    item_s: float
    threads: Gain | None
    asyncio: Gain | None
    processes: Gain | None

    @property
    def gains(self) -> tuple[Gain, ...]:
        """The gains that were measured."""
        return tuple(gain for gain in (self.threads, self.asyncio, self.processes) if gain is not None)

    @property
    def best(self) -> float:
        """The greatest fair gain; 1 if nothing else was raced."""
        return max((gain.fair for gain in self.gains), default=1.0)


def gather(measurements: Sequence[Measurement], *, usable_cpus: float) -> Facts:
    """Return the figures.

    Args:
        measurements: At least one.
        usable_cpus: Cores that the process may use.

    Raises:
        ValueError: If there are none.
    """
    if not measurements:
        raise ValueError("a diagnosis needs at least one measurement")
    base = min(measurements, key=lambda m: (m.contender.executor != "sequential", m.contender.workers))
    others = [m for m in measurements if m is not base and m.contender.workers > 1]
    gains = [_gain(base, other, usable_cpus) for other in others]
    processes = _best([gain for gain in gains if FAMILIES.get(gain.contender.executor) == "processes"])
    threads = [gain for gain in gains if FAMILIES.get(gain.contender.executor) == "threads"]
    if processes is not None:
        alike = [gain for gain in threads if gain.contender.workers == processes.contender.workers]
        threads = alike or threads
    return Facts(
        base=base.contender,
        single=base.contender.workers == 1,
        cpu_share=_typical([_cpu_share(base.contender, heat) for heat in base.heats]),
        queued_share=_queued_share(base.typical),
        item_s=_typical([heat.trace.busy_ns / 1e9 / max(1, heat.trace.span_count) for heat in base.heats]),
        threads=_best(threads),
        asyncio=_best([gain for gain in gains if FAMILIES.get(gain.contender.executor) == "asyncio"]),
        processes=processes,
    )


def _gain(base: Measurement, other: Measurement, usable_cpus: float) -> Gain:
    steady, _ = ratio_interval([_work_ns(heat) for heat in base.heats], [_work_ns(heat) for heat in other.heats])
    whole, _ = ratio_interval([max(1, h.wall_ns) for h in base.heats], [max(1, h.wall_ns) for h in other.heats])
    undisturbed, _ = ratio_interval(
        [_undisturbed_ns(heat, base) for heat in base.heats], [_undisturbed_ns(heat, other) for heat in other.heats]
    )
    heat = other.typical
    lanes_ns = max(1, _lanes(other) * _work_ns(heat))
    queued = _queued_share(heat)
    return Gain(
        contender=other.contender,
        steady=steady,
        fair=max(steady, min(undisturbed, usable_cpus)),
        whole=whole,
        startup_s=heat.startup_ns / 1e9,
        wall_s=heat.wall_ns / 1e9,
        idle_share=max(0.0, 1 - heat.trace.busy_ns / lanes_ns),
        computing_share=_share(heat.trace.span_cpu_ns, heat.trace.busy_ns * (1 - (queued or 0.0))),
        queued_share=queued,
        longest_s=_longest_ns(heat) / 1e9,
    )


def _best(gains: Sequence[Gain]) -> Gain | None:
    return max(gains, key=lambda gain: gain.fair, default=None)


def _work_ns(heat: Heat) -> int:
    return max(1, heat.wall_ns - heat.startup_ns)


def _lanes(measurement: Measurement) -> int:
    return min(measurement.contender.workers, measurement.item_count)


def _undisturbed_ns(heat: Heat, measurement: Measurement) -> float:
    """Return the time that the work would have taken had its items never waited for a core."""
    queued_ns = (_queued_share(heat) or 0.0) * heat.trace.busy_ns
    return max(1.0, _work_ns(heat) - queued_ns / _lanes(measurement))


def _queued_share(heat: Heat) -> float | None:
    """Return the part of the items' time without a core; a worker has no more to be without than it did not run."""
    queued_ns = heat.trace.waits().run_queue_ns
    if queued_ns is None:
        return None
    off_cpu_ns = max(0, heat.trace.busy_ns - heat.trace.span_cpu_ns)
    return _share(min(queued_ns, off_cpu_ns), heat.trace.busy_ns)


def _cpu_share(contender: Contender, heat: Heat) -> float:
    queued = _queued_share(heat) or 0.0
    within_items = _share(heat.trace.span_cpu_ns, heat.trace.busy_ns * (1 - queued))
    if contender.workers > 1 and FAMILIES.get(contender.executor) in {"threads", "asyncio"}:
        of_one_core = _share(heat.trace.span_cpu_ns, _work_ns(heat))
        return of_one_core if of_one_core >= SATURATED else within_items
    return within_items


def _share(part: float, whole: float) -> float:
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 1.0


def _typical(values: Sequence[float]) -> float:
    return median_interval(values)[0]


def _longest_ns(heat: Heat) -> int:
    """Return the longest item's wall time, looking only into batches that can hold it."""
    longest = 0
    for batch in sorted(heat.trace.batches, key=lambda batch: batch.start_ns - batch.end_ns):
        if batch.end_ns - batch.start_ns <= longest:
            break
        longest = max(longest, *(span.end_ns - span.start_ns for span in batch.spans()))
    return longest
