"""All that is used of Starlette: from paths and functions to an application."""

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from turnout.errors import not_installed
from turnout.web._files import ICON
from turnout.web._language import preferred_language
from turnout.web._types import Answer, App, Asked, Handler, SocketClosedError, Talk

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response
    from starlette.websockets import WebSocket

_MOST_BODY_BYTES = 64 << 10
_TOO_LARGE = Answer(body="that is too large\n", kind="text/plain", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def site(
    *,
    pages: Mapping[str, Handler],
    actions: Mapping[str, Handler] | None = None,
    sockets: Mapping[str, Talk] | None = None,
    files: Mapping[str, Answer] | None = None,
    languages: Sequence[str] = ("en", "fr"),
) -> App:
    """Return an application, which `serving` and `serve` take.

    Args:
        pages: What answers GET and HEAD, by path: ``{"/": home}``.
        actions: What answers POST, by path; bodies have at most 64 kB.
        sockets: What speaks over a WebSocket, by path.
        files: What `packaged` returned; they are at ``/static/NAME``.
        languages: That `Asked.language` may be.

    Raises:
        UnavailableError: If Starlette is not installed.
    """
    try:
        from starlette.applications import Starlette  # noqa: PLC0415  pages are an extra
        from starlette.responses import Response  # noqa: PLC0415  likewise
        from starlette.routing import BaseRoute, Route, WebSocketRoute  # noqa: PLC0415  likewise
        from starlette.websockets import WebSocketDisconnect  # noqa: PLC0415  likewise
    except ImportError:
        raise not_installed("a local web page", "Starlette", "web") from None

    def respond(answer: Answer) -> "Response":
        kind = {"Content-Type": answer.kind}
        return Response(answer.body, answer.status, headers={**kind, **answer.headers})

    def answering(handler: Handler, path: str, method: str) -> "BaseRoute":
        async def answer(request: "Request") -> "Response":
            body = await _body_of(request) if method == "POST" else b""
            if body is None:
                return respond(_TOO_LARGE)
            given = handler(_asked(request, languages, body))
            return respond(await given if isinstance(given, Awaitable) else given)

        return Route(path, answer, methods=[method])

    def speaking(talk: Talk, path: str) -> "BaseRoute":
        async def speak(websocket: "WebSocket") -> None:
            await websocket.accept()
            try:
                await talk(_Socket(websocket, _asked(websocket, languages)))
                await websocket.close()
            except (SocketClosedError, WebSocketDisconnect, RuntimeError) as error:
                if isinstance(error, RuntimeError) and not _is_over(websocket):
                    raise  # of the page's own; Starlette has the same for closing what is closed

        return WebSocketRoute(path, speak)

    shown = {f"/static/{name}": answer for name, answer in (files or {}).items()}
    shown.setdefault("/icon.svg", Answer(body=ICON, kind="image/svg+xml"))
    routes = [answering(handler, path, "GET") for path, handler in pages.items()]
    routes += [answering(_always(answer), path, "GET") for path, answer in shown.items()]
    routes += [answering(handler, path, "POST") for path, handler in (actions or {}).items()]
    routes += [speaking(talk, path) for path, talk in (sockets or {}).items()]
    return Starlette(routes=routes)


class _Socket:
    """What a page sees of Starlette's socket."""

    def __init__(self, websocket: "WebSocket", asked: Asked) -> None:
        self._websocket = websocket
        self.asked = asked

    async def send(self, message: str | bytes) -> None:
        from starlette.websockets import WebSocketDisconnect  # noqa: PLC0415  loaded by now

        try:
            if isinstance(message, str):
                await self._websocket.send_text(message)
            else:
                await self._websocket.send_bytes(message)
        except (WebSocketDisconnect, RuntimeError, OSError) as error:
            raise SocketClosedError(str(error)) from None

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        while True:
            message = await self._websocket.receive()
            if message["type"] != "websocket.receive":
                return
            text = message.get("text")
            yield message["bytes"] if text is None else text


def _always(answer: Answer) -> Handler:
    return lambda _: answer


def _is_over(websocket: "WebSocket") -> bool:
    from starlette.websockets import WebSocketState  # noqa: PLC0415  loaded by now

    return WebSocketState.DISCONNECTED in {websocket.client_state, websocket.application_state}


def _asked(connection: "HTTPConnection", languages: Sequence[str], body: bytes = b"") -> Asked:
    query = dict(connection.query_params)
    language = query.get("lang", "")
    if language not in languages:
        language = preferred_language(connection.headers.get("accept-language", ""), languages)
    headers = dict(connection.headers)
    return Asked(path=connection.url.path, query=query, language=language, headers=headers, body=body)


async def _body_of(request: "Request") -> bytes | None:
    """Return what was posted; None if it is larger than anything that a page of ours posts."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BODY_BYTES:
            return None
    return bytes(body)
