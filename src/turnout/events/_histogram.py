"""How long something took, as counts in buckets that double: cheap to fill, and exact within a factor of two."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

SHORT = 15  # times of fewer bits, below 16.4 µs, cannot be seen on a timeline
BUCKETS = (
    65  # times of up to 2**64 ns; bucket b holds those of b bits: from 2**(b-1) to 2**b - 1 ns, and bucket 0 the zeros
)


def empty_counts(buckets: int = BUCKETS) -> list[int]:
    """Return counts to be filled: ``counts[took_ns.bit_length()] += 1``."""
    return [0] * buckets


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Times in buckets, each twice as wide as the one before.

    Attributes:
        counts: How many times had that many bits, in nanoseconds; as long as `BUCKETS`.
        longest_ns: The longest time, exact if it is known and else the end of its bucket; 0 if there is none.
    """

    counts: tuple[int, ...]
    longest_ns: int = 0

    @property
    def count(self) -> int:
        """How many times there are."""
        return sum(self.counts)

    @property
    def total_ns(self) -> int:
        """About how long all of them took together: each is counted as the middle of its bucket, or the longest."""
        return sum(count * min(3 << bits >> 2, self.longest_ns) for bits, count in enumerate(self.counts) if bits)

    def quantile_ns(self, share: float) -> int:
        """Return a time that at least ``share`` of the times (0 to 1) do not exceed, at most twice the true one.

        Returns:
            Nanoseconds; 0 if there are no times.
        """
        rank = share * self.count
        seen = 0
        for bits, count in enumerate(self.counts):
            seen += count
            if count and seen >= rank:
                return min((1 << bits) - 1, self.longest_ns)
        return 0


def histogram(counts: Iterable[Sequence[int]], longest_ns: int = 0) -> Histogram:
    """Return the sum of several counts.

    Args:
        counts: Each at most as long as `BUCKETS`.
        longest_ns: The longest time that is known exactly.
    """
    summed = tuple(map(sum, zip_longest([0] * BUCKETS, *counts, fillvalue=0)))
    reach = max((bits for bits, count in enumerate(summed) if count), default=0)
    known = longest_ns.bit_length() == reach
    return Histogram(counts=summed, longest_ns=longest_ns if known else (1 << reach) - 1)
