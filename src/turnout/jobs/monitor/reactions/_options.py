"""What a reaction is told: the values of a ``[[reaction]]`` table of the configuration."""

from dataclasses import dataclass, field
from math import inf
from typing import Literal, TypeAlias

Measure: TypeAlias = Literal["mean", "max", "percentile"]
"""How the readings of a zone become the one number that its cooling follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PidTuning:
    """A controller that turns to a temperature.

    The defaults suit a zone that follows its fans within a minute or two; ``docs/how-to/cooling.md`` tells how to find
    others.

    Attributes:
        target_c: The temperature to hold.
        gain_per_c: Level for each degree above it.
        integral_s: In this time, a lasting error adds as much again as the gain did at once; infinite for no integral.
        derivative_s: The rise that is looked ahead, in seconds; 0 for none, which makes the quieter controller.
    """

    target_c: float = 23.0
    gain_per_c: float = 0.2
    integral_s: float = 180.0
    derivative_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTuning:
    """A controller that goes up a step while it is too warm, and down a step while it is cool.

    Attributes:
        above_c: Warmer than this, the level goes up.
        below_c: Cooler than this, it goes down.
        step: By how much at each interval, above 0 to 1.
    """

    above_c: float = 24.0
    below_c: float = 22.0
    step: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often something is tried again.

    Attributes:
        first_s: The wait before the second try; each next one is twice as long.
        longest_s: The longest wait.
        tries: How many tries there are in all; infinite for as many as it takes.
        timeout_s: How long one try may take.
    """

    first_s: float = 1.0
    longest_s: float = 30.0
    tries: float = 8
    timeout_s: float = 10.0

    def wait_s(self, tried: int) -> float:
        """Return how long to wait after ``tried`` tries, 1 or more."""
        return float(min(self.longest_s, self.first_s * 2.0 ** min(tried - 1, 60)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which changes a reaction answers to; empty tuples stand for all.

    Attributes:
        rules: Names of rules.
        zones: Names of zones: that an alarm is of, or that its sensor stands in.
        at_least: The lowest severity, as in `Severity`.
        changes: Kinds of changes by their names, such as ``"raised"``.
    """

    rules: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    at_least: int = 0
    changes: tuple[str, ...] = ("raised", "cleared")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingReaction:
    """Cool zones as warm as they are.

    In topics, ``{room}`` and ``{zone}`` stand for the zone's own.

    Attributes:
        name: Of the reaction.
        zones: Their names; all if there are none.
        tuning: How the level is found.
        kind: The kind of sensors that are looked at.
        measure: What is looked at of a zone's readings.
        percentile: Which, for ``"percentile"``, 0 to 100.
        low: The lowest level.
        high: The highest level.
        rise_per_minute: How much the level may go up in a minute; full cooling for an alarm or lost data is not held
            up by that.
        fall_per_minute: How much it may go down.
        interval_s: How often a level is found.
        stale_s: Readings older than this count no longer.
        full_above_c: A zone that is warmer gets full cooling at once, whatever its controller and rate would say.
        ahead_s: So does one that will be warmer after this time, if it goes on growing warmer as it does.
        least_share: If fewer of a zone's sensors than this share have fresh readings, its data is lost: full cooling.
        full_on: Alarms of this severity or a higher one, in the zone, ask for full cooling until they are over; None
            for none.
        smallest_change: A level that differs by less than this from the one that holds is not sent.
        keepalive_s: A level that holds is sent again after so long, so that units see that somebody is there.
        topic: Where the commands go.
        state_topic: Where the units acknowledge them.
        patience: How often a command is sent again without an acknowledgement, at least; a cooling command is sent
            until it is acknowledged, or there is a newer one.
    """

    name: str = "cooling"
    zones: tuple[str, ...] = ()
    tuning: PidTuning | StepTuning = field(default_factory=PidTuning)
    kind: str = "inlet"
    measure: Measure = "mean"
    percentile: float = 90.0
    low: float = 0.1
    high: float = 1.0
    rise_per_minute: float = 2.0
    fall_per_minute: float = 0.2
    interval_s: float = 1.0
    stale_s: float = 30.0
    full_above_c: float = 24.5
    ahead_s: float = 120.0
    least_share: float = 0.5
    full_on: int | None = 2
    smallest_change: float = 0.02
    keepalive_s: float = 10.0
    topic: str = "cooling/{room}/{zone}/set"
    state_topic: str = "cooling/{room}/{zone}/state"
    patience: Patience = Patience(first_s=1.0, longest_s=10.0, tries=inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttReaction:
    """Publish a change.

    Attributes:
        name: Of the reaction.
        match: Which changes.
        topic: Where to; ``{rule}``, ``{subject}``, ``{zone}`` and ``{severity}`` stand for the alarm's own.
        acknowledged_on: The topic where the receiver answers with ``{"id": ...}``; None if it does not: then the
            broker's own acknowledgement (QoS 1) is all that is waited for.
        patience: How often it is sent.
    """

    name: str
    match: Match = field(default_factory=Match)
    topic: str
    acknowledged_on: str | None = None
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReaction:
    """POST a change as JSON.

    Attributes:
        name: Of the reaction.
        match: Which changes.
        url: Where to, ``http://`` or ``https://``.
        headers: Fields to add, such as ``("Authorization", "Bearer ...")``.
        authorities: A file of certificates to trust; the system's if None.
        patience: How often it is tried; any status from 200 to 299 is success.
    """

    name: str
    match: Match = field(default_factory=Match)
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    authorities: str | None = None
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandReaction:
    """Run a program with the change as JSON on its standard input and in its environment.

    Attributes:
        name: Of the reaction.
        match: Which changes.
        words: The program and its arguments, which no shell looks at.
        patience: How often it is tried; exit status 0 is success.
    """

    name: str
    match: Match = field(default_factory=Match)
    words: tuple[str, ...]
    patience: Patience = Patience(tries=1, timeout_s=30.0)


Delivery: TypeAlias = MqttReaction | WebhookReaction | CommandReaction
"""A reaction that answers to a change once."""

Reaction: TypeAlias = CoolingReaction | Delivery
"""Any reaction."""
