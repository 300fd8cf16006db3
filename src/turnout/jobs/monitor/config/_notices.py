"""What people are told: ``[grouping]``, ``[flapping]``, ``[[inhibit]]``, ``[[silence]]`` and ``[[maintenance]]``."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from turnout.jobs.monitor._types import Layout, Severity
from turnout.jobs.monitor.config._rules import matching
from turnout.jobs.monitor.config._tables import NEEDED, Table, suggestion
from turnout.jobs.monitor.notices import Flapping, Grouping, Inhibition, Maintenance, Notices, Silence, Which
from turnout.jobs.monitor.rules import Rule

_COMMON = ("rule", "subject", "zone", "room")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NONE = datetime(1970, 1, 1, tzinfo=UTC)


def read_notices(top: Table, layout: Layout, rules: tuple[Rule, ...]) -> Notices:
    """Return all of these sections; what is wrong is noted.

    Args:
        top: The whole document.
        layout: Which zones and rooms there are.
        rules: Which rules there are.
    """
    names = [rule.name for rule in rules]
    return Notices(
        grouping=_grouping(top.table("grouping")),
        flapping=_flapping(top.table("flapping")),
        inhibitions=tuple(_inhibition(table, layout, names) for table in top.tables("inhibit")),
        silences=tuple(_silences(top.tables("silence"), layout, names)),
        maintenance=tuple(_maintenance(table, layout, names) for table in top.tables("maintenance")),
    )


def check_names(table: Table, key: str, found: Iterable[str], known: Iterable[str]) -> None:
    """Note names or patterns that nothing has."""
    known = list(known)
    for name in found:
        if not matching(name, known):
            table.wrong(key, f"no {key[:-1]} is called {name!r}{suggestion(name, known)}")


def _grouping(table: Table) -> Grouping:
    standard = Grouping()
    grouping = Grouping(
        by=table.texts("by", standard.by, one_of=_COMMON),
        wait_ns=table.duration_ns("wait", standard.wait_ns),
        interval_ns=table.duration_ns("interval", standard.interval_ns),
        repeat_ns=table.duration_ns("repeat", standard.repeat_ns),
    )
    table.end()
    return grouping


def _flapping(table: Table) -> Flapping:
    standard = Flapping()
    flapping = Flapping(
        times=table.whole("times", standard.times, most=100),
        within_ns=table.duration_ns("within", standard.within_ns),
        calm_ns=table.duration_ns("calm", standard.calm_ns),
    )
    if flapping.times == 1:
        table.wrong("times", "what is raised once does not flap; give at least 2, or 0 for never")
    table.end()
    return flapping


def _inhibition(table: Table, layout: Layout, rules: list[str]) -> Inhibition:
    table.maybe_text("name")
    sides = []
    for side in ("source", "target"):
        inner = table.table(side)
        if not inner.values:
            table.wrong(side, "say which alarms: some of rules, subjects, zones, rooms, severities, labels")
        sides.append(_which(inner, layout, rules))
        inner.end()
    inhibition = Inhibition(source=sides[0], target=sides[1], equal=table.texts("equal", ("zone",), one_of=_COMMON))
    table.end()
    return inhibition


def _silences(tables: list[Table], layout: Layout, rules: list[str]) -> Iterable[Silence]:
    names: set[str] = set()
    for table in tables:
        name = table.text("name")
        if name in names:
            table.wrong("name", "there is another silence of this name")
        names.add(name)
        since, until = _moment(table, "from", _NONE), _moment(table, "until", NEEDED)
        if until <= since:
            table.wrong("until", "it is not after from")
        yield Silence(
            id=name,
            which=_which(table, layout, rules),
            from_ns=int(since.timestamp()) * 10**9,
            until_ns=int(until.timestamp()) * 10**9,
            by=table.text("by", "the configuration"),
            comment=table.text("comment", ""),
        )
        table.end()


def _maintenance(table: Table, layout: Layout, rules: list[str]) -> Maintenance:
    days = table.texts("days", (), one_of=_DAYS)
    maintenance = Maintenance(
        name=table.text("name"),
        which=_which(table, layout, rules),
        days=tuple(_DAYS.index(day) for day in days if day in _DAYS),
        start=_clock(table, "start"),
        end=_clock(table, "end"),
        zone=_time_zone(table),
    )
    table.end()
    return maintenance


def _which(table: Table, layout: Layout, rules: list[str]) -> Which:
    severities = [severity.name.lower() for severity in Severity]
    which = Which(
        rules=table.texts("rules"),
        subjects=table.texts("subjects"),
        zones=table.texts("zones"),
        rooms=table.texts("rooms"),
        severities=tuple(
            Severity[name.upper()] for name in table.texts("severities", (), one_of=severities) if name in severities
        ),
        labels=table.pairs("labels"),
    )
    check_names(table, "rules", which.rules, rules)
    check_names(table, "zones", which.zones, layout.zones)
    check_names(table, "rooms", which.rooms, layout.rooms)
    check_names(table, "subjects", which.subjects, [*(sensor.name for sensor in layout), *layout.zones])
    return which


def _moment(table: Table, name: str, default: datetime | object) -> datetime:
    def read(found: Any) -> datetime:  # whatever TOML has
        if not isinstance(found, datetime):
            raise TypeError
        if found.tzinfo is None:
            raise ValueError("it has no offset, such as the Z of 2026-12-24T18:00:00Z for UTC")
        return found

    return table.get(name, default, read, "a date and time such as 2026-12-24T18:00:00Z", _NONE)


def _clock(table: Table, name: str) -> time:
    def read(found: Any) -> time:  # whatever TOML has
        if not isinstance(found, time):
            raise TypeError
        return found

    return table.get(name, NEEDED, read, "a time of day such as 02:00:00, without quotes", time(0))


def _time_zone(table: Table) -> ZoneInfo:
    def read(found: Any) -> ZoneInfo:  # whatever TOML has
        if not isinstance(found, str):
            raise TypeError
        try:
            return ZoneInfo(found)
        except (OSError, ValueError, KeyError):
            raise ValueError(f"no time zone is called {found!r}; they are like Europe/Zurich") from None

    return table.get("timezone", ZoneInfo("UTC"), read, "the name of a time zone", ZoneInfo("UTC"))
