"""Which track to take, by what the first items show in one worker."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from turnout.advise import HANDOVER_S, WAITING_WORKERS, ItemCost, Prediction
from turnout.pipeline import _reasons as reasons
from turnout.pipeline._brisk import LOOKING_S, QUICK_S, Brisk
from turnout.pipeline._legs import FEW
from turnout.pipeline._observation import Observation

ENOUGH_NS = 8_000_000  # of work that was watched: more than the interpreter's switch interval of 5 ms
AGREED_NS = 4_000_000  # is enough where the worker was found doing the same at each look
CLEAR_NS = 3_000_000  # is enough where items are asleep most of the time, as the system tells
FREE_S = 0.002  # is enough where each look found the worker computing without the lock: threads cannot harm then
SHORT_S = 0.003  # what is left is not worth a choice
SHORT_COMPUTING_S = 0.005  # nor if it computes: that is what two processes take to start
COLD = 2  # times as long the very first item may take as those that follow
WAITING_S = 0.002  # an item that took so long, and was mostly asleep, waits
COMPUTES_S = 0.0005  # on a core, of an item that waits: then threads would wait for each other too
WAITS = 0.75  # part of its time asleep
HARDLY = 0.1  # the same, of an item that computes; or part of its time with the lock, of one that lets it go
TINY_S = 0.00002  # an item that takes no longer cannot gain from threads
TINY_ITEMS = 64  # of them, before that is believed
LONG_S = 0.01  # an item that computes for so long is not waited for
LONG_OF_FEW_S = 0.004  # nor this one if there are few, of which each matters
DRAIN_S = 0.05  # the first items are waited for so long, so that processes can be forked

Rank = Callable[[ItemCost, int], list[Prediction]]  # what so many items of that cost would take, the best first


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A track, and why.

    Attributes:
        track: The one to take.
        cost: What an item costs, as far as was seen.
        why: Sentences.
        alone_s: What an item took that was waited for; 0 if none was.
    """

    track: Prediction
    cost: ItemCost
    why: tuple[str, ...]
    alone_s: float = 0.0


class FirstLooks:
    """Decides, when a batch is done or while one is under way, or waits for more to be seen.

    Args:
        plain: The simplest executor that can run the function here.
        watched: The executor of the worker that is watched.
        rank: Predicts what is left on each track.
        brisk: Lets the caller's thread have the global lock sooner.
        limit: At most so many workers are wanted; None for no limit.

    Attributes:
        needs_second: Whether another item is to be watched, as the first one may have computed just to begin with.
    """

    def __init__(self, plain: str, watched: str, rank: Rank, brisk: Brisk, limit: int | None) -> None:
        self._plain = plain
        self._watched = watched
        self._rank = rank
        self._brisk = brisk
        first = WAITING_WORKERS[watched]
        self._most_waiting = min(limit or first, first)
        self._patience_s = 0.0
        self._had_second = False
        self.needs_second = False

    def begin_second(self) -> None:
        """Take notice that another item is watched."""
        self.needs_second, self._had_second = False, True

    def after(self, watch: Observation, left: int | None, guess: int) -> Decision | None:
        """Decide when the worker has nothing to do; None if too little was seen, or nothing is left.

        Args:
            watch: What was seen.
            left: How many items are left; None if nobody knows.
            guess: Their number, or a guess.
        """
        cost = watch.cost()
        if left == 0:
            return None
        waits = cost.wait_share >= WAITS
        short_s = SHORT_S if waits else SHORT_COMPUTING_S * (COLD if watch.items == 1 else 1)
        if left is not None and left * cost.wall_s < short_s:
            return self._plainly(watch, cost, left * cost.wall_s, reasons.short(left, cost))
        is_tiny = cost.wall_s < TINY_S and watch.items >= TINY_ITEMS
        if is_tiny and left is None and guess * cost.wall_s < SHORT_S:
            return self._plainly(watch, cost, 0.0, reasons.tiny())  # the track is looked at again if more comes
        if is_tiny and cost.wall_s < HANDOVER_S:
            return self._plainly(watch, cost, 0.0, reasons.not_worth_handing_over())
        if not is_tiny and watch.seen_ns < self._enough_ns(watch, cost):
            return None
        ranked = self._rank(replace(cost, held=1.0) if is_tiny else cost, guess)
        why = (reasons.looked(watch.items, cost), *reasons.predicted(ranked, left))
        return Decision(track=ranked[0], cost=cost, why=why, alone_s=cost.wall_s)

    def under_way(self, watch: Observation, left: int | None, guess: int) -> Decision | None:
        """Decide while the worker is on a long item; None to wait for more.

        Args:
            watch: What was seen.
            left: How many items are left besides; None if nobody knows.
            guess: Their number, or a guess.
        """
        cost = watch.cost_so_far()
        if cost.wall_s >= WAITING_S and (cost.wait_share >= WAITS or watch.rests):
            return self._waiting(watch, cost, left, guess)
        if cost.wall_s < max(self._patience_s, FREE_S) or not self._is_long(watch, cost, guess):
            return None
        self._patience_s = 2 * cost.wall_s
        self._brisk.begin(QUICK_S)  # looking at the machine takes the lock some fifty times
        watch.bring_up_to_date()  # or a library's threads would seem to have done nothing yet
        cost = watch.cost_so_far()
        # and what they have used does not tell yet how many cores they will keep busy, where they have just begun
        cpu_s = max(cost.cpu_s, cost.wall_s * (1 + watch.helpers)) if cost.held < HARDLY else cost.cpu_s
        whole = ItemCost(wall_s=2 * cost.wall_s, cpu_s=2 * cpu_s, held=cost.held, is_guess=True)
        ranked = self._rank(whole, guess + 1)
        if ranked[0].workers == 1:
            self._brisk.begin(LOOKING_S)
            return None
        why = (reasons.computes_long(whole), *reasons.predicted(ranked, left))
        return Decision(track=ranked[0], cost=whole, why=why)

    def _waiting(self, watch: Observation, cost: ItemCost, left: int | None, guess: int) -> Decision | None:
        if cost.cpu_s < COMPUTES_S:
            count = min(guess + 1, self._most_waiting)
            track = Prediction(executor=self._watched, workers=count, wall_s=0.0)
            return Decision(track=track, cost=cost, why=(reasons.waits(cost),))
        if not self._had_second:
            self.needs_second = not watch.seen_ns and guess > 1
            self._had_second = not self.needs_second
            return None
        if cost.wall_s < DRAIN_S:  # processes may suit it, and are forked when it is done: until then, more is learned
            return None
        ranked = self._rank(cost, guess + 1)
        return Decision(
            track=ranked[0], cost=cost, why=(reasons.waits_and_computes(cost), *reasons.predicted(ranked, left))
        )

    @staticmethod
    def _is_long(watch: Observation, cost: ItemCost, guess: int) -> bool:
        """Tell whether an item that computes is not waited for any longer."""
        return cost.wall_s >= (LONG_OF_FEW_S if guess < FEW else LONG_S) or _lets_lock_go(watch, cost)

    @staticmethod
    def _enough_ns(watch: Observation, cost: ItemCost) -> int:
        """Return how much work must have been watched."""
        if cost.wait_share >= WAITS and watch.items > 1:
            return CLEAR_NS
        if _lets_lock_go(watch, cost):
            return int(FREE_S * 1e9)
        return AGREED_NS if watch.agrees else ENOUGH_NS

    def _plainly(self, watch: Observation, cost: ItemCost, wall_s: float, why: str) -> Decision:
        track = Prediction(executor=self._plain, workers=1, wall_s=wall_s)
        return Decision(track=track, cost=cost, why=(reasons.looked(watch.items, cost), why))


def _lets_lock_go(watch: Observation, cost: ItemCost) -> bool:
    return cost.wait_share < HARDLY and watch.is_free
