"""How many workers pay, for items that wait: more of them as long as more is done, fewer if they only crowd."""

from dataclasses import dataclass
from math import ceil

from turnout.advise import ItemCost
from turnout.pipeline import _reasons as reasons
from turnout.pipeline._window import Window
from turnout.trace import SpanBatch

FACTOR = {"threads": 4, "asyncio": 8}  # times as many workers, as long as that pays
PAYS = 1.15  # times as much must be done with them
HARMS = 1.05  # or not, and then the fewer do
TOLD = 2 / 3  # of the workers must have done an item since they are so many, before that is judged
CROWDED = 2.0  # times as long an item takes beside others as alone: somebody else is at a limit
STILL_CROWDED = 1.5  # the same, when fewer were taken
ENOUGH = 1.25  # times as many as were not crowded
MOST = {"threads": 256, "asyncio": 4096}
WORKER_S = {"threads": 0.0003, "asyncio": 0.00005}  # what another worker takes to start, and its first item more
SINGLY_S = 0.005
WORTH = 3  # times that must be gained
MORE_AGAIN = 2  # times as many workers, where fewer were taken since more crowded each other
PATIENCE = 8  # times as long as an item took in a crowd, until more are tried again; twice that after each such try


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do next.

    Attributes:
        workers: How many to have from now on.
        goes_on: Whether to look at them again.
        why: Sentences to tell.
    """

    workers: int
    goes_on: bool
    why: tuple[str, ...] = ()


class Growth:
    """Finds the number of workers while they work, by Little's law: what is done is workers over the time of an item.

    Args:
        executor: Its name, of `MOST`.
        began_ns: When there came to be more workers than one, on the clock `wall_ns`.
        alone: What an item took that was alone, its time 0 if that is not known yet; and had computed by then.
        limit: At most so many workers are wanted; None for no limit.
        before: Beside how many others it was, and itself.

    Attributes:
        alone_s: What an item took that was alone; 0 while that is not known.
    """

    def __init__(self, executor: str, began_ns: int, alone: ItemCost, limit: int | None, *, before: int = 1) -> None:
        self._began_ns = began_ns
        self._hands_singly = not 0 < alone.wall_s < SINGLY_S
        self._factor = FACTOR[executor]
        self._worker_s = WORKER_S[executor]
        self._turn_s = max(self._worker_s, alone.cpu_s)  # what each worker keeps the others waiting for
        self._most = limit or MOST[executor]
        self._before = before  # workers
        self._before_s = alone.wall_s  # what an item took with them
        self.alone_s = alone.wall_s

    def has_room(self, given: int, workers: int) -> bool:
        """Tell whether one more item may be handed over, if the crew has room for it.

        What is handed over ahead would still crowd the others if fewer workers were better.

        Args:
            given: How many items the workers have.
            workers: How many there are to be.
        """
        return given < workers or not self._hands_singly

    def is_crowded_by_others(self, workers: int) -> bool:
        """Tell whether fewer workers are tried, which are only seen at work once those before are done."""
        return workers < self._before

    def take_first(self, spans: SpanBatch | None) -> None:
        """Learn what an item takes alone, from one that began before there were more workers."""
        if not self._before_s and spans is not None and spans.start_ns < self._began_ns:
            self._before_s = self.alone_s = (spans.end_ns - spans.start_ns) / 1e9 / len(spans)

    @staticmethod
    def is_told(window: Window, workers: int) -> bool:
        """Tell whether enough was done to judge so many workers by."""
        return window.fresh >= max(1, TOLD * workers)

    def next(self, window: Window, now: int, workers: int, left: int, *, is_saturated: bool) -> Step:
        """Return what to do after a look.

        Args:
            window: What was seen since there are so many workers.
            now: On the clock `wall_ns`.
            workers: How many there are.
            left: How many items are not done.
            is_saturated: Whether more workers could not compute more.
        """
        if window.failures > window.done / 4 or is_saturated:
            return Step(workers=workers, goes_on=False, why=(reasons.saturated(workers),))
        wall_s = window.fresh_wall_s
        gain = workers / self._before * (self._before_s or wall_s) / wall_s if wall_s > 0 else 1.0
        if self._before > workers:
            return self._after_fewer(workers, wall_s, gain)
        if self._before > 1 and gain < PAYS:
            why = reasons.grown_enough(workers, wall_s, self._before, self._before_s)
            return Step(workers=self._before if gain < HARMS else workers, goes_on=False, why=(why,))
        crowded_s = window.crowded_wall_s(now, workers)
        is_crowded = crowded_s > self._before_s * CROWDED + workers * self._turn_s
        if self._before == 1 and self._before_s and is_crowded:
            return self._try_fewer(workers, crowded_s)
        return self._try_more(workers, wall_s, left)

    def more_again(self, left: int) -> int:
        """Return how many workers to try, where there are fewer since more of them crowded each other.

        Args:
            left: How many items are not done.
        """
        more = min(MORE_AGAIN * self._before, self._most, left)
        return more if self._wins(more, self._before, self._before_s, left) else self._before

    def _try_fewer(self, workers: int, crowded_s: float) -> Step:
        """As many as can be under way before they wait for each other, if the first one was like the others."""
        enough = max(1, ceil(ENOUGH * workers * self._before_s / crowded_s))
        why = reasons.crowded(workers, crowded_s, self._before_s, enough)
        self._before, self._before_s = workers, crowded_s
        return Step(workers=enough, goes_on=True, why=(why,))

    def _after_fewer(self, workers: int, wall_s: float, gain: float) -> Step:
        """Have even fewer if they still crowd each other, or else more again, step by step, if fewer do less."""
        if wall_s > STILL_CROWDED * self.alone_s:
            fewer = min(workers, max(1, ceil(ENOUGH * workers * self.alone_s / wall_s)))
            return Step(workers=fewer, goes_on=False, why=(reasons.still_crowded(workers, wall_s, fewer),))
        if gain >= 1 / PAYS:
            return Step(workers=workers, goes_on=False)
        more = min(MORE_AGAIN * workers, self._before)
        why = reasons.not_fewer(workers, self._before)
        self._before, self._before_s = workers, wall_s
        return Step(workers=more, goes_on=True, why=(why,))

    def _try_more(self, workers: int, wall_s: float, left: int) -> Step:
        more = min(self._factor * workers, self._most, left)
        if not self._wins(more, workers, wall_s, left):
            return Step(workers=workers, goes_on=False)
        self._before, self._before_s = workers, wall_s
        return Step(workers=more, goes_on=True)

    def _wins(self, more: int, workers: int, wall_s: float, left: int) -> bool:
        """Tell whether more workers win much more than their start takes, if an item takes no longer with them."""
        won_s = left * wall_s * (1 / workers - 1 / max(more, workers))
        return more > workers and won_s > WORTH * (more - workers) * self._worker_s


class Crowd:
    """Tells when to try more workers again, where fewer were taken since more of them crowded each other.

    What they waited for may have been at its limit, or the machine was busy for a moment: that looks the same.

    Args:
        now: On the clock `wall_ns`.
        wall_s: What an item took in the crowd.
        workers: How many there were.
    """

    def __init__(self, now: int, wall_s: float, workers: int) -> None:
        self.workers = workers
        self._patience_ns = int(PATIENCE * wall_s * 1e9)
        self._again_ns = now + self._patience_ns

    def is_over(self, now: int) -> bool:
        """Tell whether it may have gone; if so, the next time is later."""
        if now < self._again_ns:
            return False
        self._patience_ns *= 2
        self._again_ns = now + self._patience_ns
        return True
