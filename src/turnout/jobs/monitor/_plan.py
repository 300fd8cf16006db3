"""What a monitor is made of, once its configuration is read."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from turnout.jobs.monitor._ingest import Parse
from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.config import PageOptions
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
    limits: tuple[Limit, ...] = ()
