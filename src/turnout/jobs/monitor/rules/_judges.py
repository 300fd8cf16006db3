"""What is judged at the end of a step: all sensors or zones at once, in NumPy."""

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol

from turnout.jobs.monitor._numpy import Bools, Floats, Ints, Longs, np
from turnout.jobs.monitor._types import Layout, Reading
from turnout.jobs.monitor.rules._history import History, any_known
from turnout.jobs.monitor.rules._machine import Machine, Pending, Subject
from turnout.jobs.monitor.rules._stillness import Stillness
from turnout.jobs.monitor.rules._values import Deviation, Missing, Of, Rate, StepRule, Stuck, ZoneRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

_MOST_CAUSES = 5


@dataclass(slots=True)
class Sight:
    """What there is to see at the end of a step.

    Attributes:
        end_ns: The end.
        since_ns: Since when the monitor has been listening without a break.
        heard_ns: When each sensor was heard last; 0 for never.
        history: Of all sensors.
    """

    end_ns: int
    since_ns: int
    heard_ns: Longs
    history: History

    def last(self, rule: StepRule) -> Floats:
        """Return the readings of the rule's window, shape (steps, sensors), NaN where there is none."""
        return self.history.last(rule.window_ns // rule.step_ns, self.end_ns // rule.step_ns, self.heard_ns)

    def newest(self) -> Floats:
        """Return the newest reading of each sensor, NaN if there was none."""
        return self.history.newest(self.heard_ns)


class Judge(Protocol):
    """Judges the subjects of one rule."""

    machine: Machine

    def __call__(self, sight: Sight) -> None:
        """Judge all of them at the end of a step."""


class _SensorJudge:
    """What judges sensors have in common: the machine's subjects are all sensors, of which some are picked."""

    def __init__(self, machine: Machine, picked: Bools) -> None:
        self.machine = machine
        self.picked = picked

    def tell(
        self, sight: Sight, values: Floats, hot: Bools, cool: Bools, *, known: Bools, times_ns: Longs | None = None
    ) -> None:
        """Hand on what was found of each sensor, at the end of the step or at times of their own."""
        if times_ns is None:
            times_ns = np.full(len(values), sight.end_ns, np.int64)
        self.machine.advance_all(
            times_ns, values, sight.newest(), sight.heard_ns, hot=hot, cool=cool, known=known & self.picked
        )


class MissingJudge(_SensorJudge):
    """Finds sensors that are silent."""

    def __init__(self, rule: Missing, machine: Machine, picked: Bools) -> None:
        super().__init__(machine, picked)
        self._silence_ns = rule.silence_ns

    def __call__(self, sight: Sight) -> None:
        """Judge all sensors."""
        silence = sight.end_ns - np.maximum(sight.heard_ns, sight.since_ns)
        hot = silence > self._silence_ns
        heard = sight.end_ns - sight.heard_ns <= self._silence_ns  # a break of ours is no news of theirs
        since = np.maximum(sight.end_ns, np.where(heard, sight.heard_ns, 0))  # silence ends with the reading
        values = np.maximum(silence, 0) / 1e9  # less than 0 is after the step, which is judged when it is over
        self.tell(sight, values, hot, heard, known=hot | heard, times_ns=since)


class RateJudge(_SensorJudge):
    """Finds sensors that rise or fall too fast."""

    def __init__(self, rule: Rate, machine: Machine, picked: Bools) -> None:
        super().__init__(machine, picked)
        self._rule = rule

    def __call__(self, sight: Sight) -> None:
        """Judge all sensors of which the readings span at least half of the window."""
        rule, readings = self._rule, sight.last(self._rule)
        there = ~np.isnan(readings)
        steps, numbers = len(readings), np.arange(readings.shape[1])
        first = there.argmax(axis=0)
        last = steps - 1 - there[::-1].argmax(axis=0)
        apart = last - first
        known = there.any(axis=0) & (apart * 2 >= steps - 1) & (apart > 0)
        change = readings[last, numbers] - readings[first, numbers]
        values = np.where(known, change, 0.0) * (rule.per_ns / rule.step_ns) / np.maximum(apart, 1)
        looked_at = rule.limits.sign * values
        self.tell(sight, values, looked_at > rule.limits.hot, looked_at <= rule.limits.cool, known=known)


class DeviationJudge(_SensorJudge):
    """Finds sensors that are far from their neighbours."""

    def __init__(self, rule: Deviation, machine: Machine, picked: Bools, layout: Layout) -> None:
        super().__init__(machine, picked)
        self._rule = rule
        around = [layout.neighbours(index) for index in range(len(layout))]
        widest = max(map(len, around), default=0)
        self._around: Ints = np.array(  # who has fewer neighbours has one without readings for the others
            [[*each, *[len(layout)] * (widest - len(each))] for each in around], np.intp
        ).reshape(len(layout), widest)

    def __call__(self, sight: Sight) -> None:
        """Judge all sensors that have readings, and enough neighbours that have."""
        rule, readings = self._rule, sight.last(self._rule)
        means = np.append(_means(readings), np.nan)
        own, others = means[:-1], np.sort(means[self._around], axis=1)  # NaN comes last
        there = (~np.isnan(others)).sum(axis=1)
        rows = np.arange(len(own))
        low = others[rows, np.maximum(there - 1, 0) // 2] if others.shape[1] else own
        high = others[rows, np.minimum(there // 2, others.shape[1] - 1)] if others.shape[1] else own
        known = ~np.isnan(own) & (there >= max(rule.neighbours, 1))
        values = np.abs(np.where(known, own - (low + high) / 2, 0.0))
        self.tell(sight, values, values > rule.limits.hot, values <= rule.limits.cool, known=known)


class StuckJudge(_SensorJudge):
    """Finds sensors that do not change."""

    def __init__(self, rule: Stuck, machine: Machine, picked: Bools, stillness: Stillness) -> None:
        super().__init__(machine, picked)
        self._window_ns = rule.window_ns
        self._stillness = stillness

    def __call__(self, sight: Sight) -> None:
        """Judge all sensors that were heard within the window; silence is another matter."""
        still_ns = sight.heard_ns - self._stillness.changed_ns
        known = (sight.heard_ns > 0) & (sight.end_ns - sight.heard_ns < self._window_ns)
        stuck = still_ns >= self._window_ns
        since = np.maximum(sight.end_ns, sight.heard_ns)
        self.tell(sight, still_ns / 1e9, stuck, ~stuck, known=known, times_ns=since)


class ZoneJudge:
    """Finds zones whose readings are too high or too low, taken together.

    Attributes:
        machine: Its subjects are the zones that have a sensor of the rule.
        zones: Their names.
        latest: What was found last of each; NaN where nothing was.
    """

    def __init__(self, rule: ZoneRule, machine: Machine, picked: Bools, layout: Layout) -> None:
        self.machine = machine
        self._rule = rule
        self._sensors = layout.sensors
        zone_of = np.array(layout.zone_of, np.intp)
        chosen = np.flatnonzero(picked)
        self._order: Ints = chosen[np.argsort(zone_of[chosen], kind="stable")]  # sensors of one zone side by side
        zones = zone_of[self._order]
        self._starts: Ints = np.flatnonzero(np.diff(zones, prepend=-1))
        self._sizes: Longs = np.diff(self._starts, append=len(zones))
        self.zones = [layout.zones[zone] for zone in zones[self._starts].tolist()]
        self.latest: Floats = np.full(len(self._starts), np.nan)
        self._hottest: Floats = np.full(len(self._order), np.nan)
        self._heard_ns: Longs = np.zeros(len(self._order), np.int64)
        machine.cause = self._cause

    def __call__(self, sight: Sight) -> None:
        """Judge all zones of which at least half of the sensors have readings."""
        rule, readings = self._rule, sight.last(self._rule)[:, self._order]
        there = any_known(readings)
        known = np.add.reduceat(there.astype(np.int64), self._starts) * 2 >= self._sizes
        values = _AGGREGATES[rule.of](readings, self._starts, rule.percentile)
        self.latest = np.where(known, values, np.nan)
        looked_at = rule.limits.sign * np.where(known, values, 0.0)
        self._hottest = np.where(there, sight.newest()[self._order], np.nan)
        self._heard_ns = sight.heard_ns[self._order]
        ends: Longs = np.full(len(values), sight.end_ns, np.int64)
        self.machine.advance_all(
            ends,
            values,
            values,
            ends,
            hot=looked_at > rule.limits.hot,
            cool=looked_at <= rule.limits.cool,
            known=known,
        )

    def state(self) -> "dict[str, NDArray[Any]]":  # of several types
        """Return what was seen last."""
        return {"latest": self.latest, "hottest": self._hottest, "heard": self._heard_ns}

    def restore(self, state: "Mapping[str, NDArray[Any]]") -> None:  # likewise
        """Take over what `state` returned for the same zones and sensors."""
        self.latest, self._hottest, self._heard_ns = state["latest"], state["hottest"], state["heard"]

    def _cause(self, zone: int, pending: Pending) -> tuple[Reading, ...]:  # noqa: ARG002  as all causes
        """Return the readings of a zone that speak most for an alarm, the strongest last."""
        start = int(self._starts[zone])
        within = slice(start, start + int(self._sizes[zone]))
        strength = self._rule.limits.sign * self._hottest[within]
        order = np.argsort(strength, kind="stable")[: len(strength) - int(np.isnan(strength).sum())][-_MOST_CAUSES:]
        return tuple(
            Reading(
                self._sensors[int(self._order[start + at])].name,
                float(self._hottest[start + at]),
                int(self._heard_ns[start + at]),
            )
            for at in order.tolist()
        )


def zone_subjects(layout: Layout, picked: Bools) -> tuple[Subject, ...]:
    """Return the zones that have at least one of the sensors that are picked."""
    chosen = sorted({layout.zone_of[sensor] for sensor in np.flatnonzero(picked).tolist()})
    names = [layout.zones[zone] for zone in chosen]
    return tuple(Subject(name, name, layout.room_of_zone[name]) for name in names)


def _means(readings: Floats) -> Floats:
    """Return the mean of each sensor's readings, NaN where there are none."""
    there = ~np.isnan(readings)
    counts = there.sum(axis=0)
    sums = np.where(there, readings, 0.0).sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _zone_means(readings: Floats, starts: Ints, percentile: float) -> Floats:  # noqa: ARG001  as all aggregates
    there = ~np.isnan(readings)
    counts = np.add.reduceat(there.sum(axis=0), starts)
    sums = np.add.reduceat(np.where(there, readings, 0.0).sum(axis=0), starts)  # exact, in whatever order
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _zone_maxima(readings: Floats, starts: Ints, percentile: float) -> Floats:  # noqa: ARG001  as above
    return np.fmax.reduceat(np.fmax.reduce(readings, axis=0), starts)


def _zone_minima(readings: Floats, starts: Ints, percentile: float) -> Floats:  # noqa: ARG001  as above
    return np.fmin.reduceat(np.fmin.reduce(readings, axis=0), starts)


def _zone_percentiles(readings: Floats, starts: Ints, percentile: float) -> Floats:
    """Return of each zone the smallest reading that the share of readings does not exceed (nearest rank)."""
    found: Floats = np.full(len(starts), np.nan)
    for zone, (start, end) in enumerate(zip(starts, [*starts[1:], readings.shape[1]], strict=True)):
        within = readings[:, start:end].ravel()
        within = within[~np.isnan(within)]
        if len(within):
            rank = ceil(percentile / 100 * len(within)) - 1
            found[zone] = np.partition(within, rank)[rank]
    return found


_AGGREGATES: "dict[Of, Callable[[Floats, NDArray[np.intp], float], Floats]]" = {
    Of.MEAN: _zone_means,
    Of.MAX: _zone_maxima,
    Of.MIN: _zone_minima,
    Of.PERCENTILE: _zone_percentiles,
}
