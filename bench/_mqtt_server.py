"""Stands for a broker that has 100,000 messages ready: whoever subscribes gets them as fast as it reads.

It is started as ``python _mqtt_server.py COUNT`` and prints its port. It speaks as much of MQTT 5 and 3.1.1 as clients
need to subscribe, so that a client is measured and no broker.
"""

import socket
import sys
from itertools import islice

RACKS = 10_000
NEW = 5


def publish(number: int, level: int) -> bytes:
    """Return a reading as a PUBLISH packet of QoS 0."""
    topic = b"site/z%02d/rack%05d/temperature" % (number % RACKS // 100, number % RACKS)
    body = (
        len(topic).to_bytes(2, "big") + topic + (b"\0" if level == NEW else b"") + b"%.2f" % (20 + number % 1_000 / 100)
    )
    return bytes((0x30, len(body))) + body


def packets(connection: socket.socket) -> "list[tuple[int, bytes]]":
    """Return the short packets that have come."""
    data = connection.recv(65_536)
    found = []
    while data:
        size = data[1]
        found.append((data[0] >> 4, data[2 : 2 + size]))
        data = data[2 + size :]
    return found


def serve(connection: socket.socket, streams: dict[int, bytes]) -> None:
    """Welcome a client, and send it everything when it subscribes."""
    level = NEW
    while True:
        for kind, body in packets(connection):
            match kind:
                case 1:
                    level = body[6]
                    connection.sendall(b"\x20\x03\0\0\0" if level == NEW else b"\x20\x02\0\0")
                case 8:
                    connection.sendall(
                        (b"\x90\x04" + body[:2] + b"\0\0") if level == NEW else b"\x90\x03" + body[:2] + b"\0"
                    )
                    connection.sendall(streams[level])
                case 12:
                    connection.sendall(b"\xd0\0")
                case 14:
                    return
                case _:
                    pass


def main() -> None:
    (count,) = map(int, islice(sys.argv, 1, None))
    streams = {level: b"".join(publish(number, level) for number in range(count)) for level in (4, 5)}
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        connection, _ = server.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            serve(connection, streams)


if __name__ == "__main__":
    main()
