"""The rules of a monitor, as values: which sensors, what is looked at, and from when to when it is an alarm."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from turnout.jobs.monitor._types import Sensor, Severity
from turnout.jobs.monitor.rules._grid import on_grid

SECOND_NS = 1_000_000_000
_STEPS_S = (0.1, 1, 5, 10, 30, 60, 300, 600, 1800, 3600)
_STEPS_IN_A_WINDOW = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which sensors a rule is about: those that each of the lists allows; an empty list allows all.

    Attributes:
        rooms: Names or patterns, in which ``*`` stands for anything.
        zones: Likewise.
        racks: Likewise.
        kinds: Of what they measure, likewise.
    """

    rooms: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    racks: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def picks(self, sensor: Sensor) -> bool:
        """Tell whether a sensor is one of them."""
        asked = (
            (self.rooms, sensor.room),
            (self.zones, sensor.zone),
            (self.racks, sensor.rack),
            (self.kinds, sensor.kind),
        )
        return all(not patterns or any(fnmatchcase(name, one) for one in patterns) for patterns, name in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on something is too much, and from where on it is well again.

    Attributes:
        at: Beyond this it is too much: above it, or below it if `is_below`.
        clear: From here on, on the other side, it is well again; the same as `at` for no hysteresis.
        is_below: Whether too little is meant.
    """

    at: float
    clear: float
    is_below: bool = False

    @property
    def sign(self) -> float:
        """What a value is multiplied by, so that too much is always above."""
        return -1.0 if self.is_below else 1.0

    @property
    def hot(self) -> float:
        """Too much is above this, after multiplication by `sign`; on the grid."""
        return on_grid(self.sign * self.at)

    @property
    def cool(self) -> float:
        """Well again is this or less, after multiplication by `sign`; on the grid."""
        return on_grid(self.sign * self.clear)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What all rules have.

    Attributes:
        name: Unlike that of any other rule.
        severity: Of its alarms.
        where: The sensors it is about.
        for_ns: How long it has to be too much before it is an alarm; 0 for at once.
        clear_for_ns: How long it has to be well again before the alarm is over.
        labels: Handed on with each alarm.
    """

    name: str
    severity: Severity = Severity.WARNING
    where: Where = field(default_factory=Where)
    for_ns: int = 0
    clear_for_ns: int = 0
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(Rule):
    """A sensor's reading, or its mean over the last while, is too high or too low; judged at each reading.

    Attributes:
        limits: In the readings' unit.
        mean_ns: The mean of how long is looked at; 0 for the reading itself.
        step_ns: The mean is that of the newest reading of each step; divides the window into at most 1,000.
    """

    limits: Limits
    mean_ns: int = 0
    step_ns: int = SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRule(Rule):
    """What is judged for all sensors at once, at the end of each step.

    Steps begin at whole multiples of their length since the Unix epoch, whenever the monitor was started.

    Attributes:
        window_ns: How far back it looks; a whole number of steps.
        step_ns: How long a step is.
    """

    window_ns: int = 0
    step_ns: int = SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(StepRule):
    """A sensor rises or falls too fast: from the oldest to the newest reading of the window.

    Attributes:
        limits: Change in `per_ns`; falling is negative.
        per_ns: The time that the limits speak of.
    """

    limits: Limits
    per_ns: int = 3600 * SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing(StepRule):
    """A sensor is silent: no reading that counts for a number of intervals.

    Attributes:
        interval_ns: How often a reading is expected.
        intervals: How many may be missed.
    """

    interval_ns: int
    intervals: int = 5

    @property
    def silence_ns(self) -> int:
        """A longer silence is an alarm."""
        return self.interval_ns * self.intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation(StepRule):
    """A sensor is far from the median of its neighbours; both are means over the window.

    Attributes:
        limits: Of the distance, which is never negative.
        neighbours: With fewer that have readings, nothing is judged.
    """

    limits: Limits
    neighbours: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck(StepRule):
    """A sensor has told the same in each reading of the window, as real ones do not.

    Attributes:
        tolerance: It has changed if a reading is further away from the last one with which it did.
    """

    tolerance: float = 0.0


class Of(StrEnum):
    """What is made of the readings of a zone."""

    MEAN = "mean"
    MAX = "max"
    MIN = "min"
    PERCENTILE = "percentile"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRule(StepRule):
    """The readings of a zone over the window, taken together, are too high or too low.

    Of each sensor, the newest reading of each step counts. Judged where at least half of the zone's sensors had one.

    Attributes:
        limits: In the readings' unit.
        of: What is made of them.
        percentile: For which one, above 0 and at most 100: the smallest reading that so many percent do not exceed.
    """

    limits: Limits
    of: Of = Of.MEAN
    percentile: float = 95.0


def step_for(window_ns: int) -> int:
    """Return how long the steps of a window are by default: the longest usual step of which it has at least ten."""
    fitting = (round(step * SECOND_NS) for step in reversed(_STEPS_S))
    return next((step for step in fitting if step * _STEPS_IN_A_WINDOW <= window_ns), round(_STEPS_S[0] * SECOND_NS))
