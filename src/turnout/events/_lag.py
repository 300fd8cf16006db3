"""How late a loop comes to what is due: a timer that is set again and again, and told how late it rang."""

from collections import deque
from collections.abc import Callable

from turnout.events._histogram import empty_counts, histogram
from turnout.events._stats import Block, LagStats

BLOCKS_KEPT = 1_000


class LagProbe:
    """Keeps how late each ring was.

    The loop calls `ring` as soon after ``due_ns`` as it can. What made it late began while the timer ran; a block is
    told as if that had been in the middle of the interval, so that its length is off by half an interval at most.

    Args:
        now_ns: Tells the time.
        interval_s: How long the timer is set for.
        block_s: From when on a lateness is a block of its own.
        find_stack: Tells where the loop's thread was seen between two times.
        blocked: Called with each block.

    Attributes:
        due_ns: When the timer is to ring; 0 while it is not set.
        late_ns: How late it rang the last time.
    """

    def __init__(
        self,
        now_ns: Callable[[], int],
        *,
        interval_s: float,
        block_s: float,
        find_stack: Callable[[int, int], tuple[str, ...]],
        blocked: Callable[[Block], None],
    ) -> None:
        self._now_ns = now_ns
        self._interval_ns = round(interval_s * 1e9)
        self._block_ns = round(block_s * 1e9)
        self._find_stack = find_stack
        self._blocked = blocked
        self._counts = empty_counts()
        self._longest_ns = 0
        self._blocks: deque[Block] = deque(maxlen=BLOCKS_KEPT)
        self.due_ns = 0
        self.late_ns = 0

    def set(self) -> None:
        """Tell that the timer has just been set."""
        self.due_ns = self._now_ns() + self._interval_ns

    def stop(self) -> None:
        """Tell that the timer will not ring any more, which it should have done if it is late already."""
        if 0 < self.due_ns < self._now_ns():
            self.ring()
        self.due_ns = 0

    def ring(self) -> None:
        """Tell that the timer rings."""
        now_ns = self._now_ns()
        late_ns = max(0, now_ns - self.due_ns)
        self.late_ns = late_ns
        self._counts[late_ns.bit_length()] += 1
        self._longest_ns = max(self._longest_ns, late_ns)
        if late_ns >= self._block_ns:
            took_ns = late_ns + self._interval_ns // 2
            block = Block(start_ns=now_ns - took_ns, took_ns=took_ns, stack=self._find_stack(now_ns - took_ns, now_ns))
            self._blocks.append(block)
            self._blocked(block)

    def stats(self) -> LagStats:
        """Return what was seen so far."""
        return LagStats(
            late=histogram((self._counts,), self._longest_ns),
            interval_ns=self._interval_ns,
            block_ns=self._block_ns,
            blocks=tuple(self._blocks),
        )
