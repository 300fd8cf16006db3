"""``turnout monitor simulate``: a data centre that is not there, for a monitor to try itself on."""

import argparse
import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from turnout.cli._options import positive_count, positive_number, positive_seconds, whole_number
from turnout.cli._stopping import Stopping
from turnout.clock import epoch_s
from turnout.errors import ExitStatus, UsageError
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor.plant import FAULT_HELP, Fault, Manner, Plant, Progress, Topics, read_faults, simulate
from turnout.jobs.monitor.plant._faults import parse_fault
from turnout.mqtt import MqttClient, tls_context

if TYPE_CHECKING:
    from turnout.jobs.monitor._types import Layout

SUMMARY = "publish the temperatures of a modelled data centre, and obey its cooling commands"

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_TELL_EVERY_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell what the command takes."""
    parser.epilog = FAULT_HELP
    place = parser.add_argument_group("what is simulated")
    place.add_argument("--racks", type=positive_count, default=100, help="how many racks (default: %(default)s)")
    place.add_argument("--zones", type=positive_count, help="how many zones; by default one for each 100 racks, or 2")
    place.add_argument("--rooms", type=positive_count, default=1, help="how many rooms (default: %(default)s)")
    place.add_argument("--seed", type=whole_number, default=0, help="of what is by chance (default: %(default)s)")
    place.add_argument(
        "--fault", metavar="FAULT", type=_fault, action="append", default=[], help="what goes wrong, see below"
    )
    place.add_argument("--faults", metavar="FILE", help="a TOML file of [[fault]] tables")

    broker = parser.add_argument_group("where it is published")
    broker.add_argument(
        "--broker", metavar="URL", default="mqtt://127.0.0.1", help="mqtt:// or mqtts:// (default: %(default)s)"
    )
    broker.add_argument("--user", help="the name to show to the broker")
    broker.add_argument("--password-file", metavar="FILE", help="what proves it: the first line of a file")
    broker.add_argument("--ca", metavar="FILE", type=Path, help="the certificates to trust, with mqtts://")
    broker.add_argument("--qos", type=int, choices=(0, 1), default=0, help="of the readings (default: %(default)s)")
    broker.add_argument(
        "--payload",
        choices=("number", "json"),
        default="number",
        help="how readings are written (default: %(default)s)",
    )
    broker.add_argument(
        "--topic", metavar="PATTERN", default=Topics().reading, help="of the readings (default: %(default)s)"
    )

    time = parser.add_argument_group("how time passes")
    time.add_argument(
        "--interval",
        metavar="S",
        type=positive_seconds,
        default=1.0,
        help="between two readings (default: %(default)s)",
    )
    time.add_argument(
        "--speed",
        metavar="FACTOR",
        type=positive_number,
        default=1.0,
        help="so many seconds pass in one; the monitor's own times do not, so that it controls ever worse above 10",
    )
    time.add_argument("--duration", metavar="S", type=positive_seconds, help="end after so many seconds of the plant")
    time.add_argument(
        "--patience",
        metavar="S",
        type=positive_seconds,
        default=30.0,
        help="a cooling unit without a command for so long cools in full (default: %(default)s)",
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing while it runs")


def run(options: argparse.Namespace) -> int:
    """Simulate until the end, or Ctrl-C."""
    layout = _layout(options)
    faults: tuple[Fault, ...] = tuple(options.fault)
    if options.faults is not None:
        faults += read_faults(options.faults)
    plant = Plant(layout, seed=options.seed, faults=faults)
    manner = Manner(
        topics=Topics(reading=options.topic),
        interval_s=options.interval,
        speed=options.speed,
        duration_s=float("inf") if options.duration is None else options.duration,
        qos=options.qos,
        payload=options.payload,
        patience_s=options.patience,
    )
    connect = _connect(options)

    async def go() -> tuple[Progress, int | None]:
        loop, end = asyncio.get_running_loop(), asyncio.Event()

        def stop() -> None:
            loop.call_soon_threadsafe(end.set)

        stopping = Stopping(stop, _say)
        teller = _Teller(layout, options)
        with stopping:
            progress = await simulate(
                layout,
                plant,
                manner,
                connect,
                now_ns=lambda: round(epoch_s() * 1e9),
                on_progress=teller,
                stopping=end,
            )
        return progress, stopping.exit_status

    progress, status = asyncio.run(go())
    if not options.quiet:
        lost = f", {progress.dropped:,} were not: there was no connection" if progress.dropped else ""
        _say(f"{progress.plant.time_s:,.0f} s of the plant; {progress.sent:,} readings were published{lost}")
    return ExitStatus.OK if status is None else status


class _Teller:
    """Says now and then how it stands."""

    def __init__(self, layout: "Layout", options: argparse.Namespace) -> None:
        self._is_quiet = options.quiet
        self._next_s = 0.0
        self._every_s = _TELL_EVERY_S * options.speed
        self._place = f"{len(layout):,} sensors, {len(layout.zones):,} zones"
        self._wanted_s = max(1.0, options.interval / options.speed)

    def __call__(self, progress: Progress) -> None:
        plant = progress.plant
        if self._is_quiet or plant.time_s < self._next_s:
            return
        self._next_s = plant.time_s + self._every_s
        faults = f", {len(plant.faults)} faults" if plant.faults else ""
        behind = f", {progress.behind_s:.1f} s behind" if progress.behind_s > self._wanted_s else ""
        _say(
            f"{plant.time_s:,.0f} s: {self._place}, {plant.air_c.min():.1f} to {plant.air_c.max():.1f} °C, "
            f"{progress.commanded} of {len(plant.levels)} units commanded{faults}{behind}"
        )


def _layout(options: argparse.Namespace) -> "Layout":
    zones = options.zones or max(min(2, options.racks), options.racks // 100, options.rooms)
    try:
        return grid(racks=options.racks, zones=zones, rooms=options.rooms)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _connect(options: argparse.Namespace) -> "partial[MqttClient]":
    try:
        parts = urlsplit(options.broker)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in _PORTS or parts.username is not None:
        raise UsageError(
            f"{options.broker!r} is not the address of a broker; write one as mqtt://127.0.0.1:1883, "
            "and who you are with --user and --password-file"
        )
    is_encrypted = parts.scheme == "mqtts"
    if options.ca is not None and not is_encrypted:
        raise UsageError("--ca is for an encrypted connection; write the broker's address with mqtts://")
    return partial(
        MqttClient,
        host,
        port or _PORTS[parts.scheme],
        user=options.user,
        password=None if options.password_file is None else _first_line(options.password_file),
        tls=tls_context(ca=options.ca) if is_encrypted else None,
        on_state=None if options.quiet else lambda state: _say(f"broker: {state}"),
    )


def _first_line(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, ValueError) as error:
        raise UsageError(f"the password in {name!r} cannot be read ({error})") from None


def _fault(text: str) -> Fault:
    try:
        return parse_fault(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _say(text: str) -> None:
    print(text if text.startswith("turnout:") else f"turnout: {text}", file=sys.stderr, flush=True)
