"""What a client has published at QoS 1 and the broker has not acknowledged yet."""

import asyncio
from collections import deque
from collections.abc import Callable

from turnout.errors import BrokerError
from turnout.mqtt._messages import Message
from turnout.mqtt._packets import NEW
from turnout.mqtt._reasons import FAILURE, Reason

_IDENTIFIERS = 65_000  # of 65,535; the others are for subscriptions


class _Entry:
    __slots__ = ("acknowledged", "is_under_way", "message", "was_sent")

    def __init__(self, message: Message, acknowledged: asyncio.Future[None]) -> None:
        self.message = message
        self.acknowledged = acknowledged
        self.was_sent = False
        self.is_under_way = False  # on this connection


class Outbox:
    """Numbers messages, sends as many at a time as the broker takes, and sends them again on another connection.

    Args:
        room: How many messages are kept at most; who publishes more, waits.
    """

    def __init__(self, room: int) -> None:
        self._room = min(room, _IDENTIFIERS)
        self._entries: dict[int, _Entry] = {}  # by packet identifier, oldest first
        self._unsent: deque[_Entry] = deque()
        self._quota = 0
        self._max_packet_bytes = 0
        self._write: Callable[[bytes], None] | None = None
        self._last_id = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    def __len__(self) -> int:
        return len(self._entries)

    async def add(self, message: Message) -> asyncio.Future[None]:
        """Send a message as soon as that can be, and return what becomes of it."""
        while len(self._entries) >= self._room:
            self._has_room.clear()
            await self._has_room.wait()
        packet_id = self._free_id()
        entry = _Entry(message._replace(qos=1, packet_id=packet_id), asyncio.get_running_loop().create_future())
        self._entries[packet_id] = entry
        self._unsent.append(entry)
        self._pump()
        return entry.acknowledged

    def attach(
        self, write: Callable[[bytes], None], *, quota: int, max_packet_bytes: int, session_present: bool
    ) -> None:
        """Go on with another connection.

        Args:
            write: Sends bytes.
            quota: How many messages the broker takes before it has acknowledged them.
            max_packet_bytes: The largest packet that it takes.
            session_present: Whether the broker may have received what was sent before.
        """
        self._write = write
        self._quota = quota
        self._max_packet_bytes = max_packet_bytes
        self._unsent = deque(self._entries.values())
        for entry in self._unsent:
            entry.message = entry.message._replace(is_again=entry.was_sent and session_present)
            entry.is_under_way = False
        self._pump()

    def detach(self) -> None:
        """Send nothing until there is another connection."""
        self._write = None

    def acknowledge(self, packet_id: int, reason: Reason) -> None:
        """Take note of what the broker says of a message; one that it was not sent is ignored."""
        entry = self._entries.get(packet_id)
        if entry is None or not entry.is_under_way:
            return
        if reason < FAILURE:
            self._settle(entry, None)
        else:
            topic = entry.message.topic.decode()
            self._settle(entry, BrokerError(f"the broker did not take a message for {topic}: {reason}"))
        self._pump()

    def abandon(self, error: BrokerError) -> None:
        """Tell all publishers that wait that nothing more is sent."""
        for entry in self._entries.values():
            if not entry.acknowledged.done():
                entry.acknowledged.set_exception(error)
        self._entries.clear()
        self._unsent.clear()
        self._has_room.set()

    def _pump(self) -> None:
        while self._write is not None and self._unsent and self._under_way < self._quota:
            entry = self._unsent.popleft()
            encoded = entry.message.encode(NEW)
            if len(encoded) > self._max_packet_bytes:
                what = f"a message for {entry.message.topic.decode()} has {len(encoded)} bytes as a packet"
                self._settle(entry, BrokerError(f"{what}, and the broker takes {self._max_packet_bytes}"))
                continue
            entry.was_sent = entry.is_under_way = True
            self._write(encoded)

    @property
    def _under_way(self) -> int:
        return len(self._entries) - len(self._unsent)

    def _settle(self, entry: _Entry, error: BrokerError | None) -> None:
        del self._entries[entry.message.packet_id]
        self._has_room.set()
        if entry.acknowledged.done():
            return  # the publisher has stopped waiting
        if error is None:
            entry.acknowledged.set_result(None)
        else:
            entry.acknowledged.set_exception(error)

    def _free_id(self) -> int:
        while True:
            self._last_id = self._last_id % _IDENTIFIERS + 1
            if self._last_id not in self._entries:
                return self._last_id
