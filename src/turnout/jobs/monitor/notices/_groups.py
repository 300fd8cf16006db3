"""Alarms that are told together, and when."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from turnout.jobs.monitor._types import Alarm, Change, ChangeKind
from turnout.jobs.monitor.notices._values import Grouping
from turnout.jobs.monitor.rules import alarm_from_json, alarm_to_json

_NEVER = 0


@dataclass(slots=True)
class _Group:
    """What is known of the alarms of one group.

    Attributes:
        waiting: Those that were not told, by id.
        told: Those that were told and are not over.
        over: Those that were told and are over.
        due_ns: When those that wait are told; 0 if none does.
        last_ns: When something was told last; 0 for never.
    """

    waiting: dict[str, Alarm] = field(default_factory=dict)
    told: dict[str, Alarm] = field(default_factory=dict)
    over: dict[str, Alarm] = field(default_factory=dict)
    due_ns: int = _NEVER
    last_ns: int = _NEVER


class Groups:
    """Tells of alarms.

    An alarm that is over before it was told is never told. One that is muted waits, and is told if it is still there
    when nothing mutes it any more.

    Args:
        options: What belongs together, and how long it waits.
        is_muted: Whether an alarm is not told at a moment.
        is_acknowledged: Whether somebody has seen to an alarm: it is not told again.
    """

    def __init__(
        self, options: Grouping, *, is_muted: Callable[[Alarm, int], bool], is_acknowledged: Callable[[Alarm], bool]
    ) -> None:
        self._options = options
        self._is_muted = is_muted
        self._is_acknowledged = is_acknowledged
        self._groups: dict[tuple[str, ...], _Group] = {}

    def raised(self, alarm: Alarm) -> None:
        """Let an alarm wait to be told."""
        self._groups.setdefault(self._key(alarm), _Group()).waiting[alarm.id] = alarm

    def over(self, alarm: Alarm) -> None:
        """Note that an alarm is over."""
        group = self._groups.get(self._key(alarm))
        if group is None:
            return
        group.waiting.pop(alarm.id, None)
        if group.told.pop(alarm.id, None) is not None:
            group.over[alarm.id] = alarm

    def tick(self, now_ns: int) -> Iterator[Change]:
        """Yield what is told now."""
        for key, group in list(self._groups.items()):
            yield from self._resolved(group, now_ns)
            yield from self._announced(group, now_ns)
            yield from self._repeated(group, now_ns)
            if not (group.waiting or group.told) and now_ns - group.last_ns > self._options.interval_ns:
                del self._groups[key]

    def state(self) -> dict[str, object]:
        """Return everything, as JSON can keep it."""
        groups = [
            [
                key,
                list(one.waiting),
                list(one.told),
                [alarm_to_json(alarm) for alarm in one.over.values()],
                one.due_ns,
                one.last_ns,
            ]
            for key, one in self._groups.items()
        ]
        return {"by": self._options.by, "groups": groups}

    def restore(self, state: Mapping[str, Any], standing: Mapping[str, Alarm]) -> None:  # whatever JSON has
        """Take over what `state` returned; if groups are made another way now, their alarms find others.

        Args:
            state: It.
            standing: All alarms that stand, by id.
        """
        self._groups = {}
        for key, *ids, over_ones, due_ns, last_ns in state["groups"]:
            waiting, told = ({name: standing[name] for name in each} for each in ids)
            over = {alarm.id: alarm for alarm in map(alarm_from_json, over_ones)}
            if tuple(state["by"]) == self._options.by:
                self._groups[tuple(key)] = _Group(waiting, told, over, due_ns, last_ns)
            else:
                self._restore_anew(told.values(), waiting.values())

    def _restore_anew(self, told: Iterable[Alarm], waiting: Iterable[Alarm]) -> None:
        for alarm in told:
            self._groups.setdefault(self._key(alarm), _Group()).told[alarm.id] = alarm
        for alarm in waiting:
            self.raised(alarm)

    def _resolved(self, group: _Group, now_ns: int) -> Iterator[Change]:
        if group.over and not group.told:
            yield _told(ChangeKind.RESOLVED, group.over, now_ns)
            group.over = {}
            group.last_ns = now_ns

    def _announced(self, group: _Group, now_ns: int) -> Iterator[Change]:
        ready = {name: alarm for name, alarm in group.waiting.items() if self._is_ready(alarm, now_ns)}
        if not ready:
            group.due_ns = _NEVER
            return
        if not group.due_ns:
            first = not group.told
            group.due_ns = now_ns + self._options.wait_ns
            if not first:
                group.due_ns = max(group.due_ns, group.last_ns + self._options.interval_ns)
        if group.due_ns <= now_ns:
            group.waiting = {name: alarm for name, alarm in group.waiting.items() if name not in ready}
            group.told |= ready
            group.due_ns, group.last_ns = _NEVER, now_ns
            yield _told(ChangeKind.ANNOUNCED, ready, now_ns)

    def _repeated(self, group: _Group, now_ns: int) -> Iterator[Change]:
        if not self._options.repeat_ns or not group.told or now_ns < group.last_ns + self._options.repeat_ns:
            return
        again = {name: alarm for name, alarm in group.told.items() if self._is_ready(alarm, now_ns)}
        group.last_ns = now_ns
        if again:
            yield _told(ChangeKind.ANNOUNCED, again, now_ns)

    def _is_ready(self, alarm: Alarm, now_ns: int) -> bool:
        return not self._is_acknowledged(alarm) and not self._is_muted(alarm, now_ns)

    def _key(self, alarm: Alarm) -> tuple[str, ...]:
        return tuple(str(getattr(alarm, name)) for name in self._options.by)


def _told(kind: ChangeKind, alarms: Mapping[str, Alarm], now_ns: int) -> Change:
    """Return one change for several alarms: it speaks of the worst, of the worst of the oldest."""
    group = tuple(sorted(alarms.values(), key=lambda alarm: (-alarm.severity, alarm.raised_ns, alarm.id)))
    return Change(kind=kind, alarm=group[0], time_ns=now_ns, value=group[0].value, group=group)
