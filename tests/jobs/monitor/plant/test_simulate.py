"""A plant over a real broker."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from turnout.errors import BrokerError
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor.plant import Manner, Plant, Progress, simulate
from turnout.mqtt import Broker, Delivery, MqttClient, Subscription, Will

pytestmark = pytest.mark.integration

LAYOUT = grid(racks=20, zones=2)


class Control:
    """A client that listens to everything, and waits for what it wants to hear."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._changed = asyncio.Event()

    def client(self, port: int) -> MqttClient:
        return MqttClient("127.0.0.1", port, on_messages=self._hear, subscriptions=[Subscription(filter="#")])

    async def until(self, is_there: Callable[[list[tuple[str, bytes]]], object]) -> None:
        async with asyncio.timeout(20):
            while not is_there(self.heard):
                self._changed.clear()
                await self._changed.wait()

    def _hear(self, delivery: Delivery) -> None:
        self.heard += [(message.topic.decode(), message.payload) for message in delivery]
        self._changed.set()


def begin(port: int, manner: Manner, end: asyncio.Event) -> "asyncio.Task[Progress]":
    connect = partial(MqttClient, "127.0.0.1", port)
    plant = Plant(LAYOUT, seed=1)
    return asyncio.get_running_loop().create_task(
        simulate(LAYOUT, plant, manner, connect, now_ns=lambda: 0, stopping=end)
    )


def test_a_plant_publishes_obeys_and_acknowledges() -> None:
    control = Control()

    async def go() -> Progress:
        end = asyncio.Event()
        async with Broker() as broker, control.client(broker.port) as client:
            task = begin(broker.port, Manner(interval_s=1.0, speed=50.0, qos=1), end)
            await control.until(lambda heard: len({topic for topic, _ in heard if topic.startswith("dc/")}) == 20)
            await client.publish("cooling/hall-1/z2/set", b'{"id": "a", "level": 0.3}', qos=1)
            await control.until(lambda heard: [1 for _, payload in heard if b'"id": "a", "level": 0.3' in payload])
            await client.publish("plant/faults", b'{"kind": "spike", "place": "z1"}', qos=1)
            await control.until(lambda heard: [1 for topic, _ in heard if topic == "plant/faults/state"])
            end.set()
            return await task

    progress = asyncio.run(go())

    assert progress.plant.levels[1] == 0.3
    assert [fault.place for fault in progress.plant.faults] == ["z1"]
    assert progress.sent >= 20
    assert progress.commanded == 1


def test_a_plant_ends_when_its_time_is_over() -> None:
    async def go() -> Progress:
        async with Broker() as broker:
            return await begin(broker.port, Manner(interval_s=10.0, speed=1e6, duration_s=100.0), asyncio.Event())

    progress = asyncio.run(go())

    assert progress.plant.time_s == pytest.approx(100.0)
    assert progress.sent == 200


def test_a_plant_goes_on_without_its_broker_and_comes_back() -> None:
    control = Control()

    async def go() -> Progress:
        end = asyncio.Event()
        async with Broker() as broker:
            port = broker.port
            task = begin(port, Manner(interval_s=1.0, speed=20.0), end)
            async with control.client(port):
                await control.until(lambda heard: len(heard) > 50)
        async with Broker(port=port) as broker, control.client(port):
            control.heard.clear()
            await control.until(lambda heard: [1 for topic, _ in heard if topic.startswith("dc/")])
            end.set()
            return await task

    progress = asyncio.run(go())

    assert progress.dropped > 0
    assert progress.sent > 50


def test_units_cool_in_full_when_the_broker_says_that_their_monitor_is_gone() -> None:
    control = Control()
    will = Will(topic="turnout/monitor/m1/state", payload=b"offline", retain=True)

    async def go() -> Progress:
        end = asyncio.Event()
        async with Broker() as broker, control.client(broker.port):
            task = begin(broker.port, Manner(speed=20.0), end)
            await control.until(lambda heard: [1 for topic, _ in heard if topic.startswith("dc/")])
            async with MqttClient("127.0.0.1", broker.port, will=will) as monitor:
                await monitor.publish("cooling/hall-1/z2/set", b'{"id": "a", "level": 0.3}', qos=1)
                await control.until(lambda heard: [1 for _, said in heard if b'"level": 0.3, "mode": "comm' in said])
                assert monitor._link is not None
                monitor._link.end(BrokerError("as if the process had been killed"))
                await control.until(
                    lambda heard: [1 for _, said in heard if b'"a", "level": 1.0, "mode": "alone' in said]
                )
            end.set()
            return await task

    progress = asyncio.run(go())

    assert list(progress.plant.levels) == [1.0, 1.0]


def test_a_broker_that_is_not_there_is_told() -> None:
    async def go() -> None:
        async with Broker() as broker:
            port = broker.port
        await begin(port, Manner(), asyncio.Event())

    with pytest.raises(BrokerError, match="cannot be reached"):
        asyncio.run(go())
