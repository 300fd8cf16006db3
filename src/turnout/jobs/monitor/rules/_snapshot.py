"""State as bytes: a line that tells the format, the length of a header in 8 bytes, the header in JSON, and arrays.

The header names the arrays in the order in which they follow.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Alarm, Reading, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"turnout monitor state 1\n"
_LENGTH = 8


def pack(header: Mapping[str, object], arrays: "Mapping[str, NDArray[Any]]") -> bytes:  # of several types
    """Return a header that JSON can keep, and arrays of one dimension, as bytes."""
    named = {name: [each.dtype.str, len(each)] for name, each in arrays.items()}
    text = json.dumps({**header, "arrays": named}, separators=(",", ":")).encode()
    return b"".join(
        [_MAGIC, len(text).to_bytes(_LENGTH, "little"), text, *(each.tobytes() for each in arrays.values())]
    )


def unpack(data: bytes) -> "tuple[dict[str, Any], dict[str, NDArray[Any]]]":  # whatever JSON has; several types
    """Return what was packed.

    Raises:
        ValueError: If it is something else, or not all of it.
    """
    if not data.startswith(_MAGIC):
        raise ValueError("this is no state of a monitor, or one of another version of turnout")
    start = len(_MAGIC) + _LENGTH
    length = int.from_bytes(data[len(_MAGIC) : start], "little")
    try:
        header = json.loads(data[start : start + length])
        offset = start + length
        arrays = {}
        for name, (kind, size) in header.pop("arrays").items():
            arrays[name] = np.frombuffer(data, np.dtype(kind), size, offset).copy()
            offset += arrays[name].nbytes
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"the state of the monitor is damaged: {error}") from error
    return header, arrays


def alarm_to_json(alarm: Alarm) -> list[object]:
    """Return an alarm as JSON can keep it."""
    return [
        alarm.id,
        alarm.rule,
        alarm.subject,
        alarm.zone,
        alarm.room,
        int(alarm.severity),
        alarm.raised_ns,
        alarm.value,
        alarm.cause,
        alarm.labels,
    ]


def alarm_from_json(kept: Sequence[Any]) -> Alarm:  # whatever JSON has
    """Return the alarm that was made into JSON."""
    name, rule, subject, zone, room, severity, raised_ns, value, cause, labels = kept
    return Alarm(
        id=name,
        rule=rule,
        subject=subject,
        zone=zone,
        room=room,
        severity=Severity(severity),
        raised_ns=raised_ns,
        value=value,
        cause=tuple(Reading(*each) for each in cause),
        labels=tuple((label, text) for label, text in labels),
    )
