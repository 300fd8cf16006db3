"""What a choice cost, from times.

A contender's time is the median of its runs: the shortest would hide it if a choice goes wrong in one run of three,
which is what is looked for here, and the mean would follow the machine's other work. The best fixed choice is the one
with the shortest median; it is known only afterwards, so that a regret of 1 is a little more than can be asked for:
`chance` says how much.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from statistics import geometric_mean, median

NOTABLE = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Regret:
    """One workload's result; seconds.

    Attributes:
        best: The fastest fixed choice; None if none could run it.
        best_s: Its time; infinite if there is none.
        sequential_s: The time of the plain loop; infinite if it could not run it.
        auto_s: The automatic choice's time; infinite if it failed.
    """

    best: str | None
    best_s: float
    sequential_s: float
    auto_s: float

    @property
    def ratio(self) -> float:
        """Automatic over best fixed; infinite if the automatic one failed, 1 if nothing could run it."""
        return 1.0 if self.auto_s == self.best_s else self.auto_s / self.best_s

    @property
    def over_sequential(self) -> float:
        """Automatic over the plain loop; infinite if the automatic one failed."""
        return 1.0 if self.auto_s == self.sequential_s else self.auto_s / self.sequential_s

    @property
    def added_ms(self) -> float:
        """What the automatic choice took beyond the best fixed one, milliseconds."""
        return 0.0 if self.auto_s == self.best_s else 1000 * (self.auto_s - self.best_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All workloads together.

    Attributes:
        middle: Median regret.
        mean: Geometric mean of the regrets.
        worst: Name and regret of the worst.
        notable: How many are above `NOTABLE`.
        worst_over_sequential: Name and ratio of the worst against the plain loop.
        failed: Those whose automatic run failed; left out of the other figures.
    """

    middle: float
    mean: float
    worst: tuple[str, float]
    notable: int
    worst_over_sequential: tuple[str, float]
    failed: tuple[str, ...]


def median_of(times: Sequence[float | None]) -> float:
    """Return the median of the times that there are; infinite if there are none."""
    known = [time for time in times if time is not None]
    return median(known) if known else inf


def best_of(times: Mapping[str, float]) -> str | None:
    """Return who has the shortest time; the first of equals, None if nobody has one."""
    best = min(times, key=times.__getitem__, default=None)
    return None if best is None or times[best] == inf else best


def regret_of(times: Mapping[str, float], *, auto: str, sequential: str) -> Regret:
    """Return a workload's regret.

    Args:
        times: Seconds of each contender that could run it.
        auto: The name of the automatic one, which is not among the fixed.
        sequential: The name of the plain loop.
    """
    fixed = {name: time for name, time in times.items() if name != auto}
    best = best_of(fixed)
    return Regret(
        best=best,
        best_s=inf if best is None else fixed[best],
        sequential_s=times.get(sequential, inf),
        auto_s=times.get(auto, inf),
    )


def chance(times: Mapping[str, Sequence[float]]) -> float | None:
    """Return the regret of whoever knows the best fixed choice from all runs but one, and has the time of that one.

    Args:
        times: Seconds of each run of each fixed choice that could run it, in the order of the rounds.

    Returns:
        The median over the rounds; None if there is only one.
    """
    rounds = max(map(len, times.values()), default=0)
    if rounds < 2:  # noqa: PLR2004  one to choose by, and one that had no say
        return None
    best_s = min(map(median_of, times.values()))
    found = []
    for number in range(rounds):
        known = {name: median(rest) for name, runs in times.items() if (rest := [*runs[:number], *runs[number + 1 :]])}
        best = best_of(known)
        if best is not None and len(times[best]) > number:
            found.append(times[best][number] / best_s)
    return median(found) if found else None


def summary(regrets: Mapping[str, Regret]) -> Summary | None:
    """Return the figures for all workloads together; None if there is nothing to sum up."""
    ran = {name: regret for name, regret in regrets.items() if regret.auto_s < inf and regret.best is not None}
    failed = tuple(name for name, regret in regrets.items() if regret.auto_s == inf)
    if not ran:
        return None
    ratios = {name: regret.ratio for name, regret in ran.items()}
    against_loop = {name: regret.over_sequential for name, regret in ran.items()}
    worst = max(ratios, key=ratios.__getitem__)
    slowest = max(against_loop, key=against_loop.__getitem__)
    return Summary(
        middle=median(ratios.values()),
        mean=geometric_mean(ratios.values()),
        worst=(worst, ratios[worst]),
        notable=sum(ratio > NOTABLE for ratio in ratios.values()),
        worst_over_sequential=(slowest, against_loop[slowest]),
        failed=failed,
    )
