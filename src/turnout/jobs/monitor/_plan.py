"""What a monitor is made of, once its configuration is read."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from turnout.jobs.monitor._ingest import Parse
from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.config import NatsOptions, PageOptions
from turnout.jobs.monitor.history import Keeping
from turnout.jobs.monitor.notices import Watch
from turnout.jobs.monitor.page import Limit
from turnout.jobs.monitor.reactions import Reaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a broker is reached.

    Attributes:
        host: Where it is.
        port: Likewise.
        user: Who the monitor is; None for nobody in particular.
        password: What proves it.
        tls: How to encrypt; None for not at all.
        client_id: The name of the session. Readings of QoS 1 that come while the monitor is away are kept for it.
        session_s: For how long the broker keeps them, seconds.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    user: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None
    client_id: str = ""
    session_s: int = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Where monitors meet to share the work.

    Attributes:
        url: Of the NATS server, ``nats://host:4222`` or ``tls://``; of several, separated by commas, for a cluster.
        user: Who the monitor is; None for nobody in particular.
        password: What proves it.
        tls: How to encrypt; None for as the server asks for.
        name: Monitors of one name work together.
        partitions: How many parts there are to share; the same for all.
        lease_s: After how long without a sign of life others take over.
    """

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    name: str = "turnout"
    partitions: int = 8
    lease_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A monitor, as values.

    Attributes:
        about: What a replay has to know, as JSON has it; it is kept with each part of the recording.
        layout: Where the sensors are.
        rules: What the rules are called, once each.
        make_watch: Makes the rules anew, for all sensors or some of them.
        access: How the broker is reached.
        filter: Which topics are read.
        qos: With which quality of service.
        topics: The sensor of each topic.
        parse: Reads a payload; None for plain numbers.
        reactions: What is done.
        keeping: How long history is kept.
        keep_bytes: How much of the log is kept; None for everything.
        page: How the live page is served; None for no page.
        nats: Where monitors meet that share the work; None for one that watches alone.
        limits: Shown there.
    """

    about: Mapping[str, object]
    layout: Layout
    rules: tuple[str, ...] = ()
    make_watch: Callable[[Layout], Watch]
    access: Access
    filter: str
    qos: int = 1
    topics: Mapping[bytes, int]
    parse: Parse | None = None
    reactions: tuple[Reaction, ...] = ()
    keeping: Keeping = field(default_factory=Keeping)
    keep_bytes: int | None = None
    page: PageOptions | None = None
    nats: NatsOptions | None = None
    limits: tuple[Limit, ...] = ()
