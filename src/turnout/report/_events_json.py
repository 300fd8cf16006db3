"""What handlers and their loop did, for other programs.

The document has ``"schema": "turnout.events/1"`` and then the fields of `EventsReport` by their names: times are
integer nanoseconds, from the start of the report where they say when; a histogram's ``counts`` are by bits, as
`HandlerRow` tells.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from turnout.report._events_types import CallLane, EventsReport
from turnout.report._words import plain

SCHEMA = "turnout.events/1"
LATE_LANE = "loop late"
Event = dict[str, Any]  # what json.dumps takes


def render_events_json(report: EventsReport) -> str:
    """Return the report as JSON."""
    return json.dumps({"schema": SCHEMA, **asdict(report)}, indent=1, allow_nan=False) + "\n"


def render_events_chrome_trace(report: EventsReport) -> str:
    """Return each call that can be seen, and each block of the loop, as trace events: a thread for each lane."""
    blocks = report.loop.blocks if report.loop is not None else ()
    late = CallLane(name=LATE_LANE, calls=tuple((one.start_ns, one.start_ns + one.took_ns) for one in blocks))
    lanes = [*report.lanes, *([late] if blocks else [])]
    events = [event for place, lane in enumerate(lanes) for event in _lane(lane, place)]
    about = {"title": plain(report.title)}
    return (
        json.dumps(
            {"displayTimeUnit": "ms", "otherData": about, "traceEvents": events},
            allow_nan=False,
            separators=(",", ":"),
        )
        + "\n"
    )


def _lane(lane: CallLane, place: int) -> Iterator[Event]:
    name = plain(lane.name, 120)
    yield {"ph": "M", "name": "thread_name", "pid": 1, "tid": place + 1, "args": {"name": name}}
    for start_ns, end_ns in lane.calls:
        yield {
            "ph": "X",
            "name": name,
            "cat": "handler",
            "pid": 1,
            "tid": place + 1,
            "ts": start_ns / 1e3,
            "dur": (end_ns - start_ns) / 1e3,
        }
