"""A plant that runs in real time, or faster, and is spoken with over MQTT."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Protocol

from turnout.errors import BrokerError
from turnout.jobs.monitor.plant._plant import Plant
from turnout.jobs.monitor.plant._site import Site, Topics
from turnout.mqtt import Delivery, MqttClient, Subscription

if TYPE_CHECKING:
    from turnout.jobs.monitor._types import Layout
    from turnout.jobs.monitor.config._values import Payload

_TURN_S = 0.05
"""Sensors do not all speak at once: within an interval, some of them do every so often."""

_FORGIVEN_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a plant is run.

    Attributes:
        topics: Where messages go.
        interval_s: Each sensor speaks once in this time of the plant.
        speed: So many seconds of the plant pass in one second.
        duration_s: The plant ends after so long, in its own time.
        qos: Of the readings, 0 or 1.
        payload: How readings are written; None for plain numbers.
        patience_s: As in `Site`, in real time.
    """

    topics: Topics = field(default_factory=Topics)
    interval_s: float = 1.0
    speed: float = 1.0
    duration_s: float = inf
    qos: int = 0
    payload: "Payload | None" = None
    patience_s: float = 30.0


@dataclass(slots=True)
class Progress:
    """How far a simulation is.

    Attributes:
        plant: What is simulated.
        sent: How many readings were published.
        dropped: How many were not, because there was no connection.
        behind_s: How many real seconds the plant is later than it should be.
        commanded: How many cooling units somebody commands.
    """

    plant: Plant
    sent: int = 0
    dropped: int = 0
    behind_s: float = 0.0
    commanded: int = 0


class Connect(Protocol):
    """Makes a client that is not started."""

    def __call__(
        self, *, on_messages: Callable[[Delivery], None], subscriptions: tuple[Subscription, ...]
    ) -> MqttClient: ...


async def simulate(
    layout: "Layout",
    plant: Plant,
    manner: Manner,
    connect: Connect,
    *,
    now_ns: Callable[[], int],
    on_progress: Callable[[Progress], None] = lambda _: None,
    stopping: asyncio.Event | None = None,
) -> Progress:
    """Run a plant until it ends or is stopped.

    Args:
        layout: Where its racks are.
        plant: What happens there.
        manner: How it is run.
        connect: Makes the client.
        now_ns: The time, nanoseconds since the Unix epoch.
        on_progress: Is told after each interval.
        stopping: Set it to have an end.

    Raises:
        BrokerError: If the broker cannot be reached at the start. Later, it is looked for until it is back.
    """
    run = _Run(layout, plant, manner, connect, now_ns)
    async with run.client:
        await run.go(stopping or asyncio.Event(), on_progress)
    return run.progress


class _Run:
    def __init__(
        self, layout: "Layout", plant: Plant, manner: Manner, connect: Connect, now_ns: Callable[[], int]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._manner = manner
        self._now_ns = now_ns
        self._outgoing: set[asyncio.Task[None]] = set()
        self._site = Site(
            layout,
            plant,
            topics=manner.topics,
            publish=self._publish,
            patience_s=manner.patience_s,
            now_s=self._loop.time(),
            payload=manner.payload,
        )
        self.progress = Progress(plant)
        subscriptions = tuple(Subscription(filter=one) for one in self._site.filters)
        self.client = connect(on_messages=self._hear, subscriptions=subscriptions)

    async def go(self, stopping: asyncio.Event, on_progress: Callable[[Progress], None]) -> None:
        manner, progress, loop = self._manner, self.progress, self._loop
        real_s = manner.interval_s / manner.speed
        turns = max(1, round(real_s / _TURN_S))
        due_s = loop.time()
        while progress.plant.time_s < manner.duration_s:
            self._site.advance(manner.interval_s, loop.time())
            self._count()
            readings = self._site.readings(self._now_ns())
            for turn in range(turns):
                if await _waited(stopping, due_s - loop.time()):
                    return
                await self._send(readings.part(turn, turns))
                due_s += real_s / turns
            progress.behind_s = max(0.0, loop.time() - due_s)
            if progress.behind_s > _FORGIVEN_S:
                due_s = loop.time()  # it is late, and does not hurry after what is gone
            on_progress(progress)

    async def _send(self, readings: Iterator[tuple[str, bytes]]) -> None:
        client, qos = self.client, self._manner.qos
        for topic, payload in readings:
            if qos == 0 and not client.is_connected:
                self.progress.dropped += 1
            else:
                sent = await client.send(topic, payload, qos=qos)
                self.progress.sent += 1
                if qos:
                    sent.add_done_callback(self._settled)

    def _settled(self, sent: "asyncio.Future[None]") -> None:
        if sent.cancelled() or sent.exception() is not None:
            self.progress.dropped += 1

    def _hear(self, delivery: Delivery) -> None:
        for message in delivery:
            self._site.message(message.topic.decode(), message.payload, self._loop.time())
        self._count()

    def _count(self) -> None:
        self.progress.commanded = self._site.desk.alone.count(False)

    def _publish(self, topic: str, payload: bytes) -> None:
        task = self._loop.create_task(self._say(topic, payload))
        self._outgoing.add(task)
        task.add_done_callback(self._outgoing.discard)

    async def _say(self, topic: str, payload: bytes) -> None:
        with suppress(BrokerError):  # the client has ended, and nobody listens
            await self.client.publish(topic, payload, qos=1, retain=True)


async def _waited(stopping: asyncio.Event, seconds: float) -> bool:
    """Wait, at least for other tasks, and return whether there is to be an end."""
    if seconds <= 0:
        await asyncio.sleep(0)
        return stopping.is_set()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()
    return stopping.is_set()
