"""What the contenders do with an item; a module of its own, so that every worker can import it."""

import random


def noop(item: object) -> object:
    """Return the item."""
    return item


def echo(item: bytes) -> bytes:
    """Return as many other bytes."""
    return item[::-1]


def factors(number: int) -> list[int]:
    """Return the prime factors by trial division, as a course on Python would."""
    found = []
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    if number > 1:
        found.append(number)
    return found


def spin(rounds: int) -> int:
    """Compute for a while."""
    total = 0
    for step in range(rounds):
        total += step
    return total


def numbers(count: int, seed: int = 1) -> list[int]:
    """Return random numbers from 20,000 to 100,000,000."""
    chance = random.Random(seed)  # noqa: S311  for work, not for secrets
    return [chance.randint(20_000, 100_000_000) for _ in range(count)]


def payloads(count: int, size: int, seed: int = 1) -> list[bytes]:
    """Return random bytes, ``size`` each."""
    chance = random.Random(seed)  # noqa: S311  for work, not for secrets
    return [chance.randbytes(size) for _ in range(count)]
