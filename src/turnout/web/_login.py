"""A user and a password before all pages, as HTTP has it (RFC 7617): browsers ask for them, programs send them."""

from base64 import b64decode
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus

from turnout.web._types import App, Message, Receive, Send

_BODY = b"a user and a password are needed\n"
_HEADERS = [
    (b"www-authenticate", b'Basic realm="turnout", charset="UTF-8"'),
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", str(len(_BODY)).encode()),
]
_REFUSAL = "websocket.http.response"  # of ASGI: an answer in the place of a socket
_POLICY_VIOLATION = 1008


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who may ask.

    Attributes:
        user: The name, without a colon.
        password: What proves it; never shown.
    """

    user: str
    password: str = field(repr=False)

    def is_shown_by(self, header: bytes) -> bool:
        """Tell whether a header Authorization has both; it takes as long whichever of their letters are wrong."""
        scheme, _, given = header.partition(b" ")
        if scheme.lower() != b"basic":
            return False
        try:
            found = b64decode(given.strip(), validate=True)
        except ValueError:
            return False
        wanted = f"{self.user}:{self.password}".encode()
        return compare_digest(sha256(found).digest(), sha256(wanted).digest())  # of one length, whatever was given


def behind_login(app: App, login: Login) -> App:
    """Return the application for those only who show the login, with each request and socket anew."""

    async def ask(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            given = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
            if len(given) != 1 or not login.is_shown_by(given[0]):
                await _refuse(scope, send)
                return
        await app(scope, receive, send)

    return ask


async def _refuse(scope: Message, send: Send) -> None:
    is_socket = scope["type"] == "websocket"
    if is_socket and _REFUSAL not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        return
    kind = _REFUSAL if is_socket else "http.response"
    is_head = scope.get("method") == "HEAD"
    await send({"type": f"{kind}.start", "status": int(HTTPStatus.UNAUTHORIZED), "headers": _HEADERS})
    await send({"type": f"{kind}.body", "body": b"" if is_head else _BODY})
