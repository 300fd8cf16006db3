"""A server for as long as a block, or until Ctrl-C."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address

from turnout.errors import UsageError
from turnout.web._guard import LOOPBACK_NAMES, guarded, is_address
from turnout.web._login import Login, behind_login
from turnout.web._types import App
from turnout.web._uvicorn import running

LOOPBACK = "127.0.0.1"
_BACKLOG = 128
_PORTS = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where a server listens.

    Attributes:
        host: The address.
        port: The one that it got, if any would do.
    """

    host: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return ip_address(self.host.partition("%")[0]).is_loopback

    @property
    def url(self) -> str:
        """The address of the first page, for a browser on this machine."""
        anywhere = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104  a comparison
        host = anywhere.get(self.host, self.host)
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"


@asynccontextmanager
async def serving(
    app: App, *, port: int = 0, host: str = LOOPBACK, names: Collection[str] = (), login: Login | None = None
) -> AsyncIterator[Server]:
    """Answer requests in the running event loop until the block ends, which takes a fraction of a second.

    Args:
        app: What answers; it is put behind `guarded`.
        port: 0 for any that is free.
        host: An address of this machine. Whoever can reach it can use the page, unless there is a login.
        names: By which else it may be asked for, such as ``"monitor.example.org"``.
        login: What is asked for before anything is answered. It is sent with each request, and nothing is encrypted:
            on a network that others can listen to, a proxy with TLS goes before it.

    Raises:
        UsageError: If nothing can listen there.
        UnavailableError: If uvicorn or websockets is not installed.
    """
    with _listening(host, port) as listener:
        bound, number = listener.getsockname()[:2]
        known = {*LOOPBACK_NAMES, host.lower(), *(name.lower() for name in names)}
        open_app = app if login is None else behind_login(app, login)
        guard = guarded(open_app, known, any_address=bound not in LOOPBACK_NAMES)
        async with running(guard, listener):
            yield Server(host=bound, port=number)


def serve(
    app: App,
    *,
    port: int = 0,
    host: str = LOOPBACK,
    names: Collection[str] = (),
    ready: Callable[[Server], None] | None = None,
) -> None:
    """Answer requests until Ctrl-C, as `serving` does.

    Args:
        app: See `serving`.
        port: Likewise.
        host: Likewise.
        names: Likewise.
        ready: Called once requests are answered.

    Raises:
        UsageError: If nothing can listen there.
        UnavailableError: If uvicorn or websockets is not installed.
        KeyboardInterrupt: At Ctrl-C, after all has been closed.
    """

    async def until_stopped() -> None:
        async with serving(app, port=port, host=host, names=names) as server:
            if ready is not None:
                ready(server)
            await asyncio.get_running_loop().create_future()

    asyncio.run(until_stopped())


def _listening(host: str, port: int) -> socket.socket:
    if host not in LOOPBACK_NAMES and not is_address(host):
        raise UsageError(f"{host!r} is not an address to listen on; give one of this machine, such as {LOOPBACK}")
    if port not in range(_PORTS):
        raise UsageError(f"port {port} does not exist; name one below {_PORTS:,}, or 0 for any that is free")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"port {port} of {host} cannot be listened on ({os.strerror(error.errno or 0)}); "
            "name another one, or 0 for any that is free"
        ) from None
