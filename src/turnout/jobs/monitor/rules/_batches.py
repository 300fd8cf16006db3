"""Many readings at once, in NumPy: the same as one by one, to the last bit.

Readings of different sensors do not touch each other until the end of a step, so that they can be taken in together. A
batch with several readings of a sensor is taken in rounds: the first of each sensor, then the second of each. All sums
are exact (see `_grid`), so that their order does not matter.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from turnout.jobs.monitor._numpy import Bools, Floats, Ints, Longs, np
from turnout.jobs.monitor.rules._grid import LARGEST, ROUNDER
from turnout.jobs.monitor.rules._machine import Outbox, worth_a_look

if TYPE_CHECKING:
    from turnout.jobs.monitor.rules._history import History
    from turnout.jobs.monitor.rules._readings import Counts, Feed, Watched

_WORTH_A_ROUND = 48
"""With fewer readings than this, one by one is quicker."""

FeedAll = Callable[[Ints, Floats, Longs, int], None]
"""Takes sensors, values and times, and the latest time that is not too far ahead."""


def compile_feed_all(
    *,
    heard_ns: Longs,
    histories: "Sequence[History]",
    watched: "Sequence[Watched]",
    outbox: Outbox,
    counts: "Counts",
    one_by_one: "Feed",
) -> FeedAll:
    """Return what takes readings in batches; `one_by_one` takes what is left over after the rounds.

    Arguments as for `compile_feed`.
    """
    marks: Ints = np.zeros(len(heard_ns), np.intp)
    judges = [_Judge(each, len(heard_ns), outbox) for each in watched]
    steps = {each.step_ns for each in histories} | {each.means.step_ns for each in watched if each.means is not None}

    def take(places: Ints, sensors: Ints, values: Floats, times: Longs, latest_ns: int) -> None:
        """Take one reading each of different sensors."""
        before_ns = heard_ns[sensors]
        fine = times > before_ns
        fine &= np.abs(values) <= LARGEST
        fine &= times <= latest_ns
        if not fine.all():
            _count(counts, values, times, fine, latest_ns)
            places, sensors, values, times = places[fine], sensors[fine], values[fine], times[fine]
            before_ns = before_ns[fine]
            if not len(places):
                return
        counts.taken += len(places)
        heard_ns[sensors] = times
        values = values + ROUNDER
        values -= ROUNDER
        moved = {step_ns: (before_ns // step_ns, times // step_ns) for step_ns in steps}
        for history in histories:
            history.take(sensors, values, *moved[history.step_ns])
        for judge in judges:
            judge(places, sensors, values, times, moved)

    def feed(sensors: Ints, values: Floats, times: Longs, latest_ns: int) -> None:
        places: Ints = np.arange(len(sensors))
        while len(places) >= _WORTH_A_ROUND:
            marks[sensors[::-1]] = places[::-1]  # of several places of a sensor, the first is written last and stays
            first = marks[sensors] == places
            if first.all():
                take(places, sensors, values, times, latest_ns)
                return
            take(places[first], sensors[first], values[first], times[first], latest_ns)
            later = ~first
            places, sensors, values, times = places[later], sensors[later], values[later], times[later]
        for place, sensor, value, time_ns in zip(
            places.tolist(), sensors.tolist(), values.tolist(), times.tolist(), strict=True
        ):
            outbox.place = place
            one_by_one((sensor,), (value,), (time_ns,), latest_ns)

    return feed


class _Judge:
    """Judges readings of different sensors, or their means, by all rules that look at them."""

    def __init__(self, watched: "Watched", sensors: int, outbox: Outbox) -> None:
        self._means = watched.means
        self._outbox = outbox
        self._rules = [
            (machine, limits, _mask(picked, sensors))
            for (machine, limits), picked in zip(watched.machines, watched.picked, strict=True)
        ]
        self._mask = _mask(frozenset().union(*watched.picked), sensors)

    def __call__(
        self, places: Ints, sensors: Ints, values: Floats, times: Longs, moved: dict[int, tuple[Longs, Longs]]
    ) -> None:
        totals, counts = values, None
        if self._means is not None:
            before, now = moved[self._means.step_ns]
            if self._mask is not None:
                chosen = np.flatnonzero(self._mask[sensors])
                if not len(chosen):
                    return
                places, sensors, values, times = places[chosen], sensors[chosen], values[chosen], times[chosen]
                before, now = before[chosen], now[chosen]
            totals, counts = self._means.take(sensors, values, before, now)
        for machine, limits, mask in self._rules:
            looked_at = totals if limits.sign > 0 else -totals
            hot = looked_at > (limits.hot if counts is None else limits.hot * counts)
            phases = machine.seen[sensors]
            if not (hot.any() or phases.any()):
                continue
            cool = looked_at <= (limits.cool if counts is None else limits.cool * counts)
            worthy = worth_a_look(phases, hot, cool)
            if mask is not None:
                worthy &= mask[sensors]
            for each in np.flatnonzero(worthy).tolist():
                self._outbox.place = int(places[each])
                value = float(values[each])
                total, count = float(totals[each]), 1 if counts is None else int(counts[each])
                time_ns = int(times[each])
                machine.advance(
                    int(sensors[each]),
                    time_ns,
                    total / count,
                    value,
                    time_ns,
                    hot=bool(hot[each]),
                    cool=bool(cool[each]),
                )


def _mask(picked: frozenset[int], sensors: int) -> Bools | None:
    """Return which sensors are picked, or None if all are."""
    if len(picked) == sensors:
        return None
    mask: Bools = np.zeros(sensors, np.bool_)
    mask[sorted(picked)] = True
    return mask


def _count(counts: "Counts", values: Floats, times: Longs, fine: Bools, latest_ns: int) -> None:
    plausible = np.abs(values) <= LARGEST
    ahead = int((plausible & (times > latest_ns)).sum())
    refused = len(values) - int(plausible.sum())
    counts.refused += refused
    counts.ahead += ahead
    counts.late += len(values) - int(fine.sum()) - refused - ahead
