"""A controller that goes up and down in steps."""

from collections.abc import Callable

from turnout.jobs.monitor.reactions._options import StepTuning


class Steps:
    """One zone's controller; between its two temperatures, the level stays.

    Args:
        tuning: Its temperatures and step.
        level: The level that holds when it begins.
    """

    __slots__ = ("_level", "_tuning")

    def __init__(self, tuning: StepTuning, level: float) -> None:
        self._tuning = tuning
        self._level = level

    def update(self, measured_c: float, _slope: float, _step_s: float, limit: Callable[[float], float]) -> float:
        """Return the level to set; as `Pid.update`."""
        wanted = self._level
        if measured_c > self._tuning.above_c:
            wanted += self._tuning.step
        elif measured_c < self._tuning.below_c:
            wanted -= self._tuning.step
        self._level = limit(wanted)
        return self._level

    def follow(self, _measured_c: float, _slope: float, level: float) -> None:
        """Begin from a level that somebody else has set."""
        self._level = level
