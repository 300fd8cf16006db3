"""How many items are raced, and how often, within a budget of time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil

from turnout.advise._pilot import Pilot
from turnout.advise._prediction import HEAT_START_S, predict_heat_s
from turnout.advise._wording import count, seconds
from turnout.errors import UsageError
from turnout.measurement import Contender

MEASURABLE_S = 0.25  # 50 times the start of a forked process (2 to 5 ms, Linux, 2 cores)
SAMPLE_ERROR = 0.05  # the relative standard error of the mean item that a sample is to have
ROUNDS_OF_WORKERS = 2  # each worker gets at least so many items, or its start and end hide its pace
ENDLESS = 100_000_000  # stands for a number of items that is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class RacePlan:
    """How much is raced.

    Attributes:
        sample_count: How many items each heat runs, at least 1.
        repeats: How many heats each contender runs, at least 1.
        predicted_s: What all heats together will take, by the pilot.
    """

    sample_count: int
    repeats: int
    predicted_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A plan to try: the most items from ``least`` to ``most`` that fit with so many heats."""

    least: int
    most: int
    heats: int


def plan(
    pilot: Pilot,
    contenders: Sequence[Contender],
    *,
    item_count: int | None,
    budget_s: float,
    repeats: int | None = None,
    sample: int | None = None,
    spent_s: float = 0.0,
    usable_workers: int | None = None,
    gil: bool = True,
) -> RacePlan:
    """Return how many items each heat runs, and how many heats each contender gets, within the budget.

    All items are raced if that fits. If not, a sample: large enough that the fastest contender runs for a quarter
    of a second, that each worker gets two items, and that the mean item is known within 5 %. When that does not
    fit either, heats are dropped first (5, 3), then items down to what can be measured and gives each worker one
    (3 heats, 2), and at last items down to one (2 heats, 1).

    Args:
        pilot: What the first items showed.
        contenders: Who races, at least one.
        item_count: All items; None if their number is unknown.
        budget_s: Seconds that all heats may take together.
        repeats: Heats for each contender; None to choose.
        sample: Items in each heat; None to choose.
        spent_s: Seconds of the user's budget that are gone already, for the sentence about a greater one.
        usable_workers: How many cores may be used; None if there is one for each worker.
        gil: Whether threads compute one at a time.

    Raises:
        UsageError: If not even one item for each contender (or what ``repeats`` and ``sample`` ask for) fits.
    """

    def race_s(items: int, heats: int) -> float:
        guesses = (predict_heat_s(pilot, one, items, usable_workers=usable_workers, gil=gil) for one in contenders)
        return heats * sum(guesses)

    def fastest_s(items: int) -> float:
        guesses = (predict_heat_s(pilot, one, items, usable_workers=usable_workers, gil=gil) for one in contenders)
        return min(guesses) - HEAT_START_S

    for asked, least in ((repeats, 1), (sample, 1)):
        if asked is not None and asked < least:
            raise UsageError(f"repeats and sample must be at least 1, not {asked}")
    total = pilot.item_count if pilot.exhausted else item_count or ENDLESS
    most_workers = max(contender.workers for contender in contenders)
    measurable = max(_least(lambda items: fastest_s(items) >= MEASURABLE_S, total), min(total, most_workers))
    representative = ceil((pilot.spread / SAMPLE_ERROR) ** 2)
    wanted = min(total, max(measurable, representative, ROUNDS_OF_WORKERS * most_workers))
    steps = _free_steps(total, wanted, measurable) if sample is None else _fixed_steps(min(sample, total))
    for step in steps:
        heats = repeats or step.heats
        if race_s(step.least, heats) <= budget_s:
            items = _most(partial(_fits, race_s, heats, budget_s), step.least, step.most)
            return RacePlan(sample_count=items, repeats=heats, predicted_s=race_s(items, heats))
    items, heats = min(sample or 1, total), repeats or 1
    work = count(items, "item") if heats == 1 else f"{heats} runs of {count(items, 'item')}"
    needed_s = race_s(items, heats)
    before = f", after {seconds(spent_s)} of looking and measuring" if spent_s else ""
    raise UsageError(
        f"the budget of {seconds(budget_s + spent_s)} is too small: an item took "
        f"{seconds(pilot.wall_s_per_item)} in the trial run, and {work} on each of "
        f"{count(len(contenders), 'contender')} would take about {seconds(needed_s)}{before}; "
        f"give at least {ceil(needed_s + spent_s)} s, or fewer executors"
    )


def _free_steps(total: int, wanted: int, measurable: int) -> Iterator[_Step]:
    yield _Step(least=total, most=total, heats=5)
    yield _Step(least=wanted, most=wanted, heats=5)
    yield _Step(least=wanted, most=wanted, heats=3)
    yield _Step(least=measurable, most=wanted, heats=3)
    yield _Step(least=measurable, most=wanted, heats=2)
    yield _Step(least=1, most=measurable, heats=2)
    yield _Step(least=1, most=measurable, heats=1)


def _fixed_steps(sample: int) -> Iterator[_Step]:
    for heats in (5, 3, 2, 1):
        yield _Step(least=sample, most=sample, heats=heats)


def _fits(race_s: Callable[[int, int], float], heats: int, budget_s: float, items: int) -> bool:
    return race_s(items, heats) <= budget_s


def _least(enough: Callable[[int], bool], most: int) -> int:
    """Return the smallest number from 1 to ``most`` that is enough; ``most`` if none is."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _most(fits: Callable[[int], bool], least: int, most: int) -> int:
    """Return the greatest number from ``least``, which fits, to ``most`` that fits."""
    low, high = least, most
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low
