"""A whole monitor behind mosquitto: what a reading costs, whether any is lost, and how long a command takes.

The rules are those of the comparison with other engines (30 s mean above 27 for 10 s), with 10,000 racks in 100 zones,
a log, a history and cooling, everything on one core; mosquitto and the load use the other one.
"""

import asyncio
import gc
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from subprocess import DEVNULL
from time import sleep
from typing import Any

import psutil

from _harness import Verdict, environment, show
from turnout.jobs.monitor._control import ask
from turnout.jobs.monitor._types import Change

RACKS = 10_000
LOAD = str(Path(__file__).parent / "_monitor_load.py")
SECONDS, WARM_UP_S = 10.0, 3.0
BAR_PER_S, BAR_MS, BAR_SHARE = 70_000, 15.0, 0.10
FAST_PER_S, HOT_PER_S, SLOW_PER_S = 100_000, 20, 10_000
ATTEMPTS = 100
CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 10000000
set_tcp_nodelay true
log_type none
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One load.

    Attributes:
        sent: Readings that were published.
        kept: Readings that the monitor kept.
        rate: How many were published in a second.
        cpu_us: Time on a core for each, of the monitor.
    """

    sent: int
    kept: int
    rate: float
    cpu_us: float


class Silent:
    """Tells only what somebody may have to look after."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def warn(self, text: str) -> None:
        """Say it."""
        print(text, file=sys.stderr)

    def change(self, change: Change) -> None:
        """Say nothing."""


def watch(port: int, folder: Path) -> None:
    """Be the monitor, until it is told to stop."""
    from _monitor_plan import plan_for  # noqa: PLC0415  only this process pays for it
    from turnout.cli._monitor_run import keep_pauses_short  # noqa: PLC0415  likewise
    from turnout.jobs.monitor._service import Monitor  # noqa: PLC0415  likewise

    keep_pauses_short()

    async def run() -> None:
        stopping = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)

        def ready() -> None:
            gc.freeze()
            print("ready", flush=True)

        await Monitor(plan_for(port, RACKS), folder, Silent()).run(stopping, ready)

    asyncio.run(run())


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """Run a broker, and give its port."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        sys.exit("mosquitto is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    config = folder / "mosquitto.conf"
    config.write_text(CONFIG.format(port=port), encoding="utf-8")
    broker = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(ATTEMPTS):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            sleep(0.05)
        yield port
    finally:
        broker.terminate()
        broker.wait()


def load(rate: int) -> Ran:
    """Run a broker, a monitor and a load."""
    with tempfile.TemporaryDirectory() as name, mosquitto(Path(name)) as port:
        folder = Path(name) / "state"
        words = [sys.executable, __file__, "--watch", str(port), str(folder)]
        monitor = subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, text=True)
        assert monitor.stdout is not None  # noqa: S101  asked for above
        monitor.stdout.readline()
        process = psutil.Process(monitor.pid)
        words = [sys.executable, LOAD, str(port), str(RACKS), str(rate), str(WARM_UP_S + SECONDS), "0"]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as loading:
            assert loading.stdout is not None  # noqa: S101  asked for above
            loading.stdout.readline()
            sleep(WARM_UP_S)  # in which each sensor is heard for the first time
            before, cpu_before_s = ask(folder, {"do": "status"}), sum(process.cpu_times()[:2])
            said = json.loads(loading.stdout.readline())
        status = _settled(folder)
        cpu_s = sum(process.cpu_times()[:2]) - cpu_before_s
        monitor.terminate()
        monitor.wait()
    kept = status["intake"]["kept"]
    measured = max(1, kept - before["intake"]["kept"])
    return Ran(
        sent=said["sent"],
        kept=kept,
        rate=said["rate"],
        cpu_us=cpu_s / measured * 1e6,
    )


def _settled(folder: Path) -> dict[str, Any]:
    """Return how the monitor stands once nothing comes any more."""
    status = ask(folder, {"do": "status"})
    while True:
        sleep(1.0)
        last, status = status, ask(folder, {"do": "status"})
        if last["intake"]["kept"] == status["intake"]["kept"]:
            return status


def direct_ms() -> tuple[float, int, list[float]]:
    """Let the load be the broker; return the readings a second, those far too hot, and how long each of these took."""
    words = [sys.executable, LOAD, "0", str(RACKS), str(FAST_PER_S), str(WARM_UP_S + SECONDS), str(HOT_PER_S)]
    with tempfile.TemporaryDirectory() as name, subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as loading:
        assert loading.stdout is not None  # noqa: S101  asked for above
        port = loading.stdout.readline().strip()
        monitor = subprocess.Popen([sys.executable, __file__, "--watch", port, name], env=environment(), stdout=DEVNULL)
        loading.stdout.readline()
        said = json.loads(loading.stdout.readline())
        monitor.terminate()
        monitor.wait()
    return said["rate"], said["hot"], said["took_ms"]


def judge() -> list[Verdict]:
    fast, slow = load(FAST_PER_S), load(SLOW_PER_S)
    rate, hot, took_ms = direct_ms()
    per_s = 1e6 / fast.cpu_us
    is_whole = fast.sent == fast.kept and slow.sent == slow.kept
    p99 = quantiles(took_ms, n=100)[-1] if len(took_ms) > 1 else float("inf")
    share = slow.cpu_us * slow.rate / 1e6
    return [
        Verdict(
            what="MQTT to action, on one core",
            found=f"{per_s:,.0f} readings a second, {'none lost' if is_whole else 'some lost'}",
            bar=f"at least {BAR_PER_S:,}, none lost",
            met=per_s >= BAR_PER_S and is_whole,
            details=f"{fast.kept:,} of {fast.sent:,} over mosquitto at {fast.rate:,.0f} a second, "
            f"{fast.cpu_us:.1f} µs of CPU each",
        ),
        Verdict(
            what="reading to cooling command",
            found=f"{p99:.1f} ms for 99 of 100",
            bar=f"under {BAR_MS:g} ms at {FAST_PER_S:,} readings a second",
            met=p99 < BAR_MS and len(took_ms) >= hot - 1 and rate > 0.95 * FAST_PER_S,
            details=f"{median(took_ms or [0]):.1f} ms for half of {hot} readings that were far too hot, {len(took_ms)} "
            f"commands, at {rate:,.0f} readings a second; without mosquitto, which takes most of a core at that rate",
        ),
        Verdict(
            what="10,000 racks that send a reading each second",
            found=f"{share:.1%} of a core",
            bar=f"below {BAR_SHARE:.0%}",
            met=share < BAR_SHARE,
            details=f"{slow.kept:,} readings, {slow.cpu_us:.1f} µs of CPU each",
        ),
    ]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--watch", port, folder]:
            watch(int(port), Path(folder))
        case _:
            show(judge())
