"""What all sensors told in the last steps, for rules that look at all of them at once."""

from array import array
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from turnout.jobs.monitor._numpy import Bools, Floats, Ints, Longs, np
from turnout.jobs.monitor.rules._means import EMPTY, Arrival

if TYPE_CHECKING:
    from numpy.typing import NDArray

Follow = Callable[[int, float, int, int], None]
"""Takes a reading: sensor, value on the grid, time and the time of the sensor's previous reading."""


class History:
    """The newest reading of each sensor in each of the last steps.

    Args:
        sensors: How many there are.
        step_ns: How long a step is.
        slots: How many steps are kept.

    Attributes:
        memory: One cell for each slot and sensor. Right are those of a sensor's last `slots` steps up to its newest
            reading; what is later stems from earlier rounds of the ring.
    """

    def __init__(self, sensors: int, step_ns: int, slots: int) -> None:
        self.step_ns = step_ns
        self.slots = slots
        self.sensors = sensors
        self.memory = array("d", [EMPTY]) * (sensors * slots)
        self._cells: Floats = np.frombuffer(self.memory)
        self._numbers: Ints = np.arange(sensors)

    def state(self) -> "dict[str, NDArray[Any]]":  # of several types
        """Return all cells, as an array."""
        return {"cells": self._cells}

    def restore(self, state: "Mapping[str, NDArray[Any]]") -> None:  # likewise
        """Take over what `state` returned of a history of the same size."""
        self._cells[:] = state["cells"]

    def follow(self) -> Follow:
        """Return what takes one reading after the other."""
        memory, step_ns, slots, sensors = self.memory, self.step_ns, self.slots, self.sensors
        start_ns = end_ns = first = 0  # of the step of the newest readings: mostly it is the same

        def take(sensor: int, value: float, time_ns: int, before_ns: int) -> None:
            nonlocal start_ns, end_ns, first
            if not start_ns <= time_ns < end_ns:
                now = time_ns // step_ns
                start_ns = now * step_ns
                end_ns = start_ns + step_ns
                first = now % slots * sensors
            if before_ns < start_ns - step_ns:
                now = time_ns // step_ns
                for step in range(max(before_ns // step_ns, now - slots) + 1, now):
                    memory[step % slots * sensors + sensor] = EMPTY
            memory[first + sensor] = value

        return take

    def take(self, arrival: Arrival) -> None:
        """Take in readings."""
        seats, skips = arrival.seats(self.step_ns, self.slots, self.sensors)
        for _, cells in skips:
            self._cells[cells] = EMPTY
        self._cells[seats] = arrival.values

    def last(self, steps: int, end: int, heard_ns: Longs) -> Floats:
        """Return the newest readings of all sensors in the last steps.

        Args:
            steps: How many; at most `slots`.
            end: The step after the last.
            heard_ns: When each sensor was heard last.

        Returns:
            float64, shape (steps, sensors), oldest first; NaN where there is no reading.
        """
        asked: Longs = np.arange(end - steps, end)[:, None]
        newest = heard_ns // self.step_ns
        found = self._cells.reshape(self.slots, self.sensors)[asked[:, 0] % self.slots]
        found[(asked > newest) | (asked <= newest - self.slots)] = EMPTY
        return found

    def newest(self, heard_ns: Longs) -> Floats:
        """Return the newest reading of each sensor; NaN if there was none."""
        newest: Floats = self._cells[heard_ns // self.step_ns % self.slots * self.sensors + self._numbers]
        return newest


def any_known(readings: Floats) -> Bools:
    """Return for each sensor whether there is any of its readings; shape (steps, sensors) to (sensors,)."""
    known: Bools = np.logical_not(np.isnan(readings).all(axis=0))
    return known
