"""What stands beside the map, as JSON: alarms, silences, cooling, counters."""

import json
from collections import Counter
from collections.abc import Sequence
from math import isfinite
from typing import Any

from turnout.jobs.monitor._types import Alarm, Layout, Severity
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
    shown = [_standing_facts(each, board.layout) for each in standing[:_MOST_ALARMS]]
    return {
        "alarms": shown,
        **_counts([each.alarm for each in standing], board.layout),
        "quiet": [
            {"id": each.id, "what": dict(each.what), "until": each.until_ns // 1_000_000, "comment": each.comment}
            for each in board.quiet()
        ],
    }


def past_alarms_of(alarms: Sequence[Alarm], layout: Layout) -> Json:
    """Return alarms of the past, the worst first."""
    return {"alarms": [alarm_facts(alarm, layout) for alarm in alarms[:_MOST_ALARMS]], **_counts(alarms, layout)}


def alarm_facts(alarm: Alarm, layout: Layout) -> Json:
    """Return an alarm, with the index of the sensor that it is about, if it is about one."""
    place = _place_of(alarm, layout)
    return {
        "id": alarm.id,
        "rule": alarm.rule,
        "subject": alarm.subject,
        "zone": alarm.zone,
        "room": alarm.room,
        "severity": int(alarm.severity),
        "since": alarm.raised_ns // 1_000_000,
        "value": number(alarm.value),
        **({} if place is None else {"sensor": place}),
    }


def _standing_facts(standing: Standing, layout: Layout) -> Json:
    marks = {
        "acknowledged": standing.is_acknowledged,
        "flapping": standing.is_flapping,
        "quiet": standing.is_quiet,
    }
    return {**alarm_facts(standing.alarm, layout), **{name: True for name, is_so in marks.items() if is_so}}


def _counts(alarms: Sequence[Alarm], layout: Layout) -> Json:
    """Return what is shown of all alarms, also of those that the table has no room for."""
    places = [(_place_of(alarm, layout), int(alarm.severity)) for alarm in alarms]
    severities = Counter(severity for _, severity in places)
    return {
        "counts": [severities[severity] for severity in Severity],
        "zones": dict(Counter(alarm.zone for alarm in alarms)),
        "marks": [[place, severity] for place, severity in places if place is not None],
        "zone_marks": [[alarm.zone, int(alarm.severity)] for alarm in alarms if alarm.subject == alarm.zone],
    }


def _place_of(alarm: Alarm, layout: Layout) -> int | None:
    try:
        return layout.index_of(alarm.subject)
    except KeyError:
        return None  # it is about a zone, or about a sensor that is not there any more


def number(value: float) -> float | None:
    """Return what JSON can hold: it has no NaN."""
    return round(value, 4) if isfinite(value) else None
