"""Which alarms something is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from turnout.errors import UsageError
from turnout.jobs.monitor._types import Alarm, Severity

FIELDS = ("rule", "subject", "zone", "room")
"""What of an alarm can be asked for by a name or a pattern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Alarms that each of the lists allows; an empty list allows all.

    Attributes:
        rules: Names or patterns, in which ``*`` stands for anything.
        subjects: Of sensors and zones, likewise.
        zones: Likewise.
        rooms: Likewise.
        severities: Any of these.
        labels: All of these.
    """

    rules: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()

    def picks(self, alarm: Alarm) -> bool:
        """Tell whether an alarm is one of them."""
        asked = (
            (self.rules, alarm.rule),
            (self.subjects, alarm.subject),
            (self.zones, alarm.zone),
            (self.rooms, alarm.room),
        )
        return (
            all(not patterns or any(fnmatchcase(name, one) for one in patterns) for patterns, name in asked)
            and (not self.severities or alarm.severity in self.severities)
            and all(label in alarm.labels for label in self.labels)
        )


def which_of(what: object) -> Which:
    """Return which alarms ``{"zone": "z3", "rule": "hot"}`` stands for; values may be patterns.

    Raises:
        UsageError: If it is something else.
    """
    if not isinstance(what, Mapping) or not what:
        raise UsageError(f"a silence is about alarms with some of {', '.join(FIELDS)}; none was given")
    for name, pattern in what.items():
        if name not in FIELDS or not isinstance(pattern, str):
            raise UsageError(f"a silence is about {', '.join(FIELDS)}, each a text; not about {name!r}: {pattern!r}")
    lists: dict[str, Any] = {f"{name}s": (pattern,) for name, pattern in what.items()}  # names are those of fields
    return Which(**lists)
