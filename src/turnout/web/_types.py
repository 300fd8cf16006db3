"""What passes between a page and the server, in words that need no package."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

Message = MutableMapping[str, Any]  # the values of ASGI differ by the message's type
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Coroutine[Any, Any, None]]
"""An ASGI application: scope, receive, send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request.

    Attributes:
        path: Without the query.
        query: Its fields, the last of each name.
        language: The one to answer in: ``?lang=`` or else what the browser prefers, of those that the site has.
        headers: Names in small letters.
        body: Empty for all but POST.
    """

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to send back; text is sent as UTF-8."""

    body: str | bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


class SocketClosedError(ConnectionError):
    """The browser went away, or the server is stopping."""


class Socket(Protocol):
    """One WebSocket that is open. Loop over it to receive; the loop ends when the other side goes away.

    Attributes:
        asked: The request that opened it.
    """

    @property
    def asked(self) -> Asked:
        """The request that opened it."""
        ...

    async def send(self, message: str | bytes) -> None:
        """Send one message; waits as long as the browser does not keep up.

        Raises:
            SocketClosedError: If it went away.
        """
        ...

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Give each message that comes."""
        ...


Handler = Callable[[Asked], Answer | Awaitable[Answer]]
Talk = Callable[[Socket], Awaitable[None]]
"""What speaks over one socket; the socket is closed when it returns. It may leave a `SocketClosedError` uncaught."""
