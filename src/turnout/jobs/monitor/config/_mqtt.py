"""The sections ``[mqtt]`` and ``[mqtt.payload]``: where readings come from."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import TypeVar
from urllib.parse import urlsplit

from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.config._files import file_of, password_of
from turnout.jobs.monitor.config._tables import Table
from turnout.jobs.monitor.config._values import Mqtt, Payload, TimeUnit, Unit

NameT = TypeVar("NameT", bound=str)
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_PLACES = ("room", "zone", "rack", "sensor")
_TIME_UNITS: tuple[TimeUnit, ...] = ("s", "ms", "us", "ns", "iso")
_UNITS: tuple[Unit, ...] = ("C", "F", "K")
_LONGEST_SESSION_S = (1 << 32) - 2  # of MQTT; the next number stands for ever
_POINTER = re.compile(r"(/([^~/]|~[01])*)+")


def read_mqtt(table: Table, folder: Path, environment: Mapping[str, str] = os.environ) -> Mqtt:
    """Return the section; what is wrong in it is noted.

    Args:
        table: The section.
        folder: Where names of files begin.
        environment: Where a password may be.
    """
    scheme, host, port = _read_url(table)
    session_ns = table.duration_ns("session", 86_400 * 10**9)
    if session_ns // 10**9 > _LONGEST_SESSION_S:
        table.wrong("session", "brokers keep one for 136 years at most")
    return Mqtt(
        host=host,
        port=port,
        is_encrypted=scheme == "mqtts",
        authorities=file_of(table, "ca", folder),
        certificate=file_of(table, "certificate", folder),
        key=file_of(table, "key", folder),
        is_verified=table.flag("verify", default=True),
        user=table.maybe_text("user"),
        password=password_of(table, folder, environment),
        client_id=table.text("client_id", "turnout-monitor"),
        session_s=session_ns // 10**9,
        qos=table.whole("qos", 1, most=1),
        topic=_topic(table),
        payload=_payload(table.table("payload")),
    )


def check_topics(table: Table, mqtt: Mqtt, layout: Layout) -> None:
    """Note what keeps the topics of all sensors from being different and legal."""
    topics: dict[str, str] = {}
    for sensor in layout:
        topic = mqtt.topic.format(room=sensor.room, zone=sensor.zone, rack=sensor.rack, sensor=sensor.kind)
        other = topics.setdefault(topic, sensor.name)
        if other != sensor.name:
            table.wrong("topic", f"{other} and {sensor.name} have the same topic, {topic!r}; tell them apart in it")
            return
        if any(sign in topic for sign in "+#\0"):
            table.wrong("topic", f"that of {sensor.name}, {topic!r}, has a character that topics may not have")
            return


def _read_url(table: Table) -> tuple[str, str, int]:
    url = table.text("url", "mqtt://127.0.0.1:1883")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        table.wrong("url", f"{url!r} cannot be read: {error}")
        return "mqtt", "127.0.0.1", 1883
    if parts.username or parts.password:
        table.wrong("url", "give user and password_file or password_env instead of a password here, which is shown")
    elif parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        table.wrong("url", f'{url!r} is not like "mqtt://host:1883", or "mqtts://host:8883" for TLS')
    return parts.scheme, parts.hostname or "", port or _PORTS.get(parts.scheme, 1883)


def _topic(table: Table) -> str:
    topic = table.text("topic", Mqtt().topic)
    try:
        fields = [
            (name, spec, conversion) for _, name, spec, conversion in Formatter().parse(topic) if name is not None
        ]
    except ValueError:
        fields = [("", "", "")]
    names = [name for name, *_ in fields]
    if any(name not in _PLACES or spec or how for name, spec, how in fields):
        table.wrong("topic", f"in {topic!r}, what is in braces is one of {', '.join(_PLACES)}")
    elif "rack" not in names:
        table.wrong("topic", f"{topic!r} has no {{rack}}: all racks would have the same topic")
    elif topic.startswith("/") or "+" in topic or "#" in topic:
        table.wrong("topic", f"{topic!r} begins with /, or has + or #; write out what is the same for all sensors")
    else:
        return topic
    return Mqtt().topic


def _payload(table: Table) -> Payload:
    payload = Payload(
        value=_pointer(table, "value"),
        time=_pointer(table, "time"),
        time_unit=_one(table, "time_unit", _TIME_UNITS),
        unit=_one(table, "unit", _UNITS),
    )
    if payload.value is None and payload.time is not None:
        table.wrong("time", "where there is a time there is a value: give both as pointers into JSON")
    table.end()
    return payload


def _pointer(table: Table, name: str) -> str | None:
    pointer = table.maybe_text(name)
    if pointer is not None and not _POINTER.fullmatch(pointer):
        table.wrong(name, f'{pointer!r} is no pointer into JSON, such as "/value" or "/data/0/value" (RFC 6901)')
    return pointer


def _one(table: Table, name: str, known: tuple[NameT, ...]) -> NameT:
    found = table.text(name, known[0], one_of=known)
    return next((each for each in known if each == found), known[0])
