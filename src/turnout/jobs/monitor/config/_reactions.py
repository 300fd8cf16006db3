"""The tables ``[[reaction]]``: what is done."""

import re
from collections.abc import Callable
from math import inf
from pathlib import Path
from string import Formatter
from typing import Literal
from urllib.parse import urlsplit

from turnout.jobs.monitor._types import ChangeKind, Layout, Severity
from turnout.jobs.monitor.config._files import file_of
from turnout.jobs.monitor.config._notices import check_names
from turnout.jobs.monitor.config._tables import Table
from turnout.jobs.monitor.reactions import (
    CommandReaction,
    CoolingReaction,
    Match,
    MqttReaction,
    Patience,
    PidTuning,
    Reaction,
    StepTuning,
    WebhookReaction,
)
from turnout.jobs.monitor.rules import Rule

_MEASURES = ("mean", "max", "percentile")
_CHANGES = tuple(kind.value for kind in ChangeKind)
_FOR_PEOPLE = (ChangeKind.ANNOUNCED.value, ChangeKind.RESOLVED.value)
_MARGIN_C = 1.5
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class _Read:
    """What is at hand when a reaction is read."""

    def __init__(self, table: Table, layout: Layout, rules: tuple[Rule, ...], folder: Path) -> None:
        self.table = table
        self.layout = layout
        self.rules = rules
        self.folder = folder
        self.name = table.text("name")

    def match(self) -> Match:
        """Return which changes it is about."""
        table = self.table
        rules, zones = table.texts("rules"), table.texts("zones")
        for key, found, known in (
            ("rules", rules, [rule.name for rule in self.rules]),
            ("zones", zones, self.layout.zones),
        ):
            check_names(table, key, found, known)
            if any(sign in name for name in found for sign in "*?["):
                table.wrong(key, "names are written out here; patterns are for rules, silences and inhibitions")
        return Match(
            rules=rules,
            zones=zones,
            at_least=int(table.severity("severity", Severity.INFO)),
            changes=table.texts("on", _FOR_PEOPLE, one_of=_CHANGES),
        )

    def patience(self, standard: Patience) -> Patience:
        """Return how often it is tried."""
        table = self.table
        tries = table.whole("tries", 0, least=1, most=1_000_000) if table.has("tries") else standard.tries
        return Patience(
            first_s=table.seconds("first_wait", standard.first_s),
            longest_s=table.seconds("longest_wait", standard.longest_s),
            tries=tries,
            timeout_s=table.seconds("timeout", standard.timeout_s),
        )

    def topic(self, name: str, default: str | object, fields: tuple[str, ...]) -> str:
        """Return a topic with names in braces."""
        topic = self.table.text(name, default)
        try:
            used = [(field, spec, how) for _, field, spec, how in Formatter().parse(topic) if field is not None]
        except ValueError:
            used = [("", "", "")]
        if any(field not in fields or spec or how for field, spec, how in used):
            self.table.wrong(name, f"in {topic!r}, what is in braces is one of {', '.join(fields)}")
        elif not topic or any(sign in topic for sign in "+#"):
            self.table.wrong(name, f"{topic!r} is not where a message can go: it is empty, or has + or #")
        return topic


def read_reactions(tables: list[Table], layout: Layout, rules: tuple[Rule, ...], folder: Path) -> tuple[Reaction, ...]:
    """Return the reactions; what is wrong is noted.

    Args:
        tables: Of the reactions.
        layout: Which zones there are.
        rules: Which rules there are.
        folder: Where names of files begin.
    """
    reactions: dict[str, Reaction] = {}
    cooled: dict[str, str] = {}
    for table in tables:
        kind = table.text("kind", one_of=tuple(_KINDS))
        read = _Read(table, layout, rules, folder)
        if read.name in reactions:
            table.wrong("name", f"there is another reaction {read.name!r}")
        if kind not in _KINDS:
            continue
        reaction = reactions[read.name] = _KINDS[kind](read)
        if isinstance(reaction, CoolingReaction):
            for zone in reaction.zones or layout.zones:
                other = cooled.setdefault(zone, reaction.name)
                if other != reaction.name:
                    table.wrong("zones", f"zone {zone!r} is cooled by {other!r} already")
                    break
        table.end()
    return tuple(reactions.values())


def _cooling(read: _Read) -> Reaction:
    table, standard = read.table, CoolingReaction()
    zones = table.texts("zones")
    check_names(table, "zones", zones, read.layout.zones)
    kinds = tuple(dict.fromkeys(sensor.kind for sensor in read.layout))
    low = table.number("low", standard.low, least=0, most=1)
    high = table.number("high", standard.high, least=0, most=1)
    if low > high:
        table.wrong("low", f"the lowest level {low:g} is above the highest, {high:g}")
    names = ("never", *(severity.name.lower() for severity in Severity))
    tuning = _tuning(table)
    held_c = tuning.target_c if isinstance(tuning, PidTuning) else tuning.above_c
    full_above_c = table.number("full_above", held_c + _MARGIN_C)
    if full_above_c <= held_c:
        table.wrong("full_above", f"{full_above_c:g} is not above {held_c:g}, which is to be held: all cooling is full")
    full_on = table.text("full_on", "critical", one_of=names)
    return CoolingReaction(
        name=read.name,
        zones=tuple(zone for zone in read.layout.zones if zone in zones),
        tuning=tuning,
        kind=table.text("sensors", kinds[0], one_of=kinds),
        measure=_measure(table),
        percentile=table.number("percentile", standard.percentile, above=0, most=100),
        low=low,
        high=high,
        rise_per_minute=table.number("rise_per_minute", standard.rise_per_minute, above=0),
        fall_per_minute=table.number("fall_per_minute", standard.fall_per_minute, above=0),
        interval_s=table.seconds("interval", standard.interval_s),
        stale_s=table.seconds("stale", standard.stale_s),
        full_above_c=full_above_c,
        ahead_s=table.seconds("ahead", standard.ahead_s, least=0),
        least_share=table.number("least_share", standard.least_share, above=0, most=1),
        full_on=int(Severity[full_on.upper()]) if full_on in names[1:] else None,
        smallest_change=table.number("smallest_change", standard.smallest_change, least=0, most=1),
        keepalive_s=table.seconds("keepalive", standard.keepalive_s),
        topic=read.topic("topic", standard.topic, ("room", "zone")),
        state_topic=read.topic("state_topic", standard.state_topic, ("room", "zone")),
        patience=read.patience(standard.patience),
    )


def _measure(table: Table) -> Literal["mean", "max", "percentile"]:
    found = table.text("measure", "mean", one_of=_MEASURES)
    return "max" if found == "max" else "percentile" if found == "percentile" else "mean"


def _tuning(table: Table) -> PidTuning | StepTuning:
    if table.text("control", "pid", one_of=("pid", "step")) == "step":
        steps = StepTuning()
        tuning = StepTuning(
            above_c=table.number("above", steps.above_c),
            below_c=table.number("below", steps.below_c),
            step=table.number("step", steps.step, above=0, most=1),
        )
        if tuning.below_c >= tuning.above_c:
            table.wrong("below", f"{tuning.below_c:g} is not below {tuning.above_c:g}, above which cooling goes up")
        return tuning
    pid = PidTuning()
    return PidTuning(
        target_c=table.number("target", pid.target_c),
        gain_per_c=table.number("gain", pid.gain_per_c, above=0),
        integral_s=table.seconds("integral", pid.integral_s) or inf,
        derivative_s=table.seconds("derivative", pid.derivative_s, least=0),
    )


def _mqtt(read: _Read) -> Reaction:
    return MqttReaction(
        name=read.name,
        match=read.match(),
        topic=read.topic("topic", "turnout/alarms/{severity}", ("rule", "subject", "zone", "severity")),
        acknowledged_on=read.table.maybe_text("acknowledged_on"),
        patience=read.patience(Patience()),
    )


def _webhook(read: _Read) -> Reaction:
    table = read.table
    url = table.text("url")
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        is_address = is_address and parts.username is None  # which would be shown; there are headers for that
    except ValueError:
        is_address = False
    if not is_address:
        table.wrong("url", f"{url!r} is not like https://example.org/alarms")
    headers = table.pairs("headers")
    for name, value in headers:
        if not _FIELD.fullmatch(name) or any(sign in value for sign in "\r\n"):
            table.wrong("headers", f"{name!r} is no name of a field of HTTP, or its value has a line break")
    authorities = file_of(table, "ca", read.folder)
    return WebhookReaction(
        name=read.name,
        match=read.match(),
        url=url,
        headers=headers,
        authorities=None if authorities is None else str(authorities),
        patience=read.patience(Patience()),
    )


def _command(read: _Read) -> Reaction:
    words = read.table.texts("command", ())
    if not words or not words[0]:
        read.table.wrong("command", 'give the program and its arguments: command = ["/usr/bin/logger", "-t", "halls"]')
    return CommandReaction(
        name=read.name,
        match=read.match(),
        words=words,
        patience=read.patience(CommandReaction(name="", words=()).patience),
    )


_KINDS: dict[str, Callable[[_Read], Reaction]] = {
    "cooling": _cooling,
    "mqtt": _mqtt,
    "webhook": _webhook,
    "command": _command,
}
