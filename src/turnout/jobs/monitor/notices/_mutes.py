"""What is not told: silenced, in maintenance, or because of another alarm."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from turnout.errors import UsageError
from turnout.jobs.monitor._types import Alarm
from turnout.jobs.monitor.notices._values import Notices, Silence
from turnout.jobs.monitor.notices._which import Which, which_of

_MOST_SILENCES = 10_000


class Mutes:
    """Knows which alarms are not told now.

    Args:
        options: Silences, maintenance and inhibitions from the start.
    """

    def __init__(self, options: Notices) -> None:
        self._options = options
        self._silences: dict[str, Silence] = {}
        self._ended: set[str] = set()  # of those from the start
        self._sources: Counter[tuple[int, tuple[str, ...]]] = Counter()

    def silences(self, now_ns: int) -> tuple[Silence, ...]:
        """Return those that hold, or will."""
        given = [silence for silence in self._options.silences if silence.id not in self._ended]
        return tuple(silence for silence in (*given, *self._silences.values()) if now_ns < silence.until_ns)

    def raised(self, alarm: Alarm, by: int = 1) -> None:
        """Note that there is an alarm, or with -1 that it is over."""
        for number, inhibition in enumerate(self._options.inhibitions):
            if inhibition.source.picks(alarm):
                self._sources[number, _common(alarm, inhibition.equal)] += by

    def silenced(self, alarm: Alarm, now_ns: int) -> bool:
        """Tell whether a silence covers an alarm."""
        return any(silence.is_on(now_ns) and silence.which.picks(alarm) for silence in self.silences(now_ns))

    def covers(self, alarm: Alarm, now_ns: int) -> bool:
        """Tell whether an alarm is not told, for whatever reason."""
        return (
            any(
                self._sources[number, _common(alarm, inhibition.equal)] > inhibition.source.picks(alarm)
                and inhibition.target.picks(alarm)
                for number, inhibition in enumerate(self._options.inhibitions)
            )
            or self.silenced(alarm, now_ns)
            or any(each.which.picks(alarm) and each.is_on(now_ns) for each in self._options.maintenance)
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
        self._ended = set(state["ended"])
        self._silences = {}
        for kept in state["silences"]:
            lists = {name: tuple(each) for name, each in kept.pop("which").items()}
            self._silences[kept["id"]] = Silence(which=Which(**lists), **kept)


def _common(alarm: Alarm, equal: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(getattr(alarm, name)) for name in equal)
