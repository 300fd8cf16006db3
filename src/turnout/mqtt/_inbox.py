"""What a client has received and its consumer has not dealt with yet."""

from collections import deque
from typing import Protocol

from turnout.mqtt._messages import Message
from turnout.mqtt._packets import PUBACK


class Source(Protocol):
    """The connection that messages came by."""

    @property
    def is_open(self) -> bool:
        """Whether something can still be sent."""
        ...

    def write(self, data: bytes) -> None:
        """Send bytes."""
        ...

    def pause(self) -> None:
        """Read nothing more for now."""
        ...

    def resume(self) -> None:
        """Read again."""
        ...


class Delivery(list[Message]):
    """Messages that arrived together; say `done` when nothing of them can be lost any more.

    They count against the client's bound until then, and those of QoS 1 are acknowledged then, in the order of their
    arrival. Of a connection that has ended meanwhile nothing is acknowledged: the broker sends those again.
    """

    __slots__ = ("_inbox", "is_done", "size", "source")

    def __init__(self, messages: list[Message], size: int, source: Source, inbox: "Inbox") -> None:
        super().__init__(messages)
        self.size = size
        self.source = source
        self.is_done = False
        self._inbox = inbox

    def done(self) -> None:
        """Acknowledge the messages; once is enough."""
        if not self.is_done:
            self.is_done = True
            self._inbox.settle(self)


class Inbox:
    """Counts what is not done, holds the connection back when that is too much, and acknowledges in order.

    Args:
        max_messages: So many messages may wait before nothing more is read.
        max_bytes: Likewise for their bytes.
    """

    def __init__(self, *, max_messages: int, max_bytes: int) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._unacknowledged: deque[Delivery] = deque()
        self._source: Source | None = None
        self._is_paused = False
        self._bytes = 0
        self.messages = 0
        """How many messages are not done."""

    def attach(self, source: Source) -> None:
        """Hold back this connection from now on."""
        self._source = source
        self._is_paused = False
        self._regulate()

    def take(self, messages: list[Message], size: int, source: Source) -> Delivery:
        """Count messages that came in ``size`` bytes."""
        delivery = Delivery(messages, size, source, self)
        self.messages += len(messages)
        self._bytes += size
        for message in messages:
            if message.qos:
                self._unacknowledged.append(delivery)
                break
        self._regulate()
        return delivery

    def settle(self, delivery: Delivery) -> None:
        """Count messages no more, and acknowledge all that nothing older holds up."""
        self.messages -= len(delivery)
        self._bytes -= delivery.size
        self._regulate()
        while self._unacknowledged and self._unacknowledged[0].is_done:
            first = self._unacknowledged.popleft()
            if first.source.is_open:
                numbers = [message.packet_id.to_bytes(2, "big") for message in first if message.qos]
                first.source.write(PUBACK + PUBACK.join(numbers))

    def _regulate(self) -> None:
        load = max(self.messages / self._max_messages, self._bytes / self._max_bytes)
        if self._source is None or (load > 1 / 2 if self._is_paused else load < 1):
            return
        self._is_paused = not self._is_paused
        if self._is_paused:
            self._source.pause()
        else:
            self._source.resume()
