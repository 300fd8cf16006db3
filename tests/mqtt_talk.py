"""Helpers for tests that speak MQTT."""

import asyncio
from collections.abc import Callable

from turnout.mqtt import Delivery, Message
from turnout.mqtt._messages import Packet, Reader

PATIENCE_S = 20


class Collector:
    """Keeps what a client receives; hand `take` to it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.deliveries: list[Delivery] = []
        self._changed = asyncio.Event()

    def take(self, delivery: Delivery) -> None:
        self.messages += delivery
        self.deliveries.append(delivery)
        self._changed.set()

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages]

    async def wait_for(self, count: int) -> None:
        await until(lambda: len(self.messages) >= count, self._changed)


async def until(is_true: Callable[[], bool], changed: asyncio.Event | None = None) -> None:
    """Wait for something that comes true when ``changed`` is set, or soon."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_true():
            if changed is None:
                await asyncio.sleep(0.005)
            else:
                changed.clear()
                await changed.wait()


class Raw:
    """A client that sends whatever bytes a test likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, level: int) -> None:
        self._reader = reader
        self._writer = writer
        self._parser = Reader(max_packet_bytes=1_000_000, level=level)
        self._found: list[Packet | Message] = []

    @classmethod
    async def open(cls, port: int, level: int = 5) -> "Raw":
        return cls(*await asyncio.open_connection("127.0.0.1", port), level)

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def next(self) -> Packet | Message | None:
        """Return the next packet, or None if the connection has ended."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._found:
                try:
                    data = await self._reader.read(65_536)
                except ConnectionError:
                    return None
                if not data:
                    return None
                for part in self._parser.feed(data):
                    self._found += [part] if isinstance(part, Packet) else part
        return self._found.pop(0)

    def drop(self) -> None:
        """End the connection without a word."""
        self._writer.transport.abort()
