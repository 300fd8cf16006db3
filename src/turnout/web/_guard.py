"""Who may ask, and what each answer tells the browser to forbid.

A page on the loopback device is open to every page that the same browser shows. Two checks keep these out: a foreign
page that has its own name lead here (DNS rebinding) asks with that name as its Host, and one that posts or opens a
socket across sites tells its own address as Origin.
"""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from turnout.web._types import App, Message, Receive, Send

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"", "same-origin", "none"})  # of Sec-Fetch-Site; "none" is the reader's own doing
_POLICY_VIOLATION = 1008

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What each answer says: a page uses its own server's files and nothing else."""


def is_known_host(host: str, names: Collection[str], *, any_address: bool = False) -> bool:
    """Tell whether a Host header names us.

    Args:
        host: The header, with or without a port.
        names: Ours, in small letters; IPv6 addresses without brackets.
        any_address: Whether any IP address will do: it cannot be led elsewhere as a name can.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in names or (any_address and is_address(name))


def guarded(app: App, names: Collection[str] = LOOPBACK_NAMES, *, any_address: bool = False) -> App:
    """Return the application behind both checks, with `HEADERS` on each of its answers.

    Args:
        app: What answers those who may ask.
        names: See `is_known_host`.
        any_address: Likewise.
    """
    extra = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

    async def guard(scope: Message, receive: Receive, send: Send) -> None:
        async def send_more(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", ())}
                own = [pair for pair in extra if pair[0] not in given]
                message = {**message, "headers": [*message.get("headers", ()), *own]}
            await send(message)

        if scope["type"] not in {"http", "websocket"}:
            await app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not is_known_host(headers.get("host", ""), names, any_address=any_address):
            await _refuse(scope, send_more, "ask for this machine by the name that was printed\n")
        elif not _comes_from_here(scope, headers):
            await _refuse(scope, send_more, "another site's page may not do this\n")
        else:
            await app(scope, receive, send_more)

    return guard


def _comes_from_here(scope: Message, headers: Mapping[str, str]) -> bool:
    """Tell whether a request that may change something comes from our own page, or from no page at all."""
    if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
        return True
    origin = headers.get("origin")
    if origin is None:  # a program, or a browser that says it in the other header
        return headers.get("sec-fetch-site", "") in _OWN_SITES
    try:
        return urlsplit(origin).netloc.lower() == headers["host"].lower()
    except ValueError:
        return False


async def _refuse(scope: Message, send: Send, sentence: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        return
    body = sentence.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(HTTPStatus.FORBIDDEN), "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def is_address(name: str) -> bool:
    """Tell whether it is an IP address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
