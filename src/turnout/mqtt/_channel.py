"""What both ends of a connection share: how bytes are sent."""

import asyncio


class Channel(asyncio.Protocol):
    """Sends what is written in one turn of the event loop in one go, which is one system call."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []
        self._is_writable = asyncio.Event()
        self._is_writable.set()
        self.lost = asyncio.Event()
        """Set when the connection has ended."""

    @property
    def is_open(self) -> bool:
        """Whether something can still be sent."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_full(self) -> bool:
        """Whether the other side is slow to take what was sent."""
        return not self._is_writable.is_set()

    def write(self, data: bytes) -> None:
        """Send bytes at the end of this turn of the loop."""
        if not self._waiting:
            self.schedule()
        self._waiting.append(data)

    def schedule(self) -> None:
        """Have `flush` called at the end of this turn of the loop."""
        self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what was written."""
        if self._waiting and self._transport is not None:
            self._transport.write(b"".join(self._waiting))
        self._waiting.clear()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    async def drained(self) -> None:
        """Wait until the other side has taken most of what was sent, or the connection has ended."""
        await self._is_writable.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"MQTT needs a stream, not {type(transport).__name__}")
        self._transport = transport

    def pause_writing(self) -> None:
        """Note that the other side is slow."""
        self._is_writable.clear()

    def resume_writing(self) -> None:
        """Note that it has caught up."""
        self._is_writable.set()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  the name is the base class's
        """Let nobody wait."""
        self.lost.set()
        self._is_writable.set()
