"""Our broker with a client that others wrote."""

import asyncio
import threading
from collections.abc import Callable

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from mqtt_talk import Collector
from turnout.mqtt import Broker, MqttClient, Subscription

pytestmark = pytest.mark.integration

PATIENCE_S = 20
COUNT = 50


def talk(port: int, protocol: MQTTProtocolVersion, qos: int) -> list[tuple[str, bytes, bool]]:
    """Subscribe, publish and return what has come back."""
    got: list[tuple[str, bytes, bool]] = []
    subscribed, complete = threading.Event(), threading.Event()

    def keep(message: paho.MQTTMessage) -> None:
        got.append((message.topic, bytes(message.payload), message.retain))
        if len(got) == COUNT + 1:
            complete.set()

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="paho", protocol=protocol)
    client.on_message = lambda _client, _data, message: keep(message)
    client.on_subscribe = lambda *_: subscribed.set()
    client.username_pw_set("ada", "open sesame")
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe("racks/+/temperature", qos=2)
    assert subscribed.wait(PATIENCE_S)
    for number in range(COUNT):
        client.publish(f"racks/{number % 7}/temperature", b"%d" % number, qos=qos)
    assert complete.wait(PATIENCE_S)
    client.disconnect()
    client.loop_stop()
    return got


@pytest.mark.parametrize("protocol", [MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_messages_of_another_client_come_back_and_reach_ours(protocol: MQTTProtocolVersion, qos: int) -> None:
    async def play(attempt: Callable[..., list[tuple[str, bytes, bool]]]) -> tuple[list[tuple[str, bytes, bool]], int]:
        ours = Collector()
        async with (
            Broker(users={"ada": "open sesame"}) as broker,
            MqttClient(
                "127.0.0.1",
                broker.port,
                user="ada",
                password="open sesame",  # noqa: S106  a test's
                on_messages=ours.take,
                subscriptions=(Subscription(filter="racks/#"),),
            ) as client,
        ):
            await client.publish("racks/0/temperature", b"retained", qos=1, retain=True)
            theirs = await asyncio.to_thread(attempt, broker.port, protocol, qos)
            await ours.wait_for(COUNT + 1)
        return theirs, len(ours.messages)

    theirs, ours = asyncio.run(play(talk))

    assert theirs[0] == ("racks/0/temperature", b"retained", True)
    assert theirs[1:] == [(f"racks/{number % 7}/temperature", b"%d" % number, False) for number in range(COUNT)]
    assert ours == COUNT + 1
