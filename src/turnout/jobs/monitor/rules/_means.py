"""The mean of each sensor over the last while: of the newest reading of each step, kept in a ring of steps."""

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from turnout.jobs.monitor._numpy import Bools, Floats, Ints, Longs, np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

Column: TypeAlias = Any  # a list where readings are taken one by one, else an array: each path is quicker with its own

EMPTY = float("nan")
"""What stands in a cell in whose step there was no reading: it is the only value that is not equal to itself."""


class Arrival(NamedTuple):
    """Readings of sensors that differ.

    Attributes:
        places: Of each in its batch.
        sensors: Indexes.
        values: On the grid.
        times_ns: Of each.
        before_ns: The time of each one's previous reading; 0 if there was none.
        first_ns: No time is earlier.
        last_ns: No time is later.
        oldest_ns: No previous time is earlier.
    """

    places: Ints
    sensors: Ints
    values: Floats
    times_ns: Longs
    before_ns: Longs
    first_ns: int
    last_ns: int
    oldest_ns: int

    def where(self, chosen: Ints | Bools) -> "Arrival":
        """Return some of them."""
        return self._replace(
            places=self.places[chosen],
            sensors=self.sensors[chosen],
            values=self.values[chosen],
            times_ns=self.times_ns[chosen],
            before_ns=self.before_ns[chosen],
        )

    def seats(self, step_ns: int, slots: int, width: int) -> "tuple[Ints, Iterable[tuple[Ints, Ints]]]":
        """Return where readings go in a ring of steps.

        Args:
            step_ns: How long a step is.
            slots: How many steps the ring has.
            width: How many cells a slot has.

        Returns:
            The cell of each reading; and cells of steps in which there was no reading since the previous one: sensors,
            each only once, and cells, several times.
        """
        start = self.first_ns // step_ns
        if self.last_ns // step_ns == start and self.oldest_ns >= (start - 1) * step_ns:
            return self.sensors + start % slots * width, ()  # all in one step, and none was skipped: no division
        now, before = self.times_ns // step_ns, self.before_ns // step_ns
        return now % slots * width + self.sensors, _skipped(self.sensors, before, now, slots, width)


def _skipped(sensors: Ints, before: Longs, now: Longs, slots: int, width: int) -> "Iterator[tuple[Ints, Ints]]":
    chosen = np.flatnonzero(now - before > 1)
    if not len(chosen):
        return
    sensors, now = sensors[chosen], now[chosen]
    first = np.maximum(before[chosen], now - slots) + 1
    many = now - first
    for further in range(int(many.max())):
        some = many > further
        yield sensors[some], (first[some] + further) % slots * width + sensors[some]


class Means:
    """Sums over the steps that end with each sensor's newest reading.

    Args:
        sensors: How many there are.
        window_ns: Over how long.
        step_ns: How long a step is.

    Attributes:
        slots: How many steps the window has.
        cells: One for each slot and sensor, those of a slot side by side; a step's slot is its number modulo `slots`.
        sums: Of each sensor's cells that are not empty.
        counts: How many are not.
    """

    def __init__(self, sensors: int, window_ns: int, step_ns: int) -> None:
        self.sensors = sensors
        self.step_ns = step_ns
        self.slots = max(1, -(-window_ns // step_ns))
        self.cells: Column = [EMPTY] * (sensors * self.slots)
        self.sums: Column = [0.0] * sensors
        self.counts: Column = [0] * sensors

    def to_lists(self) -> None:
        """Keep everything in lists from now on."""
        if not isinstance(self.cells, list):
            self.cells, self.sums, self.counts = (each.tolist() for each in (self.cells, self.sums, self.counts))

    def to_arrays(self) -> None:
        """Keep everything in arrays from now on."""
        if isinstance(self.cells, list):
            self.cells, self.sums = np.array(self.cells, np.float64), np.array(self.sums, np.float64)
            self.counts = np.array(self.counts, np.int64)

    def state(self) -> "dict[str, NDArray[Any]]":  # of several types
        """Return everything, as arrays."""
        return {
            "cells": np.array(self.cells, np.float64),
            "sums": np.array(self.sums, np.float64),
            "counts": np.array(self.counts, np.int64),
        }

    def restore(self, state: "Mapping[str, NDArray[Any]]") -> None:  # of several types
        """Take over what `state` returned of means of the same size; everything is in arrays from now on."""
        self.cells, self.sums, self.counts = state["cells"], state["sums"], state["counts"]

    def skip(self, sensor: int, before: int, now: int) -> None:
        """Empty the cells of the steps between two readings of a sensor.

        Args:
            sensor: Its index.
            before: The step of the earlier reading.
            now: That of the later one.
        """
        cells = self.cells
        for step in range(max(before, now - self.slots) + 1, now):
            cell = step % self.slots * self.sensors + sensor
            old = cells[cell]
            if old == old:  # noqa: PLR0124  it is not empty
                self.sums[sensor] -= old
                self.counts[sensor] -= 1
                cells[cell] = EMPTY

    def take(self, arrival: Arrival) -> tuple[Floats, Longs]:
        """Take in readings; everything is in arrays.

        Returns:
            Sums and counts of their sensors.
        """
        sensors = arrival.sensors
        seats, skips = arrival.seats(self.step_ns, self.slots, self.sensors)
        for at, cells in skips:
            old = self.cells[cells]
            filled = old == old  # noqa: PLR0124  as above
            self.sums[at] -= np.where(filled, old, 0.0)
            self.counts[at] -= filled
            self.cells[cells] = EMPTY
        old = self.cells[seats]
        empty = np.isnan(old)
        counts = self.counts[sensors]
        if np.count_nonzero(empty):
            old[empty] = 0.0
            counts += empty
            self.counts[sensors] = counts
        self.cells[seats] = arrival.values
        sums = self.sums[sensors]
        sums += arrival.values - old
        self.sums[sensors] = sums
        return sums, counts
