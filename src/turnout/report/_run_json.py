r"""A run as JSON, for other programs.

The schema's name is ``turnout.run/1``; it grows as that of a race does (see `turnout.report._json`), with the same
units. What is not known, not finite or does not apply is null. The text is ASCII; all else is escaped.

    schema          "turnout.run/1"
    title           string
    headline        string                   what was done, in one sentence
    summary         [string]                 headline first
    interrupted     boolean                  it ended before its items did
    item_count      integer or null          all items
    done            integer                  outcomes, and items that a filter dropped
    succeeded, failed, replayed              integers; replayed: came from the journal
    left_out                                 integer: not run, since they had not failed before
    wall_s          number
    per_second      number or null           items that were run
    stages          [stage]                  in the order of the data path
    bottleneck      {stage, workers, balanced_workers, reasons: [string], rate: number or null} or null
    failures        [{index, item, error, attempts, stage: its name, or null if there is one only}]    the first ones
    journal         string or null           its file
    results         string or null           their file
    environment     as in a race, or null

    stage           {name, kind, executor, workers, predicted_s, reasons: [string],
                     tracks: [{executor, workers, since_s, done}],
                     taken, done, given_out, failed, retried, queued, queue_limit, rate, paced, busy_s, cpu_s,
                     wall_s, busy_share, cpu_share, trace: as in a race, or null}
"""

import json

from turnout.report._json import Json, environment_document, finite, trace_document
from turnout.report._run_rows import StageRow, stage_rows
from turnout.report._run_summary import headline, summary, wall_s
from turnout.report._run_types import RunReport
from turnout.trace import Trace

SCHEMA = "turnout.run/1"


def render_run_json(report: RunReport, *, spans: bool = False) -> str:
    """Return the report in the schema above, indented, ended by a newline.

    Args:
        report: What to tell.
        spans: Whether to put in each span that was kept.
    """
    return json.dumps(run_document(report, spans=spans), indent=2, allow_nan=False) + "\n"


def run_document(report: RunReport, *, spans: bool = False) -> Json:
    """Return the report as what `json.dumps` takes, without any number that JSON lacks."""
    status, seconds = report.status, wall_s(report)
    rows = stage_rows(status)
    traces = [*report.traces, *[None] * (len(rows) - len(report.traces))]
    found: Json = {
        "schema": SCHEMA,
        "title": report.title,
        "headline": headline(report),
        "summary": summary(report),
        "interrupted": status.is_interrupted,
        "item_count": status.item_count,
        "done": status.done,
        "succeeded": status.done - status.failed,
        "failed": status.failed,
        "replayed": status.replayed,
        "left_out": status.left_out,
        "wall_s": seconds,
        "per_second": (status.done - status.replayed) / seconds if seconds > 0 else None,
        "stages": [_stage(row, trace, status.start_ns, spans=spans) for row, trace in zip(rows, traces, strict=False)],
        "bottleneck": report.bottleneck
        and {
            "stage": report.bottleneck.stage,
            "workers": report.bottleneck.workers,
            "balanced_workers": report.bottleneck.balanced_workers,
            "reasons": list(report.bottleneck.reasons),
            "rate": report.bottleneck.rate,
        },
        "failures": [
            {"index": one.index, "item": one.item, "error": one.error, "attempts": one.attempts, "stage": one.stage}
            for one in report.failures
        ],
        "journal": report.journal,
        "results": report.results,
        "environment": report.environment and environment_document(report.environment),
    }
    return {name: finite(value) for name, value in found.items()}


def _stage(row: StageRow, trace: Trace | None, origin_ns: int, *, spans: bool) -> Json:
    stage = row.stage
    return {
        "name": stage.name,
        "kind": stage.kind,
        "executor": stage.choice.executor,
        "workers": stage.choice.workers,
        "predicted_s": stage.choice.predicted_s,
        "reasons": list(stage.choice.reasons),
        "tracks": [
            {
                "executor": one.executor,
                "workers": one.workers,
                "since_s": (one.since_ns - origin_ns) / 1e9,
                "done": one.done,
            }
            for one in stage.choice.tracks
        ],
        "taken": stage.taken,
        "done": stage.done,
        "given_out": stage.given_out,
        "failed": stage.failed,
        "retried": stage.retried,
        "queued": stage.queued,
        "queue_limit": stage.queue_limit,
        "rate": stage.rate,
        "paced": stage.paced,
        "busy_s": stage.busy_ns / 1e9,
        "cpu_s": stage.cpu_ns / 1e9,
        "wall_s": max(0, stage.end_ns - stage.start_ns) / 1e9,
        "busy_share": row.busy_share,
        "cpu_share": row.cpu_share,
        "trace": trace and trace_document(trace, spans=spans),
    }
