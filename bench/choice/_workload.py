"""What a workload is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from _work import spin

ROUNDS_PER_MS = 25_000  # of `spin`, on a core of the machines that this was written on


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Work whose nature is known.

    Attributes:
        name: What it is called.
        character: One sentence on what the work is like, with its sizes.
        reason: Why it is here: what a choice may get wrong.
        function: Takes one item.
        items: Makes the items, outside the timed part; each call anew.
        count: How many items there are.
        failing: How many of them raise.
        waits: Whether it waits, so that far more processes than cores may be the best.
        is_async: Whether the function is a coroutine function.
        is_tiny: Whether all of it takes less than 5 ms, so that not the ratio counts but what is added.
    """

    name: str
    character: str
    reason: str
    function: Callable[[Any], object]  # takes whatever the items are
    items: Callable[[], Iterable[Any]]
    count: int
    failing: int = 0
    waits: bool = False
    is_async: bool = False
    is_tiny: bool = False


def compute_ms(milliseconds: float) -> int:
    """Compute in Python for about so long: a number of steps, so that two at once on one core take twice as long."""
    return spin(int(milliseconds * ROUNDS_PER_MS))
