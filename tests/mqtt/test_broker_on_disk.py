"""What a broker knows after its process was killed, or its file is of no use."""

import asyncio
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from full_disk import full_disk
from mqtt_talk import Collector, until
from turnout.errors import BrokerError, StoreError
from turnout.mqtt import Broker, MqttClient, Properties, Subscription

ALL = (Subscription(filter="racks/#"),)
COUNT = 320


def client(port: int, got: Collector | None = None) -> MqttClient:
    return MqttClient(
        "127.0.0.1",
        port,
        on_messages=None if got is None else got.take,
        subscriptions=ALL,
        client_id="monitor",
        session_expiry_s=600,
        spread=lambda: 0.0,
    )


class Process:
    """A broker in a process of its own."""

    def __init__(self, port: int, path: Path) -> None:
        self._command = [sys.executable, "-m", "stored_broker", str(port), str(path)]
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def kill_and_restart(self) -> None:
        self.kill()
        self._start()


@pytest.mark.integration
def test_nothing_is_lost_when_the_broker_is_killed_again_and_again(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async def play() -> set[bytes]:
        got, process = Collector(), Process(port, tmp_path / "sessions.sqlite")
        try:
            async with MqttClient("127.0.0.1", port, spread=lambda: 0.0) as publisher:
                async with client(port):
                    pass
                sent = []
                for number in range(COUNT):
                    sent.append(await publisher.send("racks/a", b"%d" % number))
                    if number % 150 == 149:
                        await asyncio.gather(*sent[:50])
                        process.kill_and_restart()
                await asyncio.gather(*sent)
                async with client(port, got) as subscriber:
                    assert subscriber.session_present
                    await until(lambda: len(set(got.payloads)) == COUNT)
        finally:
            process.kill()
        return set(got.payloads)

    assert asyncio.run(play()) == {b"%d" % number for number in range(COUNT)}


def test_what_was_acknowledged_is_forgotten_and_the_rest_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    about = Properties(content_type="text/plain", message_expiry_s=600)

    async def play() -> tuple[list[bytes], str | None, list[bytes]]:
        first, second, other = Collector(), Collector(), Collector()
        async with Broker(store=path) as broker, MqttClient("127.0.0.1", broker.port) as publisher:
            async with client(broker.port, first):
                await publisher.publish("racks/a", b"1", qos=1)
                await first.wait_for(1)
                await until(lambda: broker.tally.queued_bytes == 0)
            await publisher.publish("racks/a", b"2", qos=1, properties=about)
            await publisher.publish("limits", b"retained", qos=1, retain=True)
            await publisher.publish("gone", b"retained", qos=1, retain=True)
            await publisher.publish("gone", b"", qos=1, retain=True)
        async with Broker(store=path) as broker, client(broker.port, second):
            await second.wait_for(1)
            wanted = (Subscription(filter="limits"), Subscription(filter="gone"))
            async with MqttClient("127.0.0.1", broker.port, on_messages=other.take, subscriptions=wanted) as publisher:
                await publisher.publish("gone", b"last", qos=1)
                await other.wait_for(2)
        return second.payloads, second.messages[0].properties.content_type, other.payloads

    assert asyncio.run(play()) == ([b"2"], "text/plain", [b"retained", b"last"])


def test_a_session_that_has_expired_meanwhile_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"

    async def play() -> bool:
        async with Broker(store=path) as broker, client(broker.port):
            pass
        base = sqlite3.connect(path)
        base.execute("UPDATE session SET ended_s = ended_s - 601")
        base.execute("INSERT INTO message VALUES (1, 'nobody', x'61', x'', 0, x'', NULL)")
        base.commit()
        base.close()
        async with Broker(store=path) as broker:
            await asyncio.sleep(0)
            async with client(broker.port) as again:
                return again.session_present

    assert not asyncio.run(play())


def test_a_file_that_is_of_no_use_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.sqlite"
    wrong.write_text("this is no database, and long enough to be told from one", encoding="utf-8")
    newer = tmp_path / "newer.sqlite"
    base = sqlite3.connect(newer)
    base.execute("PRAGMA user_version = 99")
    base.close()

    async def play() -> None:
        with pytest.raises(StoreError, match="cannot keep its sessions") as complaint:
            await Broker(store=wrong).start()
        assert complaint.value.is_damaged
        with full_disk(), pytest.raises(StoreError, match="cannot keep its sessions") as complaint:
            await Broker(store=tmp_path / "full.sqlite").start()
        assert not complaint.value.is_damaged
        with pytest.raises(BrokerError, match="another version"):
            await Broker(store=newer).start()
        async with Broker(store=tmp_path / "used.sqlite"):
            with pytest.raises(BrokerError, match="another broker keeps its sessions in"):
                await Broker(store=tmp_path / "used.sqlite").start()

    asyncio.run(play())


def test_nothing_is_acknowledged_that_cannot_be_kept(tmp_path: Path) -> None:
    async def play() -> tuple[bool, list[bytes]]:
        got = Collector()
        async with Broker(store=tmp_path / "sessions.sqlite") as broker:
            async with client(broker.port):
                pass
            assert broker._store is not None
            base = broker._store._base
            base.execute("ALTER TABLE message RENAME TO away")  # as good as a disk that is full
            async with MqttClient("127.0.0.1", broker.port, spread=lambda: 0.0) as publisher:
                waiting = asyncio.create_task(publisher.publish("racks/a", b"1", qos=1))
                await until(lambda: not publisher.is_connected)
                was_acknowledged = waiting.done()
                base.execute("ALTER TABLE away RENAME TO message")
                await waiting
            async with client(broker.port, got):
                await got.wait_for(1)
        return was_acknowledged, got.payloads[:1]

    assert asyncio.run(play()) == (False, [b"1"])
