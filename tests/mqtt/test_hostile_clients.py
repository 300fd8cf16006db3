"""What clients that break the rules, or are slow, can do to a broker: end their own connection."""

import asyncio
import random

import pytest

from mqtt_talk import Collector, Raw, until
from turnout.mqtt import Broker, Message, MqttClient, Properties, Reason, Subscription, Will
from turnout.mqtt._connect import Connect
from turnout.mqtt._messages import Packet
from turnout.mqtt._packets import NEW, OLD, PINGREQ, Ack, Connack, Disconnect, Granted, Kind, Subscribe, Unsubscribe
from turnout.mqtt._wire import packet

HELLO = Connect(client_id="hostile").encode()


async def reason_for(port: int, data: bytes) -> Reason | None:
    """Send bytes after a CONNECT, and return why the broker ends the connection."""
    raw = await Raw.open(port)
    raw.send(HELLO + data)
    reason = None
    while (found := await raw.next()) is not None:
        if isinstance(found, Packet) and found.kind is Kind.DISCONNECT:
            reason = Disconnect.decode(found.body).reason
    raw.drop()
    return reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (HELLO, Reason.PROTOCOL_ERROR),
        (b"\x00\x00", Reason.MALFORMED_PACKET),
        (b"\x30\xff\xff\xff\x7f", Reason.PACKET_TOO_LARGE),
        (packet(Kind.CONNACK << 4, b"\0\0\0"), Reason.PROTOCOL_ERROR),
        (packet(Kind.AUTH << 4), Reason.PROTOCOL_ERROR),
        (packet(Kind.SUBSCRIBE << 4 | 2, b"\0\1\0"), Reason.PROTOCOL_ERROR),
        (packet(Kind.SUBSCRIBE << 4 | 2, b"\0\1\0\0\1a\3"), Reason.MALFORMED_PACKET),
        (packet(Kind.SUBSCRIBE << 4 | 2, b"\0\1\2\x0b\7\0\1a\1"), Reason.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED),
        (packet(Kind.UNSUBSCRIBE << 4 | 2, b"\0\1\0"), Reason.PROTOCOL_ERROR),
        (packet(Kind.PUBACK << 4, b"\0\0"), Reason.PROTOCOL_ERROR),
        (Message(b"a", b"", raw_properties=b"\x0b\x01").encode(NEW), Reason.PROTOCOL_ERROR),
        (Message(b"a", b"", raw_properties=b"\x23\x00\x01").encode(NEW), Reason.TOPIC_ALIAS_INVALID),
        (Disconnect(properties=Properties(session_expiry_s=9)).encode(NEW), Reason.PROTOCOL_ERROR),
    ],
)
def test_who_breaks_the_protocol_is_told_why_and_let_go(data: bytes, reason: Reason) -> None:
    async def play() -> Reason | None:
        async with Broker() as broker, MqttClient("127.0.0.1", broker.port) as bystander:
            found = await reason_for(broker.port, data)
            await bystander.publish("a", b"", qos=1)
            assert bystander.connections == 1
        return found

    assert asyncio.run(play()) is reason


def test_who_does_not_introduce_itself_is_let_go() -> None:
    async def play() -> list[Packet | Message | None]:
        found = []
        async with Broker() as broker:
            for data in (PINGREQ, Message(b"a", b"").encode(NEW), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
                raw = await Raw.open(broker.port)
                raw.send(data)
                found.append(await raw.next())
                raw.drop()
        return found

    assert asyncio.run(play()) == [None, None, None]


@pytest.mark.parametrize(
    ("connect", "reason"),
    [
        (Connect(client_id="", clean_start=False, level=OLD), Reason.CLIENT_IDENTIFIER_NOT_VALID),
        (Connect(client_id="a", properties=Properties(authentication_method="x")), Reason.BAD_AUTHENTICATION_METHOD),
        (Connect(client_id="a", will=Will(topic="a/#", payload=b"")), Reason.TOPIC_NAME_INVALID),
    ],
)
def test_who_asks_for_what_there_is_not_is_refused(connect: Connect, reason: Reason) -> None:
    async def play() -> Reason:
        async with Broker() as broker:
            raw = await Raw.open(broker.port, connect.level)
            raw.send(connect.encode())
            found = await raw.next()
            raw.drop()
        assert isinstance(found, Packet)
        return Connack.decode(found.body, connect.level).reason

    assert asyncio.run(play()) is reason


def test_random_bytes_harm_nobody_else() -> None:
    generator = random.Random(6)  # noqa: S311  the same bytes each time

    async def play() -> list[bytes]:
        got = Collector()
        wanted = (Subscription(filter="a"),)
        async with (
            Broker() as broker,
            MqttClient("127.0.0.1", broker.port, on_messages=got.take, subscriptions=wanted) as bystander,
        ):
            for _ in range(60):
                raw = await Raw.open(broker.port)
                raw.send(HELLO * generator.randrange(2) + generator.randbytes(generator.randrange(400)))
                raw.drop()
            await bystander.publish("a", b"well", qos=1)
            await got.wait_for(1)
            assert bystander.connections == 1
        return got.payloads

    assert asyncio.run(play()) == [b"well"]


def test_one_client_too_many_is_not_let_in() -> None:
    async def play() -> Packet | Message | None:
        async with Broker(max_clients=1) as broker, MqttClient("127.0.0.1", broker.port):
            raw = await Raw.open(broker.port)
            raw.send(HELLO)
            found = await raw.next()
            raw.drop()
        return found

    assert asyncio.run(play()) is None


def test_a_client_that_reads_nothing_loses_messages_and_nobody_else_does() -> None:
    async def play() -> tuple[int, int]:
        got = Collector()
        async with (
            Broker() as broker,
            MqttClient("127.0.0.1", broker.port, on_messages=got.take, subscriptions=(Subscription(filter="a"),)),
            MqttClient("127.0.0.1", broker.port) as publisher,
        ):
            raw = await Raw.open(broker.port)
            raw._reader._transport.pause_reading()  # type: ignore[attr-defined]  # there is no public way
            raw.send(HELLO + Subscribe(packet_id=1, subscriptions=(Subscription(filter="a", qos=0),)).encode(NEW))
            await publisher.publish("b", b"", qos=1)
            for _ in range(300):
                await publisher.publish("a", bytes(50_000), qos=1)
            await got.wait_for(300)
            raw.drop()
            return len(got.messages), broker.tally.dropped

    received, dropped = asyncio.run(play())

    assert received == 300
    assert dropped > 0


def test_a_client_that_is_silent_for_too_long_is_let_go_and_its_will_is_published() -> None:
    connect = Connect(client_id="silent", keep_alive_s=1, will=Will(topic="gone", payload=b"silent"))

    async def play() -> tuple[list[bytes], Reason]:
        got = Collector()
        async with (
            Broker() as broker,
            MqttClient("127.0.0.1", broker.port, on_messages=got.take, subscriptions=(Subscription(filter="gone"),)),
        ):
            raw = await Raw.open(broker.port)
            raw.send(connect.encode())
            await raw.next()
            told = await raw.next()
            await got.wait_for(1)
            raw.drop()
        assert isinstance(told, Packet)
        return got.payloads, Disconnect.decode(told.body).reason

    assert asyncio.run(play()) == ([b"silent"], Reason.KEEP_ALIVE_TIMEOUT)


def test_a_message_of_the_highest_quality_is_passed_on_once() -> None:
    message = Message(b"a", b"once", 2, 9)

    async def play() -> tuple[list[bytes], list[tuple[Kind, Reason]]]:
        got, said = Collector(), list[tuple[Kind, Reason]]()
        wanted = (Subscription(filter="a"),)
        async with (
            Broker() as broker,
            MqttClient("127.0.0.1", broker.port, on_messages=got.take, subscriptions=wanted) as client,
        ):
            raw = await Raw.open(broker.port)
            raw.send(HELLO + message.encode(NEW) + message._replace(is_again=True).encode(NEW))
            release = Ack(kind=Kind.PUBREL, packet_id=9).encode(NEW)
            raw.send(release + release)
            for _ in range(5):
                found = await raw.next()
                assert isinstance(found, Packet)
                if found.kind is not Kind.CONNACK:
                    said.append((found.kind, Ack.decode(found.kind, found.body).reason))
            await client.publish("a", b"last", qos=1)
            await got.wait_for(2)
            raw.drop()
        return got.payloads, said

    payloads, said = asyncio.run(play())

    assert payloads == [b"once", b"last"]
    assert said == [
        (Kind.PUBREC, Reason.SUCCESS),
        (Kind.PUBREC, Reason.SUCCESS),
        (Kind.PUBCOMP, Reason.SUCCESS),
        (Kind.PUBCOMP, Reason.PACKET_IDENTIFIER_NOT_FOUND),
    ]


def test_a_client_of_the_old_protocol_is_served() -> None:
    async def play() -> list[object]:
        found: list[object] = []
        async with Broker() as broker, MqttClient("127.0.0.1", broker.port) as publisher:
            raw = await Raw.open(broker.port, OLD)
            raw.send(Connect(client_id="old", level=OLD, clean_start=False).encode())
            raw.send(Subscribe(packet_id=1, subscriptions=(Subscription(filter="a/+"),)).encode(OLD))
            found += [await raw.next(), await raw.next()]
            await publisher.publish("a/b", b"1", qos=1, properties=Properties(content_type="x"))
            await publisher.publish("a/b", b"2")
            found += [await raw.next(), await raw.next()]
            raw.send(Unsubscribe(packet_id=2, filters=("a/+", "c")).encode(OLD) + PINGREQ)
            found += [await raw.next(), await raw.next()]
            raw.drop()
        return found

    assert asyncio.run(play()) == [
        Packet(Kind.CONNACK, b"\0\0"),
        Packet(Kind.SUBACK, b"\0\1\1"),
        Message(b"a/b", b"1", 1, 1),
        Message(b"a/b", b"2"),
        Packet(Kind.UNSUBACK, b"\0\2"),
        Packet(Kind.PINGRESP, b""),
    ]


def test_what_was_not_subscribed_to_cannot_be_unsubscribed_from() -> None:
    async def play() -> tuple[Reason, ...]:
        async with Broker() as broker:
            raw = await Raw.open(broker.port)
            raw.send(HELLO + Subscribe(packet_id=1, subscriptions=(Subscription(filter="a"),)).encode(NEW))
            raw.send(Unsubscribe(packet_id=2, filters=("a", "b")).encode(NEW))
            found = [await raw.next() for _ in range(3)][-1]
            raw.drop()
        assert isinstance(found, Packet)
        return Granted.decode(found.kind, found.body, NEW).reasons

    assert asyncio.run(play()) == (Reason.SUCCESS, Reason.NO_SUBSCRIPTION_EXISTED)


def test_a_message_that_has_expired_is_not_delivered() -> None:
    async def play() -> tuple[list[bytes], int]:
        got = Collector()
        async with Broker() as broker, MqttClient("127.0.0.1", broker.port) as publisher:
            wanted = (Subscription(filter="a"),)
            async with MqttClient(
                "127.0.0.1", broker.port, client_id="c", session_expiry_s=60, subscriptions=wanted
            ) as client:
                assert client.is_connected
            await publisher.publish("a", b"old", qos=1, properties=Properties(message_expiry_s=0))
            await publisher.publish("a", b"new", qos=1)
            async with MqttClient("127.0.0.1", broker.port, client_id="c", session_expiry_s=60, on_messages=got.take):
                await got.wait_for(1)
                await until(lambda: broker.tally.queued_bytes == 0)
        return got.payloads, broker.tally.queued_bytes

    assert asyncio.run(play()) == ([b"new"], 0)
