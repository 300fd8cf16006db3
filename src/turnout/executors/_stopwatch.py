"""A time limit for each item, kept by looking now and then at how far every worker has got."""

from bisect import bisect_left
from collections.abc import Iterable
from numbers import Real
from typing import Any, Protocol, TypeVar

from turnout.clock import wall_ns
from turnout.errors import TimeLimitError
from turnout.executors._batches import Reply

K = TypeVar("K")
LONGEST_S = 1e9  # 30 years: longer is no limit, and overflows what the system takes


class Progress(Protocol):
    """What can be seen from outside of a batch that runs."""

    ends: Any  # an array, or a memoryview of one, of int64: 0 for items that have not ended

    @property
    def start_ns(self) -> int:
        """When the batch began; 0 if it has not."""
        ...


class Stopwatch:
    """Finds the items that take longer than they may.

    An item that begins after a look cannot be late until a limit's length has passed, so one look in that time is
    enough for it; and an item that runs at a look says itself when to look again. Workers tell nothing but the times
    that they mark anyway, so that batches may be large and the quick items in them pay nothing.

    Args:
        limit_s: How many seconds an item may take.

    Attributes:
        look_ns: When to look next.
    """

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self.limit_ns = max(1, int(limit_s * 1e9))
        self.look_ns = 0

    def late(self, running: Iterable[tuple[K, Progress, int]]) -> list[tuple[K, int]]:
        """Look, and say when to look next.

        Args:
            running: What to call each batch that may run, its times, and how many items it has.

        Returns:
            The batches whose item at hand is late, and how many items before it have ended.
        """
        now_ns = wall_ns()
        self.look_ns = now_ns + self.limit_ns
        found = []
        for key, marks, length in running:
            done = finished(marks, length)
            began_ns = marks.ends[done - 1] if done else marks.start_ns
            if not began_ns or done == length:
                continue  # it will begin, or its results are on their way
            if began_ns + self.limit_ns <= now_ns:
                found.append((key, done))
            else:
                self.look_ns = min(self.look_ns, began_ns + self.limit_ns)
        return found

    def error(self, aftermath: str) -> TimeLimitError:
        """Return what a late item fails with."""
        return TimeLimitError(self.limit_s, aftermath)

    def judge(self, reply: Reply) -> Reply:
        """Fail the items that were late though they ended before anybody looked; return the reply."""
        spans = reply.spans
        if spans is not None and spans.end_ns - spans.start_ns > self.limit_ns:
            began_ns = spans.start_ns
            for offset, end_ns in enumerate(spans.ends[: len(reply.values)]):
                if end_ns - began_ns > self.limit_ns and not isinstance(reply.failures.get(offset), TimeLimitError):
                    error = self.error("its result came too late")
                    error.__cause__ = reply.failures.get(offset)
                    reply.failures[offset], reply.values[offset] = error, None
                began_ns = end_ns
        return reply


def finished(marks: Progress, length: int) -> int:
    """Return how many of the first ``length`` items have ended."""
    return bisect_left(marks.ends, True, hi=length, key=_is_open)


def _is_open(end_ns: int) -> bool:
    return not end_ns


def stopwatch(timeout_s: Any) -> Stopwatch | None:  # a float or None, if the caller has read the types
    """Return what keeps a limit; None for none.

    Raises:
        ValueError: If it is not a number above 0.
    """
    if timeout_s is None:
        return None
    is_number = isinstance(timeout_s, Real)
    if not is_number or not timeout_s > 0:
        raise ValueError(
            f"timeout_s must be a number of seconds above 0, not {timeout_s!r}; leave it out for no time limit"
        )
    return Stopwatch(float(timeout_s)) if timeout_s < LONGEST_S else None


def earlier(one_ns: int | None, other_ns: int) -> int:
    """Return the earlier of two moments, of which the first may be never."""
    return other_ns if one_ns is None else min(one_ns, other_ns)
