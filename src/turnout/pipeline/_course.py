"""What is seen on a track, held against what other tracks would do: whether to leave it, or to have more workers."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from turnout.advise import ItemCost, Prediction
from turnout.clock import wall_ns
from turnout.executors import Crew, Reply
from turnout.machine import has_global_lock
from turnout.pipeline import _reasons as reasons
from turnout.pipeline._first_looks import SHORT_S, WAITS, Rank
from turnout.pipeline._growth import MOST, Crowd, Growth
from turnout.pipeline._legs import Leg
from turnout.pipeline._observation import others_cpu_ns
from turnout.pipeline._tide import Tide
from turnout.pipeline._window import Window

FIRST_CHECK_NS = 20_000_000  # after a track is taken; then at each doubling
SHARED_NS = 1_000_000_000  # for so long, crews that were left may keep the cores, and nothing is told by what is seen
EARLY = 8  # items that suffice to tell that those who were to wait compute
MISLED = (
    1.3  # times what a track should take: then something is at work that is not predicted, such as turns for a lock
)
WRONG = 1.15  # times what another track would take, before it is taken instead
HESITATES = 1.25  # times more for each time that this was done of late, as what is seen after a change may mislead


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What to do after a check.

    Attributes:
        why: Sentences to tell.
        track: The one to take, which may be this one with other workers; None to stay.
        cost: What an item costs, as far as was seen.
        is_fresh: Whether another crew is needed though the track is the same.
        is_misjudged: Whether the track that is left is not to be taken again for such items.
    """

    why: tuple[str, ...] = ()
    track: Prediction | None = None
    cost: ItemCost | None = None
    is_fresh: bool = False
    is_misjudged: bool = False


class Course:
    """Keeps count on the track that a crew is on.

    Args:
        rank: Predicts what items take on each track.
        cores: Tells how many busy workers keep all cores busy.
        plain: The simplest executor.
        limit: At most so many workers are wanted; None for no limit.
        is_alone: Whether what this process computes meanwhile is computed for these items.
        clock: Tells nanoseconds.
        has_lock: Whether threads take turns to run Python code; None to ask this Python.
        others_cpu: Tells what all threads of this process but the caller's have spent on cores, in nanoseconds.
    """

    def __init__(
        self,
        rank: Rank,
        cores: Callable[[], int],
        plain: str,
        limit: int | None,
        *,
        is_alone: bool,
        clock: Callable[[], int] = wall_ns,
        has_lock: bool | None = None,
        others_cpu: Callable[[], int] = others_cpu_ns,
    ) -> None:
        self._rank = rank
        self._cores = cores
        self._plain = plain
        self._limit = limit
        self._is_alone = is_alone
        self._clock = clock
        self._has_lock = has_global_lock() if has_lock is None else has_lock
        self._others_cpu = others_cpu
        self._cost: ItemCost | None = None
        self._whole_cost: ItemCost | None = None  # the same, of items that were done when it was found
        self._window = Window(0, 0)
        self._shared_until_ns = 0
        self._is_shared = False  # with crews that were left and have items
        self._growth: Growth | None = None  # of a crew whose best number of workers is being found
        self._tide: Tide | None = None  # of threads that were taken to wait
        self._can_compute = 1  # workers at once
        self._most_busy = 1  # cores that they can keep busy
        self._changes = 0  # of track of late, as what was predicted was wrong
        self._crowd: Crowd | None = None  # what items wait for is at its limit, whatever they are run by

    @property
    def is_growing(self) -> bool:
        """Whether the best number of workers is being found."""
        return self._growth is not None

    @property
    def is_flooded(self) -> bool:
        """Whether threads that were taken to wait compute all the time instead."""
        return self._tide is not None and self._tide.is_high

    @property
    def look_ns(self) -> int | None:
        """When to look at workers that compute; None for never."""
        return None if self._tide is None else self._tide.look_ns

    def begin(self, leg: Leg, track: Prediction, cost: ItemCost | None, alone_s: float, *, is_fresh: bool) -> None:
        """Begin on a track.

        Args:
            leg: With its crew.
            track: The track.
            cost: What an item is taken to cost; None if nothing was seen.
            alone_s: What an item took that was alone; 0 if that is not known.
            is_fresh: Whether the track is the one before, with another crew.
        """
        self._cost = cost
        if not is_fresh:
            self._whole_cost = cost
            self._growth = self._tide = None
            if cost is not None and cost.wait_share >= WAITS and track.workers > 1 and track.executor in MOST:
                is_one_thread = track.executor == "asyncio" and self._is_alone  # which computes on one core at most
                self._most_busy = 1 if is_one_thread else self._cores()
                is_free = track.executor == "threads" and not self._has_lock
                self._can_compute = self._most_busy if is_free else 1
                now = self._clock()
                self._growth = Growth(track.executor, now, replace(cost, wall_s=alone_s), self._limit)
                self._whole_cost = cost if alone_s else None
                if track.executor == "threads":
                    self._tide = Tide(now, self._can_compute, self._others_cpu)
        self._shared_until_ns = self._clock() + SHARED_NS
        crew = leg.crew if track.wall_s > SHORT_S else None  # for who is done before it is looked at
        warm_up = 0 if self.is_growing and not is_fresh else track.workers
        self._begin_window(crew, warm_up=warm_up)

    def stop_growing(self) -> None:
        """Do with the workers that there are."""
        self._growth = None
        if self._tide is not None:
            self._tide.settle()

    def has_room(self, given: int, workers: int) -> bool:
        """Tell whether workers that have so many items may be given one more.

        Those who turn out to take turns to compute are given no more until it is clear what suits them.
        """
        if self.is_flooded and given >= 2 * self._cores():
            return False
        return self._growth is None or self._growth.has_room(given, workers)

    def skip(self, idle_ns: int) -> None:
        """Leave out time without anything to do, which says nothing."""
        self._window.began_ns += idle_ns

    def look(self, leg: Leg) -> None:
        """Look, when it is time to, whether workers compute all the time."""
        if self._tide is not None and self._tide.look(self._clock()):
            self._begin_window(leg.crew, is_flooded=True)

    def add(self, leg: Leg, reply: Reply, workers: int, *, are_others_at_work: bool) -> None:
        """Count a reply.

        Args:
            leg: Whose it is.
            reply: The reply.
            workers: How many there are.
            are_others_at_work: Whether crews that were left have items.
        """
        if self._growth is not None:
            self._growth.take_first(reply.spans)
            if self._whole_cost is None and self._cost is not None and self._growth.alone_s:
                self._whole_cost = replace(self._cost, wall_s=self._growth.alone_s)
            if self._growth.is_crowded_by_others(workers) and are_others_at_work:
                self._begin_window(leg.crew)
        was_shared = self._is_shared
        self._is_shared = self._growth is None and are_others_at_work and self._clock() < self._shared_until_ns
        if was_shared and not self._is_shared:
            self._begin_window(leg.crew)
        if not self._is_shared:
            self._window.add(reply)

    def is_due(self, now: int, workers: int) -> bool:
        """Tell whether it is time for a check."""
        return not self._is_shared and (now >= self._window.check_ns or self._is_told(now, workers))

    def check(self, leg: Leg, now: int, workers: int, *, done: int, left: int) -> Turn:
        """Hold what was seen since the last check against what other tracks would do.

        Args:
            leg: The crew, and what it has.
            now: On the clock `wall_ns`.
            workers: How many there are.
            done: How many items are done in all.
            left: How many nobody has yet, or a guess.
        """
        window, growth, is_flooded = self._window, self._growth, self.is_flooded
        is_watched = growth is not None or is_flooded
        unseen = leg.given_items - leg.given
        is_telling = self._is_told(now, workers) if is_watched else window.is_telling(workers, unseen)
        if left <= 0 or not is_telling:
            window.lengthen()
            return Turn()
        is_saturated = is_flooded or (growth is not None and self._is_saturated(now))
        self._window = window.next(now, leg.crew)
        if growth is not None and window.done < 2 * workers and not is_saturated:
            # until they work, items seem slower
            return self._grow(growth, leg, window, now, workers, left, is_saturated=is_saturated)
        cost = window.cost(now, self._whole_cost, leg.executor, workers, leg.crew, is_alone=self._is_alone)
        # workers that are more than the cores keep each other waiting; fewer are kept waiting by other work
        load = window.load(leg.crew) if workers <= self._cores() else 1.0
        here_s = left * (max(cost.cpu_s, cost.wall_s / workers) if is_flooded else window.item_s(now) / load)
        ranked = self._rank(cost, left)
        is_misled = growth is None and self._is_misled(leg.executor, ranked, here_s)
        best = next(one for one in ranked if not is_misled or one.executor != leg.executor)
        wants_more = best.executor == "processes" and best.workers > workers
        hesitation = 1.0 if wants_more and best.executor == leg.executor else HESITATES**self._changes
        if best.wall_s * WRONG * hesitation < here_s and (best.executor != leg.executor or wants_more):
            self._changes += best.executor != leg.executor
            why = (reasons.changed(done, leg.executor, here_s / left, best, left),)
            is_misjudged = best.executor != leg.executor and (best.executor == self._plain or is_misled)
            return Turn(why=why, track=best, cost=cost, is_misjudged=is_misjudged)
        self._changes = max(0, self._changes - 1)
        if is_flooded:
            self._tide = None  # they compute, and yet no other track is better
        if growth is None:
            return self._more_again(leg, window, now, workers, left)
        return self._grow(growth, leg, window, now, workers, left, is_saturated=is_saturated)

    def _begin_window(self, crew: Crew | None, *, warm_up: int = 0, is_flooded: bool = False) -> None:
        """Count anew."""
        now = self._clock()
        self._window = Window(now, FIRST_CHECK_NS, crew, warm_up=warm_up, is_flooded=is_flooded, clock=self._clock)

    def _is_saturated(self, now: int) -> bool:
        return self._window.is_saturated(now, self._most_busy, self._can_compute)

    def _is_told(self, now: int, workers: int) -> bool:
        """Tell whether workers that are watched closely have done enough to be judged by."""
        window, growth = self._window, self._growth
        is_early = self._tide is not None and window.fresh >= EARLY
        if self.is_flooded or growth is None:
            return self.is_flooded and is_early
        return growth.is_told(window, workers) or (is_early and self._is_saturated(now))

    def _is_misled(self, executor: str, ranked: list[Prediction], here_s: float) -> bool:
        """Tell whether the track takes much longer than it should by the very prediction that speaks for it."""
        here = [one for one in ranked if one.executor == executor]
        is_slow = bool(here) and here_s > MISLED * max(one.wall_s for one in here)
        return is_slow and len(ranked) > len(here) and self._crowd is None

    def _grow(  # noqa: PLR0917  as `check`, and what it has found
        self, growth: Growth, leg: Leg, window: Window, now: int, workers: int, left: int, *, is_saturated: bool
    ) -> Turn:
        """Have as many workers as pay."""
        step = growth.next(window, now, workers, left + leg.given, is_saturated=is_saturated)
        if not step.goes_on:
            self.stop_growing()
        if step.workers == workers:
            return Turn(why=step.why)
        track = Prediction(executor=leg.executor, workers=step.workers, wall_s=0.0)
        if step.workers > workers:
            if self._crowd is not None and step.workers > self._crowd.workers:
                self._crowd = None
            self._begin_window(leg.crew)
            return Turn(why=step.why, track=track)
        if self._crowd is None:
            self._crowd = Crowd(now, window.crowded_wall_s(now, workers), workers)
        return Turn(why=step.why, track=track, cost=self._cost, is_fresh=True)  # only a fresh crew has no more

    def _more_again(self, leg: Leg, window: Window, now: int, workers: int, left: int) -> Turn:
        """Try more workers, now and then, where fewer were taken."""
        if self._crowd is None or self._cost is None or leg.executor not in MOST:
            return Turn()
        if not window.fresh or not self._crowd.is_over(now):
            return Turn()
        cost = replace(self._cost, wall_s=window.fresh_wall_s)
        growth = Growth(leg.executor, now, cost, self._limit, before=workers)
        more = growth.more_again(left + leg.given)
        if more == workers:
            return Turn()
        self._growth = growth
        self._begin_window(leg.crew)
        return Turn(track=Prediction(executor=leg.executor, workers=more, wall_s=0.0), why=(reasons.more_again(more),))
