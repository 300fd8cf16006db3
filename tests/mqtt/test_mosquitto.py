"""Our client with a broker that others wrote."""

import asyncio
import base64
import hashlib
from pathlib import Path

import pytest

from mosquitto import certify, mosquitto
from mqtt_talk import Collector, until
from turnout.errors import BrokerError
from turnout.mqtt import MqttClient, Properties, Subscription, Will, tls_context

pytestmark = pytest.mark.integration

ALL = (Subscription(filter="#"),)
SECRET = "open sesame"  # noqa: S105  a test's


def test_messages_retained_messages_properties_and_wills_pass(tmp_path: Path) -> None:
    about = Properties(response_topic="answers", correlation=b"7")

    async def play(port: int) -> tuple[set[bytes], Properties]:
        got = Collector()
        async with MqttClient("127.0.0.1", port) as publisher:
            await publisher.publish("limits/a", b"retained", qos=1, retain=True)
            async with MqttClient("127.0.0.1", port, on_messages=got.take, subscriptions=ALL, topic_aliases=10):
                await got.wait_for(1)
                for _ in range(20):
                    await publisher.publish("a/b", b"plain")
                    await publisher.publish("a/b", b"sure", qos=1, properties=about)
                rude = MqttClient("127.0.0.1", port, will=Will(topic="gone", payload=b"will"))
                await rude.start()
                assert rude._link is not None
                rude._link.abort()
                await got.wait_for(42)
                await rude.stop()
        sure = next(message for message in got.messages if message.payload == b"sure")
        return set(got.payloads), sure.properties

    with mosquitto(tmp_path) as broker:
        payloads, found = asyncio.run(play(broker.port))

    assert payloads == {b"retained", b"plain", b"sure", b"will"}
    assert found == about


def test_nothing_is_lost_when_the_broker_is_killed(tmp_path: Path) -> None:
    count = 300

    async def play() -> tuple[set[bytes], int]:
        got = Collector()
        sent = []
        with mosquitto(tmp_path) as broker:
            subscriber = MqttClient(
                "127.0.0.1",
                broker.port,
                on_messages=got.take,
                subscriptions=ALL,
                client_id="monitor",
                session_expiry_s=600,
                spread=lambda: 0.0,
            )
            publisher = MqttClient("127.0.0.1", broker.port, spread=lambda: 0.0)
            async with subscriber, publisher:
                for number in range(count):
                    sent.append(await publisher.send(f"racks/{number % 50}", b"%d" % number))
                    if number == count // 2:
                        await got.wait_for(100)
                        broker.kill()
                        broker.restart()
                await asyncio.gather(*sent)
                await until(lambda: len(set(got.payloads)) == count)
                return set(got.payloads), publisher.connections

    payloads, connections = asyncio.run(play())

    assert payloads == {b"%d" % number for number in range(count)}
    assert connections == 2


def test_nothing_is_lost_when_the_consumer_goes_in_the_middle(tmp_path: Path) -> None:
    async def play(port: int) -> list[bytes]:
        first, second = Collector(), Collector()

        def subscriber(got: Collector) -> MqttClient:
            return MqttClient(
                "127.0.0.1",
                port,
                on_messages=got.take,
                is_manual=True,
                subscriptions=ALL,
                client_id="monitor",
                session_expiry_s=600,
            )

        dying = subscriber(first)
        await dying.start()
        async with MqttClient("127.0.0.1", port) as publisher:
            for number in range(20):
                await publisher.publish("a", b"%d" % number, qos=1)
            await first.wait_for(20)
            done = sum(map(len, first.deliveries[:2]))
            for delivery in first.deliveries[:2]:
                delivery.done()
            await asyncio.sleep(0)  # the acknowledgements leave with this turn of the loop
            assert dying._link is not None
            dying._link.abort()
            await dying.stop()
            async with subscriber(second):
                await second.wait_for(20 - done)
        return first.payloads[:done] + second.payloads

    with mosquitto(tmp_path) as broker:
        payloads = asyncio.run(play(broker.port))

    assert {int(payload) for payload in payloads} == set(range(20))


def test_users_certificates_and_names_are_checked_over_tls(tmp_path: Path) -> None:
    certificate, key = certify(tmp_path)
    passwords = tmp_path / "passwords"
    passwords.write_text(f"ada:{_hashed(SECRET)}\n", encoding="utf-8")
    security = f"certfile {certificate}\nkeyfile {key}\nallow_anonymous false\npassword_file {passwords}"
    trusting = tls_context(ca=certificate)

    async def attempt(port: int, password: str | None, name: str) -> str:
        client = MqttClient(
            "127.0.0.1", port, user="ada", password=password, tls=trusting, server_name=name, connect_timeout_s=5
        )
        try:
            async with client:
                await client.publish("a", b"1", qos=1)
        except BrokerError as error:
            return str(error)
        return "let in"

    with mosquitto(tmp_path, security) as broker:
        right = asyncio.run(attempt(broker.port, SECRET, "localhost"))
        wrong = asyncio.run(attempt(broker.port, "wrong", "localhost"))
        other = asyncio.run(attempt(broker.port, SECRET, "elsewhere"))

    assert right == "let in"
    assert "refuses the connection: not authorized" in wrong
    assert "CERTIFICATE_VERIFY_FAILED" in other


def _hashed(password: str) -> str:
    """Return what mosquitto keeps of a password: PBKDF2 with SHA-512."""
    salt = b"twelve bytes"
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
    return f"$7$101${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
