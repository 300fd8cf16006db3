"""Many readings at once, in NumPy: the same as one by one, to the last bit.

Readings of different sensors do not touch each other until the end of a step, so that they can be taken in together. A
batch with several readings of a sensor is taken in rounds: the first of each sensor, then the second of each. All sums
are exact (see `_grid`), so that their order does not matter.
"""

from typing import TYPE_CHECKING

from turnout.jobs.monitor._numpy import Bools, Floats, Ints, Longs, np
from turnout.jobs.monitor.rules._grid import LARGEST, ROUNDER
from turnout.jobs.monitor.rules._machine import Outbox, worth_a_look
from turnout.jobs.monitor.rules._means import Arrival

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnout.jobs.monitor.rules._history import History
    from turnout.jobs.monitor.rules._readings import Counts, Feed, Watched
    from turnout.jobs.monitor.rules._stillness import Stillness

_WORTH_A_ROUND = 48
"""With fewer readings than this, one by one is quicker."""


class Batches:
    """Takes readings in batches.

    Args:
        one_by_one: Takes what is left over after the rounds.
        Others: As for `compile_feed`.
    """

    def __init__(
        self,
        *,
        heard_ns: Longs,
        keepers: "Sequence[History | Stillness]",
        watched: "Sequence[Watched]",
        outbox: Outbox,
        counts: "Counts",
        one_by_one: "Feed",
    ) -> None:
        self._heard_ns = heard_ns
        self._keepers = tuple(keepers)
        self._judges = [_Judge(each, len(heard_ns), outbox) for each in watched]
        self._outbox = outbox
        self._counts = counts
        self._one_by_one = one_by_one
        self._marks: Ints = np.zeros(len(heard_ns), np.intp)

    def feed(self, sensors: Ints, values: Floats, times_ns: Longs, latest_ns: int) -> None:
        """Take readings; `latest_ns` is the latest time that is not too far ahead."""
        marks = self._marks
        places: Ints = np.arange(len(sensors))
        while len(places) >= _WORTH_A_ROUND:
            marks[sensors] = places
            if np.count_nonzero(marks[sensors] == places) == len(places):
                self._take(places, sensors, values, times_ns, latest_ns)
                return
            marks[sensors[::-1]] = places[::-1]  # of several places of a sensor, the first is written last and stays
            first = marks[sensors] == places
            self._take(places[first], sensors[first], values[first], times_ns[first], latest_ns)
            later = ~first
            places, sensors, values, times_ns = places[later], sensors[later], values[later], times_ns[later]
        rows = zip(places.tolist(), sensors.tolist(), values.tolist(), times_ns.tolist(), strict=True)
        for place, sensor, value, time_ns in rows:
            self._outbox.place = place
            self._one_by_one((sensor,), (value,), (time_ns,), latest_ns)

    def _take(self, places: Ints, sensors: Ints, values: Floats, times_ns: Longs, latest_ns: int) -> None:
        """Take one reading each of different sensors."""
        before_ns = self._heard_ns[sensors]
        fine = times_ns > before_ns
        fine &= np.abs(values) <= LARGEST
        last_ns = int(times_ns.max())
        if last_ns > latest_ns:
            fine &= times_ns <= latest_ns
        if np.count_nonzero(fine) < len(fine):
            _count(self._counts, values, times_ns, fine, latest_ns)
            places, sensors, values, times_ns = places[fine], sensors[fine], values[fine], times_ns[fine]
            before_ns = before_ns[fine]
            if not len(places):
                return
            last_ns = int(times_ns.max())
        self._counts.taken += len(places)
        self._heard_ns[sensors] = times_ns
        values = values + ROUNDER
        values -= ROUNDER
        first_ns, oldest_ns = int(times_ns.min()), int(before_ns.min())
        arrival = Arrival(places, sensors, values, times_ns, before_ns, first_ns, last_ns, oldest_ns)
        for keeper in self._keepers:
            keeper.take(arrival)
        for judge in self._judges:
            judge(arrival)


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

    def __call__(self, arrival: Arrival) -> None:
        if self._mask is not None:
            chosen = np.flatnonzero(self._mask[arrival.sensors])
            if not len(chosen):
                return
            arrival = arrival.where(chosen)
        totals, counts = (arrival.values, 1) if self._means is None else self._means.take(arrival)
        for machine, limits, mask in self._rules:
            looked_at = totals if limits.sign > 0 else -totals
            hot = looked_at > limits.hot * counts
            if not (machine.is_busy or np.count_nonzero(hot)):
                continue
            cool = looked_at <= limits.cool * counts
            worthy = worth_a_look(machine.seen[arrival.sensors], hot, cool)
            if mask is not None:
                worthy &= mask[arrival.sensors]
            for each in np.flatnonzero(worthy).tolist():
                self._outbox.place = int(arrival.places[each])
                value, time_ns = float(arrival.values[each]), int(arrival.times_ns[each])
                count = 1 if isinstance(counts, int) else int(counts[each])
                machine.advance(
                    int(arrival.sensors[each]),
                    time_ns,
                    float(totals[each]) / count,
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
