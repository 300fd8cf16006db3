"""What stands beside the map, as JSON: alarms, silences, cooling, counters."""

import json
from math import isfinite
from typing import Any

from turnout.jobs.monitor._types import Alarm, Layout
from turnout.jobs.monitor.page._board import Board, Standing

_MOST_ALARMS = 300  # a longer table helps nobody; their number is told

Json = dict[str, Any]  # what JSON can hold


def text_of(facts: Json) -> str:
    """Return facts as a message."""
    return json.dumps(facts, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def facts_of(board: Board) -> Json:
    """Return what changes all the time."""
    return {
        "time": board.now_ns // 1_000_000,
        "readings": board.readings_count,
        "totals": dict(board.figures.totals),
        "waiting": board.figures.waiting,
        "connected": board.figures.is_connected,
        "cooling": {zone: [number(cooled.level), cooled.note] for zone, cooled in board.cooling().items()},
    }


def alarms_of(board: Board) -> Json:
    """Return the alarms and silences of the present."""
    standing = board.standing()
    return {
        "alarms": [_standing_facts(each, board.layout) for each in standing[:_MOST_ALARMS]],
        "alarms_count": len(standing),
        "quiet": [
            {"id": each.id, "what": dict(each.what), "until": each.until_ns // 1_000_000, "comment": each.comment}
            for each in board.quiet()
        ],
    }


def alarm_facts(alarm: Alarm, layout: Layout) -> Json:
    """Return an alarm, with the index of the sensor that it is about, if it is about one."""
    try:
        place = {"sensor": layout.index_of(alarm.subject)}
    except KeyError:
        place = {}
    return {
        "id": alarm.id,
        "rule": alarm.rule,
        "subject": alarm.subject,
        "zone": alarm.zone,
        "room": alarm.room,
        "severity": int(alarm.severity),
        "since": alarm.raised_ns // 1_000_000,
        "value": number(alarm.value),
        **place,
    }


def _standing_facts(standing: Standing, layout: Layout) -> Json:
    marks = {
        "acknowledged": standing.is_acknowledged,
        "flapping": standing.is_flapping,
        "quiet": standing.is_quiet,
    }
    return {**alarm_facts(standing.alarm, layout), **{name: True for name, is_so in marks.items() if is_so}}


def number(value: float) -> float | None:
    """Return what JSON can hold: it has no NaN."""
    return round(value, 4) if isfinite(value) else None
