"""What is not told: silenced, in maintenance, or because of another alarm."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import blake2b
from typing import Any, TypeAlias

from turnout.errors import UsageError
from turnout.jobs.monitor._types import Alarm
from turnout.jobs.monitor.notices._values import Notices, Silence
from turnout.jobs.monitor.notices._which import Which, which_of

_MOST_SILENCES = 10_000

_Common: TypeAlias = tuple[int | str, ...]
"""Which inhibition, and what its alarms have in common."""


class Mutes:
    """Knows which alarms are not told now.

    Args:
        options: Silences, maintenance and inhibitions from the start.
    """

    def __init__(self, options: Notices) -> None:
        self._options = options
        self._silences: dict[str, Silence] = {}
        self._ended: set[str] = set()  # of those from the start
        self._sources: Counter[_Common] = Counter()
        self._targets: dict[str, tuple[tuple[_Common, int], ...]] = {}  # by alarm, so that each is looked at once
        self._quiet_at_ns = -1
        self._quiet: tuple[Which, ...] = ()  # what is quiet at that moment

    def silences(self, now_ns: int) -> tuple[Silence, ...]:
        """Return those that hold, or will."""
        given = [silence for silence in self._options.silences if silence.id not in self._ended]
        return tuple(silence for silence in (*given, *self._silences.values()) if now_ns < silence.until_ns)

    def raised(self, alarm: Alarm, by: int = 1) -> None:
        """Note that there is an alarm, or with -1 that it is over."""
        targets: list[tuple[_Common, int]] = []
        for number, inhibition in enumerate(self._options.inhibitions):
            common: _Common = (number, *(str(getattr(alarm, name)) for name in inhibition.equal))
            is_source = inhibition.source.picks(alarm)
            if is_source:
                self._sources[common] += by
            if inhibition.target.picks(alarm):
                targets.append((common, int(is_source)))  # an alarm does not inhibit itself
        if by > 0:
            self._targets[alarm.id] = tuple(targets)
        else:
            self._targets.pop(alarm.id, None)

    def silenced(self, alarm: Alarm, now_ns: int) -> bool:
        """Tell whether a silence covers an alarm."""
        return any(silence.is_on(now_ns) and silence.which.picks(alarm) for silence in self.silences(now_ns))

    def covers(self, alarm: Alarm, now_ns: int) -> bool:
        """Tell whether an alarm is not told, for whatever reason."""
        if now_ns != self._quiet_at_ns:
            silences = (silence.which for silence in self.silences(now_ns) if silence.is_on(now_ns))
            maintenance = (each.which for each in self._options.maintenance if each.is_on(now_ns))
            self._quiet_at_ns, self._quiet = now_ns, (*silences, *maintenance)
        return any(self._sources[common] > own for common, own in self._targets.get(alarm.id, ())) or any(
            which.picks(alarm) for which in self._quiet
        )

    def silence(self, action: Mapping[str, object], now_ns: int) -> Silence:
        """Begin a silence: ``{"what": {"zone": ...}, "until_ns": ..., "comment": ..., "by": ...}``.

        Raises:
            UsageError: If it is not understood, or there are too many.
        """
        until_ns = action.get("until_ns")
        if not isinstance(until_ns, int) or until_ns <= now_ns:
            raise UsageError("a silence ends at some time after now")
        if len(self.silences(now_ns)) >= _MOST_SILENCES:
            raise UsageError(f"there are {_MOST_SILENCES:,} silences already; end some")
        what = action.get("what")
        silence = Silence(
            id=blake2b(f"{what!r}\0{now_ns}\0{len(self._silences)}".encode(), digest_size=6).hexdigest(),
            which=which_of(what),
            until_ns=until_ns,
            from_ns=now_ns,
            by=str(action.get("by", "")),
            comment=str(action.get("comment", "")),
        )
        self._silences[silence.id] = silence
        self._quiet_at_ns = -1
        return silence

    def unsilence(self, name: object, now_ns: int) -> Silence:
        """End a silence.

        Raises:
            UsageError: If there is none of that name.
        """
        for silence in self.silences(now_ns):
            if silence.id == name:
                self._ended.add(silence.id)
                self._silences.pop(silence.id, None)
                self._quiet_at_ns = -1
                return silence
        raise UsageError(f"there is no silence {name!r} that could be ended")

    def tick(self, now_ns: int) -> None:
        """Forget silences that are over."""
        for silence in [each for each in self._silences.values() if each.until_ns <= now_ns]:
            del self._silences[silence.id]

    def state(self) -> dict[str, object]:
        """Return silences and which were ended, as JSON can keep it."""
        given = {silence.id for silence in self._options.silences}
        return {
            "silences": [asdict(silence) for silence in self._silences.values()],
            "ended": sorted(self._ended & given),
        }

    def restore(self, state: Mapping[str, Any]) -> None:  # whatever JSON has
        """Take over what `state` returned; `raised` is called anew for all alarms."""
        self._sources.clear()
        self._targets.clear()
        self._quiet_at_ns = -1
        self._ended = set(state["ended"])
        self._silences = {}
        for kept in state["silences"]:
            lists = {name: tuple(each) for name, each in kept.pop("which").items()}
            self._silences[kept["id"]] = Silence(which=Which(**lists), **kept)
