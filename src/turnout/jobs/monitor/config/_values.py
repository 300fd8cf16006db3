"""What a configuration says, as values."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.history import Keeping
from turnout.jobs.monitor.notices import Notices
from turnout.jobs.monitor.reactions import Reaction
from turnout.jobs.monitor.rules import Rule

TimeUnit = Literal["s", "ms", "us", "ns", "iso"]
"""How a payload tells the time: as a number of these since 1970, or as ISO 8601 has it."""

Unit = Literal["C", "F", "K"]
"""In which unit readings come: degrees Celsius, Fahrenheit or kelvins; inside, all is Celsius."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """How a message is read.

    Attributes:
        value: Where the number is in JSON, as RFC 6901 has it, ``"/data/0/value"``; None if the payload is the number.
        time: Where the time of the measurement is; None if the payload does not say.
        time_unit: How it is told.
        unit: Of the number.
    """

    value: str | None = None
    time: str | None = None
    time_unit: TimeUnit = "s"
    unit: Unit = "C"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mqtt:
    """Where readings come from.

    Attributes:
        host: Of the broker.
        port: Likewise.
        is_encrypted: Whether with TLS.
        authorities: A file of certificates to trust; None for the system's.
        certificate: A file with what the monitor shows of itself; None for nothing.
        key: A file with the private key of that; None if it is in the same.
        is_verified: Whether the broker has to prove its name.
        user: Who the monitor is; None for nobody in particular.
        password: What proves it; never shown.
        client_id: The name of the session.
        session_s: For how long the broker keeps readings while the monitor is away.
        qos: With which quality of service readings are asked for.
        topic: With ``{room}``, ``{zone}``, ``{rack}`` and ``{sensor}``, each a level or part of one.
        payload: How a message is read.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    is_encrypted: bool = False
    authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    is_verified: bool = True
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    client_id: str = "turnout-monitor"
    session_s: int = 86_400
    qos: int = 1
    topic: str = "dc/{room}/{zone}/{rack}/{sensor}"
    payload: Payload = field(default_factory=Payload)

    @property
    def topic_filter(self) -> str:
        """What to subscribe to: all topics of the kind."""
        return "/".join("+" if "{" in level else level for level in self.topic.split("/"))

    def topics(self, layout: Layout) -> dict[bytes, int]:
        """Return the index of each sensor, by its topic."""
        return {
            self.topic.format(room=each.room, zone=each.zone, rack=each.rack, sensor=each.kind).encode(): index
            for index, each in enumerate(layout)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """How the page is served, and what it shows.

    Attributes:
        host: The address that it listens at.
        port: Likewise; 0 for any that is free.
        title: What is watched.
        low: The value at the lower end of the colours.
        high: The value at the upper end.
        user: Who may see it and use its buttons; None for whoever can reach it.
        password: What proves it; never shown.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    title: str = "turnout"
    low: float = 15.0
    high: float = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsOptions:
    """Where monitors meet that share the work.

    Attributes:
        urls: Of a server, or of those of a cluster; ``tls://`` for all or none.
        name: Monitors of one name work together.
        partitions: How many parts there are to share; the same for all.
        user: Who the monitor is; None for nobody in particular.
        password: What proves it; never shown.
        authorities: A file of certificates to trust; None for the system's.
        certificate: A file with what the monitor shows of itself; None for nothing.
        key: A file with the private key of that; None if it is in the same.
    """

    urls: tuple[str, ...] = ("nats://127.0.0.1:4222",)
    name: str = "turnout"
    partitions: int = 8
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @property
    def is_encrypted(self) -> bool:
        """Whether with TLS."""
        return any(url.startswith("tls://") for url in self.urls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration that has no mistakes.

    Attributes:
        text: As it was written.
        mqtt: Where readings come from.
        layout: Where the sensors are.
        rules: What is looked for.
        interval_ns: How often each sensor is expected to tell something.
        lateness_ns: How long readings may be under way.
        ahead_ns: How far sensors' clocks may be ahead.
        notices: What people are told of.
        reactions: What is done.
        keeping: How long history is kept.
        page: How the page is served; None for no page.
        nats: Where monitors meet that share the work; None for one that watches alone.
        recording_bytes: How much of the recording is kept; None for everything.
    """

    text: str
    mqtt: Mqtt
    layout: Layout
    rules: tuple[Rule, ...]
    interval_ns: int
    lateness_ns: int
    ahead_ns: int
    notices: Notices
    reactions: tuple[Reaction, ...]
    keeping: Keeping
    page: PageOptions | None
    nats: NatsOptions | None
    recording_bytes: int | None
