"""Prime factors by trial division, in words that every Python since 2.7 reads: other Pythons race it, too."""

from itertools import count


def prime_factors(number):
    # type: (int) -> list[int]
    """Return the primes whose product is ``number``, in ascending order, each as often as it divides it.

    Every whole number from 2 is tried up to the root of what is left, so a prime costs most.

    Args:
        number: At least 1, which has none.

    Raises:
        ValueError: If it is less than 1.
    """
    if number < 1:
        raise ValueError("only whole numbers from 1 have prime factors, and %d is less" % number)
    factors = []
    for divisor in count(2):
        if divisor * divisor > number:
            break
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
    return factors + [number] if number > 1 else factors
