"""What moves the machine of a part, as messages of a stream.

A machine is a function of its moves: whoever goes on from a state that was kept after one of them, and makes those that
follow, finds the same changes.
"""

import asyncio
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

from turnout.jobs.monitor._log import Kind, Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nats.js import JetStreamContext

_AT_ONCE = 500
_SILENT = 3  # times that nothing came, after which a consumer is replaced
_HEAD = struct.Struct("<Bq")


def to_bytes(record: Record) -> bytes:
    """Return a move as the body of a message."""
    return _HEAD.pack(record.kind, record.at_ns) + record.body


def from_bytes(content: bytes) -> Record:
    """Return the move that a message brings.

    Raises:
        ValueError: If it is none.
    """
    try:
        kind, at_ns = _HEAD.unpack_from(content)
        return Record(Kind(kind), at_ns, content[_HEAD.size :])
    except struct.error:
        raise ValueError("a message of the stream is no move") from None


class Moves:
    """Reads the moves of a part in order, over as many consumers of the stream as that takes.

    Args:
        open_at: Makes a consumer that begins at a number.
        start: That of the first move.
        lost: What a consumer raises that the server has forgotten.
    """

    def __init__(
        self,
        open_at: "Callable[[int], Awaitable[JetStreamContext.PullSubscription]]",
        start: int,
        lost: type[Exception],
    ) -> None:
        self._open_at = open_at
        self._next = start
        self._lost = lost
        self._consumer: JetStreamContext.PullSubscription | None = None
        self._count = 0
        self._silent = 0

    async def read(self, timeout_s: float) -> list[tuple[int, Record]]:
        """Return the next moves with their numbers; none if there are none within the time.

        Raises:
            ValueError: If something is no move.
        """
        try:
            consumer = self._consumer or await self._open()
            messages = await consumer.fetch(_AT_ONCE, timeout=timeout_s)
        except TimeoutError:
            self._silent += 1
            if self._silent > _SILENT and self._consumer is not None:  # it may be forgotten, or there is nothing
                await self.close()
            return []
        except self._lost:
            await self.close()
            await asyncio.sleep(timeout_s)  # the server is away
            return []
        self._silent = 0
        moves = []
        for message in messages:
            sequence = message.metadata.sequence
            self._count += 1
            if sequence.consumer != self._count:  # something in between was lost on the way
                await self.close()
                break
            moves.append((sequence.stream, from_bytes(message.data)))
            self._next = sequence.stream + 1
        return moves

    async def close(self) -> None:
        """Give the consumer up."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(self._lost, OSError):
                await consumer.unsubscribe()

    async def _open(self) -> "JetStreamContext.PullSubscription":
        self._consumer = await self._open_at(self._next)
        self._count = self._silent = 0
        return self._consumer
