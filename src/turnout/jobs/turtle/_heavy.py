"""Real work that takes a moment: counting prime numbers, one division after the other."""

from math import isqrt

LIMIT = 300_000
"""About a second of one core (0.95 s, CPython 3.11): long enough to be felt, short enough to wait for."""


def primes_below(limit: int) -> int:
    """Return how many prime numbers there are below ``limit``, by trial division."""
    return sum(all(number % divisor for divisor in range(2, isqrt(number) + 1)) for number in range(2, limit))
