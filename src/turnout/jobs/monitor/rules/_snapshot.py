"""State as bytes: a line that tells the format, the length of a header in 8 bytes, the header in JSON, and arrays.

The header names the arrays in the order in which they follow.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
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


def alarm_to_json(alarm: Alarm) -> dict[str, object]:
    """Return an alarm as JSON can keep it."""
    return asdict(alarm) | {"severity": alarm.severity.name.lower(), "cause": [list(each) for each in alarm.cause]}


def alarm_from_json(kept: Mapping[str, Any]) -> Alarm:  # whatever JSON has
    """Return the alarm that was made into JSON."""
    changed = {
        "severity": Severity[kept["severity"].upper()],
        "cause": tuple(Reading(*each) for each in kept["cause"]),
        "labels": tuple((name, value) for name, value in kept["labels"]),
    }
    return Alarm(**{**kept, **changed})
