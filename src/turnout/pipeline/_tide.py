"""Whether threads that were taken to wait compute all the time instead, before any of them is done."""

from collections.abc import Callable

from turnout.pipeline._observation import others_cpu_ns

SPAN_NS = 10_000_000
HIGH = 0.8  # of what they can compute at once
SPANS = 2  # one after the other: a burst of answers makes for one
SPANS_LATER = 5  # of threads whose number was found: as many answers at once as there are of them are nothing new


class Tide:
    """Looks at how busy the threads beside this one keep the cores, span by span.

    Args:
        now: On the clock `wall_ns`.
        at_once: How many threads can compute at once.
        others_cpu: Tells what all threads of this process but the caller's have spent on cores, in nanoseconds.
    """

    def __init__(self, now: int, at_once: int = 1, others_cpu: Callable[[], int] = others_cpu_ns) -> None:
        self._at_once = at_once
        self._others_cpu = others_cpu
        self._since_ns, self._cpu_ns = now, others_cpu()
        self._high_spans = 0
        self._needs = SPANS

    @property
    def is_high(self) -> bool:
        """Whether they have computed nearly all the time of late."""
        return self._high_spans >= self._needs

    def settle(self) -> None:
        """Take short floods for usual from now on."""
        self._needs = SPANS_LATER

    @property
    def look_ns(self) -> int:
        """When to look next."""
        return self._since_ns + SPAN_NS

    def look(self, now: int) -> bool:
        """Look, if it is time to; tell whether it has just become high."""
        if now < self.look_ns:
            return False
        was_high, cpu_ns = self.is_high, self._others_cpu()
        spent_ns = now - self._since_ns  # more than a span, if those who compute kept the caller from the lock
        is_busy = cpu_ns - self._cpu_ns > HIGH * self._at_once * spent_ns
        self._high_spans = self._high_spans + spent_ns // SPAN_NS if is_busy else 0
        self._since_ns, self._cpu_ns = now, cpu_ns
        return self.is_high and not was_high
