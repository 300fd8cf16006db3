"""Timelines in the Trace Event Format, which Perfetto and chrome://tracing open.

Each contender of a race, or stage of a run, is a process group, each worker a thread of it. All start at 0, so that
contenders lie above each other; the stages of a run share their 0. Format: "Trace Event Format" (Google, 2016), JSON
object form, times in microseconds.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from turnout.measurement import Environment
from turnout.report._lanes import Timeline, lanes, worker_labels
from turnout.report._run_rows import run_timelines
from turnout.report._run_summary import summary
from turnout.report._run_types import RunReport
from turnout.report._standings import python_timelines, race_timelines
from turnout.report._types import RaceReport
from turnout.report._verdict import verdict
from turnout.report._words import plain
from turnout.trace import SpanBatch, SpanKind, Trace

EVENT_LIMIT = 200_000  # Perfetto stays smooth, and the file below some 40 MB
_COUNTER_BINS = 1_000
Event = dict[str, Any]  # what json.dumps takes


def render_chrome_trace(report: RaceReport) -> str:
    """Return the typical heat of each contender as trace events, as `chrome_trace` does."""
    about = {"title": plain(report.title), "verdict": " ".join(verdict(report)), **_where(report.environment)}
    return chrome_trace((*race_timelines(report), *python_timelines(report)), about, "contender")


def render_run_chrome_trace(report: RunReport) -> str:
    """Return what the workers of each stage did as trace events, as `chrome_trace` does."""
    about = {"title": plain(report.title), "verdict": " ".join(summary(report)), **_where(report.environment)}
    return chrome_trace(run_timelines(report), about, "stage")


def chrome_trace(timelines: Sequence[Timeline], about: Event, noun: str) -> str:
    """Return timelines as trace events, each as a process.

    Of a timeline with more spans than its part of 200,000 events, each event is a batch of neighbouring items, and
    if that is still too many, only every second (third ...) batch is there. What was left out is counted in
    ``otherData``.

    Args:
        timelines: What to tell.
        about: More for ``otherData``; safe to show.
        noun: What a timeline is there.
    """
    allowance = EVENT_LIMIT // max(1, len(timelines))
    events: list[Event] = []
    accounts = []
    for place, one in enumerate(timelines):
        spans, account = _spans(one.trace, place, allowance)
        events += _names(one, place)
        events += spans
        events += _under_way(one.trace, place)
        accounts.append({noun: one.name, **account})
    document = {"displayTimeUnit": "ms", "otherData": {**about, f"{noun}s": accounts}, "traceEvents": events}
    return json.dumps(document, allow_nan=False, separators=(",", ":")) + "\n"


def _where(environment: Environment | None) -> Event:
    if environment is None:
        return {}
    return {
        "turnout": plain(environment.turnout),
        "python": plain(environment.python),
        "platform": plain(environment.platform),
        "timestamp": plain(environment.timestamp),
    }


def _names(one: Timeline, place: int) -> Iterator[Event]:
    yield _named("process_name", place, 0, {"name": one.name})
    yield _named("process_sort_index", place, 0, {"sort_index": place})
    for worker, label in worker_labels(one.trace).items():
        yield _named("thread_name", place, worker, {"name": label})
        yield _named("thread_sort_index", place, worker, {"sort_index": worker})


def _named(name: str, place: int, thread: int, args: Event) -> Event:
    return {"ph": "M", "name": name, "pid": place + 1, "tid": thread + 1, "args": args}


def _spans(trace: Trace, place: int, allowance: int) -> tuple[list[Event], Event]:
    """Return the events of one timeline, and an account of what they show."""
    kept = trace.span_count - trace.dropped_count
    account = {"spans": trace.span_count, "not_recorded": trace.dropped_count, "left_out": 0, "grouped": False}
    if kept <= allowance:
        return [event for batch in trace.batches for event in _each(batch, trace.start_ns, place)], account
    stride = -(-len(trace.batches) // max(1, allowance))
    shown = trace.batches[::stride]
    account["left_out"] = kept - sum(map(len, shown))
    account["grouped"] = True
    return [_grouped(batch, trace.start_ns, place) for batch in shown], account


def _each(batch: SpanBatch, origin_ns: int, place: int) -> Iterator[Event]:
    for span in batch.spans():
        args: Event = {
            "item": span.item,
            "cpu_us": span.cpu_ns / 1e3,
            "queued_us": max(0, span.start_ns - span.queued_ns) / 1e3,
        }
        if span.attempt > 1:
            args["attempt"] = span.attempt
        name = f"item {span.item}" if span.kind is SpanKind.RUN else f"item {span.item} lost"
        yield _complete(name, place, span.worker, (span.start_ns - origin_ns, span.end_ns - span.start_ns), args)


def _grouped(batch: SpanBatch, origin_ns: int, place: int) -> Event:
    args = {
        "item": batch.first_item,
        "items": len(batch),
        "cpu_us": batch.cpu_ns / 1e3,
        "queued_us": max(0, batch.start_ns - batch.queued_ns) / 1e3,
    }
    name = f"items {batch.first_item} to {batch.first_item + max(0, len(batch) - 1)}"
    return _complete(name, place, batch.worker, (batch.start_ns - origin_ns, batch.end_ns - batch.start_ns), args)


def _complete(name: str, place: int, worker: int, when_ns: tuple[int, int], args: Event) -> Event:
    start_ns, wall_ns = when_ns
    return {
        "ph": "X",
        "name": name,
        "cat": "item",
        "pid": place + 1,
        "tid": worker + 1,
        "ts": start_ns / 1e3,
        "dur": wall_ns / 1e3,
        "args": args,
    }


def _under_way(trace: Trace, place: int) -> Iterator[Event]:
    """Yield how many items were under way and on a core, over time."""
    drawn = lanes(trace, _COUNTER_BINS, max(1, len(worker_labels(trace))))
    last: tuple[float, float] | None = None
    for at in range(_COUNTER_BINS if drawn else 0):
        now = (round(sum(lane.busy[at] for lane in drawn), 2), round(sum(lane.cpu[at] for lane in drawn), 2))
        if now != last:
            yield {
                "ph": "C",
                "name": "items under way",
                "pid": place + 1,
                "ts": trace.wall_ns * at / _COUNTER_BINS / 1e3,
                "args": {"on a core": now[1], "waiting": round(now[0] - now[1], 2)},
            }
        last = now
