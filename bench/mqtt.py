"""100,000 readings over MQTT: what a client takes of a core for each, against gmqtt, paho and aiomqtt."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import _peers
from _harness import Verdict, cpu_s, interleave, run_once, start, wall_s

COUNT = 100_000
SERVER = str(Path(__file__).parent / "_mqtt_server.py")
TOPICS = "site/#"
SHARE = 0.5  # of the fastest peer's CPU time


@contextmanager
def server() -> Iterator[int]:
    """Run what sends the readings, and give its port."""
    process = subprocess.Popen([sys.executable, SERVER, str(COUNT)], stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline()) if process.stdout is not None else 0
    finally:
        process.kill()
        process.communicate()


def ours() -> Callable[[], object]:
    from turnout.mqtt import Delivery, MqttClient, Subscription  # noqa: PLC0415  it is what is measured

    async def receive(port: int) -> None:
        received, complete = 0, asyncio.Event()

        def take(delivery: Delivery) -> None:
            nonlocal received
            received += len(delivery)
            if received == COUNT:
                complete.set()

        wanted = (Subscription(filter=TOPICS, qos=0),)
        async with MqttClient("127.0.0.1", port, on_messages=take, subscriptions=wanted):
            await complete.wait()

    def work() -> None:
        with server() as port:
            asyncio.run(receive(port))

    return work


def gmqtt() -> Callable[[], object]:
    from gmqtt import Client  # noqa: PLC0415  it is what is measured

    async def receive(port: int) -> None:
        received, complete = 0, asyncio.Event()

        def take(*_: object) -> int:
            nonlocal received
            received += 1
            if received == COUNT:
                complete.set()
            return 0

        client = Client("bench")
        client.on_message = take
        await client.connect("127.0.0.1", port)
        client.subscribe(TOPICS)
        await complete.wait()
        await client.disconnect()

    def work() -> None:
        with server() as port:
            asyncio.run(receive(port))

    return work


def paho() -> Callable[[], object]:
    import paho.mqtt.client as mqtt  # noqa: PLC0415  it is what is measured
    from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415  likewise

    def work() -> None:
        received = 0

        def subscribe(*_: object) -> None:
            client.subscribe(TOPICS)

        def take(*_: object) -> None:
            nonlocal received
            received += 1
            if received == COUNT:
                client.disconnect()

        with server() as port:
            client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
            client.on_message = take
            client.on_connect = subscribe
            client.connect("127.0.0.1", port)
            client.loop_forever()

    return work


def aiomqtt() -> Callable[[], object]:
    from aiomqtt import Client, ProtocolVersion  # noqa: PLC0415  it is what is measured

    async def receive(port: int) -> None:
        async with Client("127.0.0.1", port, protocol=ProtocolVersion.V5) as client:
            await client.subscribe(TOPICS)
            received = 0
            async for _ in client.messages:
                received += 1
                if received == COUNT:
                    return

    def work() -> None:
        with server() as port:
            asyncio.run(receive(port))

    return work


CONTENDERS = {"turnout": ours, "gmqtt": gmqtt, "paho": paho, "aiomqtt": aiomqtt}


def judge() -> list[Verdict]:
    python = _peers.python(("gmqtt", "paho", "aiomqtt"))
    timings = interleave(__file__, ["turnout", "gmqtt", "paho"], repeats=3, python=python)
    timings["aiomqtt"] = [run_once(__file__, "aiomqtt", python)]  # it takes long, and is far from the bar
    micros = {name: cpu_s(runs) / COUNT * 1e6 for name, runs in timings.items()}
    ratio = micros["turnout"] / micros["gmqtt"]
    told = ", ".join(
        f"{name} {micros[name]:.1f} µs of CPU and {COUNT / wall_s(runs):,.0f} a second"
        for name, runs in timings.items()
    )
    return [
        Verdict(
            what="a reading over MQTT, received",
            found=f"{ratio:.2f} x the CPU time of gmqtt",
            bar=f"at most {SHARE:.2f} x",
            met=ratio <= SHARE,
            details=told,
        )
    ]


if __name__ == "__main__":
    start(CONTENDERS, judge)
