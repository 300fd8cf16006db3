"""What was, as a browser asks for it."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from turnout.errors import TurnoutError
from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.page._facts import Json, number, past_alarms_of, text_of
from turnout.jobs.monitor.page._memory import Memory, Stretch
from turnout.web import Answer, Asked

MOST_POINTS = 1_000
_LATEST_MS = 1 << 43  # some years later, nanoseconds have no room in 64 bits any more
_NS = 1_000_000  # in a millisecond


class Backward:
    """Answers what the page asks of the past.

    Args:
        memory: What knows it.
        layout: What the page knows.
    """

    def __init__(self, memory: Memory, layout: Layout) -> None:
        self._memory = memory
        self._layout = layout

    async def span(self, _: Asked) -> Answer:
        """Tell from when to when there is a past, milliseconds since the epoch."""

        async def span() -> Json:
            found = await self._memory.span_ns()
            return {"span": None if found is None else [each // _NS for each in found]}

        return await _answered(span)

    async def state(self, asked: Asked) -> Answer:
        """Tell how everything stood ``at`` a moment."""
        at = _whole(asked.query.get("at"))

        async def state() -> Json | None:
            if at is None:
                return None
            moment = await self._memory.moment(at * _NS)
            return {
                "time": at,
                "step": moment.step_s,
                "values": [number(value) for value in moment.values.tolist()],
                "cooling": {zone: [number(level), ""] for zone, level in moment.cooling.items()},
                "unanswered": moment.unanswered,
                "unknown": moment.unknown,
                **past_alarms_of(moment.alarms, self._layout),
            }

        return await _answered(state)

    async def course(self, asked: Asked) -> Answer:
        """Tell the course of a ``zone``'s sensors of a ``kind``, ``from`` when ``to`` when, in so many ``points``."""
        start, end = _whole(asked.query.get("from")), _whole(asked.query.get("to"))
        points = min(MOST_POINTS, _whole(asked.query.get("points")) or 0)
        zone, kind = asked.query.get("zone", ""), asked.query.get("kind") or None

        async def course() -> Json | None:
            if start is None or end is None or not points or start >= end:
                return None
            try:
                found = await self._memory.course(
                    Stretch(zone=zone, kind=kind, start_ns=start * _NS, end_ns=end * _NS, points=points)
                )
            except KeyError:
                return None
            series = found.series
            rows = {"low": series.low, "mean": series.mean, "high": series.high}
            numbers = {name: [number(value) for value in row.tolist()] for name, row in rows.items()}
            return {"times": (series.times_ns // _NS).tolist(), **numbers, "unanswered": found.unanswered}

        return await _answered(course)


async def _answered(find: Callable[[], Awaitable[Json | None]]) -> Answer:
    try:
        found = await find()
    except TurnoutError as error:
        return _json({"error": str(error)}, HTTPStatus.NOT_FOUND)
    if found is None:
        return _json({"error": "that is not a question that the history can answer"}, HTTPStatus.BAD_REQUEST)
    return _json(found)


def _whole(text: str | None) -> int | None:
    try:
        found = int(text or "")
    except ValueError:
        return None
    return found if 0 <= found < _LATEST_MS else None


def _json(found: Json, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    return Answer(body=text_of(found), kind="application/json", status=status)
