"""From what rules find to what people are told.

    raised, cleared ──► flapping ──► what stands ──► inhibited? silenced? in maintenance? ──► groups ──► announced
                        as one                       acknowledged?                                        resolved

All that rules find goes through, except the coming and going of an alarm that flaps: machines that react have to know,
whoever sleeps. What people are told is added to it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

from turnout.errors import UsageError
from turnout.jobs.monitor._types import Alarm, Change, ChangeKind
from turnout.jobs.monitor.notices._flaps import Flaps
from turnout.jobs.monitor.notices._groups import Groups
from turnout.jobs.monitor.notices._mutes import Mutes
from turnout.jobs.monitor.notices._values import Notices, Silence
from turnout.jobs.monitor.rules import alarm_from_json, alarm_to_json

_OVER = frozenset({ChangeKind.CLEARED, ChangeKind.CALM})


class Notifier:
    """Decides what people are told. Moved by its calls only, like the engine.

    Args:
        options: What it goes by.
    """

    def __init__(self, options: Notices) -> None:
        self._flaps = Flaps(options.flapping)
        self._mutes = Mutes(options)
        self._groups = Groups(
            options.grouping,
            is_muted=self._mutes.covers,
            is_acknowledged=lambda alarm: alarm.id in self._acknowledged,
        )
        self._standing: dict[str, Alarm] = {}
        self._acknowledged: dict[str, str] = {}
        self._now_ns = 0

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """All that stand, oldest first."""
        return tuple(sorted(self._standing.values(), key=lambda alarm: (alarm.raised_ns, alarm.id)))

    @property
    def silences(self) -> tuple[Silence, ...]:
        """All that hold, or will."""
        return self._mutes.silences(self._now_ns)

    def acknowledged_by(self, alarm: Alarm) -> str | None:
        """Return who has acknowledged an alarm; None if nobody has."""
        return self._acknowledged.get(alarm.id)

    def is_silenced(self, alarm: Alarm) -> bool:
        """Tell whether a silence covers an alarm."""
        return self._mutes.silenced(alarm, self._now_ns)

    def take(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        """Take what rules have found, and return what of it stands."""
        taken = [found for change in changes for found in self._flaps.take(change)]
        for change in taken:
            self._note(change)
        return tuple(taken)

    def tick(self, now_ns: int) -> tuple[Change, ...]:
        """Let time pass, and return what became calm, and what is told."""
        self._now_ns = max(now_ns, self._now_ns)
        calm = list(self._flaps.tick(self._now_ns))
        for change in calm:
            self._note(change)
        self._mutes.tick(self._now_ns)
        return (*calm, *self._groups.tick(self._now_ns))

    def act(self, action: Mapping[str, object], now_ns: int) -> tuple[Change, ...]:
        """Do what somebody asked for.

        Args:
            action: ``{"act": "acknowledge", "alarm": id, "by": who}``, ``{"act": "silence", "what": {"zone": ...},
                "until_ns": ..., "comment": ..., "by": who}`` or ``{"act": "unsilence", "id": ..., "by": who}``.
            now_ns: The time.

        Raises:
            UsageError: If it cannot be done; nothing has changed then.
        """
        match action.get("act"):
            case "acknowledge":
                changes = tuple(self._acknowledge(action, now_ns))
            case "silence":
                self._mutes.silence(action, now_ns)
                changes = ()
            case "unsilence":
                self._mutes.unsilence(action.get("id"), now_ns)
                changes = ()
            case other:
                raise UsageError(f"a monitor can acknowledge, silence and unsilence, and not {other!r}")
        self._now_ns = max(now_ns, self._now_ns)
        return changes

    def forget(self, alarms: Iterable[Alarm]) -> None:
        """Forget alarms whose rule is gone."""
        for alarm in alarms:
            if alarm.id in self._standing:
                self._note(Change(kind=ChangeKind.CLEARED, alarm=alarm, time_ns=self._now_ns, value=alarm.value))

    def snapshot(self) -> bytes:
        """Return the whole state."""
        return json.dumps(
            {
                "now_ns": self._now_ns,
                "flaps": self._flaps.state(),
                "mutes": self._mutes.state(),
                "groups": self._groups.state(),
                "standing": [alarm_to_json(alarm) for alarm in self._standing.values()],
                "acknowledged": self._acknowledged,
            },
            separators=(",", ":"),
        ).encode()

    def restore(self, state: bytes) -> None:
        """Take over what `snapshot` returned."""
        kept = json.loads(state)
        self._now_ns = kept["now_ns"]
        self._flaps.restore(kept["flaps"])
        self._mutes.restore(kept["mutes"])
        self._acknowledged = kept["acknowledged"]
        self._standing = {}
        for alarm in map(alarm_from_json, kept["standing"]):
            self._standing[alarm.id] = alarm
            self._mutes.raised(alarm)
        self._groups.restore(kept["groups"], self._standing)

    def _acknowledge(self, action: Mapping[str, object], now_ns: int) -> Iterator[Change]:
        name = action.get("alarm")
        alarm = self._standing.get(name) if isinstance(name, str) else None
        if alarm is None:
            raise UsageError(f"there is no active alarm {name!r}")
        if alarm.id not in self._acknowledged:
            self._acknowledged[alarm.id] = str(action.get("by", ""))
            yield Change(kind=ChangeKind.ACKNOWLEDGED, alarm=alarm, time_ns=now_ns, value=alarm.value)

    def _note(self, change: Change) -> None:
        alarm = change.alarm
        if change.kind == ChangeKind.RAISED:
            self._standing[alarm.id] = alarm
            self._mutes.raised(alarm)
            self._groups.raised(alarm)
        elif change.kind in _OVER and self._standing.pop(alarm.id, None) is not None:
            self._acknowledged.pop(alarm.id, None)
            self._mutes.raised(alarm, -1)
            self._groups.over(alarm)
