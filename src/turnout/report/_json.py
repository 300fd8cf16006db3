r"""A race as JSON, for other programs.

The schema's name is ``turnout.race/1``. Fields may be added under that name; a field that is renamed, dropped or
given another meaning makes it ``turnout.race/2``. Units stand in the names: ``_s`` seconds, ``_ns`` nanoseconds,
``_bytes``, ``_share`` (1 is all; ``cpu_share`` of one core, so two busy cores are 2). What is not known, not finite
or does not apply is null. The text is ASCII; all else is escaped.

    schema          "turnout.race/1"
    title           string
    item_count      integer or null          all items
    sample_count    integer                  items in each heat
    headline        string                   the verdict in one sentence
    verdict         [string]                 headline first
    choice          {executor, workers, label, reasons: [string], predicted_s} or null
    diagnosis       {bound, cpu_share, evidence: [string], unknown: [string]}
    contenders      [contender]              in the order they were entered
    refusals        [{name, reason}]
    projections     [{executor, workers, label, item_count, wall_s, low_s, high_s}]
    scalings        [{executor, points: [{workers, speedup}], parallel_share, contention, coherency,
                      best_workers, limit}]  limit is null when all overlaps
    findings        [{title, details: [string]}]
    pythons         [python]                 if other Pythons were asked for; this one first
    notes           [string]
    environment     {timestamp, turnout, python, gil, platform, usable_cpus, load, overhead_ns: {executor: number}}

    contender       {executor, workers, label, chosen, item_count, wall_s, interval: {low_s, high_s, confidence},
                     speedup, cpu_share, startup_s, memory_bytes, failures, first_failure,
                     waits: {on_cpu_s, off_cpu_s, run_queue_s, voluntary_switches, involuntary_switches},
                     concurrency, heats: [{wall_s, startup_s, cpu_s, memory_bytes, failures}],
                     trace: {wall_s, span_count, dropped_count, workers: [{id, label, pid, thread, interpreter, task,
                                                                host}],
                             span_fields, spans}}
                    all but wall_s and interval are those of the typical heat

    python          {name, path, implementation, version, build, free_threaded, jit, gil, gil_switched_on_by: [string],
                     startup_s, load_s, first_s, reason, refusals: [{name, reason}],
                     contenders: [{executor, workers, label, wall_s, speedup, speedup_over_first, cpu_share, failures,
                                   first_failure, startup_s, walls_s: [number]}]}
                    wall_s is a median without the start of the workers, which startup_s is; first_s is the first pass,
                    which is in no median; reason tells why nothing ran, and is empty if something did

``trace.spans`` is null unless it was asked for; then it has a row for each span that was kept, with the columns
that ``trace.span_fields`` names, times counted from the start of the run.
"""

import json
import math
from typing import Any

from turnout.measurement import Contender, Environment
from turnout.report._python_json import pythons_document
from turnout.report._standings import Standing, standings
from turnout.report._types import RaceReport
from turnout.report._verdict import verdict
from turnout.trace import Trace

SCHEMA = "turnout.race/1"
SPAN_FIELDS = ("item", "attempt", "worker", "kind", "queued_ns", "start_ns", "end_ns", "cpu_ns")
Json = dict[str, Any]  # what json.dumps takes


def render_json(report: RaceReport, *, spans: bool = False) -> str:
    """Return the report in the schema above, indented, ended by a newline.

    Args:
        report: What to tell.
        spans: Whether to put in each span that was kept.
    """
    return json.dumps(race_document(report, spans=spans), indent=2, allow_nan=False) + "\n"


def race_document(report: RaceReport, *, spans: bool = False) -> Json:
    """Return the report as what `json.dumps` takes, without any number that JSON lacks."""
    sentences = verdict(report)
    choice = report.choice
    found: Json = {
        "schema": SCHEMA,
        "title": report.title,
        "item_count": report.item_count,
        "sample_count": report.sample_count,
        "headline": sentences[0],
        "verdict": sentences,
        "choice": choice
        and {**_contender(choice.contender), "reasons": list(choice.reasons), "predicted_s": choice.predicted_s},
        "diagnosis": {
            "bound": str(report.diagnosis.bound),
            "cpu_share": report.diagnosis.cpu_share,
            "evidence": list(report.diagnosis.evidence),
            "unknown": list(report.diagnosis.unknown),
        },
        "contenders": [_standing(row, spans=spans) for row in standings(report)],
        "refusals": [{"name": one.name, "reason": one.reason} for one in report.refusals],
        "projections": [
            {
                **_contender(one.contender),
                "item_count": one.item_count,
                "wall_s": one.wall_s,
                "low_s": one.low_s,
                "high_s": one.high_s,
            }
            for one in report.projections
        ],
        "scalings": [
            {
                "executor": one.executor,
                "points": [{"workers": workers, "speedup": speedup} for workers, speedup in one.points],
                "parallel_share": one.parallel_share,
                "contention": one.contention,
                "coherency": one.coherency,
                "best_workers": one.best_workers,
                "limit": one.limit,
            }
            for one in report.scalings
        ],
        "findings": [{"title": one.title, "details": list(one.details)} for one in report.findings],
        "pythons": pythons_document(report.pythons),
        "notes": list(report.notes),
        "environment": environment_document(report.environment),
    }
    return {name: finite(value) for name, value in found.items()}


def _contender(contender: Contender) -> Json:
    return {"executor": contender.executor, "workers": contender.workers, "label": contender.label}


def _standing(row: Standing, *, spans: bool) -> Json:
    heat, waits = row.measurement.typical, row.waits
    return {
        **_contender(row.contender),
        "chosen": row.chosen,
        "item_count": row.measurement.item_count,
        "wall_s": row.wall_s,
        "interval": {
            "low_s": row.interval.low,
            "high_s": row.interval.high,
            "confidence": row.interval.confidence,
        },
        "speedup": row.speedup,
        "cpu_share": row.cpu_share,
        "startup_s": row.startup_s,
        "memory_bytes": row.memory_bytes,
        "failures": row.failures,
        "first_failure": heat.first_failure,
        "waits": {
            "on_cpu_s": waits.on_cpu_ns / 1e9,
            "off_cpu_s": waits.off_cpu_ns / 1e9,
            "run_queue_s": None if waits.run_queue_ns is None else waits.run_queue_ns / 1e9,
            "voluntary_switches": waits.voluntary_switches,
            "involuntary_switches": waits.involuntary_switches,
        },
        "concurrency": heat.trace.concurrency(),
        "heats": [
            {
                "wall_s": one.wall_ns / 1e9,
                "startup_s": one.startup_ns / 1e9,
                "cpu_s": one.cpu_ns / 1e9,
                "memory_bytes": one.memory_bytes,
                "failures": one.failures,
            }
            for one in row.measurement.heats
        ],
        "trace": trace_document(heat.trace, spans=spans),
    }


def trace_document(trace: Trace, *, spans: bool) -> Json:
    """Return a trace as what `json.dumps` takes; its spans only if they are asked for."""
    return {
        "wall_s": trace.wall_ns / 1e9,
        "span_count": trace.span_count,
        "dropped_count": trace.dropped_count,
        "workers": [
            {
                "id": one.id,
                "label": one.label,
                "pid": one.pid,
                "thread": one.thread,
                "interpreter": one.interpreter,
                "task": one.task,
                "host": one.host,
            }
            for one in trace.workers
        ],
        "span_fields": list(SPAN_FIELDS),
        "spans": _rows(trace) if spans else None,
    }


def _rows(trace: Trace) -> list[list[int | str]]:
    origin_ns = trace.start_ns
    return [
        [
            span.item,
            span.attempt,
            span.worker,
            str(span.kind),
            span.queued_ns - origin_ns,
            span.start_ns - origin_ns,
            span.end_ns - origin_ns,
            span.cpu_ns,
        ]
        for span in trace.spans()
    ]


def environment_document(environment: Environment) -> Json:
    """Return an environment as what `json.dumps` takes."""
    return {
        "timestamp": environment.timestamp,
        "turnout": environment.turnout,
        "python": environment.python,
        "gil": environment.gil,
        "platform": environment.platform,
        "usable_cpus": environment.usable_cpus,
        "load": environment.load,
        "overhead_ns": dict(environment.overhead_ns),
    }


def finite(value: Any) -> Any:  # any JSON value
    """Return the value with null for each number that JSON lacks."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {name: finite(part) for name, part in value.items()}
        case list():
            return [finite(part) for part in value]
        case _:
            return value
