"""What decides whether and when people are told of an alarm, as values."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from turnout.jobs.monitor.notices._which import Which

SECOND_NS = 1_000_000_000
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibition:
    """While there is one alarm, others are not told.

    Attributes:
        source: What there is.
        target: What is not told then.
        equal: What both must have in common: some of ``"rule"``, ``"subject"``, ``"zone"``, ``"room"``.
    """

    source: Which
    target: Which
    equal: tuple[str, ...] = ("zone",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Alarms that are not told until a moment.

    Attributes:
        id: Its name.
        which: Which alarms.
        until_ns: When it ends.
        from_ns: When it begins.
        by: Who asked for it.
        comment: Why.
    """

    id: str
    which: Which
    until_ns: int
    from_ns: int = 0
    by: str = ""
    comment: str = ""

    def is_on(self, now_ns: int) -> bool:
        """Tell whether it holds at a moment."""
        return self.from_ns <= now_ns < self.until_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """Alarms that are not told at certain hours, each week.

    Attributes:
        name: Of the work.
        which: Which alarms.
        days: On which days it begins, 0 for Monday to 6; all if empty.
        start: At which time of day.
        end: At which time; of the next day if that is not later.
        zone: Whose days and times.
    """

    name: str
    which: Which = field(default_factory=Which)
    days: tuple[int, ...] = ()
    start: time = time(0)
    end: time = time(0)
    zone: ZoneInfo = _UTC

    def is_on(self, now_ns: int) -> bool:
        """Tell whether it holds at a moment."""
        now = datetime.fromtimestamp(now_ns // SECOND_NS, self.zone)
        clock = now.time()
        if self.start < self.end:
            return self._begins_on(now) and self.start <= clock < self.end
        yesterday = now - timedelta(days=1)
        return (self._begins_on(now) and clock >= self.start) or (self._begins_on(yesterday) and clock < self.end)

    def _begins_on(self, day: datetime) -> bool:
        return not self.days or day.weekday() in self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Alarms that are told together.

    Attributes:
        by: What alarms of a group have in common: some of ``"rule"``, ``"subject"``, ``"zone"``, ``"room"``.
        wait_ns: How long the first one waits for others.
        interval_ns: How long others wait, that come after a group was told.
        repeat_ns: After how long a group is told again that is not over nor acknowledged; 0 for never.
    """

    by: tuple[str, ...] = ("zone",)
    wait_ns: int = 10 * SECOND_NS
    interval_ns: int = 300 * SECOND_NS
    repeat_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flapping:
    """An alarm that is raised again and again is one alarm.

    Attributes:
        times: So often within `within_ns`; 0 for never.
        within_ns: The time.
        calm_ns: When it was neither raised nor cleared for so long, it is over.
    """

    times: int = 4
    within_ns: int = 600 * SECOND_NS
    calm_ns: int = 600 * SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """All of it.

    Attributes:
        grouping: What is told together.
        flapping: What is one alarm.
        inhibitions: What is not told because of something else.
        silences: What is not told for a time.
        maintenance: What is not told at certain hours.
    """

    grouping: Grouping = field(default_factory=Grouping)
    flapping: Flapping = field(default_factory=Flapping)
    inhibitions: tuple[Inhibition, ...] = ()
    silences: tuple[Silence, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
