"""The monitor's time: that of the day, and never backwards."""

from collections.abc import Callable

from turnout import clock


class Timekeeper:
    """Tells the time of day, nanoseconds since 1970.

    Where the machine's clock is set back, time goes on at its pace until the clock has caught up. Otherwise readings
    would be older than those before for as long as that takes, and the monitor blind.

    Args:
        after_ns: It is later than this: the last moment that a process before this one has seen.
        epoch_ns: The machine's time of day.
        steady_ns: Its steady time, from any beginning.
    """

    def __init__(
        self,
        after_ns: int = 0,
        *,
        epoch_ns: Callable[[], int] = clock.epoch_ns,
        steady_ns: Callable[[], int] = clock.wall_ns,
    ) -> None:
        self._epoch_ns, self._steady_ns = epoch_ns, steady_ns
        self._offset_ns = after_ns - steady_ns()

    def __call__(self) -> int:
        """Return the time."""
        epoch_ns, steady_ns = self._epoch_ns(), self._steady_ns()
        self._offset_ns = max(self._offset_ns, epoch_ns - steady_ns)
        return self._offset_ns + steady_ns
