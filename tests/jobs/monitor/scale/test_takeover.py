"""Three monitors share the work over a real NATS server; what happens when it, or one of them, is killed."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from monitor_machines import HotMachine
from mqtt_talk import until
from nats_server import NatsServer, nats_server
from scaled_monitor import LAYOUT, LEASE_S, NAME, PARTS, RULES, topic_of
from turnout.errors import ClusterError, TurnoutError, UsageError
from turnout.jobs.monitor._changes import change_json
from turnout.jobs.monitor._log import Kind, Record
from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Batch, Change
from turnout.jobs.monitor.notices import Notices, Watch
from turnout.jobs.monitor.rules import Engine
from turnout.jobs.monitor.scale import Division, Nats, TakenOverError
from turnout.jobs.monitor.scale._asking import act_and_answer, carried_out
from turnout.jobs.monitor.scale._nats import Last
from turnout.mqtt import Broker, MqttClient

pytestmark = pytest.mark.integration

SECOND_NS = 10**9
START_NS = 1_700_000_000 * SECOND_NS
ROUNDS = 40


def value_of(place: int, number: int) -> float:
    """Return a temperature that goes above the limit and back, at other times for each rack."""
    return 30.0 if (number + place) % 10 < 3 else 22.0


def expected() -> list[tuple[str, str]]:
    """Return what one engine finds that sees everything."""
    engine = Engine(LAYOUT, RULES)
    found: list[Change] = []
    for number in range(ROUNDS):
        places = np.arange(len(LAYOUT), dtype=np.int32)
        values = np.array([value_of(place, number) for place in range(len(LAYOUT))])
        times_ns = np.full(len(LAYOUT), START_NS + number * SECOND_NS)
        found += engine.feed(Batch(sensors=places, values=values, times_ns=times_ns))
    return sorted((change_json(change)["alarm"], change.kind.value) for change in found)  # type: ignore[misc]  # both are texts


def quiet(text: str) -> None:
    del text


async def told(nats: Nats) -> list[tuple[str, str]]:
    """Return all changes that were put into the stream."""
    found = []
    info = await nats._stream.stream_info(f"{NAME}-changes")
    for number in range(1, info.state.last_seq + 1):
        message = await nats._stream.get_msg(f"{NAME}-changes", number)
        found += [json.loads(line) for line in (message.data or b"").splitlines()]
    return sorted((change["alarm"], change["change"]) for change in found)


class Crew:
    """Monitors in processes of their own.

    Args:
        nats: Where they meet.
        url: The same.
        port: Of the MQTT broker.
    """

    def __init__(self, nats: Nats, url: str, port: int) -> None:
        self._nats, self._command = nats, [sys.executable, "-m", "scaled_monitor", url, str(port)]
        self.processes: dict[str, subprocess.Popen[str]] = {}

    def add(self, count: int) -> None:
        started = [subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
        for process in started:
            assert process.stdout is not None
            self.processes[process.stdout.readline().strip()] = process

    async def holder(self, key: str) -> str | None:
        with suppress(*self._nats.troubles):  # it may have ended just now
            return ((await self._nats._leases.get(key)).value or b"").decode()
        return None

    async def are_all_owned(self) -> bool:
        wanted = {"bridge", *(f"part.{number}" for number in range(PARTS))}
        return {await self.holder(key) for key in wanted} <= self.processes.keys()

    async def wait_until_all_is_owned(self) -> None:
        """Ask, since other processes bring it about."""
        async with asyncio.timeout(30):
            is_so = await self.are_all_owned()
            while not is_so:
                is_so = await self.are_all_owned()

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.communicate(timeout=10)

    def stop(self) -> list[int]:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.communicate(timeout=20)
        return [process.returncode for process in self.processes.values()]


@asynccontextmanager
async def opened(server: NatsServer) -> AsyncIterator[Nats]:
    nats = Nats(server.url, NAME, tell=quiet, lease_s=LEASE_S)
    await nats.open(Division(LAYOUT, PARTS).fingerprint, PARTS)
    yield nats
    await nats.close()


async def publish(client: MqttClient, rounds: Sequence[int]) -> None:
    for number in rounds:
        sent = []
        for place, sensor in enumerate(LAYOUT):
            payload = json.dumps([value_of(place, number), START_NS + number * SECOND_NS]).encode()
            sent.append(await client.send(topic_of(sensor.name), payload))
        await asyncio.gather(*sent)


def test_no_alarm_is_lost_or_doubled_when_a_monitor_and_then_the_server_is_killed(tmp_path: Path) -> None:
    async def play(server: NatsServer) -> tuple[list[tuple[str, str]], list[int]]:
        async with opened(server) as nats, Broker() as broker, MqttClient("127.0.0.1", broker.port) as client:
            crew = Crew(nats, server.url, broker.port)
            crew.add(3)
            try:
                await crew.wait_until_all_is_owned()
                await publish(client, range(10))
                publishing = asyncio.create_task(publish(client, range(10, 25)))
                await asyncio.sleep(0)
                crew.kill(await crew.holder("bridge") or "")
                await publishing
                await crew.wait_until_all_is_owned()
                publishing = asyncio.create_task(publish(client, range(25, ROUNDS)))
                await asyncio.sleep(0)
                server.kill()
                server.restart()
                await publishing
                wanted, found = len(expected()), list[tuple[str, str]]()
                async with asyncio.timeout(40):
                    while len(found) < wanted:
                        with suppress(*nats.troubles):
                            found = await told(nats)
                await until(lambda: broker.tally.queued_bytes == 0)
            finally:
                statuses = crew.stop()
            return await told(nats), statuses

    with nats_server(tmp_path) as server:
        found, statuses = asyncio.run(play(server))

    assert found == expected()
    assert statuses == [0, 0]


def test_monitors_that_watch_something_else_are_refused(tmp_path: Path) -> None:
    async def play(server: NatsServer) -> None:
        async with opened(server):
            other = Nats(server.url, NAME, tell=quiet)
            with pytest.raises(UsageError, match=r"'test' at 127\.0\.0\.1:\d+ watch other sensors, or in 6 partitions"):
                await other.open("another", PARTS)
            await other.close()

    with nats_server(tmp_path) as server:
        asyncio.run(play(server))


def test_who_is_late_cannot_write(tmp_path: Path) -> None:
    tick = Record(Kind.TICK, START_NS, b"")

    async def play(server: NatsServer) -> None:
        async with opened(server) as nats:
            first = await nats.put_move(0, tick, message_id="a", after=0)
            assert await nats.put_move(0, tick, message_id="a", after=0) == first
            with pytest.raises(TakenOverError, match=r"another process writes test\.moves\.0"):
                await nats.put_move(0, tick, message_id="b", after=0)
            told_last = await nats.put_changes(0, b"{}", move=first, message_id="c", after=0)
            with pytest.raises(TakenOverError):
                await nats.put_changes(0, b"{}", move=first + 1, message_id="d", after=0)
            assert await nats.last_changes(0) == Last(sequence=told_last, move=first, message_id="c")
            revision = await nats.take_lease("part.0", "one")
            assert revision is not None
            assert await nats.take_lease("part.0", "other") is None
            with pytest.raises(TakenOverError):
                await nats.renew_lease("part.0", "other", revision + 7)

    with nats_server(tmp_path) as server:
        asyncio.run(play(server))


class Parts:
    """The first parts of all, each of which is asked to do something.

    Args:
        nats: Where they answer.
        count: How many there are.
    """

    def __init__(self, nats: Nats, count: int) -> None:
        self._nats = nats
        self._machines = [HotMachine() for _ in range(count)]
        self._answers: list[asyncio.Task[tuple[Change, ...]]] = []

    def take(self, content: bytes) -> None:
        record = Record(Kind.ACTION, START_NS, content)
        self._answers += [
            asyncio.create_task(act_and_answer(self._nats, part, machine, record))
            for part, machine in enumerate(self._machines)
        ]


def test_what_is_asked_for_is_answered_by_who_looks_after_the_parts(tmp_path: Path) -> None:
    action = {"act": "acknowledge", "alarm": "nope"}

    async def play(server: NatsServer) -> list[str]:
        complaints = []
        async with opened(server) as nats:
            for count in (0, 2, PARTS):
                taken = await nats.take_actions(Parts(nats, count).take)
                with pytest.raises(TurnoutError) as complaint:
                    await carried_out(nats, action, PARTS, patience_s=0.3)
                complaints.append(str(complaint.value))
                await taken.unsubscribe()
            with pytest.raises(ClusterError, match="no monitor receives at the moment"):
                await carried_out(nats, action, PARTS)
        return complaints

    with nats_server(tmp_path) as server:
        complaints = asyncio.run(play(server))

    silent = "partitions have not answered, since nobody looks after them"
    assert complaints == [
        f"6 of 6 {silent}; what was asked for is done once somebody does, see turnout monitor status",
        f"there is no active alarm 'nope' in the others, and 4 of 6 {silent} at the moment; ask again in a few seconds",
        "there is no active alarm 'nope'",
    ]


@pytest.mark.parametrize("content", [b"hello", b"[1]", b'{"act": "dance", "answer_to": 3}'])
def test_what_is_no_action_moves_nothing(content: bytes) -> None:
    nats = Nats("nats://127.0.0.1:1", NAME, tell=quiet)  # is not spoken to

    changes = asyncio.run(
        act_and_answer(nats, 0, Watch(Engine(LAYOUT, RULES), Notices()), Record(Kind.ACTION, 1, content))
    )

    assert changes == ()


def test_a_server_that_is_not_there_is_told() -> None:
    async def play() -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            url = f"nats://ada:secret@127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ClusterError, match=r"NATS at 127\.0\.0\.1:\d+ cannot be reached: .*Connect call failed"):
            await Nats(url, NAME, tell=said.append, connect_s=0.3).open("x", 1)

    said: list[str] = []

    asyncio.run(play())

    assert said == []
