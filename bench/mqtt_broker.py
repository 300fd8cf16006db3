"""10,000 readings a second through a broker: what it takes of a core, against mosquitto and amqtt.

One client publishes them at QoS 0, another subscribes to all. Each broker runs in a process of its own, whose CPU time
is read while the readings pass.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil

import _peers
from _harness import Verdict, show
from turnout.mqtt import Message, Subscription
from turnout.mqtt._connect import Connect
from turnout.mqtt._messages import Packet, Reader
from turnout.mqtt._packets import OLD, Subscribe

RATE = 10_000
SECONDS = 5
TICKS = 20  # in a second; the readings of one go out together
REPEATS = 3
SHARE = 0.1  # of amqtt's CPU time
OURS = """
import asyncio, sys
from turnout.mqtt import Broker
async def serve():
    async with Broker(port=int(sys.argv[1])):
        await asyncio.Event().wait()
asyncio.run(serve())
"""
AMQTT = """
import asyncio, sys, logging
from amqtt.broker import Broker
logging.disable(logging.CRITICAL)
plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
async def serve():
    listener = {"type": "tcp", "bind": "127.0.0.1:" + sys.argv[1]}
    await Broker({"listeners": {"default": listener}, "plugins": plugins}).start()
    await asyncio.Event().wait()
asyncio.run(serve())
"""


def turnout(port: int, _: Path) -> list[str]:
    return [sys.executable, "-c", OURS, str(port)]


def amqtt(port: int, _: Path) -> list[str]:
    return [_peers.python(("amqtt",)), "-c", AMQTT, str(port)]


def mosquitto(port: int, folder: Path) -> list[str]:
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_type none\n", encoding="utf-8")
    return [MOSQUITTO or "mosquitto", "-c", str(config)]


MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
BROKERS: dict[str, Callable[[int, Path], list[str]]] = {"turnout": turnout, "amqtt": amqtt}
if MOSQUITTO is not None:
    BROKERS["mosquitto"] = mosquitto


async def pass_readings(port: int, broker: psutil.Process) -> tuple[float, int]:
    """Return the broker's CPU time while the readings pass, and how many came through."""
    subscriber, incoming = await connected(port)
    wanted = Subscribe(packet_id=1, subscriptions=(Subscription(filter="site/#", qos=0),))
    subscriber.write(wanted.encode(OLD))
    counting = asyncio.create_task(count(incoming))
    publisher, _ = await connected(port)
    await asyncio.sleep(1)
    before = sum(broker.cpu_times()[:2])
    start = perf_counter()
    for tick in range(SECONDS * TICKS):
        racks = range(tick % TICKS, RATE, TICKS)
        messages = [Message(b"site/z%02d/rack%05d" % (rack // 100, rack), b"21.53") for rack in racks]
        publisher.write(b"".join(message.encode(OLD) for message in messages))
        await publisher.drain()
        await asyncio.sleep(start + (tick + 1) / TICKS - perf_counter())
    received = await counting
    cpu_s = sum(broker.cpu_times()[:2]) - before
    for writer in (subscriber, publisher):
        writer.close()
    return cpu_s, received


async def connected(port: int) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    """Return a connection of MQTT 3.1.1, which all brokers speak, to one that may still be starting."""
    for _ in range(100):
        try:
            incoming, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.write(Connect(client_id=f"bench{perf_counter()}", level=OLD).encode())
        await incoming.readexactly(4)
        return writer, incoming
    sys.exit("the broker does not start")


async def count(incoming: asyncio.StreamReader) -> int:
    """Return how many messages come, at most as many as are sent."""
    reader, received = Reader(max_packet_bytes=1_000, level=OLD), 0
    with suppress(TimeoutError):
        async with asyncio.timeout(6 * SECONDS):
            while received < SECONDS * RATE:
                parts = reader.feed(await incoming.read(262_144))
                received += sum(len(part) for part in parts if not isinstance(part, Packet))
    return received


def measure(name: str) -> tuple[float, int]:
    """Run one broker, and return its CPU time and the readings that came through."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(BROKERS[name](port, Path(folder)), stderr=subprocess.DEVNULL, env=dict(os.environ))
        try:
            return asyncio.run(pass_readings(port, psutil.Process(process.pid)))
        finally:
            process.terminate()
            process.wait()


def judge() -> list[Verdict]:
    runs: dict[str, list[tuple[float, int]]] = {name: [] for name in BROKERS}
    for _ in range(REPEATS):
        for name, found in runs.items():
            found.append(measure(name))
    shares = {name: median(cpu for cpu, _ in found) / SECONDS for name, found in runs.items()}
    lost = sum(SECONDS * RATE - received for _, received in runs["turnout"])
    ratio = shares["turnout"] / shares["amqtt"]
    told = ", ".join(
        f"{name} {share:.1%} of a core, {share / RATE * 1e6:.1f} µs each" for name, share in shares.items()
    )
    return [
        Verdict(
            what=f"{RATE:,} readings a second through the broker",
            found=f"{ratio:.2f} x the CPU time of amqtt, {lost} lost",
            bar=f"at most {SHARE:.2f} x, none lost",
            met=ratio <= SHARE and lost == 0,
            details=told,
        )
    ]


if __name__ == "__main__":
    show(judge())
