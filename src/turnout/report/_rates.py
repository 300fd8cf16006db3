"""How fast a run goes now, and how long it will take."""

from collections import deque

_SPAN_NS = 10_000_000_000
_LEAST_DONE = 10  # a rate of fewer items would jump with each of them


class RecentRate:
    """The rate over the last ten seconds, or the last ten items where those took longer.

    Args:
        start_ns: When the run began.
        done: How many items were done by then; those that came from a journal, say.
    """

    def __init__(self, start_ns: int, done: int = 0) -> None:
        self._samples: deque[tuple[int, int]] = deque([(start_ns, done)])

    def add(self, now_ns: int, done: int) -> None:
        """Take note of how many items are done now."""
        samples = self._samples
        if done > samples[-1][1]:
            samples.append((now_ns, done))
        while len(samples) > 2 and now_ns - samples[1][0] >= _SPAN_NS and done - samples[1][1] >= _LEAST_DONE:  # noqa: PLR2004  two make a rate
            samples.popleft()

    def per_second(self, now_ns: int) -> float | None:
        """Return how many items are done in a second; None before the first one.

        It falls while nothing is done.
        """
        first_ns, first = self._samples[0]
        done = self._samples[-1][1] - first
        elapsed_ns = now_ns - first_ns
        return done * 1e9 / elapsed_ns if done > 0 and elapsed_ns > 0 else None


def remaining_s(left: int | None, per_second: float | None) -> float | None:
    """Return how many seconds are left; None if that is not known."""
    if left is None or per_second is None or per_second <= 0:
        return None
    return max(0, left) / per_second
