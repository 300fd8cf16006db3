"""Questions about the past and their answers, as messages between processes.

A question is JSON. An answer is deflated: a line of JSON, and after it float32 little endian, those of a moment in the
order of the layout, or least, mean and greatest of a course.
"""

import json
import zlib
from collections.abc import Collection
from math import nan
from typing import TYPE_CHECKING, Any

from turnout.errors import ClusterError, TurnoutError
from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._views import alarm_of, alarm_row
from turnout.jobs.monitor.history import Series
from turnout.jobs.monitor.page import Memory, Moment, Stretch

if TYPE_CHECKING:
    from turnout.jobs.monitor._numpy import Singles

_MOST_ALARMS = 5_000  # a page shows the worst 300 and counts the rest
_MOST_POINTS = 1_000
_MOST_BYTES = 16 << 20

SPAN = json.dumps({"ask": "span"}).encode()
"""From when to when is there a past?"""


def ask_moment(time_ns: int, zones: Collection[str]) -> bytes:
    """Return a question for a moment, and at least the values of some zones."""
    return json.dumps({"ask": "moment", "time_ns": time_ns, "zones": list(zones)}).encode()


def ask_course(stretch: Stretch) -> bytes:
    """Return a question for a course."""
    told = [stretch.zone, stretch.kind, stretch.start_ns, stretch.end_ns, stretch.points]
    return json.dumps({"ask": "course", "of": told}).encode()


async def answered(memory: Memory, question: bytes, most_bytes: int) -> bytes:
    """Return the answer to a question, or why there is none.

    Args:
        memory: What knows it.
        question: As it came.
        most_bytes: How long an answer may be.
    """
    try:
        answer = await _answered(memory, json.loads(question))
    except (TurnoutError, LookupError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        answer = _message({"error": str(error) or "that is no question"})
    if len(answer) > most_bytes:
        return _message({"error": f"the answer has {len(answer):,} bytes, and NATS takes {most_bytes:,} in a message"})
    return answer


def span_in(answer: bytes) -> tuple[int, int] | None:
    """Return the span that was told.

    Raises:
        ClusterError: If the answer is that there is none, or is none.
    """
    head, _ = _read(answer)
    try:
        return None if head["span"] is None else (int(head["span"][0]), int(head["span"][1]))
    except (LookupError, TypeError, ValueError) as error:
        raise _nonsense(error) from None


def moment_in(answer: bytes, sensors: int) -> Moment:
    """Return the moment that was told, of so many sensors.

    Raises:
        ClusterError: Likewise.
    """
    head, content = _read(answer)
    try:
        (values,) = _rows(content, 1, sensors)
        levels = {str(zone): nan if level is None else float(level) for zone, level in head["cooling"].items()}
        alarms = tuple(map(alarm_of, head["alarms"]))
        return Moment(step_s=int(head["step_s"]), values=values, cooling=levels, alarms=alarms)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise _nonsense(error) from None


def course_in(answer: bytes, stretch: Stretch) -> Series:
    """Return the course of a stretch that was told.

    Raises:
        ClusterError: Likewise.
    """
    _, content = _read(answer)
    try:
        low, mean, high = _rows(content, 3, stretch.points)
    except ValueError as error:
        raise _nonsense(error) from None
    return Series.of(stretch.start_ns, stretch.end_ns, low=low, mean=mean, high=high)


async def _answered(memory: Memory, question: dict[str, Any]) -> bytes:  # values of JSON
    match question:
        case {"ask": "span"}:
            return _message({"span": await memory.span_ns()})
        case {"ask": "moment", "time_ns": int(time_ns), "zones": list(zones)}:
            moment = await memory.moment(time_ns, frozenset(zones))
            head = {
                "step_s": moment.step_s,
                "cooling": dict(moment.cooling),
                "alarms": [alarm_row(alarm) for alarm in moment.alarms[:_MOST_ALARMS]],
            }
            return _message(head, moment.values)
        case {"ask": "course", "of": [str(zone), kind, int(start_ns), int(end_ns), int(points)]} if (
            start_ns < end_ns and 0 < points <= _MOST_POINTS
        ):
            stretch = Stretch(zone=zone, kind=kind, start_ns=start_ns, end_ns=end_ns, points=points)
            series = (await memory.course(stretch)).series
            return _message({}, series.low, series.mean, series.high)
        case _:
            raise ValueError("that is no question; is it of another version?")


def _message(head: dict[str, object], *rows: "Singles") -> bytes:
    content = b"".join(row.astype("<f4").tobytes() for row in rows)
    return zlib.compress(json.dumps(head, separators=(",", ":"), allow_nan=False).encode() + b"\n" + content, 1)


def _read(answer: bytes) -> tuple[dict[str, Any], bytes]:  # values of JSON
    try:
        head, _, content = zlib.decompressobj().decompress(answer, _MOST_BYTES).partition(b"\n")
        told = dict[str, Any](json.loads(head))  # values of JSON
    except (zlib.error, ValueError, TypeError, RecursionError) as error:
        raise _nonsense(error) from None
    if "error" in told:
        raise ClusterError(str(told["error"]))
    return told, content


def _rows(content: bytes, count: int, width: int) -> "list[Singles]":
    found = np.frombuffer(content, "<f4")
    if len(found) != count * width:
        raise ValueError(f"{len(found)} values have come, and not {count * width}")
    return list(found.reshape(count, width).astype(np.float32))


def _nonsense(error: Exception) -> ClusterError:
    return ClusterError(f"an answer cannot be understood ({error}); is the monitor of another version?")
