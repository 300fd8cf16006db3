"""What a damaged log has cost, in words for people: what it says became of alarms, against what is known of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from turnout.errors import UsageError
from turnout.jobs.monitor._changes import alarm_json
from turnout.jobs.monitor._core import Machine
from turnout.jobs.monitor._scan import Damage
from turnout.jobs.monitor._types import ChangeKind
from turnout.report._words import plural

_BEGINS = frozenset({ChangeKind.RAISED, ChangeKind.FLAPPING})
_ENDS = frozenset({ChangeKind.CLEARED, ChangeKind.CALM})
_MOST_NAMED = 20


class Said:
    """What the log says since the last state, besides what moves the machine.

    Args:
        machine: In that state now; it is moved by all that can be read.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._damage: list[Damage] = []
        self._refused: list[str] = []
        self._standing: dict[str, Mapping[str, Any]] = {alarm.id: alarm_json(alarm) for alarm in machine.alarms}
        self._seen_to = {alarm.id for alarm in machine.alarms if machine.acknowledged_by(alarm) is not None}

    def damage(self, damage: Damage) -> None:
        """Take what cannot be read."""
        self._damage.append(damage)

    def change(self, change: Mapping[str, Any]) -> None:  # values of JSON
        """Take what became of an alarm then."""
        name = change["alarm"]
        if change["change"] in _BEGINS:
            self._standing[name] = change
        elif change["change"] in _ENDS:
            self._standing.pop(name, None)
        elif change["change"] == ChangeKind.ACKNOWLEDGED:
            self._seen_to.add(name)

    def refusal(self, error: UsageError) -> None:
        """Take what the machine cannot do.

        Raises:
            UsageError: If that does not come of damage.
        """
        if not self._damage:
            raise error
        self._refused.append(str(error))

    def losses(self) -> list[str]:
        """Return what people have to be told of: nothing if there is no damage."""
        if not self._damage:
            return []
        alarms, acknowledged_by = self._machine.alarms, self._machine.acknowledged_by
        known = {alarm.id for alarm in alarms}
        forgotten = [alarm for name, alarm in self._standing.items() if name not in known]
        unseen = [alarm_json(alarm) for alarm in alarms if alarm.id in self._seen_to and acknowledged_by(alarm) is None]
        told = [str(damage) for damage in self._damage]
        told.append(
            "what is whole in the log counts, and what is damaged is missing: readings come again, silences do not; "
            "look at turnout monitor status, and check the disk"
        )
        if forgotten:
            told.append(f"{_named(forgotten)} stood and cannot be gone on with; what still holds is raised anew")
        if unseen:
            told.append(f"{_named(unseen)} had been acknowledged, and have to be once more")
        if self._refused:
            count = plural(len(self._refused), "move")
            told.append(f"{count} cannot be made without what is damaged; the first one: {self._refused[0]}")
        return told


def _named(alarms: Sequence[Mapping[str, Any]]) -> str:  # values of JSON
    names = [f"{alarm['rule']} {alarm['subject']} ({alarm['alarm']})" for alarm in alarms[:_MOST_NAMED]]
    more = [f"{len(alarms) - _MOST_NAMED:,} more"] if len(alarms) > _MOST_NAMED else []
    return f"{plural(len(alarms), 'alarm')}: {', '.join((*names, *more))}"
