"""A handler with real work to do: it counts prime numbers, one division after the other, in the loop or off it."""

import asyncio
from dataclasses import dataclass
from math import isqrt
from typing import Literal

from turnout.clock import Clock
from turnout.events import Emitter
from turnout.executors import ProcessExecutor

Heavy = Literal["inline", "offload"]
LIMIT = 300_000
"""About a second of one core (0.95 s, CPython 3.11): long enough to be felt, short enough to wait for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimesAsked:
    """Somebody wants to know how many primes there are below a limit."""

    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimesCounted:
    """They have been counted.

    Attributes:
        limit: Below which.
        count: How many.
        took_ns: How long that took.
    """

    limit: int
    count: int
    took_ns: int


def primes_below(limit: int) -> int:
    """Return how many prime numbers there are below ``limit``, by trial division."""
    return sum(all(number % divisor for divisor in range(2, isqrt(number) + 1)) for number in range(2, limit))


class Counting:
    """Handles `PrimesAsked`, and emits `PrimesCounted`.

    Args:
        emitter: Whose events to handle.
        clock: In charge of time.
        heavy: ``"inline"``: in the handler, while nothing else is handled; ``"offload"``: in a process of its own.

    Attributes:
        handler: What it listens with.
    """

    def __init__(self, emitter: Emitter, clock: Clock, heavy: Heavy) -> None:
        self._emitter = emitter
        self._clock = clock
        self._elsewhere: ProcessExecutor | None = None
        self.handler = self._count if heavy == "inline" else self._count_elsewhere
        emitter.on(PrimesAsked, self.handler)

    def close(self) -> None:
        """End what is counted elsewhere."""
        if self._elsewhere is not None:
            self._elsewhere.shutdown(wait=False, cancel_futures=True)

    def _count(self, asked: PrimesAsked) -> None:
        began_ns = self._clock.wall_ns()
        self._tell(asked, primes_below(asked.limit), began_ns)

    async def _count_elsewhere(self, asked: PrimesAsked) -> None:
        began_ns = self._clock.wall_ns()
        if self._elsewhere is None:  # processes take a moment to start, and most who play never ask
            self._elsewhere = ProcessExecutor(1)
        count = await asyncio.get_running_loop().run_in_executor(self._elsewhere, primes_below, asked.limit)
        self._tell(asked, count, began_ns)

    def _tell(self, asked: PrimesAsked, count: int, began_ns: int) -> None:
        took_ns = self._clock.wall_ns() - began_ns
        self._emitter.emit(PrimesCounted(limit=asked.limit, count=count, took_ns=took_ns))
