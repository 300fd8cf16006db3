"""From a configuration to what a monitor is made of."""

import json
from collections.abc import Iterable
from pathlib import Path

from turnout.errors import UsageError
from turnout.jobs.monitor._plan import Access, Meeting, Plan
from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.config import Config, ConfigError, NatsOptions, load_config, parse_config, reader_of
from turnout.jobs.monitor.notices import Watch
from turnout.jobs.monitor.page import Limit
from turnout.jobs.monitor.rules import Engine, Rule, Threshold
from turnout.mqtt import tls_context


def read_plan(path: str | Path) -> Plan:
    """Read a configuration.

    Raises:
        ConfigError: If it has mistakes: all of them, with their lines.
        UsageError: If it, or a certificate that it names, cannot be read.
    """
    path = Path(path)
    config = load_config(path)
    mqtt = config.mqtt
    tls = None
    if mqtt.is_encrypted:
        tls = tls_context(ca=mqtt.authorities, certificate=mqtt.certificate, key=mqtt.key, verify=mqtt.is_verified)
    return Plan(
        about={"config": config.text, "folder": str(path.parent.resolve())},
        layout=config.layout,
        rules=tuple(dict.fromkeys(rule.name for rule in config.rules)),
        make_watch=lambda layout: watch_of(config, layout),
        access=Access(
            host=mqtt.host,
            port=mqtt.port,
            user=mqtt.user,
            password=mqtt.password,
            tls=tls,
            client_id=mqtt.client_id,
            session_s=mqtt.session_s,
        ),
        filter=mqtt.topic_filter,
        qos=mqtt.qos,
        topics=mqtt.topics(config.layout),
        parse=reader_of(mqtt.payload),
        reactions=config.reactions,
        keeping=config.keeping,
        keep_bytes=config.recording_bytes,
        page=config.page,
        nats=config.nats,
        limits=limits_of(config.rules),
    )


def meeting_of(nats: NatsOptions) -> Meeting:
    """Return where monitors meet.

    Raises:
        UsageError: If a certificate cannot be used.
    """
    tls = None
    if nats.is_encrypted:
        tls = tls_context(ca=nats.authorities, certificate=nats.certificate, key=nats.key)
    return Meeting(
        url=",".join(nats.urls),
        user=nats.user,
        password=nats.password,
        tls=tls,
        name=nats.name,
        partitions=nats.partitions,
    )


def limits_of(rules: Iterable[Rule]) -> tuple[Limit, ...]:
    """Return at which values rules for single sensors raise alarms, each value once."""
    found = {rule.limits.at: rule.name for rule in reversed(tuple(rules)) if isinstance(rule, Threshold)}
    return tuple(Limit(value=value, label=found[value]) for value in sorted(found))


def watch_of(config: Config, layout: Layout) -> Watch:
    """Return the rules of a configuration, and what is told of them, at their beginning.

    Args:
        config: It.
        layout: All of its sensors, or some.
    """
    engine = Engine(layout, config.rules, lateness_ns=config.lateness_ns, ahead_ns=config.ahead_ns)
    return Watch(engine, config.notices)


def recorded_watch(about: bytes) -> Watch:
    """Return the same as `watch_of`, of what a recording says about its monitor.

    Raises:
        UsageError: If its configuration names files that are not here.
    """
    said = json.loads(about)
    try:
        config = parse_config(said["config"], name="the recorded configuration", folder=Path(said["folder"]))
    except ConfigError as error:
        raise UsageError(f"{error}\nA recording is replayed where the files are that its configuration names") from None
    return watch_of(config, config.layout)
