"""``turnout monitor simulate``: a data centre that is not there, for a monitor to try itself on."""

import argparse
import asyncio
import sys
from dataclasses import replace
from functools import partial
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from turnout.cli._options import password_file, positive_count, positive_number, positive_seconds, whole_number
from turnout.cli._stopping import Stopping
from turnout.clock import epoch_s
from turnout.errors import ExitStatus, UsageError
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor.config import Config, Mqtt, load_config
from turnout.jobs.monitor.plant import FAULT_HELP, Fault, Manner, Plant, Progress, Topics, read_faults, simulate
from turnout.jobs.monitor.plant._faults import parse_fault
from turnout.jobs.monitor.reactions import CoolingReaction
from turnout.mqtt import MqttClient, tls_context
from turnout.report._words import plain, plural

if TYPE_CHECKING:
    from turnout.jobs.monitor._types import Layout

SUMMARY = "publish the temperatures of a modelled data centre, and obey its cooling commands"

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_RACKS = 100
_TELL_EVERY_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell what the command takes."""
    parser.epilog = FAULT_HELP
    place = parser.add_argument_group("what is simulated")
    place.add_argument("--config", metavar="FILE", help="of the monitor: its racks, its broker and its topics")
    place.add_argument("--racks", type=positive_count, help="without a configuration: how many racks (default: 100)")
    place.add_argument("--zones", type=positive_count, help="how many zones; by default one for each 100 racks, or 2")
    place.add_argument("--rooms", type=positive_count, help="how many rooms (default: 1)")
    place.add_argument("--seed", type=whole_number, default=0, help="of what is by chance (default: %(default)s)")
    place.add_argument(
        "--fault", metavar="FAULT", type=_fault, action="append", default=[], help="what goes wrong, see below"
    )
    place.add_argument("--faults", metavar="FILE", help="a TOML file of [[fault]] tables")

    broker = parser.add_argument_group("where it is published")
    broker.add_argument("--broker", metavar="URL", help="mqtt:// or mqtts:// (default: mqtt://127.0.0.1:1883)")
    broker.add_argument("--user", help="the name to show to the broker")
    broker.add_argument(
        "--password-file",
        metavar="FILE",
        dest="password",
        type=password_file,
        help="what proves it: the first line of a file",
    )
    broker.add_argument("--ca", metavar="FILE", help="the certificates to trust, with mqtts://")
    broker.add_argument("--qos", type=int, choices=(0, 1), default=0, help="of the readings (default: %(default)s)")

    time = parser.add_argument_group("how time passes")
    time.add_argument(
        "--interval",
        metavar="S",
        type=positive_seconds,
        help="between two readings; by default that of the configuration, or 1",
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
    config = None if options.config is None else load_config(Path(options.config))
    layout = _layout(options, config)
    mqtt = _mqtt(options, Mqtt() if config is None else config.mqtt)
    faults: tuple[Fault, ...] = tuple(options.fault)
    if options.faults is not None:
        faults += read_faults(options.faults)
    plant = Plant(layout, seed=options.seed, faults=faults)
    interval_s = 1.0 if config is None else config.interval_ns / 1e9
    manner = Manner(
        topics=_topics(mqtt, config),
        interval_s=options.interval or interval_s,
        speed=options.speed,
        duration_s=options.duration or inf,
        qos=options.qos,
        payload=mqtt.payload,
        patience_s=options.patience,
    )
    progress, status = asyncio.run(_simulate(options, layout, plant, manner, mqtt))
    if not options.quiet:
        were = "1 reading was" if progress.sent == 1 else f"{progress.sent:,} readings were"
        lost = f", {progress.dropped:,} not: there was no connection" if progress.dropped else ""
        _say(f"{progress.plant.time_s:,.0f} s of the plant; {were} published{lost}")
    return ExitStatus.OK if status is None else status


async def _simulate(
    options: argparse.Namespace, layout: "Layout", plant: Plant, manner: Manner, mqtt: Mqtt
) -> tuple[Progress, int | None]:
    loop, end = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        loop.call_soon_threadsafe(end.set)

    stopping = Stopping(stop, lambda text: print(text, file=sys.stderr, flush=True))
    with stopping:
        progress = await simulate(
            layout,
            plant,
            manner,
            _connect(mqtt, is_quiet=options.quiet),
            now_ns=lambda: round(epoch_s() * 1e9),
            on_progress=_Teller(layout, options, manner),
            stopping=end,
        )
    return progress, stopping.exit_status


class _Teller:
    """Says now and then how it stands."""

    def __init__(self, layout: "Layout", options: argparse.Namespace, manner: Manner) -> None:
        self._is_quiet = options.quiet
        self._next_s = 0.0
        self._every_s = _TELL_EVERY_S * manner.speed
        self._place = f"{plural(len(layout), 'sensor')}, {plural(len(layout.zones), 'zone')}"
        self._tolerated_s = max(1.0, manner.interval_s / manner.speed)

    def __call__(self, progress: Progress) -> None:
        plant = progress.plant
        if self._is_quiet or plant.time_s < self._next_s:
            return
        self._next_s = plant.time_s + self._every_s
        count = len(plant.faults)
        faults = f", {plural(count, 'fault')}" if count else ""
        behind = f", {progress.behind_s:.1f} s behind" if progress.behind_s > self._tolerated_s else ""
        _say(
            f"{plant.time_s:,.0f} s: {self._place}, {plant.air_c.min():.1f} to {plant.air_c.max():.1f} °C, "
            f"{progress.commanded} of {plural(len(plant.levels), 'unit')} commanded{faults}{behind}"
        )


def _layout(options: argparse.Namespace, config: Config | None) -> "Layout":
    if config is not None:
        for name in ("racks", "zones", "rooms"):
            if getattr(options, name) is not None:
                raise UsageError(f"--{name} and --config exclude each other: the configuration has a layout")
        return config.layout
    racks, rooms = options.racks or _RACKS, options.rooms or 1
    zones = options.zones or max(min(2, racks), racks // 100, rooms)
    try:
        return grid(racks=racks, zones=zones, rooms=rooms)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _topics(mqtt: Mqtt, config: Config | None) -> Topics:
    """Return where messages go; commands go where the first reaction that cools sends them."""
    for reaction in () if config is None else config.reactions:
        if isinstance(reaction, CoolingReaction):
            return Topics(reading=mqtt.topic, command=reaction.topic, state=reaction.state_topic)
    return Topics(reading=mqtt.topic)


def _mqtt(options: argparse.Namespace, mqtt: Mqtt) -> Mqtt:
    """Return how the broker is reached: as the configuration says, but for what the options say."""
    if options.broker is not None:
        mqtt = replace(mqtt, **_address(options.broker))
    if options.user is not None:
        mqtt = replace(mqtt, user=options.user)
    if options.password is not None:
        mqtt = replace(mqtt, password=options.password)
    if options.ca is not None:
        if not mqtt.is_encrypted:
            raise UsageError("--ca is for an encrypted connection; write the broker's address with mqtts://")
        mqtt = replace(mqtt, authorities=Path(options.ca))
    return mqtt


def _address(url: str) -> dict[str, Any]:  # fields of Mqtt
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in _PORTS or parts.username is not None:
        raise UsageError(
            f"{url!r} is not the address of a broker; write one as mqtt://127.0.0.1:1883, "
            "and who you are with --user and --password-file"
        )
    return {"host": host, "port": port or _PORTS[parts.scheme], "is_encrypted": parts.scheme == "mqtts"}


def _connect(mqtt: Mqtt, *, is_quiet: bool) -> "partial[MqttClient]":
    tls = None
    if mqtt.is_encrypted:
        tls = tls_context(ca=mqtt.authorities, certificate=mqtt.certificate, key=mqtt.key, verify=mqtt.is_verified)
    return partial(
        MqttClient,
        mqtt.host,
        mqtt.port,
        user=mqtt.user,
        password=mqtt.password,
        tls=tls,
        on_state=None if is_quiet else lambda state: _say(f"broker: {state}"),
    )


def _fault(text: str) -> Fault:
    try:
        return parse_fault(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _say(text: str) -> None:
    print(f"turnout monitor: {plain(text)}", file=sys.stderr, flush=True)
