"""The course's factorisation: plain Python work that holds a core, and the GIL, all the time."""

import random

from turnout.jobs.trial_division import prime_factors

__all__ = ["prime_factors", "random_numbers"]

_LEAST, _GREATEST = 20_000, 100_000_000


def random_numbers(numbers: int = 10_000, *, seed: int = 103) -> list[int]:
    """Return numbers such as the course factors: evenly spread from 20,000 to 100,000,000.

    Args:
        numbers: How many.
        seed: The same seed gives the same numbers.
    """
    generator = random.Random(seed)  # noqa: S311  # to be repeated, not to be secret
    return [generator.randint(_LEAST, _GREATEST) for _ in range(numbers)]
