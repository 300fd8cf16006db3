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
ENOUGH = 1.25  # times as many as were not crowded
MOST = {"threads": 256, "asyncio": 4096}
WORKER_S = {"threads": 0.0003, "asyncio": 0.00005}  # what another worker takes to start, and its first item more
SINGLY_S = 0.005
WORTH = 3  # times that must be gained


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
    """

    def __init__(self, executor: str, began_ns: int, alone: ItemCost, limit: int | None) -> None:
        self._began_ns = began_ns
        self._hands_singly = not 0 < alone.wall_s < SINGLY_S
        self._factor = FACTOR[executor]
        self._worker_s = WORKER_S[executor]
        self._turn_s = max(self._worker_s, alone.cpu_s)  # what each worker keeps the others waiting for
        self._most = limit or MOST[executor]
        self._before = 1  # workers
        self._before_s = alone.wall_s  # what an item took with them

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
            self._before_s = (spans.end_ns - spans.start_ns) / 1e9 / len(spans)

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
            return self._after_fewer(workers, gain)
        if self._before > 1 and gain < PAYS:
            why = reasons.grown_enough(workers, wall_s, self._before, self._before_s)
            return Step(workers=self._before if gain < HARMS else workers, goes_on=False, why=(why,))
        crowded_s = window.crowded_wall_s(now, workers)
        is_crowded = crowded_s > self._before_s * CROWDED + workers * self._turn_s
        if self._before == 1 and self._before_s and is_crowded:
            return self._try_fewer(workers, crowded_s)
        return self._try_more(workers, wall_s, left)

    def _try_fewer(self, workers: int, crowded_s: float) -> Step:
        """As many as can be under way before they wait for each other, if the first one was like the others."""
        enough = max(1, ceil(ENOUGH * workers * self._before_s / crowded_s))
        why = reasons.crowded(workers, crowded_s, self._before_s, enough)
        self._before, self._before_s = workers, crowded_s
        return Step(workers=enough, goes_on=True, why=(why,))

    def _after_fewer(self, workers: int, gain: float) -> Step:
        if gain < 1 / PAYS:
            return Step(workers=self._before, goes_on=False, why=(reasons.not_fewer(workers, self._before),))
        return Step(workers=workers, goes_on=False)

    def _try_more(self, workers: int, wall_s: float, left: int) -> Step:
        more = min(self._factor * workers, self._most, left)
        won_s = left * wall_s * (1 / workers - 1 / max(more, workers))
        if more <= workers or won_s <= WORTH * (more - workers) * self._worker_s:
            return Step(workers=workers, goes_on=False)
        self._before, self._before_s = workers, wall_s
        return Step(workers=more, goes_on=True)
