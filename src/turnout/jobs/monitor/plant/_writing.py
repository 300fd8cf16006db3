"""How sensors write their readings: the other side of what a configuration says of payloads."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from turnout.jobs.monitor.config._values import Payload, TimeUnit, Unit

Write: TypeAlias = Callable[[float], bytes]
"""Returns the payload for a value in degrees Celsius."""

_VALUE, _TIME = "\0value", "\0time"
_PER_S: "dict[TimeUnit, float]" = {"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1.0}


def writer_of(payload: "Payload", time_ns: int) -> Write:
    """Return what writes the readings of one moment.

    Args:
        payload: Where the value and the time stand, and in which units.
        time_ns: The moment, nanoseconds since the Unix epoch.
    """
    factor, offset = _SCALES[payload.unit]
    if payload.value is None:
        return lambda value: b"%.4f" % (value * factor + offset)
    body: dict[str, Any] = {}  # as JSON has it
    _put(body, payload.value, _VALUE)
    if payload.time is not None:
        _put(body, payload.time, _TIME)
    text = json.dumps(body).replace(json.dumps(_TIME), _time(time_ns, payload.time_unit))
    before, after = (part.encode() for part in text.split(json.dumps(_VALUE)))
    return lambda value: b"%b%.4f%b" % (before, value * factor + offset, after)


def _put(body: Any, pointer: str, value: str) -> None:  # objects and lists of JSON
    """Set what a pointer (RFC 6901) leads to; numbers lead into lists."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        inner: Any = value if following is None else [] if following.isdigit() else {}  # likewise
        if isinstance(body, list):
            place = int(step)
            body.extend([None] * (place + 1 - len(body)))
            body[place] = inner if body[place] is None else body[place]
            body = body[place]
        else:
            body = body.setdefault(step, inner)


def _time(time_ns: int, unit: "TimeUnit") -> str:
    if unit == "iso":
        return json.dumps(datetime.fromtimestamp(time_ns / 1e9, UTC).isoformat(timespec="milliseconds"))
    return f"{time_ns / 1e9:.3f}" if unit == "s" else str(round(time_ns / _PER_S[unit]))


_SCALES: "dict[Unit, tuple[float, float]]" = {"C": (1.0, 0.0), "F": (1.8, 32.0), "K": (1.0, 273.15)}
