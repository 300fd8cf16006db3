"""What the contenders do with an item; a module of its own, so that every worker can import it."""

import random
from hashlib import sha256
from time import sleep
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


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


def digest(block: bytes) -> str:
    """Return the SHA-256 of a block; hashlib drops the GIL."""
    return sha256(block).hexdigest()


def blocks(count: int, size: int) -> list[bytes]:
    """Return different blocks of ``size`` bytes; made fast, since each contender makes its own."""
    whole = payloads(1, size)[0]
    return [whole[start:] + whole[:start] for start in range(count)]


def nap(seconds: float) -> float:
    """Wait, as for a server."""
    sleep(seconds)
    return seconds


def spin_and_nap(rounds: int) -> int:
    """Compute, then wait 10 ms."""
    total = spin(rounds)
    sleep(0.01)
    return total


def plus_one(array: "NDArray[Any]") -> "NDArray[Any]":
    """Return as large an array, for little work."""
    result: NDArray[Any] = array + 1
    return result


def arrays(count: int, size: int) -> "list[NDArray[Any]]":
    """Return different arrays of floats, ``size`` bytes each."""
    import numpy as np  # noqa: PLC0415  most scripts do without

    base = np.arange(size // 8, dtype=np.float64)
    return [base + number for number in range(count)]
