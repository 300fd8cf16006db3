"""Prime factors by trial division, in plain Python: work that holds a core, and the GIL, all the time."""

import random
from itertools import count

_LEAST, _GREATEST = 20_000, 100_000_000


def prime_factors(number: int) -> list[int]:
    """Return the primes whose product is ``number``, in ascending order, each as often as it divides it.

    Every whole number from 2 is tried up to the root of what is left, so a prime costs most.

    Args:
        number: At least 1, which has none.

    Raises:
        ValueError: If it is less than 1.
    """
    if number < 1:
        raise ValueError(f"only whole numbers from 1 have prime factors, and {number} is less")
    factors = []
    for divisor in count(2):
        if divisor * divisor > number:
            break
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
    return [*factors, number] if number > 1 else factors


def random_numbers(numbers: int = 10_000, *, seed: int = 103) -> list[int]:
    """Return numbers such as the course factors: evenly spread from 20,000 to 100,000,000.

    Args:
        numbers: How many.
        seed: The same seed gives the same numbers.
    """
    generator = random.Random(seed)  # noqa: S311  # to be repeated, not to be secret
    return [generator.randint(_LEAST, _GREATEST) for _ in range(numbers)]
