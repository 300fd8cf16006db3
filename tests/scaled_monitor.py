"""A process of several that look after 60 racks together: ``python -m scaled_monitor NATS_URL MQTT_PORT``.

It prints its name when it is ready, and then what it takes over; SIGTERM ends it.
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from turnout.clock import epoch_ns
from turnout.errors import UsageError
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._plan import Access, Plan
from turnout.jobs.monitor._recovery import Recovered
from turnout.jobs.monitor._types import Alarm, Batch, Change, Layout
from turnout.jobs.monitor.notices import Notices, Silence, Watch
from turnout.jobs.monitor.rules import Engine, Limits, Threshold
from turnout.jobs.monitor.scale import Division, Nats, Part, Receiving, Worker

LAYOUT = grid(racks=60, zones=6)
PARTS = 6
LEASE_S = 1.5
NAME = "test"
RULES = (Threshold(name="hot", limits=Limits(at=27.0, clear=25.0)),)


class Rules:
    """Judges by the rules, and by nothing else."""

    def __init__(self, layout: Layout) -> None:
        self._engine = Engine(layout, RULES)

    @property
    def alarms(self) -> Sequence[Alarm]:
        return self._engine.alarms

    @property
    def silences(self) -> Sequence[Silence]:
        return ()

    def acknowledged_by(self, alarm: Alarm) -> str | None:
        del alarm
        return None

    def feed(self, batch: Batch, now_ns: int) -> Sequence[Change]:
        del now_ns
        return self._engine.feed(batch)

    def tick(self, now_ns: int) -> Sequence[Change]:
        return self._engine.tick(now_ns)

    def act(self, action: Mapping[str, object], now_ns: int) -> Sequence[Change]:
        raise UsageError(f"nothing is done about {action} at {now_ns}")

    def snapshot(self) -> bytes:
        return self._engine.snapshot()

    def restore(self, state: bytes) -> None:
        self._engine.restore(state)


class Deaf:
    """Does nothing about anything."""

    def see(self, batch: Batch, now_ns: int) -> None:
        """Take readings."""

    def tell(self, changes: Sequence[Change], now_ns: int) -> None:
        """Take changes."""

    def tell_again(self, changes: Sequence[Change], now_ns: int) -> None:
        """Take changes again."""

    def tick(self, now_ns: int) -> None:
        """Let time pass."""

    def snapshot(self) -> Mapping[str, bytes]:
        return {}


@asynccontextmanager
async def listen(part: Part, recovered: Recovered | None, keep_soon: Callable[[], None]) -> AsyncIterator[Deaf]:
    del part, recovered, keep_soon
    yield Deaf()


def parse(payload: bytes) -> tuple[float, int | None]:
    value, time_ns = json.loads(payload)
    return value, time_ns


def topic_of(sensor: str) -> str:
    return f"racks/{sensor}"


def plan(port: int) -> Plan:
    return Plan(
        about={},
        layout=LAYOUT,
        make_watch=lambda layout: Watch(Engine(layout, RULES), Notices()),
        access=Access(port=port, client_id="scaled"),
        filter="racks/#",
        topics={topic_of(sensor.name).encode(): place for place, sensor in enumerate(LAYOUT)},
        parse=parse,
    )


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def work(url: str, port: int) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    division = Division(LAYOUT, PARTS)
    nats = Nats(url, NAME, tell=say, lease_s=LEASE_S)
    await nats.open(division.fingerprint, PARTS)
    worker = Worker(
        nats,
        division,
        make_machine=Rules,
        listen=listen,
        receive=Receiving(plan(port), now_ns=epoch_ns, tell=say),
        now_ns=epoch_ns,
        tell=say,
    )
    say(worker.name)
    await worker.run(stopping)
    await nats.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
