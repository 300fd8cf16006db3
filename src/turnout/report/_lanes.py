"""Traces thinned to what an eye can see: for each lane, how busy it was in each of a few stretches of time."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from turnout.report._words import plain
from turnout.trace import SpanBatch, Trace

LABEL_LIMIT = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A trace to be drawn.

    Attributes:
        name: What stands above it; safe to show.
        trace: What to draw, from the start of its run.
        chosen: Whether it is the one to look at.
    """

    name: str
    trace: Trace
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One worker, or several drawn as one, over time.

    Attributes:
        label: What to call it; safe to show.
        busy: For each bin, the part of it spent inside items, 0 to 1.
        cpu: For each bin, the part of it spent on a core, at most ``busy``.
        counts: For each bin, how many items ended in it.
        worker_count: How many workers it stands for.
    """

    label: str
    busy: Sequence[float]
    cpu: Sequence[float]
    counts: Sequence[int]
    worker_count: int = 1


def lanes(trace: Trace, bin_count: int, lane_limit: int, until_ns: int | None = None) -> tuple[Lane, ...]:
    """Return the trace's lanes over ``bin_count`` equal bins that start with the run.

    Where spans were dropped, what is left is scaled up to the exact sum, so that a lane doesn't look idle because its
    spans were not kept.

    Args:
        trace: What to draw.
        bin_count: At least 1.
        lane_limit: How many lanes at most, at least 1; the workers beyond it share the last lane.
        until_ns: Time from the start of the run to the end of the last bin; the run's wall time by default.
    """
    reach_ns = max(1, trace.wall_ns if until_ns is None else until_ns)
    homes = lane_homes(trace, lane_limit)
    count = max(homes.values(), default=-1) + 1
    tallies = [_Tally(bin_count, reach_ns / bin_count) for _ in range(count)]
    kept_ns = 0
    for batch in trace.batches:
        kept_ns += batch.end_ns - batch.start_ns
        tallies[homes[batch.worker]].add(batch, trace.start_ns)
    scale = trace.busy_ns / kept_ns if trace.dropped_count and kept_ns else 1.0
    members: list[list[int]] = [[] for _ in range(count)]
    for worker, home in homes.items():
        members[home].append(worker)
    labels = worker_labels(trace)
    return tuple(
        tally.lane(labels[ids[0]] if len(ids) == 1 else f"{len(ids)} more workers", len(ids), scale)
        for tally, ids in zip(tallies, members, strict=True)
    )


def worker_labels(trace: Trace) -> dict[int, str]:
    """Return what to call each worker, by its id; safe to show."""
    labels = {worker.id: plain(worker.label, LABEL_LIMIT) for worker in trace.workers}
    for batch in trace.batches:
        labels.setdefault(batch.worker, f"worker {batch.worker}")
    return labels


def lane_homes(trace: Trace, lane_limit: int) -> dict[int, int]:
    """Return the lane of each worker, by its id, in the order of ids."""
    return {worker: min(place, lane_limit - 1) for place, worker in enumerate(sorted(worker_labels(trace)))}


class _Tally:
    """Adds up one lane's time, bin by bin."""

    def __init__(self, bin_count: int, bin_ns: float) -> None:
        self._bin_ns = bin_ns
        self._busy = array("d", bytes(8 * bin_count))
        self._cpu = array("d", bytes(8 * bin_count))
        self._counts = array("q", bytes(8 * bin_count))

    def add(self, batch: SpanBatch, origin_ns: int) -> None:
        last = len(self._busy) - 1
        first_bin = self._bin(batch.start_ns - origin_ns, last)
        if first_bin == self._bin(batch.end_ns - origin_ns, last):  # most batches: a few ms
            self._busy[first_bin] += batch.end_ns - batch.start_ns
            self._cpu[first_bin] += batch.cpu_ns
            self._counts[first_bin] += len(batch)
            return
        if batch.cpus is None:  # its CPU time is in proportion to its wall time throughout
            self._spread(batch.start_ns - origin_ns, batch.end_ns - origin_ns, batch.cpu_ns, last)
            self._count(batch.ends, origin_ns, last)
            return
        start_ns = batch.start_ns
        for end_ns, cpu_ns in zip(batch.ends, batch.cpus, strict=True):
            self._spread(start_ns - origin_ns, end_ns - origin_ns, cpu_ns, last)
            self._counts[self._bin(end_ns - origin_ns, last)] += 1
            start_ns = end_ns

    def lane(self, label: str, worker_count: int, scale: float) -> Lane:
        whole = scale / (self._bin_ns * worker_count)
        busy = [min(1.0, busy_ns * whole) for busy_ns in self._busy]
        cpu = [min(part, cpu_ns * whole) for part, cpu_ns in zip(busy, self._cpu, strict=True)]
        return Lane(label=label, busy=busy, cpu=cpu, counts=self._counts, worker_count=worker_count)

    def _bin(self, at_ns: int, last: int) -> int:
        return min(last, max(0, int(at_ns / self._bin_ns)))

    def _count(self, ends: "array[int]", origin_ns: int, last: int) -> None:
        """Count the ends in each bin, without looking at each of them."""
        counted = 0
        while counted < len(ends):
            place = self._bin(ends[counted] - origin_ns, last)
            edge_ns = origin_ns + (place + 1) * self._bin_ns
            until = len(ends) if place == last else max(counted + 1, bisect_left(ends, edge_ns, counted))
            self._counts[place] += until - counted
            counted = until

    def _spread(self, start_ns: int, end_ns: int, cpu_ns: int, last: int) -> None:
        first_bin, last_bin = self._bin(start_ns, last), self._bin(end_ns, last)
        share = cpu_ns / (end_ns - start_ns) if end_ns > start_ns else 0.0
        for place in range(first_bin, last_bin + 1):
            low = max(start_ns, place * self._bin_ns) if place > first_bin else start_ns
            high = min(end_ns, (place + 1) * self._bin_ns) if place < last_bin else end_ns
            inside = max(0.0, high - low)
            self._busy[place] += inside
            self._cpu[place] += inside * share
