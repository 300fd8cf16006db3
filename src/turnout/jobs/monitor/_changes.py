"""Changes of alarms as JSON: what is logged, printed and compared."""

import json
from collections.abc import Mapping

from turnout.jobs.monitor._json import number
from turnout.jobs.monitor._types import Alarm, Change


def change_json(change: Change) -> dict[str, object]:
    """Return a change as values that JSON has; numbers that JSON lacks become None."""
    head = {"time_ns": change.time_ns, "change": change.kind.value, "value": number(change.value)}
    group = {"group": [alarm_json(alarm) for alarm in change.group]} if change.group else {}
    return {**head, **alarm_json(change.alarm), **group}


def alarm_json(alarm: Alarm) -> dict[str, object]:
    """Return an alarm likewise."""
    return {
        "alarm": alarm.id,
        "rule": alarm.rule,
        "subject": alarm.subject,
        "zone": alarm.zone,
        "room": alarm.room,
        "severity": alarm.severity.name.lower(),
        "raised_ns": alarm.raised_ns,
        "raised_value": number(alarm.value),
        "labels": dict(alarm.labels),
        "cause": [
            {"sensor": reading.sensor, "value": number(reading.value), "time_ns": reading.time_ns}
            for reading in alarm.cause
        ],
    }


def change_line(change: Change) -> str:
    """Return the same as one line of JSON: equal lines are equal changes, to the last bit."""
    return line_of(change_json(change))


def line_of(values: Mapping[str, object]) -> str:
    """Return values as one line of JSON, the same for the same values."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
