"""A whole monitor in one process: broker, rules, cooling, page, streams and an end."""

import asyncio
import json
import logging
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor_process import CONFIG
from monitor_voice import KeptVoice
from mqtt_talk import Collector, until
from turnout.jobs.monitor import Monitor, read_plan
from turnout.jobs.monitor._control import ask
from turnout.jobs.monitor._types import Reading
from turnout.mqtt import Broker, MqttClient, Subscription

pytestmark = pytest.mark.integration

HOT = "dc/hall-1/z1/r01/inlet"
COMMANDS, STATES = "cooling/hall-1/z1/set", "cooling/hall-1/z1/state"
MORE = """
[[reaction]]
name = "cooling"
kind = "cooling"
"""


def config(folder: Path, port: int) -> Path:
    path = folder / "monitor.toml"
    text = CONFIG.format(port=port, payload="", more=MORE).replace("enabled = false", "enabled = true\nport = 0")
    path.write_text(text, encoding="utf-8")
    return path


def fetched(url: str, body: bytes | None = None) -> tuple[int, str]:
    parts = urlsplit(url)
    with closing(HTTPConnection(parts.netloc, timeout=10)) as connection:
        connection.request("GET" if body is None else "POST", parts.path, body, {"Sec-Fetch-Site": "same-origin"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


async def watch_it_all(folder: Path, voice: KeptVoice, seen: list[Reading]) -> tuple[dict[str, object], str, list[int]]:
    """Let a rack be hot; return how the monitor stood then, its metrics, and the statuses of what was asked for."""
    commands = Collector()
    async with Broker() as broker:
        monitor = Monitor(read_plan(config(folder, broker.port)), folder / "state", voice)
        monitor.readings.subscribe(seen.append)
        stopping, is_ready = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(monitor.run(stopping, is_ready.set))
        await is_ready.wait()
        wanted = [Subscription(filter=COMMANDS)]
        async with MqttClient("127.0.0.1", broker.port, on_messages=commands.take, subscriptions=wanted) as client:
            await client.publish(HOT, b"35", qos=1)
            await until(lambda: any(json.loads(one)["level"] == 1.0 for one in commands.payloads))
            await client.publish(STATES, commands.payloads[-1], qos=1)
            await until(lambda: len(voice.changes) > 0)
            alarm = json.dumps({"alarm": voice.changes[0].alarm.id}).encode()
            silence = json.dumps({"zone": "z1", "seconds": 60}).encode()
            asked = [
                await asyncio.to_thread(fetched, f"{voice.url}{path}", body)
                for path, body in (("acknowledge", alarm), ("silence", silence), ("", None))
            ]
            await until(lambda: "acknowledged" in [change.kind for change in voice.changes])
            status = await asyncio.to_thread(ask, folder / "state", {"do": "status"})
            _, metrics = await asyncio.to_thread(fetched, f"{voice.url}metrics")
        stopping.set()
        await running
    return status, metrics, [code for code, _ in asked]


def test_a_hot_rack_is_seen_cooled_shown_and_acknowledged(tmp_path: Path) -> None:
    voice, seen = KeptVoice(), list[Reading]()

    status, metrics, asked = asyncio.run(watch_it_all(tmp_path, voice, seen))

    assert [change.kind for change in voice.changes][:2] == ["raised", "acknowledged"]
    assert asked == [200, 200, 200]
    assert [(reading.sensor, reading.value) for reading in seen] == [("r01/inlet", 35.0)]
    assert status["alarms"][0]["acknowledged_by"] == "page"  # type: ignore[index]  # values of JSON
    assert status["silences"][0]["which"]["zones"] == ["z1"]  # type: ignore[index]  # likewise
    assert status["cooling"][0]["level"] == 1.0  # type: ignore[index]  # likewise
    assert 'turnout_alarms_active{severity="critical"} 1.0' in metrics
    reactions = (tmp_path / "state" / "reactions.jsonl").read_text("utf-8")
    assert '"event": "commanded"' in reactions
    assert '"event": "acknowledged"' in reactions


async def watch_nothing(folder: Path, voice: KeptVoice | None) -> None:
    async with Broker() as broker:
        monitor = Monitor(read_plan(config(folder, broker.port)), folder / "state", voice)
        stopping = asyncio.Event()
        await monitor.run(stopping, stopping.set)


def test_after_a_restart_it_says_what_is_still_there(tmp_path: Path) -> None:
    voice = KeptVoice()

    asyncio.run(watch_it_all(tmp_path, KeptVoice(), []))
    asyncio.run(watch_nothing(tmp_path, voice))

    assert "alarms that were active before and still are: 1" in voice.said
    assert voice.changes == []


def test_without_a_voice_the_log_is_told(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with caplog.at_level(logging.INFO, "turnout.monitor"):
        asyncio.run(watch_nothing(tmp_path, None))

    assert "connected to the broker" in caplog.messages
