"""A data centre's readings, as fast as is asked for, and how long an alarm takes to become a command.

``python _monitor_load.py PORT RACKS RATE SECONDS HOT_PER_S`` publishes at QoS 0, in packets that were made beforehand,
so that it takes little of a core; with port 0, it is the broker itself, and prints its port. Meanwhile it sends
readings that are far too hot, each in another zone, and takes the time until that zone is told to cool in full. Prints
a line when it begins, and then as JSON: how many readings it sent and how fast, and the milliseconds of each command.
"""

import json
import random
import socket
import sys
import threading
from contextlib import suppress
from math import inf
from time import perf_counter, sleep

from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor.plant._site import Topics, filled
from turnout.mqtt import Message
from turnout.mqtt._messages import Packet, Reader
from turnout.mqtt._packets import NEW, OLD, Kind
from turnout.mqtt._wire import variable

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


class Commands:
    """Takes the time at which a zone is told to cool in full.

    Args:
        topics: The zone of each topic.
    """

    def __init__(self, topics: dict[bytes, int]) -> None:
        self._topics = topics
        self.asked: dict[int, float] = {}
        self.took_ms: list[float] = []

    def hear(self, message: Message) -> None:
        """Look at what was published."""
        zone = self._topics.get(message.topic)
        if zone in self.asked and json.loads(message.payload)["level"] == 1.0:
            self.took_ms.append((perf_counter() - self.asked.pop(zone)) * 1000)

    def listen(self, port: int) -> None:
        """Hear what a broker passes on."""
        connection = connect(port, b"load-commands")
        wanted = b"\0\1" + len(b"cooling/#").to_bytes(2, "big") + b"cooling/#" + b"\0"
        connection.sendall(bytes([0x82, len(wanted)]) + wanted)
        threading.Thread(target=self._read, args=(connection, OLD, threading.Event()), daemon=True).start()

    def serve(self) -> socket.socket:
        """Stand for a broker until somebody subscribes to readings, and return that connection."""
        found: list[socket.socket] = []
        is_wanted = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as server:
            print(server.getsockname()[1], flush=True)
            while not is_wanted.is_set():
                server.settimeout(0.05)
                with suppress(TimeoutError):
                    connection, _ = server.accept()
                    connection.settimeout(None)
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    found.append(connection)
                    threading.Thread(target=self._read, args=(connection, NEW, is_wanted), daemon=True).start()
        return found[-1]

    def _read(self, connection: socket.socket, level: int, is_wanted: threading.Event) -> None:
        reader = Reader(max_packet_bytes=1 << 20, level=level)
        while data := connection.recv(1 << 16):
            for part in reader.feed(data):
                if not isinstance(part, Packet):
                    for message in part:
                        self.hear(message)
                        if message.qos and level == NEW:
                            connection.sendall(b"\x40\2" + message.packet_id.to_bytes(2, "big"))
                    continue
                connection.sendall(self._answer(part) if level == NEW else b"")
                if part.kind == Kind.SUBSCRIBE and b"dc/" in part.body:
                    is_wanted.set()

    def _answer(self, packet: Packet) -> bytes:
        match packet.kind:
            case Kind.CONNECT:
                return b"\x20\3\0\0\0"
            case Kind.SUBSCRIBE:
                grants = bytes(packet.body.count(b"cooling/") or 1)
                body = packet.body[:2] + b"\0" + grants
                return b"\x90" + variable(len(body)) + body
            case Kind.PINGREQ:
                return b"\xd0\0"
            case _:
                return b""


def main(port: int, racks: int, rate: int, seconds: float, hot_per_s: float) -> None:
    level = OLD if port else NEW
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
        pieces.append(b"".join(Message(topic, value).encode(level) for topic, value in readings))
    sys.setswitchinterval(0.0005)  # or it is this process that makes commands wait
    commands = Commands(orders)
    if port:
        commands.listen(port)
        connection = connect(port, b"bench-load")
    else:
        connection = commands.serve()
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
            hot = Message(topics[first[zone]], b"70").encode(level)
            cool = Message(topics[first[before]], b"20").encode(level)
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
