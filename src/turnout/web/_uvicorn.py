"""All that is used of uvicorn (and, through it, of websockets): an application answers what comes to a socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from importlib.util import find_spec

from turnout.errors import not_installed
from turnout.web._types import App, Message, Receive, Send

_MOST_MESSAGE_BYTES = 64 << 10
_PING_S = 20.0


@asynccontextmanager
async def running(app: App, listener: socket.socket) -> AsyncIterator[None]:
    """Let an application answer until the block ends; what it has not answered a tenth of a second later is dropped.

    Args:
        app: An exception of its own becomes status 500, and is given to the loop's exception handler.
        listener: Listens already.

    Raises:
        UnavailableError: If uvicorn or websockets is not installed.
    """
    try:
        import uvicorn  # noqa: PLC0415  pages are an extra
    except ImportError:
        raise not_installed("a local web page", "uvicorn", "web") from None
    if find_spec("websockets") is None:
        raise not_installed("a local web page", "websockets", "web")

    class Quiet(uvicorn.Server):
        """Leaves signals to the program that it is a part of."""

        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            self.is_up = asyncio.Event()

        def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # a generator's type there
            return nullcontext()

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self.is_up.set()

    config = uvicorn.Config(
        _telling(app),
        http="h11",
        ws="websockets-sansio",
        ws_max_size=_MOST_MESSAGE_BYTES,
        ws_ping_interval=_PING_S,
        ws_per_message_deflate=False,  # the loopback device is faster than compression
        lifespan="off",
        log_config=None,
        log_level="critical",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=0,
    )
    server = Quiet(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    up = asyncio.create_task(server.is_up.wait())
    await asyncio.wait({task, up}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if not task.done():
            yield
    finally:
        up.cancel()
        server.should_exit = True
        await task
        for connection in list(server.server_state.connections):
            if connection.transport is not None:  # of a reader who takes nothing: its buffer would never drain
                connection.transport.abort()


def _telling(app: App) -> App:
    """Return the application with its failures told to the event loop; those of leaving are none."""

    async def tell(scope: Message, receive: Receive, send: Send) -> None:
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await app(scope, receive, send_on)
        except asyncio.CancelledError:
            pass  # the server stops; uvicorn would print it as a failure
        except Exception as error:  # noqa: BLE001  whatever a page raises, the others go on
            context = {"message": f"the page at {scope.get('path')} failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)
            if scope["type"] == "http" and not begun:
                await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
                await send({"type": "http.response.body", "body": b""})

    return tell
