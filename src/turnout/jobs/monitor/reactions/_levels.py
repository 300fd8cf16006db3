"""Which level each zone's cooling gets, from the readings of its sensors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from turnout.jobs.monitor._numpy import Bools, Floats, Ints, Longs, np
from turnout.jobs.monitor._types import Batch, Layout, Reading
from turnout.jobs.monitor.reactions._options import CoolingReaction, PidTuning
from turnout.jobs.monitor.reactions._pid import Pid
from turnout.jobs.monitor.reactions._steps import Steps

_S_NS = 1_000_000_000
_LONGEST_STEP_S = 60.0  # after a pause of the whole machine, a controller goes on as if so much had passed
_CAUSES = 3
_SMOOTH_S = 5.0
"""Temperatures are smoothed over this time, and so are their slopes: else the noise of ten sensors of 0.1 °C that speak
each second would look like a rise of 0.03 °C a second."""


class Reason(StrEnum):
    """Why a zone has its level: a controller, that it is too warm for one, an alarm, lost data, or none yet."""

    CONTROL = "control"
    HOT = "hot"
    STALE = "stale"
    ALARM = "alarm"
    START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A level for a zone.

    Attributes:
        zone: The zone's index in `Layout.zones`.
        level: 0 to 1, to four digits.
        reason: Why.
        measured_c: What the level follows; NaN if too few readings are fresh.
        fresh: How many of the zone's sensors have fresh readings.
    """

    zone: int
    level: float
    reason: Reason
    measured_c: float
    fresh: int


class Levels:
    """Finds levels; time is told to it.

    Args:
        layout: Where sensors are.
        reaction: What is asked for.
        now_ns: The time.

    Attributes:
        zones: Indexes of the zones that it sets, ascending.
    """

    def __init__(self, layout: Layout, reaction: CoolingReaction, *, now_ns: int) -> None:
        self._reaction = reaction
        wanted = set(reaction.zones or layout.zones)
        self.zones = tuple(index for index, name in enumerate(layout.zones) if name in wanted)
        members = sorted(
            (zone, index)
            for index, zone in enumerate(layout.zone_of)
            if layout.zones[zone] in wanted and layout.sensors[index].kind == reaction.kind
        )  # sorted by zone, so that a zone's sensors lie side by side
        self._names = [layout.sensors[index].name for _, index in members]
        rows = {zone: row for row, zone in enumerate(self.zones)}
        self._row: Ints = np.array([rows[zone] for zone, _ in members], dtype=np.intp)
        self._slot: Ints = np.full(len(layout), -1, dtype=np.intp)
        self._slot[[index for _, index in members]] = np.arange(len(members))
        self._sensors: Ints = np.bincount(self._row, minlength=len(self.zones))
        self._starts: Ints = np.cumsum(self._sensors) - self._sensors
        self._values: Floats = np.full(len(members), np.nan)
        self._times_ns: Longs = np.full(len(members), np.iinfo(np.int64).min // 2)
        self._level = [reaction.high] * len(self.zones)  # nothing is known yet
        make = Pid if isinstance(reaction.tuning, PidTuning) else Steps
        self._controllers: list[Pid | Steps] = [
            make(reaction.tuning, reaction.high)  # type: ignore[arg-type]  # each has the tuning of its kind, see above
            for _ in self.zones
        ]
        self._begun_ns = self._last_ns = now_ns
        self._is_known = [False] * len(self.zones)
        self._smooth: Floats = np.full(len(self.zones), np.nan)
        self._slope: Floats = np.zeros(len(self.zones))
        self._reasons = [Reason.START] * len(self.zones)

    def feed(self, batch: Batch, now_ns: int) -> None:
        """Note readings; the newest of each sensor counts, and none is taken as newer than ``now_ns``."""
        if not self._names:
            return
        slots = self._slot[batch.sensors]
        times_ns = np.minimum(batch.times_ns, now_ns)
        counts = (slots >= 0) & np.isfinite(batch.values) & (times_ns >= self._times_ns[slots])
        slots = slots[counts]
        self._values[slots] = batch.values[counts]
        self._times_ns[slots] = times_ns[counts]

    @property
    def due_ns(self) -> int:
        """When levels are to be found next."""
        return self._last_ns + round(self._reaction.interval_s * _S_NS)

    def find(self, now_ns: int, urgent: Sequence[bool]) -> list[Setting]:
        """Return the level of each zone, in the order of `zones`.

        Args:
            now_ns: The time; after that of the last call.
            urgent: For each zone, whether an alarm asks for full cooling.
        """
        step_s = min(max(now_ns - self._last_ns, 1) / _S_NS, _LONGEST_STEP_S)
        self._last_ns = now_ns
        fresh = self._fresh(now_ns)
        counts = np.bincount(self._row, fresh, len(self.zones))
        measured = self._measured(fresh, counts)
        self._look(measured, step_s)
        settings = []
        for row, zone in enumerate(self.zones):
            measured_c = float(measured[row])
            level, reason = self._decide(row, step_s, now_ns, measured_c, int(counts[row]), is_urgent=urgent[row])
            self._level[row], self._reasons[row] = level, reason
            settings.append(_setting(zone, level, reason, measured_c, int(counts[row])))
        return settings

    def cause(self, row: int, now_ns: int) -> tuple[Reading, ...]:
        """Return the warmest fresh readings of a zone, the warmest last.

        Args:
            row: The zone's place in `zones`.
            now_ns: The time.
        """
        start = int(self._starts[row])
        stretch = slice(start, start + int(self._sensors[row]))
        values = np.where(self._fresh(now_ns)[stretch], self._values[stretch], -np.inf)
        warmest = [
            start + int(place) for place in np.argsort(values, kind="stable")[-_CAUSES:] if values[place] > -np.inf
        ]
        return tuple(
            Reading(self._names[slot], float(self._values[slot]), int(self._times_ns[slot])) for slot in warmest
        )

    def urge(self, row: int, now_ns: int) -> Setting:
        """Give a zone full cooling at once, since an alarm asks for it.

        Args:
            row: The zone's place in `zones`.
            now_ns: The time.
        """
        fresh = self._fresh(now_ns)
        counts = np.bincount(self._row, fresh, len(self.zones))
        measured_c = float(self._measured(fresh, counts)[row])
        level, reason = self._reaction.high, Reason.ALARM
        self._level[row], self._reasons[row] = level, reason
        return _setting(self.zones[row], level, reason, measured_c, int(counts[row]))

    def snapshot(self) -> dict[str, Any]:  # what JSON can hold
        """Return its state, but for the readings, which are fresh again within an interval."""
        return {"levels": list(self._level), "known": list(self._is_known)}

    def restore(self, state: Mapping[str, Any]) -> None:  # as above
        """Go on from the levels of a state of the same zones; the controllers begin from there, without a jump."""
        self._level[:] = state["levels"]
        self._is_known[:] = state["known"]

    def _decide(
        self, row: int, step_s: float, now_ns: int, measured_c: float, fresh: int, *, is_urgent: bool
    ) -> tuple[float, Reason]:
        reaction, controller, last = self._reaction, self._controllers[row], self._level[row]
        if fresh < max(1.0, reaction.least_share * self._sensors[row]):
            is_starting = not self._is_known[row] and now_ns - self._begun_ns < reaction.stale_s * _S_NS
            return reaction.high, Reason.START if is_starting else Reason.STALE
        self._is_known[row] = True
        slope = float(self._slope[row])
        if is_urgent:
            return reaction.high, Reason.ALARM
        if measured_c + max(slope, 0.0) * reaction.ahead_s > reaction.full_above_c:
            return reaction.high, Reason.HOT

        def limit(level: float) -> float:
            level = min(level, last + reaction.rise_per_minute * step_s / 60)
            level = max(level, last - reaction.fall_per_minute * step_s / 60)
            return min(max(level, reaction.low), reaction.high)

        if self._reasons[row] is not Reason.CONTROL:
            controller.follow(measured_c, slope, last)
        return controller.update(measured_c, slope, step_s, limit), Reason.CONTROL

    def _look(self, measured: "Floats", step_s: float) -> None:
        """Note how fast zones grow warmer; one that was not measured before does not."""
        share = step_s / (step_s + _SMOOTH_S)
        smooth = self._smooth + share * (measured - self._smooth)
        slope = (smooth - self._smooth) / step_s
        self._slope = np.where(np.isfinite(slope), self._slope + share * (slope - self._slope), 0.0)
        self._smooth = np.where(np.isfinite(smooth), smooth, measured)

    def _fresh(self, now_ns: int) -> "Bools":
        fresh: Bools = self._times_ns >= now_ns - round(self._reaction.stale_s * _S_NS)
        return fresh

    def _measured(self, fresh: "Bools", counts: "Ints") -> "Floats":
        """Return what each zone's level follows; NaN for a zone without a fresh reading."""
        zones = len(self.zones)
        if self._reaction.measure == "mean":
            sums = np.bincount(self._row, np.where(fresh, self._values, 0.0), zones)
            mean: Floats = np.divide(sums, counts, out=np.full(zones, np.nan), where=counts > 0)
            return mean
        share = 1.0 if self._reaction.measure == "max" else self._reaction.percentile / 100
        ranks = np.maximum(np.ceil(share * counts).astype(np.intp), 1) - 1  # nearest rank
        values = np.where(fresh, self._values, np.inf)  # what is not fresh comes last
        values = values[np.lexsort((values, self._row))]
        found: Floats = np.full(zones, np.nan)
        has_any = counts > 0
        found[has_any] = values[(self._starts + ranks)[has_any]]
        return found


def _setting(zone: int, level: float, reason: Reason, measured_c: float, fresh: int) -> Setting:
    return Setting(zone=zone, level=round(level, 4), reason=reason, measured_c=measured_c, fresh=fresh)
