"""The monitor's page: what answers a browser.

/                       the page
/plan                   rooms, zones and sensors, once
/live                   a socket: values as they change, alarms, cooling
/past/...               what was, from the history
/acknowledge, /silence, /unsilence    what a reader does
/metrics                for Prometheus
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from turnout.errors import TurnoutError
from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.page._backward import Backward
from turnout.jobs.monitor.page._board import Board
from turnout.jobs.monitor.page._facts import alarms_of, facts_of, text_of
from turnout.jobs.monitor.page._floor import plan_of
from turnout.jobs.monitor.page._frames import frame_since
from turnout.jobs.monitor.page._look import Look
from turnout.jobs.monitor.page._memory import Memory
from turnout.jobs.monitor.page._prometheus import metrics_of
from turnout.jobs.monitor.page._words import WORDS, page_in
from turnout.web import Answer, App, Asked, Handler, Socket, packaged, site

_PACKAGE = "turnout.jobs.monitor.page"
_FACTS_S = 1.0
_ALARMS_S = 0.25  # thousands may change within a second
_LONGEST_TEXT = 500
_LONGEST_SILENCE_S = 30 * 86_400

Act = Callable[[Mapping[str, object]], object]
"""Does what a reader asked for, or returns what does it when it is awaited; raises a `TurnoutError` if it cannot."""


def page_app(
    board: Board,
    layout: Layout,
    act: Act | None = None,
    memory: Memory | None = None,
    *,
    look: Look | None = None,
    every_s: float = 0.1,
    by_rack: bool = False,
) -> App:
    """Return the application, which `turnout.web.serving` serves.

    Args:
        board: The present; it is looked at, never changed.
        layout: Of the board.
        act: Takes ``{"act": "acknowledge", "alarm": id, "by": who}``, ``{"act": "silence", "what": {"zone": ...},
            "until_ns": ..., "comment": ..., "by": who}`` or ``{"act": "unsilence", "id": ..., "by": who}``; the page
            only shows if it is None.
        memory: What knows the past; no travelling in time if it is None.
        look: How values are shown.
        every_s: How often an open page is sent what changed, at most.
        by_rack: Whether `/metrics` has a series for each sensor.

    Raises:
        UnavailableError: If Starlette is not installed.
    """
    mark, plan = plan_of(layout, look or Look())
    live = _Live(board=board, plan=mark, every_s=every_s)
    pages: dict[str, Handler] = {
        "/": lambda asked: Answer(
            body=page_in(WORDS[asked.language], can_act=act is not None, can_travel=memory is not None)
        ),
        "/plan": lambda _: Answer(body=plan, kind="application/json"),
        "/metrics": lambda _: _metrics(board, by_rack=by_rack),
    }
    if memory is not None:
        past = Backward(memory, layout)
        pages.update({"/past/span": past.span, "/past/state": past.state, "/past/course": past.course})
    actions: dict[str, Handler] = {}
    if act is not None:
        for name, read in (("acknowledge", _acknowledgement), ("silence", _silence), ("unsilence", _end_of_silence)):
            actions[f"/{name}"] = _acting(act, name, read, board)
    return site(pages=pages, actions=actions, sockets={"/live": live.talk}, files=packaged(_PACKAGE))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Live:
    """Tells open pages what changes."""

    board: Board
    plan: str
    every_s: float

    async def talk(self, socket: Socket) -> None:
        """Send what changed, until the browser goes away.

        A browser that does not keep up is sent less often, and then what changed in all that time.
        """
        loop = asyncio.get_running_loop()
        board = self.board
        await socket.send(text_of({"plan": self.plan}))
        revision, alarms_revision, alarms_due, facts_due = -1, -1, 0.0, 0.0
        while True:
            frame = frame_since(board, revision)
            revision = board.revision
            if frame:
                await socket.send(frame)
            if alarms_revision != board.alarms_revision and loop.time() >= alarms_due:
                alarms_revision, alarms_due = board.alarms_revision, loop.time() + _ALARMS_S
                await socket.send(text_of(alarms_of(board)))
            if loop.time() >= facts_due:
                facts_due = loop.time() + _FACTS_S
                await socket.send(text_of(facts_of(board)))
            await asyncio.sleep(self.every_s)


Body = dict[str, Any]  # what JSON can hold


def _acting(act: Act, name: str, read: Callable[[Body, int], Mapping[str, object]], board: Board) -> Handler:
    async def answer(asked: Asked) -> Answer:
        try:
            action = {"act": name, **read(json.loads(asked.body), board.now_ns), "by": "page"}
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            return _refusal("that is not how the page asks", HTTPStatus.BAD_REQUEST)
        try:
            done = act(action)
            if isinstance(done, Awaitable):
                await done
        except TurnoutError as error:
            return _refusal(str(error), HTTPStatus.CONFLICT)
        return Answer(body="{}", kind="application/json")

    return answer


def _acknowledgement(body: Body, _: int) -> Mapping[str, object]:
    return {"alarm": _text(body["alarm"])}


def _silence(body: Body, now_ns: int) -> Mapping[str, object]:
    what = {name: _text(body[name]) for name in ("rule", "subject", "zone", "room") if body.get(name)}
    seconds = int(body["seconds"])
    if not what or not 0 < seconds <= _LONGEST_SILENCE_S:
        raise ValueError
    comment = _text(body.get("comment", ""))
    return {"what": what, "until_ns": now_ns + seconds * 1_000_000_000, "comment": comment}


def _end_of_silence(body: Body, _: int) -> Mapping[str, object]:
    return {"id": _text(body["id"])}


def _text(given: object) -> str:
    if not isinstance(given, str) or len(given) > _LONGEST_TEXT:
        raise TypeError
    return given


def _refusal(sentence: str, status: HTTPStatus) -> Answer:
    return Answer(body=text_of({"error": sentence}), kind="application/json", status=status)


def _metrics(board: Board, *, by_rack: bool) -> Answer:
    try:
        return metrics_of(board, by_rack=by_rack)
    except TurnoutError as error:
        return Answer(body=f"{error}\n", kind="text/plain; charset=utf-8", status=HTTPStatus.NOT_IMPLEMENTED)
