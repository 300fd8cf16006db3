"""The timelines' data for the page's script: each span while there are few, bins when there are many."""

import sys
from array import array
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from turnout.report._lanes import Lane, Timeline, lane_homes, lanes, worker_labels
from turnout.trace import SpanKind, Trace

SPANS_IN_FILE = 40_000  # some 45 bytes each
CELLS_IN_FILE = 200_000  # 8 bytes each, so either stays below 2 MB
LANE_LIMIT = 128
_FEWEST_LANES = 8
_FEWEST_BINS = 64
_MOST_BINS = 2_048
Json = dict[str, Any]  # what json.dumps takes


def timeline_data(groups: Sequence[Sequence[Timeline]]) -> list[list[Json]]:
    """Return what the page's script draws: the timelines of each group, on one axis."""
    traces = [one.trace for group in groups for one in group]
    most_spans = _most_spans(traces)
    cell_allowance = CELLS_IN_FILE // max(1, len(traces))
    return [[_drawn(one, most_spans, cell_allowance) for one in group] for group in groups]


def _most_spans(traces: Sequence[Trace]) -> int:
    """Return how many spans a trace may have so that all that have no more fit in the file."""
    total = most = 0
    for count in sorted(trace.span_count for trace in traces):
        total += count
        if total > SPANS_IN_FILE:
            break
        most = count
    return most


def _drawn(one: Timeline, most_spans: int, cell_allowance: int) -> Json:
    trace = one.trace
    found: Json = {
        "name": one.name,
        "chosen": one.chosen,
        "wall_ns": max(0, trace.wall_ns),
        "startup_ns": trace.startup_ns,
        "span_count": trace.span_count,
        "dropped_count": trace.dropped_count,
    }
    few_lanes = len(worker_labels(trace)) <= LANE_LIMIT
    if few_lanes and not trace.dropped_count and trace.span_count <= most_spans:
        return {**found, "kind": "spans", "lanes": _span_lanes(trace)}
    limit = min(LANE_LIMIT, max(_FEWEST_LANES, cell_allowance // _FEWEST_BINS))
    lane_count = max(1, min(limit, len(worker_labels(trace))))
    bin_count = min(_MOST_BINS, max(_FEWEST_BINS, cell_allowance // lane_count))
    drawn = [_bin_lane(lane) for lane in lanes(trace, bin_count, limit)]
    return {**found, "kind": "bins", "bin_ns": max(1, trace.wall_ns) / bin_count, "lanes": drawn}


def _span_lanes(trace: Trace) -> list[Json]:
    """Return each lane's spans as runs of five numbers: item, gap since the last end, duration, CPU, queue wait, ns.

    The CPU time of a span whose worker died is -1.
    """
    homes = lane_homes(trace, LANE_LIMIT)
    rows: dict[int, list[tuple[int, int, int, int, int]]] = {worker: [] for worker in homes}
    for span in trace.spans():
        cpu_ns = -1 if span.kind is SpanKind.LOST else span.cpu_ns
        queue_ns = max(0, span.start_ns - span.queued_ns)
        rows[span.worker].append((span.start_ns, span.end_ns, span.item, cpu_ns, queue_ns))
    labels = worker_labels(trace)
    drawn = []
    for worker in homes:
        flat: list[int] = []
        last_ns = trace.start_ns
        for start_ns, end_ns, item, cpu_ns, queue_ns in sorted(rows[worker]):
            flat += (item, start_ns - last_ns, end_ns - start_ns, cpu_ns, queue_ns)
            last_ns = end_ns
        drawn.append({"label": labels[worker], "spans": flat})
    return drawn


def _bin_lane(lane: Lane) -> Json:
    counts = array("I", (min(count, 2**32 - 1) for count in lane.counts))
    if sys.byteorder == "big":
        counts.byteswap()
    return {
        "label": lane.label,
        "workers": lane.worker_count,
        "busy": _bytes_of(lane.busy),
        "cpu": _bytes_of(lane.cpu),
        "counts": b64encode(counts.tobytes()).decode("ascii"),
    }


def _bytes_of(shares: Sequence[float]) -> str:
    return b64encode(bytes(round(255 * min(1.0, max(0.0, share))) for share in shares)).decode("ascii")
