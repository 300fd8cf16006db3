"""Monitors that share the work, with their reactions, over real servers."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from monitor_voice import KeptVoice
from mqtt_talk import Collector, until
from nats_server import NatsServer, nats_server
from turnout.clock import epoch_ns
from turnout.errors import UsageError
from turnout.jobs.monitor._control import ask
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._plan import Access, Meeting, Plan
from turnout.jobs.monitor._scaled import ScaledMonitor
from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.config import PageOptions
from turnout.jobs.monitor.notices import Notices, Watch
from turnout.jobs.monitor.reactions import CoolingReaction, Match, MqttReaction
from turnout.jobs.monitor.rules import Engine, Limits, Threshold
from turnout.mqtt import Broker, MqttClient, Subscription
from web_sites import request

LAYOUT = grid(racks=12, zones=3)
RULES = (Threshold(name="hot", limits=Limits(at=27.0, clear=25.0)),)


def watch(layout: Layout) -> Watch:
    return Watch(Engine(layout, RULES), Notices())


def plan(port: int, client_id: str = "shared") -> Plan:
    return Plan(
        about={},
        layout=LAYOUT,
        make_watch=watch,
        access=Access(port=port, client_id=client_id),
        filter="racks/#",
        page=PageOptions(port=0),
        topics={f"racks/{sensor.name}".encode(): place for place, sensor in enumerate(LAYOUT)},
        reactions=(
            MqttReaction(name="told", topic="alarms", match=Match(changes=("raised", "cleared"))),
            CoolingReaction(),
        ),
    )


ALONE = ("connected", "partition 0 is taken over", "partition 1 is taken over")
THERE = ("the live page is at",)


@asynccontextmanager
async def running(folder: Path, url: str, port: int, wanted: Sequence[str] = ALONE) -> AsyncIterator[KeptVoice]:
    """Run a monitor until the block ends; it begins when it has said what is wanted."""
    voice, stopping = KeptVoice(), asyncio.Event()
    meeting = Meeting(url=url, partitions=2, lease_s=1.0)
    monitor = ScaledMonitor(plan(port), folder, voice, meeting=meeting)
    task = asyncio.create_task(monitor.run(stopping))
    try:
        await until(lambda: task.done() or all(words in " ".join(voice.said) for words in wanted))
        yield voice
    finally:
        stopping.set()
        await task


async def status_with_alarms(folder: Path) -> dict[str, Any]:  # of JSON
    """Return how a monitor stands, once it has what the stream tells of the time before it."""
    async with asyncio.timeout(30):
        while not (status := await asyncio.to_thread(ask, folder, {"do": "status"}))["alarms"]:
            continue  # each question takes a moment
    return status


def acknowledging(alarm: str) -> dict[str, object]:
    return {"act": "acknowledge", "alarm": alarm, "by": "ada"}


async def act(folder: Path, action: dict[str, object]) -> dict[str, Any]:  # of JSON
    """Have a monitor do something, and return what was done."""
    return await asyncio.to_thread(ask, folder, {"do": "act", "action": action})


def port_of(voice: KeptVoice) -> int:
    return int(voice.url.rstrip("/").rpartition(":")[2])


async def page_shows(voice: KeptVoice, *lines: str) -> None:
    """Wait until a monitor's page has the lines among its figures."""
    async with asyncio.timeout(30):
        shown = ""
        while not all(line in shown for line in lines):  # each question takes a moment
            shown = await request(port_of(voice), "GET /metrics")


@pytest.mark.integration
def test_who_takes_over_knows_the_alarms_and_reacts_once(tmp_path: Path) -> None:
    sensor = LAYOUT.sensors[7]

    async def play(url: str) -> tuple[list[str], list[str], dict[str, Any], list[dict[str, Any]]]:  # of JSON
        reactions, cooled = Collector(), Collector()
        async with (
            Broker() as broker,
            MqttClient(
                "127.0.0.1",
                broker.port,
                on_messages=reactions.take,
                subscriptions=(Subscription(filter="alarms"),),
            ) as client,
            MqttClient(
                "127.0.0.1",
                broker.port,
                on_messages=cooled.take,
                subscriptions=(Subscription(filter="cooling/+/+/set"),),
            ),
        ):
            async with running(tmp_path / "one", url, broker.port) as first:
                for each in LAYOUT:
                    await client.publish(f"racks/{each.name}", b"31.5" if each is sensor else b"23.5", qos=1)
                await until(lambda: len(first.changes) > 0)
                await reactions.wait_for(1)
                wanted = {f"cooling/hall-1/{zone}/set".encode() for zone in LAYOUT.zones}
                await until(lambda: {message.topic for message in cooled.messages} == wanted)
                alarm, until_ns = first.changes[0].alarm.id, epoch_ns() + 10**12
                silence = {"act": "silence", "what": {"zone": "z1"}, "until_ns": until_ns, "by": "ada"}
                done = [await act(tmp_path / "one", silence), await act(tmp_path / "one", acknowledging(alarm))]
                with pytest.raises(UsageError, match="there is no active alarm 'nope'"):
                    await act(tmp_path / "one", acknowledging("nope"))
                refused = await request(port_of(first), "POST /acknowledge", body=b'{"alarm": "nope"}')
                await page_shows(first, "turnout_alarms_acknowledged 1.0", "turnout_sensors_silent 0.0")
                await until(lambda: len(first.changes) > 1)
            async with running(tmp_path / "two", url, broker.port) as second:
                status = await status_with_alarms(tmp_path / "two")
                await page_shows(second, "turnout_alarms_acknowledged 1.0", 'turnout_cooling_ratio{zone="z1"}')
                await client.publish(f"racks/{sensor.name}", b"21.5", qos=1)
                await reactions.wait_for(2)
                await until(lambda: any(change.kind == "cleared" for change in second.changes))
        assert refused.startswith("HTTP/1.1 409")
        assert "there is no active alarm 'nope'" in refused
        kinds = [change.kind.value for change in (*first.changes, *second.changes)]
        told = [json.loads(payload)["change"] for payload in reactions.payloads]
        return kinds, told, status, done

    with nats_server(tmp_path / "nats") as server:
        kinds, told, status, done = asyncio.run(play(server.url))

    assert kinds == ["raised", "acknowledged", "cleared"]
    assert told == ["raised", "cleared"]
    assert (done[0]["silence"]["which"]["zones"], done[1]["alarm"]["acknowledged_by"]) == (["z1"], "ada")
    assert status["partitions"] == [0, 1]
    assert len(status["silences"]) == 1  # and not one in each partition
    assert [(alarm["subject"], alarm["acknowledged_by"]) for alarm in status["alarms"]] == [(sensor.name, "ada")]


async def past_shows(
    voice: KeptVoice, at_ns: int, is_so: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:  # of JSON
    """Return how everything stood, as a monitor's page tells it, once something is so."""
    async with asyncio.timeout(30):
        while True:  # each question takes a moment
            answer = await request(port_of(voice), f"GET /past/state?at={at_ns // 10**6}")
            told: dict[str, Any] = json.loads(answer.partition("\r\n\r\n")[2])
            if is_so(told):
                return told


def known(told: dict[str, Any]) -> int:  # of JSON
    """Return of how many sensors something is known."""
    return sum(value is not None for value in told["values"])


@pytest.mark.integration
def test_the_page_of_all_goes_back_in_time_and_tells_who_does_not_answer(tmp_path: Path) -> None:
    async def play(url: str) -> dict[str, dict[str, Any]]:  # of JSON
        told = {}
        async with Broker() as broker, MqttClient("127.0.0.1", broker.port) as client:

            def one_more(*wanted: str) -> AbstractAsyncContextManager[KeptVoice]:
                return running(tmp_path / "one", url, broker.port, (*THERE, *wanted))

            async with running(tmp_path / "two", url, broker.port) as two:
                async with one_more("is taken over") as one:

                    async def measure(value: str, changes: int) -> None:
                        for each in LAYOUT:
                            await client.publish(f"racks/{each.name}", value.encode(), qos=1)
                        await until(lambda: len(one.changes) + len(two.changes) == changes)

                    await measure("28.5", len(LAYOUT))
                    shared_ns = epoch_ns()
                    await measure("22.5", 2 * len(LAYOUT))  # who takes over then has seen nothing of what was before
                    told["shared"] = await past_shows(two, shared_ns, lambda told: known(told) == len(LAYOUT))
                told["without one"] = await past_shows(two, shared_ns, lambda _: True)
                async with one_more():
                    told["again"] = await past_shows(two, shared_ns, lambda _: True)
                    course = await request(
                        port_of(two),
                        f"GET /past/course?zone=z2&from={shared_ns // 10**6 - 9000}&to={shared_ns // 10**6}&points=1",
                    )
                    told["course"] = json.loads(course.partition("\r\n\r\n")[2])
        return told

    with nats_server(tmp_path / "nats") as server:
        told = asyncio.run(play(server.url))

    assert (told["shared"]["values"], told["shared"]["unanswered"]) == ([28.5] * 12, [])
    assert told["shared"]["counts"] == [0, 12, 0]
    assert known(told["without one"]) in {4, 8}
    assert told["without one"]["unanswered"] == [f"{socket.gethostname()}:one"]
    assert len(told["without one"]["unknown"]) in {1, 2}
    assert (told["again"]["counts"], told["again"]["unanswered"]) == ([0, 12, 0], [])
    assert (told["course"]["high"], told["course"]["unanswered"]) == ([28.5], [])


@pytest.mark.integration
def test_a_monitor_ends_without_ado_when_nats_is_gone(tmp_path: Path) -> None:
    async def play(server: NatsServer) -> list[str]:
        async with Broker() as broker, running(tmp_path / "state", server.url, broker.port) as voice:
            await asyncio.to_thread(server.kill)
            await until(lambda: any("has ended" in words for words in voice.said))
        return voice.said

    with nats_server(tmp_path / "nats") as server:
        said = asyncio.run(play(server))

    assert "the connection to NATS has ended; it is looked for" in said


def test_monitors_that_share_the_work_need_one_name_for_mqtt(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="client_id: monitors that share the work need one"):
        ScaledMonitor(
            plan(1883, client_id=""),
            tmp_path,
            KeptVoice(),
            meeting=Meeting(url="nats://127.0.0.1:1"),
            now_ns=epoch_ns,
        )
