"""A data centre's readings, as fast as is asked for, and how long an alarm takes to become a command.

``python _monitor_load.py PORT RACKS RATE SECONDS HOT_PER_S`` publishes at QoS 0, in packets that were made beforehand,
so that it takes little of a core. Meanwhile it sends readings that are far too hot, each in another zone, and takes the
time until that zone is told to cool in full. Prints a line when it begins, and then as JSON: how many readings it
sent and how fast, and the milliseconds of each command.
"""

import json
import random
import socket
import sys
import threading
from math import inf
from time import perf_counter, sleep

from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor.plant._site import Topics, filled
from turnout.mqtt import Message

ZONES = 100
PIECE_S = 0.001
SETTLE_S = 0.5
WARM_UP_S = 3.0  # before the first reading that is too hot


def connect(port: int, name: bytes) -> socket.socket:
    """Open a connection of MQTT 3.1.1."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    body = b"\0\4MQTT\4\2\0\0" + len(name).to_bytes(2, "big") + name
    connection.sendall(bytes([0x10, len(body)]) + body)
    connection.recv(4)
    return connection


class Commands(threading.Thread):
    """Takes the time at which a zone is told to cool in full."""

    def __init__(self, port: int, topics: dict[bytes, int]) -> None:
        super().__init__(daemon=True)
        self._topics = topics
        self._connection = connect(port, b"load-commands")
        wanted = b"\0\1" + len(b"cooling/#").to_bytes(2, "big") + b"cooling/#" + b"\0"
        self._connection.sendall(bytes([0x82, len(wanted)]) + wanted)
        self.asked: dict[int, float] = {}
        self.took_ms: list[float] = []

    def run(self) -> None:
        from turnout.mqtt._messages import Packet, Reader  # noqa: PLC0415  after the packets are made

        reader = Reader(max_packet_bytes=1 << 20, level=4)
        while data := self._connection.recv(1 << 16):
            now = perf_counter()
            for part in reader.feed(data):
                for message in () if isinstance(part, Packet) else part:
                    zone = self._topics.get(message.topic)
                    if zone in self.asked and json.loads(message.payload)["level"] == 1.0:
                        self.took_ms.append((now - self.asked.pop(zone)) * 1000)


def main(port: int, racks: int, rate: int, seconds: float, hot_per_s: float) -> None:
    layout = grid(racks=racks, zones=ZONES)
    pattern, order = Topics().reading, Topics().command
    topics = [filled(pattern, room=s.room, zone=s.zone, rack=s.rack, sensor=s.kind).encode() for s in layout.sensors]
    orders = {
        filled(order, room=layout.room_of_zone[zone], zone=zone).encode(): number
        for number, zone in enumerate(layout.zones)
    }
    first = {zone: layout.zone_of.index(zone) for zone in range(len(layout.zones))}
    numbers = random.Random(1)  # noqa: S311  it is a load
    pieces = []
    size = max(1, round(rate * PIECE_S))
    for start in range(0, 20 * racks, size):
        readings = ((topics[(start + k) % racks], b"%.4f" % numbers.uniform(22, 26)) for k in range(size))
        pieces.append(b"".join(Message(topic, value).encode(4) for topic, value in readings))
    commands = Commands(port, orders)
    commands.start()
    connection = connect(port, b"bench-load")
    print("begins", flush=True)
    began = perf_counter()
    sent = turn = 0
    hot_due, hot_zone = began + WARM_UP_S if hot_per_s else inf, 0
    while perf_counter() < began + seconds:
        connection.sendall(pieces[turn % len(pieces)])
        sent += size
        turn += 1
        now = perf_counter()
        if now > hot_due:
            hot_due += 1 / hot_per_s
            zone = hot_zone % ZONES
            before = (hot_zone - ZONES // 2) % ZONES
            commands.asked[zone] = now
            hot = Message(topics[first[zone]], b"70").encode(4)
            cool = Message(topics[first[before]], b"20").encode(4)
            connection.sendall(hot + cool)
            sent += 2
            hot_zone += 1
        ahead = began + sent / rate - perf_counter()
        if ahead > 0:
            sleep(ahead)
    took = perf_counter() - began
    sleep(SETTLE_S)
    print(json.dumps({"sent": sent, "rate": sent / took, "hot": hot_zone, "took_ms": commands.took_ms}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))
