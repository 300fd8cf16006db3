"""Medians and how far they can be trusted, with no assumption about the shape of the noise.

Wall times on a real machine have a long tail on the slow side, so means and standard deviations mislead; the
median and intervals made of the sorted values themselves do not.
"""

from collections.abc import Sequence
from math import comb

from turnout.measurement._types import Interval

CONFIDENCE = 0.95


def median_interval(values: Sequence[float]) -> tuple[float, Interval]:
    """Return the median of ``values`` and an interval that holds the true one.

    The interval runs from the r-th smallest to the r-th largest value, with the greatest r whose confidence is
    still at least 95 %. With fewer than six values even the least and the greatest fall short of that; they are
    then the interval, with the confidence that they do have: 94 % for five values, 75 % for three, 50 % for two,
    and 0 for one.

    Args:
        values: At least one; independent measurements of the same thing, in any order and unit.

    Raises:
        ValueError: If there are none.

    Source: the number of values below the true median follows the binomial distribution with probability 1/2;
        David and Nagaraja, Order Statistics (2003), section 7.1.
    """
    if not values:
        raise ValueError("a median needs at least one value")
    ranked = sorted(values)
    count = len(ranked)
    total = 1 << count
    outside = 2  # in units of 1/total: the chance that the median lies beyond both ends, for rank 1
    rank = 1
    while rank < count // 2:
        wider = outside + 2 * comb(count, rank)
        if total - wider < CONFIDENCE * total:
            break
        outside = wider
        rank += 1
    confidence = 0.0 if count == 1 else (total - outside) / total
    middle = (ranked[(count - 1) // 2] + ranked[count // 2]) / 2
    return middle, Interval(low=ranked[rank - 1], high=ranked[count - rank], confidence=confidence)


def ratio_interval(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, Interval]:
    """Return the median ratio of two contenders that ran in turns, and an interval that holds the true one.

    The two runs of a round lie next to each other in time, so that a drift of the machine hits both and cancels
    in their ratio. Values beyond the end of the shorter sequence have no partner and are not used.

    Args:
        numerators: One value for each round.
        denominators: The other contender's value for each round, above 0.

    Raises:
        ValueError: If there is no complete round, or a denominator is not above 0.
    """
    pairs = list(zip(numerators, denominators, strict=False))
    if any(denominator <= 0 for _, denominator in pairs):
        raise ValueError("a ratio needs denominators above 0")
    return median_interval([numerator / denominator for numerator, denominator in pairs])


def overlap(one: Interval, other: Interval) -> bool:
    """Tell whether two intervals have a value in common."""
    return one.low <= other.high and other.low <= one.high
