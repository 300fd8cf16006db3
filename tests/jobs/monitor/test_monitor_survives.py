"""A monitor, a real broker, and kill -9 of both."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from monitor_process import JSON, MonitorProcess, monitor_process
from mosquitto import Mosquitto, mosquitto
from mqtt_talk import until
from turnout.jobs.monitor._log import LOG_FOLDER, Kind, segments
from turnout.jobs.monitor._outflow import REACTIONS_FILE
from turnout.jobs.monitor._packing import unpack
from turnout.jobs.monitor._scan import read_segment
from turnout.mqtt import MqttClient

pytestmark = pytest.mark.integration

BEGAN_S = 1_700_000_000
RACKS = 10
ROUNDS = 60
TOPICS = [f"dc/hall-1/z{1 + rack // 10}/r{rack + 1:02}/inlet" for rack in range(RACKS)]
REACTION = """
[[reaction]]
name = "note"
kind = "command"
command = ["/bin/sh", "-c", "echo $TURNOUT_ID >> noted"]
on = ["raised", "cleared"]
"""


def payload(rack: int, number: int) -> bytes:
    """One sensor is hot from the start, and others are well."""
    return json.dumps({"value": 40 if rack == 0 else 20 + number % 7 / 4, "time": BEGAN_S + number}).encode()


async def publish_all(broker: Mosquitto, monitor: MonitorProcess, folder: Path) -> None:
    """Publish readings, 1 % of them malformed, while the monitor is killed, and then the broker."""
    under_way: list[asyncio.Future[None]] = []
    async with MqttClient("127.0.0.1", broker.port, client_id="sensors", session_expiry_s=60) as client:
        for number in range(ROUNDS):
            for rack, topic in enumerate(TOPICS):
                under_way.append(await client.send(topic, payload(rack, number)))
            if number % 5 == 0:
                under_way.append(await client.send(TOPICS[3], b'{"value": "warm"'))
            if number == 20:
                await until(lambda: is_done(folder))
                await asyncio.to_thread(monitor.kill)
                await asyncio.to_thread(monitor.start)
            if number == 40:
                broker.kill()
                broker.restart()
        await asyncio.wait(under_way)
    assert not any(sent.exception() for sent in under_way)


def is_done(folder: Path) -> bool:
    """Tell whether the monitor knows that its reaction is done."""
    path = folder / "monitor.state" / REACTIONS_FILE
    return path.exists() and '"event": "done"' in path.read_text("utf-8")


async def wait_until_all_are_kept(monitor: MonitorProcess) -> None:
    before, now = None, await asyncio.to_thread(monitor.ask)
    while before is None or before["intake"] != now["intake"]:
        await asyncio.sleep(0.3)
        before, now = now, await asyncio.to_thread(monitor.ask)


def test_nothing_that_was_acknowledged_is_lost_and_nothing_is_done_twice(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as broker, monitor_process(tmp_path, broker.port, payload=JSON, more=REACTION) as monitor:
        asyncio.run(publish_all(broker, monitor, tmp_path))
        asyncio.run(wait_until_all_are_kept(monitor))
        alarms = monitor.ask()["alarms"]
        monitor.stop()

    kept: Counter[tuple[int, int]] = Counter()
    raised = []
    for _, path in segments(tmp_path / "monitor.state" / LOG_FOLDER):
        for record in read_segment(path):
            if record.kind == Kind.FEED:
                batch = unpack(record.body)
                kept.update(zip(batch.sensors.tolist(), batch.times_ns.tolist(), strict=True))
            elif record.kind == Kind.CHANGE and json.loads(record.body)["change"] == "raised":
                raised.append(json.loads(record.body)["alarm"])
    noted = (tmp_path / "noted").read_text("utf-8").splitlines()
    expected = {(rack, (BEGAN_S + number) * 10**9) for rack in range(RACKS) for number in range(ROUNDS)}
    assert set(kept) == expected
    assert set(kept.values()) == {1}
    assert [alarm["subject"] for alarm in alarms] == ["r01/inlet"]
    assert len(set(raised)) == 1
    assert len(noted) == 1
    assert any("no reading: the payload is not JSON" in line for line in monitor.err)
