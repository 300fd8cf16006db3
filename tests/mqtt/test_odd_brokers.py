"""Our client with brokers that break the protocol, fall silent or know less than ours."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from mqtt_talk import Collector, until
from turnout.errors import BrokerError
from turnout.mqtt import Broker, Message, MqttClient, Properties, Reason, Subscription, Will
from turnout.mqtt._messages import Packet, Reader
from turnout.mqtt._packets import NEW, PINGRESP, Ack, Connack, Disconnect, Granted, Kind

WELCOME = Connack(session_present=False, reason=Reason.SUCCESS)


@asynccontextmanager
async def answering(answer: Callable[[Packet | Message], bytes | None]) -> AsyncIterator[int]:
    """Be a broker that gives an answer to each packet, and goes when that is None."""

    served: list[asyncio.StreamWriter] = []

    async def serve(incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
        served.append(outgoing)
        reader = Reader(max_packet_bytes=1_000_000)
        with suppress(ConnectionError):
            while data := await incoming.read(65_536):
                for part in reader.feed(data):
                    for packet in [part] if isinstance(part, Packet) else part:
                        said = answer(packet)
                        if said is None:
                            outgoing.transport.abort()
                            return
                        outgoing.write(said)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for outgoing in served:
            outgoing.transport.abort()
        await asyncio.sleep(0)  # a transport goes in the next turn of the loop


def after_welcome(said: bytes | None, welcome: Connack = WELCOME) -> Callable[[Packet | Message], bytes | None]:
    """Return answers: to a CONNECT a welcome, to anything else ``said``."""

    def answer(packet: Packet | Message) -> bytes | None:
        if isinstance(packet, Packet) and packet.kind is Kind.CONNECT:
            return welcome.encode(NEW)
        return said

    return answer


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (PINGRESP, "its first packet is a PINGRESP"),
        (b"\x00\x00", "begins with the byte 0x00"),
        (b"\x20\x03\x02\x00\x00", "a CONNACK has unknown flags"),
        (Connack(session_present=False, reason=Reason.SERVER_BUSY).encode(NEW), "refuses the connection: server busy"),
        (
            Connack(session_present=False, reason=Reason.BANNED, properties=Properties(reason_text="go away")).encode(
                NEW
            ),
            r"refuses the connection: banned \(go away\)",
        ),
        (None, "the connection ended"),
    ],
)
def test_an_odd_welcome_is_told(said: bytes | None, what: str) -> None:
    async def play() -> None:
        async with answering(lambda _: said) as port:
            with pytest.raises(BrokerError, match=what):
                await MqttClient("127.0.0.1", port).start()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (None, "the connection ended"),
        (WELCOME.encode(NEW), "broke the protocol: it sent a CONNACK"),
        (Granted(kind=Kind.SUBACK, packet_id=65_001, reasons=(Reason.NOT_AUTHORIZED,)).encode(NEW), "not authorized"),
        (Disconnect(reason=Reason.SERVER_MOVED).encode(NEW), "ends the connection: server moved"),
    ],
)
def test_an_odd_answer_to_a_subscription_is_told(said: bytes | None, what: str) -> None:
    async def play() -> None:
        async with answering(after_welcome(said)) as port:
            with pytest.raises(BrokerError, match=what):
                await MqttClient("127.0.0.1", port, subscriptions=[Subscription(filter="a")]).start()

    asyncio.run(play())


def test_a_broker_that_falls_silent_is_left() -> None:
    welcome = Connack(session_present=False, reason=Reason.SUCCESS, properties=Properties(keep_alive_s=1))

    async def play() -> list[str]:
        told: list[str] = []
        async with (
            answering(after_welcome(b"", welcome)) as port,
            MqttClient("127.0.0.1", port, on_state=told.append) as client,
        ):
            await until(lambda: not client.is_connected)
        return told

    assert asyncio.run(play()) == ["connected", "the broker has said nothing for 1 s"]


def test_as_many_messages_are_under_way_as_the_broker_takes() -> None:
    welcome = Connack(session_present=False, reason=Reason.SUCCESS, properties=Properties(receive_maximum=2))
    numbers: list[int] = []

    def answer(packet: Packet | Message) -> bytes | None:
        if isinstance(packet, Message):
            numbers.append(packet.packet_id)
            if len(numbers) < 2:
                return b""
            acks = [
                Ack(kind=Kind.PUBACK, packet_id=number, reason=Reason.NO_MATCHING_SUBSCRIBERS) for number in numbers
            ]
            numbers.clear()
            return b"".join(ack.encode(NEW) for ack in (*acks, Ack(kind=Kind.PUBACK, packet_id=999)))
        return welcome.encode(NEW) if packet.kind is Kind.CONNECT else b""

    async def play() -> None:
        async with answering(answer) as port, MqttClient("127.0.0.1", port) as client:
            await asyncio.gather(*[client.publish("a", b"", qos=1) for _ in range(10)])

    asyncio.run(play())


def test_a_state_that_nobody_can_take_ends_the_client() -> None:
    def fail(state: str) -> None:
        if state != "connected":
            raise ZeroDivisionError(state)

    async def play() -> None:
        async with Broker() as broker:
            client = MqttClient("127.0.0.1", broker.port, on_state=fail)
            await client.start()
        with pytest.raises(ZeroDivisionError):
            await client.wait_closed()
        with pytest.raises(BrokerError, match="has ended"):
            await client.publish("a", b"")

    asyncio.run(play())


def test_subscriptions_say_what_they_leave_out() -> None:
    async def play() -> list[tuple[bytes, bool]]:
        got = Collector()
        wanted = (
            Subscription(filter="own", no_local=True),
            Subscription(filter="kept", retain_as_published=True, retain_handling=2),
            Subscription(filter="#", qos=0, retain_handling=1),
        )
        async with Broker() as broker, MqttClient("127.0.0.1", broker.port) as other:
            await other.publish("kept", b"before", qos=1, retain=True, properties=Properties(message_expiry_s=600))
            await other.publish("gone", b"old", qos=1, retain=True, properties=Properties(message_expiry_s=0))
            async with MqttClient("127.0.0.1", broker.port, on_messages=got.take, subscriptions=wanted[:2]) as client:
                await client.publish("own", b"mine", qos=1)
                await other.publish("own", b"theirs", qos=1)
                await other.publish("kept", b"after", qos=1, retain=True)
                await got.wait_for(2)
                await client.subscribe(wanted[2])
                await got.wait_for(3)
        return [(message.payload, message.retain) for message in got.messages]

    assert asyncio.run(play()) == [(b"theirs", False), (b"after", True), (b"after", True)]


def test_a_will_waits_for_its_client_to_come_back() -> None:
    will = Will(topic="gone", payload=b"gone", properties=Properties(will_delay_s=600))

    async def play() -> list[bytes]:
        got = Collector()
        async with (
            Broker() as broker,
            MqttClient(
                "127.0.0.1", broker.port, on_messages=got.take, subscriptions=[Subscription(filter="#")]
            ) as bystander,
        ):
            client = MqttClient(
                "127.0.0.1", broker.port, client_id="a", session_expiry_s=900, will=will, spread=lambda: 0.0
            )
            await client.start()
            assert client._link is not None
            client._link.abort()
            await until(lambda: client.connections > 1)
            assert client.session_present
            await client.stop()
            await bystander.publish("last", b"last", qos=1)
            await got.wait_for(1)
        return got.payloads

    assert asyncio.run(play()) == [b"last"]


def test_a_session_ends_when_its_time_is_over() -> None:
    async def play() -> tuple[bool, int]:
        async with Broker() as broker:
            for expiry_s in (1, 600):
                client = MqttClient(
                    "127.0.0.1",
                    broker.port,
                    client_id="a",
                    session_expiry_s=expiry_s,
                    subscriptions=[Subscription(filter="a")],
                )
                await client.start()
                present = client.session_present
                await client.stop()
                if expiry_s == 1:
                    await until(lambda: "a" not in broker._sessions)
            return present, broker.tally.queued_bytes

    assert asyncio.run(play()) == (False, 0)
