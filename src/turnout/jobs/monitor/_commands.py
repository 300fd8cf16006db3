"""The connection over which the monitor acts: commands go out, acknowledgements come back.

It is another one than that of the readings: a flood of these cannot hold up a command.
"""

import asyncio
from collections.abc import Callable, Iterable

from turnout.errors import BrokerError
from turnout.jobs.monitor._plan import Access
from turnout.mqtt import Delivery, MqttClient, Subscription, Will

OFFLINE, ONLINE = b"offline", b"online"
_MOST_UNDER_WAY = 10_000
_ENOUGH_S = 0.5

Heard = Callable[[str, bytes], None]


class Commands:
    """Publishes without waiting, and hands on what is heard.

    Args:
        access: How the broker is reached.
        state_topic: Where the broker is told whether the monitor is there: ``online`` or ``offline``, retained.
        complain: Called with a sentence when a command is lost.
    """

    def __init__(self, access: Access, state_topic: str, complain: Callable[[str], None]) -> None:
        self._state_topic = state_topic
        self._complain = complain
        self._heard: list[Heard] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self.client = MqttClient(
            access.host,
            access.port,
            on_messages=self._hear,
            client_id=f"{access.client_id}-commands",
            clean_start=True,
            user=access.user,
            password=access.password,
            tls=access.tls,
            will=Will(topic=state_topic, payload=OFFLINE, retain=True),
        )

    async def start(self) -> None:
        """Connect.

        Raises:
            BrokerError: If that fails.
        """
        await self.client.start()
        self.send(self._state_topic, ONLINE, retain=True)

    async def listen(self, topics: Iterable[str], heard: Heard) -> None:
        """Have a function called with each message of some topics."""
        self._heard.append(heard)
        await self.client.subscribe(*(Subscription(filter=topic) for topic in dict.fromkeys(topics)))

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish with QoS 1, if there is a connection.

        Nothing is kept for later: who commands sends again until it is acknowledged, and an old level would do harm.
        """
        if not self.client.is_connected:
            return
        if len(self._under_way) >= _MOST_UNDER_WAY:
            self._complain(f"a command to {topic} is dropped: {_MOST_UNDER_WAY:,} wait for the broker")
            return
        task = asyncio.get_running_loop().create_task(self._publish(topic, payload, retain=retain))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def publish(self, topic: str, payload: bytes) -> None:
        """Publish with QoS 1; returns when the broker has taken it.

        Raises:
            BrokerError: If it does not.
        """
        await self.client.publish(topic, payload, qos=1)

    async def stop(self) -> None:
        """Send what is under way, within a moment, and say goodbye."""
        if self.client.is_connected:
            self.send(self._state_topic, OFFLINE, retain=True)
            await asyncio.wait(self._under_way, timeout=_ENOUGH_S)
        await self.client.stop()
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        try:
            await self.client.publish(topic, payload, qos=1, retain=retain)
        except BrokerError as error:
            if payload != OFFLINE:  # the broker says so itself of who is gone
                self._complain(f"a command to {topic} is lost: {error}")

    def _hear(self, delivery: Delivery) -> None:
        for message in delivery:
            for heard in self._heard:
                heard(message.topic.decode(), message.payload)
