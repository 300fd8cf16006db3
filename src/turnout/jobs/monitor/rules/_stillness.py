"""Since when each sensor has told the same."""

from array import array
from typing import TYPE_CHECKING, Any

from turnout.jobs.monitor._numpy import Floats, Longs, np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from turnout.jobs.monitor.rules._history import Follow
    from turnout.jobs.monitor.rules._means import Arrival

_NOTHING = float("inf")  # differs from every reading


class Stillness:
    """Looks at each reading, since some equal ones among many are no sign of a sensor that is stuck.

    Args:
        sensors: How many there are.
        tolerance: Readings that are closer to one that was kept are the same.

    Attributes:
        tolerance: The same.
        kept: The reading with which each sensor changed last.
        changed_ns: When that was.
    """

    def __init__(self, sensors: int, tolerance: float) -> None:
        self.tolerance = tolerance
        self._kept = array("d", [_NOTHING]) * sensors
        self._changed_ns = array("q", [0]) * sensors
        self.kept: Floats = np.frombuffer(self._kept)
        self.changed_ns: Longs = np.frombuffer(self._changed_ns, np.int64)

    def follow(self) -> "Follow":
        """Return what takes one reading after the other."""
        kept, changed_ns, tolerance = self._kept, self._changed_ns, self.tolerance

        def take(sensor: int, value: float, time_ns: int, before_ns: int) -> None:  # noqa: ARG001  as all that follow
            if abs(value - kept[sensor]) > tolerance:
                kept[sensor] = value
                changed_ns[sensor] = time_ns

        return take

    def take(self, arrival: "Arrival") -> None:
        """Take in readings."""
        moved = np.abs(arrival.values - self.kept[arrival.sensors]) > self.tolerance
        if np.count_nonzero(moved):
            sensors = arrival.sensors[moved]
            self.kept[sensors] = arrival.values[moved]
            self.changed_ns[sensors] = arrival.times_ns[moved]

    def state(self) -> "dict[str, NDArray[Any]]":  # of several types
        """Return everything, as arrays."""
        return {"kept": self.kept, "changed": self.changed_ns}

    def restore(self, state: "Mapping[str, NDArray[Any]]") -> None:  # likewise
        """Take over what `state` returned for the same sensors."""
        self.kept[:], self.changed_ns[:] = state["kept"], state["changed"]
