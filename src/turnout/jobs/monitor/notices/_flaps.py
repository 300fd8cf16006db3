"""Alarms that come and go: after some times they are one alarm, until they are calm."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from turnout.jobs.monitor._types import Alarm, Change, ChangeKind
from turnout.jobs.monitor.notices._values import Flapping
from turnout.jobs.monitor.rules import alarm_from_json, alarm_to_json

Key = tuple[str, str]
"""A rule and a subject: what keeps coming and going."""


@dataclass(slots=True)
class _Flap:
    """One that flaps.

    Attributes:
        alarm: For which it stands.
        last_ns: When it was raised or cleared last.
        now: The alarm that is active now; None if none is.
    """

    alarm: Alarm
    last_ns: int
    now: Alarm | None


class Flaps:
    """Leaves out of the changes what belongs to alarms that flap.

    Args:
        options: From when on an alarm flaps.
    """

    def __init__(self, options: Flapping) -> None:
        self._options = options
        self._raised_ns: dict[Key, deque[int]] = {}
        self._flapping: dict[Key, _Flap] = {}

    def take(self, change: Change) -> Iterator[Change]:
        """Yield what becomes of a change: itself, nothing, or itself and that the alarm flaps from now on."""
        if self._options.times < 1:
            yield change
            return
        alarm = change.alarm
        key = (alarm.rule, alarm.subject)
        flap = self._flapping.get(key)
        is_raised = change.kind == ChangeKind.RAISED
        if flap is not None:
            flap.last_ns = max(flap.last_ns, change.time_ns)
            flap.now = alarm if is_raised else None
            return
        yield change
        if not is_raised:
            return
        raised_ns = self._raised_ns.setdefault(key, deque(maxlen=self._options.times))
        raised_ns.append(change.time_ns)
        if len(raised_ns) == self._options.times and raised_ns[-1] - raised_ns[0] <= self._options.within_ns:
            del self._raised_ns[key]
            self._flapping[key] = _Flap(alarm, change.time_ns, alarm)
            yield Change(kind=ChangeKind.FLAPPING, alarm=alarm, time_ns=change.time_ns, value=change.value)

    def tick(self, now_ns: int) -> Iterator[Change]:
        """Yield what has become calm; and what is active of it then, which is an alarm like any other again."""
        for key, flap in list(self._flapping.items()):
            calm_ns = flap.last_ns + self._options.calm_ns
            if calm_ns > now_ns:
                continue
            del self._flapping[key]
            if flap.now != flap.alarm:
                yield Change(kind=ChangeKind.CALM, alarm=flap.alarm, time_ns=calm_ns, value=flap.alarm.value)
                if flap.now is not None:
                    yield Change(
                        kind=ChangeKind.RAISED, alarm=flap.now, time_ns=flap.now.raised_ns, value=flap.now.value
                    )
        for key, raised_ns in list(self._raised_ns.items()):
            if raised_ns[-1] + self._options.within_ns < now_ns:
                del self._raised_ns[key]

    def standing(self, active: Iterable[Alarm]) -> list[Alarm]:
        """Return the alarms that stand: those that are active, and one for each that flaps."""
        calm = [alarm for alarm in active if (alarm.rule, alarm.subject) not in self._flapping]
        return [*calm, *(flap.alarm for flap in self._flapping.values())]

    def state(self) -> dict[str, object]:
        """Return everything, as JSON can keep it."""
        return {
            "raised": [[*key, *raised_ns] for key, raised_ns in self._raised_ns.items()],
            "flapping": [
                [alarm_to_json(flap.alarm), flap.last_ns, alarm_to_json(flap.now) if flap.now is not None else None]
                for flap in self._flapping.values()
            ],
        }

    def restore(self, state: Mapping[str, Any]) -> None:  # whatever JSON has
        """Take over what `state` returned."""
        self._raised_ns = {
            (rule, subject): deque(raised_ns, maxlen=self._options.times or None)
            for rule, subject, *raised_ns in state["raised"]
        }
        self._flapping = {}
        for kept, last_ns, now in state["flapping"]:
            alarm = alarm_from_json(kept)
            flap = _Flap(alarm, last_ns, alarm_from_json(now) if now is not None else None)
            self._flapping[alarm.rule, alarm.subject] = flap
