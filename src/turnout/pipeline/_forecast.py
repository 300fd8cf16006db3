"""What is left, on each track: predictions for this machine, this function and these items."""

from dataclasses import replace
from functools import cached_property
from typing import Any

from turnout.advise import Ground, ItemCost, Prediction, predict_tracks
from turnout.machine import has_global_lock, usable_workers
from turnout.pipeline import _reasons as reasons
from turnout.pipeline._crossing import Crossing, crossing, process_start_s
from turnout.pipeline._legs import Depot
from turnout.pipeline._status import TrackChoice

ALIKE = 2.0  # times as long one of two items takes that are still alike
OTHERWISE = 0.5  # of their time more is spent waiting by one of two that are not


class Forecast:
    """Predicts, and keeps what it had to measure for that.

    Args:
        depot: Hires the crews.
        choice: Where it is told why a track is out of the question.
        limit: At most so many workers are wanted; None for no limit.

    Attributes:
        sample: An item and its result, to see what it takes to send them; None before there is one.
    """

    def __init__(self, depot: Depot, choice: TrackChoice, limit: int | None) -> None:
        self.sample: tuple[Any, Any] | None = None
        self._depot = depot
        self._choice = choice
        self._limit = limit
        self._barred: set[str] = {"processes"} if limit == 1 else set()
        self._misjudged: dict[str, list[ItemCost]] = {}  # executors, for items that cost about as much
        self._crossing: Crossing | None = None

    @cached_property
    def cores(self) -> int:
        """How many busy workers keep all cores busy; it takes eight files to tell."""
        return usable_workers()

    @property
    def allows_processes(self) -> bool:
        """Whether processes are not out of the question."""
        return "processes" not in self._barred

    def bar(self, executor: str, *costs: ItemCost | None) -> None:
        """Do not take this executor again.

        Args:
            executor: Its name.
            costs: What items cost that it did not suit: it is open again to others. Without any, it is barred for good.
        """
        if not costs:
            self._barred.add(executor)
        known = self._misjudged.setdefault(executor, [])
        known += [cost for cost in costs if cost is not None and not _is_like_one_of(known, cost)]

    def rank(self, cost: ItemCost, left: int, *, is_busy: bool) -> list[Prediction]:
        """Return the tracks that are open, the one to take first.

        Args:
            cost: What an item costs.
            left: How many there are, at least 1.
            is_busy: Whether a thread of this process runs an item.
        """
        can_fork = self._depot.can_fork(is_busy=is_busy)
        first_s, more_s = process_start_s(can_fork=can_fork, cores=self.cores)
        ground = Ground(
            cores=self.cores,
            process_start_s=first_s,
            process_more_s=more_s,
            is_coroutine=self._depot.is_coroutine,
            barred=self._barred | {name for name, costs in self._misjudged.items() if _is_like_one_of(costs, cost)},
            workers=self._limit,
            has_lock=has_global_lock(),
        )
        ranked = predict_tracks(cost, left, ground)
        if ranked[0].executor != "processes" or self.sample is None:
            return ranked
        inherits = can_fork and self._depot.inherits
        if self._crossing is None:
            item, result = self.sample
            self._crossing = crossing(None if inherits else item, result)
        if self._crossing is None:
            self.bar("processes")
            self._choice.reasons.append(reasons.result_cannot_cross())
            return self.rank(cost, left, is_busy=is_busy)
        send_s, receive_s = self._crossing.send_s(inherits=inherits), self._crossing.receive_s(inherits=inherits)
        return predict_tracks(replace(cost, send_s=send_s, receive_s=receive_s), left, ground)


def _is_like_one_of(costs: list[ItemCost], cost: ItemCost) -> bool:
    """Tell whether an item takes about as long as one of those, and waits or computes for about as much of it."""
    return any(
        one.wall_s <= ALIKE * cost.wall_s
        and cost.wall_s <= ALIKE * one.wall_s
        and abs(one.wait_share - cost.wait_share) < OTHERWISE
        for one in costs
    )
