"""A PID controller for a level that has limits, and that may only change so fast."""

from collections.abc import Callable
from math import isfinite

from turnout.jobs.monitor.reactions._options import PidTuning

_QUICKEST_S = 1.0


class Pid:
    """One zone's controller; warmer asks for more.

    The derivative is of the measurement, so that a new target makes no jump. What the level cannot follow, because of
    its limits or its rate, flows back into the integral, which therefore never winds up; whoever sets the level
    meanwhile tells it by `follow`, and the controller goes on from there without a jump.

    Args:
        tuning: How it is tuned.
        level: The level that holds when it begins.

    Source: Åström and Hägglund (1995), PID Controllers, 2nd ed., sections 3.2 to 3.5 (back-calculation).
    """

    __slots__ = ("_integral", "_tuning")

    def __init__(self, tuning: PidTuning, level: float) -> None:
        self._tuning = tuning
        self._integral = level

    def update(self, measured_c: float, slope: float, step_s: float, limit: Callable[[float], float]) -> float:
        """Return the level to set.

        Args:
            measured_c: The temperature now.
            slope: How fast it rises, degrees a second.
            step_s: The time since the last update or `follow`, above 0.
            limit: Returns the level that can be had instead of the one that is wanted.
        """
        tuning = self._tuning
        wanted = self._asked(measured_c, slope) + self._integral
        level = limit(wanted)
        if isfinite(tuning.integral_s):
            self._integral += tuning.gain_per_c * (measured_c - tuning.target_c) * step_s / tuning.integral_s
            # As fast as the integral moves, but never past what makes the wanted level the real one.
            self._integral += (level - wanted) * min(1.0, step_s / max(_QUICKEST_S, tuning.integral_s / 4))
        return level

    def follow(self, measured_c: float, slope: float, level: float) -> None:
        """Begin from a level that somebody else has set."""
        if isfinite(self._tuning.integral_s):
            self._integral = level - self._asked(measured_c, slope)

    def _asked(self, measured_c: float, slope: float) -> float:
        """Return what temperature and rise ask for, without the integral."""
        tuning = self._tuning
        return tuning.gain_per_c * (measured_c - tuning.target_c + tuning.derivative_s * slope)
