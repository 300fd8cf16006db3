"""How many calls may begin now: per second, and per key."""

from collections import Counter, deque
from collections.abc import Callable, Hashable
from math import inf
from typing import Any

from turnout.errors import UsageError
from turnout.executors import Batch, is_coroutine_function

LEAST_RATE = 1e-9  # a call in 30 years
BURST_NS = 10_000_000  # calls that became due in this time, while nobody looked, may begin together


class Rate:
    """Lets at most so many calls begin in a second, evenly spread.

    Args:
        per_second: Above 0.
    """

    def __init__(self, per_second: float) -> None:
        given: object = per_second  # of whatever type the caller gave
        if not (type(given) in {int, float} and LEAST_RATE <= per_second < inf):
            raise UsageError(f"rate must be a number of calls per second, at least {LEAST_RATE:g}, not {per_second!r}")
        self._period_ns = 1e9 / per_second
        self.next_ns = 0.0

    def is_awaited(self, now_ns: int) -> bool:
        """Tell whether a call that may begin now was held back until about now; otherwise it came late by itself."""
        return now_ns < self.next_ns + BURST_NS

    def take(self, now_ns: int) -> bool:
        """Tell whether a call may begin now, and count it; if not, it may at ``next_ns``."""
        if now_ns < self.next_ns:
            return False
        self.next_ns = max(self.next_ns, now_ns - BURST_NS) + self._period_ns
        return True


class Keys:
    """Lets at most so many items of one key be under way.

    Args:
        key: Says which key an item has, such as its host.
        limit: How many of one key, at least 1.
    """

    def __init__(self, key: Callable[[Any], Hashable], limit: int) -> None:
        if not callable(key):
            raise UsageError(f"key must be a function that takes an item, not {key!r}")
        if is_coroutine_function(key):
            raise UsageError(f"key must be a plain function, which says at once which key an item has, not {key!r}")
        given: object = limit  # of whatever type the caller gave
        if not (type(given) is int and limit >= 1):
            raise UsageError(f"key_limit must be a whole number of at least 1, not {limit!r}")
        self._key = key
        self._limit = limit
        self._busy: Counter[Hashable] = Counter()
        self._parked: dict[Hashable, deque[Batch]] = {}
        self._ready: deque[Batch] = deque()
        self._keys: dict[int, Hashable] = {}
        self.parked_count = 0

    def admit(self, batch: Batch) -> bool:
        """Count the batch, of one item, as under way; if its key is busy, park it instead and return False.

        Raises whatever the user's key function does.
        """
        key = self._keys.get(batch.first)
        if key is None:
            key = self._keys[batch.first] = self._key(batch.items[0])
        if self._busy[key] < self._limit:
            self._busy[key] += 1
            return True
        self._parked.setdefault(key, deque()).append(batch)
        self.parked_count += 1
        return False

    def released(self) -> Batch | None:
        """Return a batch that was parked and is under way from now on; None if there is none."""
        return self._ready.popleft() if self._ready else None

    def leave(self, first: int) -> None:
        """Take notice that the item is done, or waits for another try; the next of its key is released."""
        key = self._keys.pop(first, None)
        queue = self._parked.get(key)
        if queue:
            self._ready.append(queue.popleft())
            self.parked_count -= 1
            if not queue:
                del self._parked[key]
        elif self._busy[key] <= 1:
            del self._busy[key]
        else:
            self._busy[key] -= 1
