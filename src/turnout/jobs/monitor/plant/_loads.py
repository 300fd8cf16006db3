"""What the equipment of each rack takes: a daily curve, and a walk of its own."""

from math import exp, pi, sqrt
from typing import TYPE_CHECKING

from turnout.jobs.monitor._numpy import Floats, Ints, np
from turnout.jobs.monitor.plant._physics import Physics

if TYPE_CHECKING:
    from numpy.random import Generator

DAY_S = 86_400.0
_PEAK_S = 15 * 3600.0  # most is asked of computers in the afternoon


class Loads:
    """The electric power of each rack, all of which becomes heat.

    The walk is an Ornstein-Uhlenbeck process, taken exactly for any length of step, so that it neither runs away nor
    depends on how often it is looked at (Gillespie 1996, Phys. Rev. E 54, 2084, eq. 2.5).

    Args:
        physics: Its averages and spreads.
        zone_of_rack: As in `Places`.
        seed: The same seed, asked in the same steps, gives the same loads.
    """

    def __init__(self, physics: Physics, zone_of_rack: "Ints", seed: int) -> None:
        self._random: Generator = np.random.default_rng((seed, 1))
        racks = len(zone_of_rack)
        spread = physics.load_spread
        self.average_w: Floats = physics.load_w * self._random.uniform(1 - spread, 1 + spread, racks)
        zones = int(zone_of_rack.max(initial=0)) + 1
        self._peak_s = (_PEAK_S + self._random.uniform(-7200, 7200, zones))[zone_of_rack]
        self._daily, self._share, self._memory_s = physics.daily_share, physics.walk_share, physics.walk_s
        self._walk: Floats = self._share * self._random.standard_normal(racks)

    def advance(self, step_s: float, time_s: float) -> "Floats":
        """Let ``step_s`` seconds go by, and return the watts of each rack at ``time_s``."""
        kept = exp(-step_s / self._memory_s)
        self._walk *= kept
        self._walk += self._share * sqrt(1 - kept * kept) * self._random.standard_normal(len(self._walk))
        daily = 1 + self._daily * np.cos((time_s - self._peak_s) * (2 * pi / DAY_S))
        watts: Floats = self.average_w * np.maximum(daily + self._walk, 0.05)
        return watts
