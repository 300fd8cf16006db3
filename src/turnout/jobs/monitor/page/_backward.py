"""What was: answers from the history, read in a thread so that no live page waits for it."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from threading import Lock

from turnout.errors import TurnoutError, UsageError
from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.history import Past
from turnout.jobs.monitor.page._facts import Json, number, past_alarms_of, text_of
from turnout.web import Answer, Asked

_MOST_POINTS = 1_000
_LATEST_MS = 1 << 53  # beyond it a number of JavaScript is no whole one any more


class Backward:
    """Answers what the page asks of the past.

    Args:
        folder: Of the history; it may be made later.
        layout: What the page knows, in whose order values are sent.
    """

    def __init__(self, folder: Path, layout: Layout) -> None:
        self._folder = folder
        self._layout = layout
        self._turn = Lock()  # a reader who pulls at the slider asks faster than thousands of sensors are unpacked

    async def span(self, _: Asked) -> Answer:
        """Tell from when to when there is a past, milliseconds since the epoch."""
        return await self._answer(lambda past: _span(past.span_ns()))

    async def state(self, asked: Asked) -> Answer:
        """Tell how everything stood ``at`` a moment."""
        at = _whole(asked.query.get("at"))
        return await self._answer(lambda past: None if at is None else self._state(past, at))

    async def course(self, asked: Asked) -> Answer:
        """Tell the course of a ``zone``'s sensors of a ``kind``, ``from`` when ``to`` when, in so many ``points``."""
        start, end = _whole(asked.query.get("from")), _whole(asked.query.get("to"))
        points = min(_MOST_POINTS, _whole(asked.query.get("points")) or 0)
        zone, kind = asked.query.get("zone", ""), asked.query.get("kind") or None

        def course(past: Past) -> Json | None:
            if start is None or end is None or not points or start >= end:
                return None
            try:
                series = past.series(start * 1_000_000, end * 1_000_000, points, zone=zone, kind=kind)
            except KeyError:
                return None
            rows = {"low": series.low, "mean": series.mean, "high": series.high}
            numbers = {name: [number(value) for value in row.tolist()] for name, row in rows.items()}
            return {"times": (series.times_ns // 1_000_000).tolist(), **numbers}

        return await self._answer(course)

    async def _answer(self, find: Callable[[Past], Json | None]) -> Answer:
        try:
            found = await asyncio.to_thread(self._find, find)
        except TurnoutError as error:
            return _json({"error": str(error)}, HTTPStatus.NOT_FOUND)
        if found is None:
            return _json({"error": "that is not a question that the history can answer"}, HTTPStatus.BAD_REQUEST)
        return _json(found)

    def _find(self, find: Callable[[Past], Json | None]) -> Json | None:
        with self._turn, closing(Past(self._folder)) as past:
            try:
                return find(past)
            except (sqlite3.Error, ValueError) as error:
                raise UsageError(f"the history cannot be read there ({error})") from None

    def _state(self, past: Past, at: int) -> Json:
        state = past.state_at(at * 1_000_000)
        values = np.full(len(self._layout) + 1, np.nan, np.float32)
        places = {sensor.name: index for index, sensor in enumerate(self._layout)}
        nowhere = len(self._layout)  # of a sensor that is not there any more
        values[[places.get(name, nowhere) for name in past.sensors]] = state.values
        return {
            "time": at,
            "step": state.step_s,
            "values": [number(value) for value in values[:-1].tolist()],
            "cooling": {zone: [number(level), ""] for zone, level in state.cooling.items()},
            **past_alarms_of(state.alarms, self._layout),
        }


def _span(span_ns: tuple[int, int] | None) -> Json:
    return {"span": None if span_ns is None else [each // 1_000_000 for each in span_ns]}


def _whole(text: str | None) -> int | None:
    try:
        found = int(text or "")
    except ValueError:
        return None
    return found if 0 <= found < _LATEST_MS else None


def _json(found: Json, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    return Answer(body=text_of(found), kind="application/json", status=status)
