"""What a broker keeps of a client, also while it is away."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from turnout.mqtt._messages import Message, raw_of

if TYPE_CHECKING:
    from turnout.mqtt._packets import Subscription

_IDENTIFIERS = 65_535


class Line(Protocol):
    """The connection of a session, while there is one."""

    level: int
    quota: int
    max_packet_bytes: int

    @property
    def is_full(self) -> bool:
        """Whether the client is slow to take what was sent."""
        ...

    def write(self, data: bytes) -> None:
        """Send bytes."""
        ...


class Queued(NamedTuple):
    """A message of QoS 1 on its way to a client.

    Attributes:
        number: Rises from message to message.
        message: What is sent; its packet identifier is given then.
        deadline_s: When it is of no use any more, in seconds since 1970; None for never.
    """

    number: int
    message: Message
    deadline_s: float | None


@dataclass(slots=True)
class Tally:
    """What the sessions of a broker hold together, and what it has done."""

    queued_bytes: int = 0
    received: int = 0
    sent: int = 0
    dropped: int = 0
    refused: int = 0


class Session:
    """A client's subscriptions, and the messages of QoS 1 that it has not acknowledged.

    Args:
        client_id: Its name.
        user: Whose it is; nobody else gets it.
        tally: Counts with the other sessions.
        now_s: Returns the seconds since 1970.
        settled: Is told the number of a message that needs no more keeping.
    """

    def __init__(
        self,
        client_id: str,
        user: str | None,
        *,
        tally: Tally,
        now_s: Callable[[], float],
        settled: Callable[[int], None] | None = None,
    ) -> None:
        self.client_id = client_id
        self.user = user
        self.subscriptions: dict[str, Subscription] = {}
        self.expiry_s = 0.0
        self.line: Line | None = None
        self.incoming: set[int] = set()  # packet identifiers of QoS 2 that the client has not released
        self._tally = tally
        self._now_s = now_s
        self._settled = settled
        self._queue: deque[Queued] = deque()
        self._in_flight: dict[int, Queued] = {}
        self._under_way: set[int] = set()  # of those in flight, what was sent on this connection
        self._again: deque[int] = deque()  # and what is still to be sent on it
        self._last_id = 0

    def __len__(self) -> int:
        """Return how many messages are not acknowledged."""
        return len(self._queue) + len(self._in_flight)

    def attach(self, line: Line) -> None:
        """Go on with a connection: what was sent and not acknowledged comes first, once more."""
        self.line = line
        self._under_way.clear()
        self._again = deque(self._in_flight)
        self.pump()

    def enqueue(self, queued: Queued) -> None:
        """Take a message of QoS 1 for the client."""
        self._queue.append(queued)
        self._tally.queued_bytes += _size(queued)
        self.pump()

    def send(self, message: Message) -> None:
        """Send a message of QoS 0, or drop it if the client is slow."""
        line = self.line
        encoded = b"" if line is None else message.encode(line.level)
        if line is None or line.is_full or len(encoded) > line.max_packet_bytes:
            self._tally.dropped += 1
        else:
            line.write(encoded)
            self._tally.sent += 1

    def acknowledge(self, packet_id: int) -> bool:
        """Forget a message that the client has taken, and return whether there was one."""
        queued = self._in_flight.pop(packet_id, None)
        if queued is None:
            return False
        self._under_way.discard(packet_id)
        self._forget(queued)
        self.pump()
        return True

    def pump(self) -> None:
        """Send what the client has room for."""
        line = self.line
        while line is not None and len(self._under_way) < line.quota and not line.is_full:
            if self._again:
                packet_id = self._again.popleft()
                if packet_id in self._in_flight:
                    self._send(line, packet_id, is_again=True)
            elif self._queue and len(self._in_flight) < _IDENTIFIERS:
                packet_id = self._free_id()
                self._in_flight[packet_id] = self._queue.popleft()
                self._send(line, packet_id, is_again=False)
            else:
                return

    def clear(self) -> None:
        """Forget everything."""
        for queued in (*self._queue, *self._in_flight.values()):
            self._forget(queued)
        self._queue.clear()
        self._in_flight.clear()
        self._again.clear()
        self._under_way.clear()
        self.incoming.clear()

    def _send(self, line: Line, packet_id: int, *, is_again: bool) -> None:
        queued = self._in_flight[packet_id]
        message, deadline_s = queued.message, queued.deadline_s
        if deadline_s is not None:
            left_s = int(deadline_s - self._now_s())
            if left_s <= 0 and not is_again:
                self._give_up(packet_id)
                return
            raw = raw_of(replace(message.properties, message_expiry_s=max(1, left_s)))
            message = message._replace(raw_properties=raw)
        encoded = message._replace(packet_id=packet_id, is_again=is_again).encode(line.level)
        if len(encoded) > line.max_packet_bytes:  # to be dropped as if it were sent: MQTT 5, 3.1.2.11.4
            self._give_up(packet_id)
            self._tally.dropped += 1
            return
        self._under_way.add(packet_id)
        line.write(encoded)
        self._tally.sent += 1

    def _give_up(self, packet_id: int) -> None:
        self._forget(self._in_flight.pop(packet_id))

    def _forget(self, queued: Queued) -> None:
        self._tally.queued_bytes -= _size(queued)
        if self._settled is not None:
            self._settled(queued.number)

    def _free_id(self) -> int:
        while True:
            self._last_id = self._last_id % _IDENTIFIERS + 1
            if self._last_id not in self._in_flight:
                return self._last_id


def _size(queued: Queued) -> int:
    message = queued.message
    return len(message.topic) + len(message.payload) + len(message.raw_properties) + 300  # about what Python adds
