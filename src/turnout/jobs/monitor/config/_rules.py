"""The tables ``[[rule]]``: what is looked for."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypedDict

from turnout.jobs.monitor._types import Layout, Severity
from turnout.jobs.monitor.config._tables import NEEDED, Table, suggestion
from turnout.jobs.monitor.rules import (
    Deviation,
    Limits,
    Missing,
    Of,
    Rate,
    Rule,
    Stuck,
    Threshold,
    Where,
    ZoneRule,
    step_for,
)

_SECOND_NS = 10**9
_HOUR_NS = 3600 * _SECOND_NS
_MOST_STEPS = 1000
_LEAST_STEP_NS = _SECOND_NS // 100
_MOST_NEIGHBOURS = 8

ASHRAE = {
    "recommended": (18.0, 27.0),
    "A1": (15.0, 32.0),
    "A2": (10.0, 35.0),
    "A3": (5.0, 40.0),
    "A4": (5.0, 45.0),
}
"""Lowest and highest temperature of air that goes into servers, degrees Celsius.

Source: ASHRAE TC 9.9, Thermal Guidelines for Data Processing Environments, 5th edition (2021): what it recommends for
the classes A1 to A4, and what it allows for each.
"""

ASHRAE_RATES = {"tape": 5.0, "disk": 20.0}
"""How much the temperature may change within an hour, degrees: where there are tape drives, and where there are none.

Source: the same.
"""


class _Common(TypedDict):
    severity: Severity
    where: Where
    for_ns: int
    clear_for_ns: int
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What is at hand when a rule is read."""

    table: Table
    name: str
    common: _Common
    interval_ns: int

    def limits(self) -> Limits:
        """Return ``above`` or ``below``, and ``clear``."""
        table = self.table
        given = [name for name in ("above", "below") if table.has(name)]
        above, below = table.number("above", 0.0), table.number("below", 0.0)
        if len(given) != 1:
            table.wrong(given[-1] if given else "above", "give either above or below, and only one of them")
        is_below = given == ["below"]
        at = below if is_below else above
        clear = table.number("clear", at)
        if table.are_right("above", "below", "clear") and ((clear < at) if is_below else (clear > at)):
            side, other = ("below", "above") if is_below else ("above", "below")
            table.wrong("clear", f"what is raised {side} {at:g} clears at {at:g} or {other}, not at {clear:g}")
        return Limits(at=at, clear=clear, is_below=is_below)

    def height(self) -> Limits:
        """Return ``above`` and ``clear``, for what is never negative."""
        above = self.table.number("above", least=0)
        clear = self.table.number("clear", above, least=0)
        if clear > above and self.table.are_right("above", "clear"):
            self.table.wrong(
                "clear", f"an alarm that is raised above {above:g} clears at {above:g} or below, not at {clear:g}"
            )
        return Limits(at=above, clear=clear)

    def window(self, name: str, default: int | object = NEEDED) -> tuple[int, int]:
        """Return a window and its steps, of which it has a whole number."""
        window_ns = self.table.duration_ns(name, default, least=_LEAST_STEP_NS)
        step_ns = self.table.duration_ns("step", step_for(window_ns), least=_LEAST_STEP_NS)
        steps = -(-window_ns // step_ns)
        if steps > _MOST_STEPS:
            self.table.wrong("step", f"the {name} has at most {_MOST_STEPS} steps, and not {steps:,}; take longer ones")
        elif self.table.has("step") and window_ns % step_ns:
            self.table.wrong("step", f"the {name} of {window_ns / 1e9:g} s is no whole number of steps")
        return steps * step_ns, step_ns


def read_rules(tables: list[Table], layout: Layout, interval_ns: int) -> tuple[Rule, ...]:
    """Return the rules; what is wrong is noted.

    Args:
        tables: Of the rules.
        layout: Which names there are.
        interval_ns: How often a reading is expected of each sensor.
    """
    rules: dict[str, Rule] = {}
    for table in tables:
        name = table.text("name")
        kind = table.text("kind", "threshold", one_of=tuple(_KINDS))
        common = _Common(
            severity=table.severity("severity", Severity.WARNING),
            where=_where(table, layout),
            for_ns=table.duration_ns("for", 0),
            clear_for_ns=table.duration_ns("clear_for", 0),
            labels=table.pairs("labels"),
        )
        if not name.strip():
            table.wrong("name", "it is empty")
        if kind == table.values.get("kind", kind):  # else nobody knows what the other keys mean
            for rule in _KINDS[kind](_Read(table, name, common, interval_ns)):
                if rule.name in rules:
                    table.wrong("name", f"there is another rule {rule.name!r}")
                if table.has("name"):
                    rules[rule.name] = rule
            table.end()
    return tuple(rules.values())


def _where(table: Table, layout: Layout) -> Where:
    where = Where(
        rooms=table.texts("rooms"), zones=table.texts("zones"), racks=table.texts("racks"), kinds=table.texts("sensors")
    )
    known = {
        "rooms": (where.rooms, layout.rooms),
        "zones": (where.zones, layout.zones),
        "racks": (where.racks, tuple(sensor.rack for sensor in layout)),
        "sensors": (where.kinds, tuple(dict.fromkeys(sensor.kind for sensor in layout))),
    }
    found_all = True
    for name, (patterns, names) in known.items():
        for pattern in patterns:
            if not matching(pattern, names):
                table.wrong(name, f"no {name[:-1]} is called {pattern!r}{suggestion(pattern, names)}")
                found_all = False
    if found_all and not any(where.picks(sensor) for sensor in layout):
        table.wrong("name", "no sensor is of all of rooms, zones, racks and sensors that it names")
    return where


def matching(pattern: str, names: Iterable[str]) -> bool:
    """Tell whether any of the names is one, or matches a pattern."""
    return any(fnmatchcase(name, pattern) for name in names)


def _threshold(read: _Read) -> Iterator[Rule]:
    mean_ns, step_ns = read.window("mean") if read.table.has("mean") else (0, _SECOND_NS)
    yield Threshold(name=read.name, limits=read.limits(), mean_ns=mean_ns, step_ns=step_ns, **read.common)


def _rate(read: _Read) -> Iterator[Rule]:
    window_ns, step_ns = read.window("window", 900 * _SECOND_NS)
    per_ns = read.table.duration_ns("per", _HOUR_NS, least=_SECOND_NS)
    limits = read.limits()
    if limits.at == 0 or (limits.at < 0) is not limits.is_below:
        read.table.wrong(
            "below" if limits.is_below else "above",
            "rising is above a number that is positive, falling below a negative one",
        )
    yield Rate(name=read.name, limits=limits, per_ns=per_ns, window_ns=window_ns, step_ns=step_ns, **read.common)


def _missing(read: _Read) -> Iterator[Rule]:
    interval_ns = read.table.duration_ns("interval", read.interval_ns, least=_LEAST_STEP_NS)
    intervals = read.table.whole("intervals", 5, least=1, most=1_000_000)
    yield Missing(name=read.name, interval_ns=interval_ns, intervals=intervals, **read.common)


def _deviation(read: _Read) -> Iterator[Rule]:
    window_ns, step_ns = read.window("window", max(10 * _SECOND_NS, read.interval_ns * 2))
    neighbours = read.table.whole("neighbours", 3, least=1, most=_MOST_NEIGHBOURS)
    yield Deviation(
        name=read.name,
        limits=read.height(),
        neighbours=neighbours,
        window_ns=window_ns,
        step_ns=step_ns,
        **read.common,
    )


def _stuck(read: _Read) -> Iterator[Rule]:
    window_ns, step_ns = read.window("window", 600 * _SECOND_NS)
    if window_ns < 2 * read.interval_ns:
        read.table.wrong("window", "it is shorter than two intervals of readings, so that nothing could change in it")
    tolerance = read.table.number("tolerance", 0.0, least=0)
    yield Stuck(name=read.name, tolerance=tolerance, window_ns=window_ns, step_ns=step_ns, **read.common)


def _zone(read: _Read) -> Iterator[Rule]:
    window_ns, step_ns = read.window("window", 30 * _SECOND_NS)
    of = Of(read.table.text("of", Of.MEAN.value, one_of=tuple(Of)))
    percentile = 95.0
    if of is Of.PERCENTILE:
        percentile = read.table.number("percentile", above=0, most=100)
    elif read.table.has("percentile"):
        read.table.number("percentile", 95.0)
        read.table.wrong("percentile", f'it goes with of = "percentile", and not with {of.value!r}')
    yield ZoneRule(
        name=read.name,
        limits=read.limits(),
        of=of,
        percentile=percentile,
        window_ns=window_ns,
        step_ns=step_ns,
        **read.common,
    )


def _ashrae(read: _Read) -> Iterator[Rule]:
    """Yield the two or four rules that a class stands for."""
    table = read.table
    low, high = ASHRAE.get(table.text("class", "recommended", one_of=tuple(ASHRAE)), ASHRAE["recommended"])
    hysteresis = table.number("hysteresis", 1.0, least=0, most=(high - low) / 2)
    mean_ns, step_ns = read.window("mean") if table.has("mean") else (0, _SECOND_NS)
    for end, limits in (
        ("high", Limits(at=high, clear=high - hysteresis)),
        ("low", Limits(at=low, clear=low + hysteresis, is_below=True)),
    ):
        yield Threshold(name=f"{read.name}-{end}", limits=limits, mean_ns=mean_ns, step_ns=step_ns, **read.common)
    if table.has("rate"):
        rate = ASHRAE_RATES.get(table.text("rate", one_of=tuple(ASHRAE_RATES)), ASHRAE_RATES["disk"])
        window_ns = 900 * _SECOND_NS
        for end, sign in (("rising", 1.0), ("falling", -1.0)):
            limits = Limits(at=sign * rate, clear=sign * rate * 0.75, is_below=sign < 0)
            yield Rate(
                name=f"{read.name}-{end}",
                limits=limits,
                window_ns=window_ns,
                step_ns=step_for(window_ns),
                **read.common,
            )


_KINDS: dict[str, Callable[[_Read], Iterator[Rule]]] = {
    "threshold": _threshold,
    "rate": _rate,
    "missing": _missing,
    "deviation": _deviation,
    "stuck": _stuck,
    "zone": _zone,
    "ashrae": _ashrae,
}
