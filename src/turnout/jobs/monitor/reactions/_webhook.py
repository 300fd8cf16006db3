"""One POST over HTTP/1.1, in an event loop: cancelled at any time, and over when its time is.

libcurl's engine (`turnout.transfer`) fetches only, and `http.client` blocks a thread that cannot be ended when the
monitor is; what a webhook needs of HTTP is little.
"""

import asyncio
import ssl
from collections.abc import Sequence
from functools import cache
from urllib.parse import SplitResult, urlsplit

from turnout.errors import TurnoutError, UsageError

_MOST_HEAD_BYTES = 65_536
_PORTS = {"http": 80, "https": 443}
_PASSING = {408, 425, 429}  # of the statuses below 500


class WebhookError(TurnoutError):
    """A POST that was not taken.

    Args:
        reason: Why, as a clause.
        may_pass: Whether it is worth another try.
    """

    def __init__(self, reason: str, may_pass: bool) -> None:  # noqa: FBT001  an exception is unpickled by position
        super().__init__(reason, may_pass)
        self.reason = reason
        self.may_pass = may_pass

    def __str__(self) -> str:
        return self.reason


def check_url(url: str) -> SplitResult:
    """Return the parts of an address that can be posted to.

    Raises:
        UsageError: If it is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is not an address ({error}); write one as https://example.org/hook") from None
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in _PORTS or not parts.hostname or port == 0 or not is_plain:
        raise UsageError(f"{url!r} is not an address to post to; write one as https://example.org/hook")
    if parts.username is not None:
        raise UsageError("an address must hold no password; send it in a header, such as Authorization")
    return parts


def check_headers(headers: Sequence[tuple[str, str]]) -> None:
    """Make sure that header fields are of one line each.

    Raises:
        UsageError: If one is not.
    """
    for name, value in headers:
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise UsageError(f"{name!r} is not the name of a header")
        if not value.isprintable() or not value.isascii():
            raise UsageError(f"the header {name} has to be a line of ASCII")


async def post(
    url: str,
    body: bytes,
    *,
    headers: Sequence[tuple[str, str]] = (),
    authorities: str | None = None,
    timeout_s: float = 10.0,
) -> int:
    """Send JSON, and return the status, 200 to 299. No redirection is followed, and no proxy asked.

    Args:
        url: Where to.
        body: What.
        headers: Fields to add.
        authorities: As in `WebhookReaction`.
        timeout_s: How long all of it may take.

    Raises:
        WebhookError: If it is not taken.
        UsageError: If the address or a header is not one.
    """
    parts = check_url(url)
    check_headers(headers)
    try:
        async with asyncio.timeout(timeout_s):
            status = await _exchange(parts, body, headers, authorities)
    except TimeoutError:
        raise WebhookError(f"{parts.netloc} did not answer within {timeout_s:g} s", may_pass=True) from None
    except ssl.SSLCertVerificationError as error:
        reason = f"the certificate of {parts.netloc} is not good: {error.verify_message}"
        raise WebhookError(reason, may_pass=True) from None
    except (OSError, EOFError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise WebhookError(f"{parts.netloc} cannot be reached: {why}", may_pass=True) from None
    if not 200 <= status < 300:  # noqa: PLR2004  as HTTP has it
        may_pass = status >= 500 or status in _PASSING  # noqa: PLR2004  likewise
        raise WebhookError(f"{parts.netloc} answered {status}", may_pass=may_pass)
    return status


async def _exchange(
    parts: SplitResult, body: bytes, headers: Sequence[tuple[str, str]], authorities: str | None
) -> int:
    # Certificates take 20 ms to read, for which commands would wait.
    context = await asyncio.to_thread(_context, authorities) if parts.scheme == "https" else None
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    reader, writer = await asyncio.open_connection(host, port, ssl=context, limit=_MOST_HEAD_BYTES)
    try:
        target = parts.path or "/"
        if parts.query:
            target += f"?{parts.query}"
        lines = [
            f"POST {target} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "User-Agent: turnout",
            "Connection: close",
            *(f"{name}: {value}" for name, value in headers),
        ]
        writer.write("\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body)
        await writer.drain()
        return await _status(reader)
    finally:
        writer.transport.abort()  # the answer is known; nobody waits for a slow goodbye


async def _status(reader: asyncio.StreamReader) -> int:
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise ValueError("its answer has a head without an end") from None
        except asyncio.IncompleteReadError:
            raise ValueError("it hung up before it had answered") from None
        words = head.split(b"\r\n", 1)[0].split(None, 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():  # noqa: PLR2004
            raise ValueError("its answer is not HTTP/1.1")
        if not words[1].startswith(b"1"):  # else it is still at it
            return int(words[1])


@cache
def _context(authorities: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authorities)
