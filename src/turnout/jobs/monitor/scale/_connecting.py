"""How NATS is connected with: who we are, and that nobody else listens."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

from turnout.errors import ClusterError
from turnout.jobs.monitor.scale._together import end

if TYPE_CHECKING:
    from nats.aio.client import Client

_PLAIN = "it does not encrypt, and tls:// was asked for"
_FINAL = (_PLAIN, "Authorization Violation")
Told = Callable[[], Awaitable[None]]


async def connected(
    library: ModuleType,
    url: str,
    *,
    user: str | None,
    password: str | None,
    tls: ssl.SSLContext | None,
    lost: Told,
    found: Told,
    patience_s: float,
) -> "Client":
    """Return a connection, which is looked for again whenever it ends.

    Args:
        library: nats-py.
        url: Of the server, or of several, separated by commas.
        user: Who we are; None for nobody in particular, or as the URL has it.
        password: What proves it.
        tls: How to encrypt: nothing is said to a server that does not. None for as the server asks for.
        lost: Called when the connection has ended.
        found: Called when there is one again.
        patience_s: How long the server is looked for.

    Raises:
        ClusterError: If it cannot be reached, does not encrypt or prove its name, or refuses us.
    """
    servers, refused = url.split(","), asyncio.Event()
    is_connected, first, last = False, "", ""

    async def failed(error: Exception) -> None:
        nonlocal first, last
        if len(servers) == 1 and _is_final(error):
            refused.set()
        if not isinstance(error, OSError):  # a server that refuses us says why, but not always before it hangs up
            first = first or str(error)
        last = str(error) or last

    async def ended() -> None:
        if is_connected:
            await lost()

    client: Client = library.NATS()
    if tls is not None:
        _refuse_plain(client, library.errors.Error)
    connecting = asyncio.create_task(
        client.connect(
            servers,
            user=user,
            password=password,
            tls=tls,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,  # type: ignore[arg-type]  # it only sleeps for so long
            disconnected_cb=ended,
            reconnected_cb=found,
            error_cb=failed,
        )
    )
    error = await _failure(connecting, refused, patience_s)
    if isinstance(error, (OSError, TimeoutError, library.errors.Error)):
        with suppress(OSError, TimeoutError, library.errors.Error):
            await client.close()
        reason = str(error) or first or last or "it does not answer"
        raise ClusterError(f"NATS at {where(url)} cannot be reached: {reason}") from error
    if error is not None:
        raise error
    is_connected = True
    return client


def _is_final(error: Exception) -> bool:
    """Tell whether a server would say the same again: it is not the one that we trust, or it does not let us in."""
    return isinstance(error, ssl.SSLCertVerificationError) or any(words in str(error) for words in _FINAL)


async def _failure(task: "asyncio.Task[None]", refused: asyncio.Event, patience_s: float) -> BaseException | None:
    """Give a task its time, unless it is refused what it asks for; return why it has not done what it should."""
    refusal = asyncio.create_task(refused.wait())
    try:
        await asyncio.wait([task, refusal], timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end([task, refusal])  # nats-py may swallow a cancellation, and go on looking for the server
    return TimeoutError() if task.cancelled() else task.exception()


def where(url: str) -> str:
    """Return what may be shown of a URL: no user, and no password."""
    return ",".join(part.rpartition("@")[2].rpartition("://")[2] for part in url.split(","))


def _refuse_plain(client: "Client", error: type[Exception]) -> None:
    """Have each connection end, before anything is said, to a server that does not encrypt.

    nats-py encrypts if the server asks for it, and else tells anyone on the way the password, whatever the URL says.
    """
    process = client._process_info  # noqa: SLF001  it is the first that hears of it, and there is no option

    async def process_info(info: dict[str, Any], initial_connection: bool = False) -> None:  # noqa: FBT001, FBT002  as nats-py calls it; values of JSON
        if initial_connection and not info.get("tls_required"):
            raise error(_PLAIN)
        await process(info, initial_connection)

    client._process_info = process_info  # type: ignore[method-assign]  # noqa: SLF001  as above
