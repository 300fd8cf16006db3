"""Our client and our broker, over the loopback."""

import asyncio
import ssl
from pathlib import Path

import pytest

from mosquitto import certify
from mqtt_talk import Collector, until
from turnout.errors import BrokerError, UsageError
from turnout.mqtt import (
    Broker,
    Delivery,
    MqttClient,
    Properties,
    Subscription,
    Will,
    server_tls_context,
    tls_context,
)

ALL = (Subscription(filter="#"),)
SECRET = "open sesame"  # noqa: S105  a test's
FOR_EVER = 0xFFFF_FFFF


@pytest.mark.parametrize("qos", [0, 1])
def test_messages_arrive_in_order(qos: int) -> None:
    async def play() -> list[bytes]:
        got = Collector()
        async with (
            Broker() as broker,
            MqttClient("127.0.0.1", broker.port, on_messages=got.take, subscriptions=ALL),
            MqttClient("127.0.0.1", broker.port) as publisher,
        ):
            for number in range(500):
                await publisher.send("racks/r1", b"%d" % number, qos=qos)
            await got.wait_for(500)
        return got.payloads

    assert asyncio.run(play()) == [b"%d" % number for number in range(500)]


def test_a_message_brings_its_properties() -> None:
    about = Properties(response_topic="answers/1", correlation=b"7", user=(("a", "b"),), message_expiry_s=60)

    async def play() -> Properties:
        got = Collector()
        async with (
            Broker() as broker,
            MqttClient("127.0.0.1", broker.port, on_messages=got.take, subscriptions=ALL, topic_aliases=5) as client,
        ):
            await client.publish("commands/1", b"on", qos=1, properties=about)
            await got.wait_for(1)
        return got.messages[0].properties

    found = asyncio.run(play())

    assert (found.response_topic, found.correlation, found.user) == ("answers/1", b"7", (("a", "b"),))
    assert found.message_expiry_s in {59, 60}


def test_a_retained_message_waits_for_subscribers_until_it_is_emptied() -> None:
    async def play() -> tuple[list[bytes], list[bool], list[bytes]]:
        before, after = Collector(), Collector()
        async with Broker() as broker, MqttClient("127.0.0.1", broker.port) as publisher:
            await publisher.publish("limits/a", b"27", qos=1, retain=True)
            async with MqttClient("127.0.0.1", broker.port, on_messages=before.take, subscriptions=ALL):
                await before.wait_for(1)
            await publisher.publish("limits/a", b"", qos=1, retain=True)
            async with MqttClient("127.0.0.1", broker.port, on_messages=after.take, subscriptions=ALL):
                await publisher.publish("limits/b", b"28", qos=1)
                await after.wait_for(1)
        return before.payloads, [message.retain for message in before.messages], after.payloads

    assert asyncio.run(play()) == ([b"27"], [True], [b"28"])


def test_what_is_not_done_is_not_acknowledged_and_comes_again() -> None:
    async def play() -> tuple[list[bytes], list[bytes], list[bool]]:
        first, second = Collector(), Collector()
        async with Broker() as broker, MqttClient("127.0.0.1", broker.port) as publisher:

            def subscriber(got: Collector) -> MqttClient:
                return MqttClient(
                    "127.0.0.1",
                    broker.port,
                    on_messages=got.take,
                    is_manual=True,
                    subscriptions=ALL,
                    client_id="monitor",
                    session_expiry_s=FOR_EVER,
                )

            async with subscriber(first):
                await publisher.publish("a", b"1", qos=1)
                await first.wait_for(1)
                await publisher.publish("a", b"2", qos=1)
                await first.wait_for(2)
                first.deliveries[0].done()
            await publisher.publish("a", b"3", qos=1)
            async with subscriber(second) as client:
                await second.wait_for(2)
                present = client.session_present
        return first.payloads, second.payloads, [present, *(message.is_again for message in second.messages)]

    assert asyncio.run(play()) == ([b"1", b"2"], [b"2", b"3"], [True, True, False])


def test_acknowledgements_keep_the_order_of_arrival() -> None:
    async def play() -> tuple[int, int]:
        got, queued = Collector(), list[int]()
        async with (
            Broker() as broker,
            MqttClient("127.0.0.1", broker.port, on_messages=got.take, is_manual=True, subscriptions=ALL) as client,
        ):
            for payload in (b"1", b"2"):
                await client.publish("a", payload, qos=1)
                await got.wait_for(int(payload))
            got.deliveries[1].done()
            await client.publish("other", b"", qos=1)
            queued.append(broker.tally.queued_bytes)
            got.deliveries[0].done()
            got.deliveries[0].done()
            await until(lambda: broker.tally.queued_bytes < queued[0])
            await got.wait_for(3)
            got.deliveries[2].done()
            await until(lambda: broker.tally.queued_bytes == 0)
        return queued[0], client.pending

    queued, pending = asyncio.run(play())

    assert queued > 900
    assert pending == 0


def test_a_consumer_that_lags_holds_the_broker_back() -> None:
    async def play() -> tuple[int, int, int]:
        got = Collector()
        async with (
            Broker() as broker,
            MqttClient(
                "127.0.0.1",
                broker.port,
                on_messages=got.take,
                is_manual=True,
                subscriptions=ALL,
                max_pending=50,
                receive_maximum=65_535,
            ) as client,
            MqttClient("127.0.0.1", broker.port) as publisher,
        ):
            payload = bytes(100_000)
            sent = [await publisher.send("a", payload) for _ in range(200)]
            await asyncio.gather(*sent)
            held = len(got.messages)
            while len(got.messages) < 200:
                for delivery in got.deliveries:
                    delivery.done()
                await got.wait_for(len(got.messages) + 1)
            return held, len(got.messages), client.pending

    held, received, pending = asyncio.run(play())

    assert held <= 55
    assert received == 200
    assert pending <= 55


def test_a_client_comes_back_and_publishes_what_was_not_acknowledged() -> None:
    async def play() -> tuple[list[bytes], int]:
        got, states = Collector(), list[str]()
        async with Broker() as broker:
            port = broker.port
            client = MqttClient(
                "127.0.0.1",
                port,
                on_messages=got.take,
                subscriptions=ALL,
                on_state=states.append,
                spread=lambda: 0.0,
            )
            await client.start()
            await client.publish("a", b"1", qos=1)
            await got.wait_for(1)
        await until(lambda: not client.is_connected)
        late = asyncio.create_task(client.publish("a", b"2", qos=1))
        later = asyncio.create_task(client.publish("a", b"3"))
        async with Broker(port=port):
            await asyncio.gather(late, later)
            await got.wait_for(3)
            await client.stop()
        assert states[0] == "connected"
        assert any("server shutting down" in state for state in states)
        return sorted(got.payloads), client.connections

    assert asyncio.run(play()) == ([b"1", b"2", b"3"], 2)


def test_a_patient_client_waits_for_its_broker() -> None:
    async def play() -> int:
        async with Broker() as gone:
            port = gone.port
        client = MqttClient("127.0.0.1", port, spread=lambda: 0.0)
        with pytest.raises(BrokerError, match=f"{port} cannot be reached"):
            await MqttClient("127.0.0.1", port).start()
        await client.start(is_patient=True)
        async with Broker(port=port):
            await client.publish("a", b"1", qos=1)
            await client.stop()
        return client.connections

    assert asyncio.run(play()) == 1


def test_a_client_that_has_stopped_says_so() -> None:
    async def play() -> None:
        async with Broker() as broker:
            async with MqttClient("127.0.0.1", broker.port) as client:
                with pytest.raises(UsageError, match="started before"):
                    await client.start()
            for qos in (0, 1):
                with pytest.raises(BrokerError, match="has ended"):
                    await client.publish("a", b"", qos=qos)
            await client.wait_closed()

    asyncio.run(play())


def test_those_who_wait_to_publish_hear_that_the_client_stops() -> None:
    async def play() -> list[object]:
        async with Broker() as broker:
            client = MqttClient("127.0.0.1", broker.port)
            await client.start()
        await until(lambda: not client.is_connected)
        waiting = [asyncio.create_task(client.publish("a", b"", qos=qos)) for qos in (0, 1)]
        await asyncio.sleep(0)
        await client.stop()
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    errors = asyncio.run(play())

    assert [type(error) for error in errors] == [BrokerError, BrokerError]


def test_a_consumer_that_fails_ends_the_client_and_acknowledges_nothing() -> None:
    def fail(delivery: Delivery) -> None:
        raise ZeroDivisionError(delivery[0].payload)

    async def play() -> int:
        async with Broker() as broker:
            client = MqttClient(
                "127.0.0.1",
                broker.port,
                on_messages=fail,
                subscriptions=ALL,
                client_id="x",
                session_expiry_s=60,
            )
            await client.start()
            waiting = asyncio.create_task(client.publish("a", b"1", qos=1))
            with pytest.raises(ZeroDivisionError):
                await client.wait_closed()
            await asyncio.gather(waiting, return_exceptions=True)
            return broker.tally.queued_bytes

    assert asyncio.run(play()) > 0


def test_only_who_knows_the_password_is_let_in() -> None:
    async def play() -> None:
        async with Broker(users={"ada": SECRET}) as broker:
            for user, password in [(None, None), ("ada", "wrong"), ("bob", SECRET), ("ada", None)]:
                with pytest.raises(BrokerError, match="refuses the connection: bad user name or password"):
                    await MqttClient("127.0.0.1", broker.port, user=user, password=password).start()
            async with MqttClient("127.0.0.1", broker.port, user="ada", password=SECRET) as client:
                await client.publish("a", b"", qos=1)

    asyncio.run(play())


def test_nobody_gets_the_session_of_another_user() -> None:
    async def play() -> None:
        async with (
            Broker(users={"ada": SECRET, "bob": SECRET}) as broker,
            MqttClient("127.0.0.1", broker.port, user="ada", password=SECRET, client_id="monitor"),
        ):
            with pytest.raises(BrokerError, match="client identifier not valid"):
                await MqttClient("127.0.0.1", broker.port, user="bob", password=SECRET, client_id="monitor").start()

    asyncio.run(play())


def test_the_second_client_of_a_name_takes_over_and_the_first_is_told() -> None:
    async def play() -> list[str]:
        told: list[str] = []
        async with Broker() as broker:
            first = MqttClient("127.0.0.1", broker.port, client_id="a", on_state=told.append, spread=lambda: 1.0)
            await first.start()
            async with MqttClient("127.0.0.1", broker.port, client_id="a"):
                await until(lambda: len(told) > 1)
                await first.stop()
        return told

    assert asyncio.run(play()) == ["connected", "the broker ends the connection: session taken over"]


def test_a_will_is_published_if_its_client_goes_without_a_word() -> None:
    will = Will(topic="gone/a", payload=b"without a word", properties=Properties(will_delay_s=0))

    async def play() -> list[bytes]:
        got = Collector()
        async with (
            Broker() as broker,
            MqttClient("127.0.0.1", broker.port, on_messages=got.take, subscriptions=(Subscription(filter="gone/+"),)),
        ):
            async with MqttClient("127.0.0.1", broker.port, will=will) as polite:
                await polite.publish("gone/b", b"polite", qos=1)
            rude = MqttClient("127.0.0.1", broker.port, will=will)
            await rude.start()
            assert rude._link is not None
            rude._link.abort()
            await got.wait_for(2)
            await rude.stop()
        return got.payloads

    assert asyncio.run(play()) == [b"polite", b"without a word"]


def test_a_message_that_a_session_has_no_room_for_is_refused_and_told() -> None:
    async def play() -> tuple[int, list[bytes]]:
        got = Collector()
        async with Broker(max_queued=3) as broker, MqttClient("127.0.0.1", broker.port) as publisher:
            away = {"subscriptions": ALL, "client_id": "away", "session_expiry_s": 60}
            async with MqttClient("127.0.0.1", broker.port, **away):  # type: ignore[arg-type]  # a plain dict
                pass
            for payload in (b"1", b"2", b"3"):
                await publisher.publish("a", payload, qos=1)
            with pytest.raises(BrokerError, match="did not take a message for a: quota exceeded"):
                await publisher.publish("a", b"4", qos=1)
            client = MqttClient("127.0.0.1", broker.port, on_messages=got.take, **away)  # type: ignore[arg-type]  # as above
            async with client:
                await got.wait_for(3)
                return broker.tally.refused, got.payloads

    assert asyncio.run(play()) == (1, [b"1", b"2", b"3"])


def test_a_message_larger_than_the_broker_takes_is_told() -> None:
    async def play() -> None:
        async with (
            Broker(max_packet_bytes=1_000) as broker,
            MqttClient("127.0.0.1", broker.port) as client,
        ):
            with pytest.raises(BrokerError, match="and the broker takes 1000"):
                await client.publish("a", bytes(2_000), qos=1)
            await client.publish("a", b"", qos=1)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("topic", "qos", "what"), [("a/#", 1, "has a wildcard"), ("", 0, "is empty"), ("a", 2, "there are 0 and 1")]
)
def test_what_cannot_be_published_is_told(topic: str, qos: int, what: str) -> None:
    async def play() -> None:
        async with Broker() as broker, MqttClient("127.0.0.1", broker.port) as client:
            with pytest.raises(UsageError, match=what):
                await client.publish(topic, b"", qos=qos)

    asyncio.run(play())


def test_a_subscription_that_is_refused_is_told() -> None:
    async def play() -> None:
        async with Broker() as broker:
            wanted = (Subscription(filter="$share/group/a"),)
            with pytest.raises(BrokerError, match=r"subscription to \$share/group/a: shared subscriptions not supp"):
                await MqttClient("127.0.0.1", broker.port, subscriptions=wanted).start()

    asyncio.run(play())


def test_more_can_be_subscribed_to_later() -> None:
    async def play() -> list[bytes]:
        got = Collector()
        async with (
            Broker() as broker,
            MqttClient("127.0.0.1", broker.port, on_messages=got.take) as client,
        ):
            await client.publish("a", b"before", qos=1)
            await client.subscribe(Subscription(filter="a", qos=0))
            await client.publish("a", b"after", qos=1)
            await got.wait_for(1)
        return got.payloads

    assert asyncio.run(play()) == [b"after"]


def test_a_port_that_is_taken_is_told() -> None:
    async def play() -> None:
        async with Broker() as broker:
            with pytest.raises(BrokerError, match="cannot listen"):
                await Broker(port=broker.port).start()

    asyncio.run(play())


def test_a_broker_that_says_nothing_is_given_up() -> None:
    async def play() -> None:
        accepted: list[asyncio.StreamWriter] = []
        server = await asyncio.start_server(lambda _, writer: accepted.append(writer), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(BrokerError, match=r"does not answer within 0\.05 s"):
                await MqttClient("127.0.0.1", port, connect_timeout_s=0.05).start()
            await until(lambda: len(accepted) > 0)
            accepted[0].transport.abort()
            await asyncio.sleep(0)

    asyncio.run(play())


@pytest.mark.integration
def test_a_connection_is_encrypted_and_both_sides_show_who_they_are(tmp_path: Path) -> None:
    certificate, key = certify(tmp_path)
    stranger, _ = certify(tmp_path, "stranger")
    serving = server_tls_context(certificate=certificate, key=key, client_ca=certificate)
    mine = tls_context(ca=certificate, certificate=certificate, key=key)

    async def attempt(port: int, tls: ssl.SSLContext, name: str | None = "localhost") -> str:
        try:
            async with MqttClient("127.0.0.1", port, tls=tls, server_name=name) as client:
                await client.publish("a", b"1", qos=1)
        except BrokerError as error:
            return str(error)
        return "let in"

    async def play() -> list[str]:
        async with Broker(tls=serving) as broker:
            return [
                await attempt(broker.port, mine),
                await attempt(broker.port, mine, None),
                await attempt(broker.port, tls_context(ca=stranger, certificate=certificate, key=key)),
                await attempt(broker.port, tls_context(certificate=certificate, key=key, verify=False), None),
                await attempt(broker.port, tls_context(ca=certificate)),
            ]

    known, wrong_name, wrong_issuer, unverified, anonymous = asyncio.run(play())

    assert (known, unverified) == ("let in", "let in")
    assert all("TLS: CERTIFICATE_VERIFY_FAILED" in error for error in (wrong_name, wrong_issuer))
    assert anonymous != "let in"


@pytest.mark.parametrize("missing", ["ca", "certificate"])
def test_a_certificate_that_cannot_be_read_is_told(missing: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("not PEM", encoding="utf-8")

    with pytest.raises(UsageError, match="cannot be used"):
        tls_context(**{missing: wrong})  # type: ignore[arg-type]  # both are paths
