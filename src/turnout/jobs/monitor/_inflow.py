"""The connection over which readings come.

After each read of the socket, nothing more is read for some milliseconds: what arrives meanwhile comes together. Waking
up for a message costs more than the message: ten thousand a second, one by one, take a third of a core, and in hundreds
a tenth. It is waited as long as it takes for some hundreds to come: hardly in a flood, and 30 ms in a trickle.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from turnout.jobs.monitor._ingest import MOST_UNACKNOWLEDGED, Ingest
from turnout.jobs.monitor._plan import Access
from turnout.jobs.monitor._types import Batch
from turnout.mqtt import Delivery, MqttClient, Subscription

GATHER_S = 0.030
_ENOUGH = 300  # messages of one read
_WEIGHT = 1 / 8  # of the last read, in the average of how fast messages come


class Taker(Protocol):
    """What readings are handed to: a hub, or what divides them among several."""

    def take(self, batch: Batch, now_ns: int, settle: Callable[[], None]) -> None:
        """Take readings, and call ``settle`` when they cannot be lost any more."""
        ...


class Inflow:
    """Receives readings, and acknowledges them when they are in the log.

    Args:
        access: How the broker is reached.
        subscription: Which topics are read, and with which quality of service.
        ingest: Makes readings of messages.
        hub: Takes them.
        now_ns: The time.
        tell: Called with what becomes of the connection.
        gather_s: For how long messages are gathered at most.
    """

    def __init__(
        self,
        access: Access,
        subscription: Subscription,
        ingest: Ingest,
        hub: Taker,
        *,
        now_ns: Callable[[], int],
        tell: Callable[[str], None],
        gather_s: float = GATHER_S,
    ) -> None:
        self._ingest, self._hub = ingest, hub
        self._now_ns = now_ns
        self._tell = tell
        self._gather_s = gather_s
        self.lag_s = 0.0
        """How long what came last took, from the socket to the rules and all who want to know."""
        self._loop = asyncio.get_running_loop()
        self._read_s = self._loop.time()
        self._per_s = 1.0
        self.client = MqttClient(
            access.host,
            access.port,
            on_messages=self._receive,
            is_manual=True,
            subscriptions=[subscription],
            client_id=access.client_id,
            session_expiry_s=access.session_s,
            user=access.user,
            password=access.password,
            tls=access.tls,
            receive_maximum=MOST_UNACKNOWLEDGED,
            on_state=self._state,
        )

    def _receive(self, delivery: Delivery) -> None:
        now_ns = self._now_ns()
        self._hub.take(self._ingest.read(delivery, now_ns), now_ns, delivery.done)
        self.lag_s = (self._now_ns() - now_ns) / 1e9
        self._rest(delivery)

    def _rest(self, delivery: Delivery) -> None:
        """Read nothing until enough will have come."""
        now_s = self._loop.time()
        per_s = len(delivery) / max(now_s - self._read_s, 1e-6)
        self._per_s += (per_s - self._per_s) * _WEIGHT
        self._read_s = now_s
        rest_s = min(self._gather_s, _ENOUGH / self._per_s)
        delivery.source.pause()
        self._loop.call_later(rest_s, delivery.source.resume)

    def _state(self, state: str) -> None:
        if not self.client.is_connected:
            self._ingest.disconnected()
        self._tell("connected to the broker" if self.client.is_connected else state)
