"""Which track the first items suggest, with what was seen of them given by hand."""

import sys
from collections.abc import Iterator

import pytest

from turnout.advise import ItemCost, Prediction
from turnout.pipeline._brisk import LOOKING_S, Brisk
from turnout.pipeline._first_looks import FirstLooks
from turnout.pipeline._observation import LOOKS, RESTS, Observation

MS = 1_000_000
FEW, MANY = 5, 1000
PROCESSES = Prediction(executor="processes", workers=2, wall_s=1.0)
SEQUENTIAL = Prediction(executor="sequential", workers=1, wall_s=1.0)


class Seen(Observation):
    """What was seen, as told."""

    def __init__(
        self,
        item_ms: float,
        *,
        busy: float = 1.0,
        items: int = 1,
        agrees: bool = False,
        rests: bool = False,
        keeps_lock: bool = True,
    ) -> None:
        super().__init__(has_lock=True, count_running=lambda _: False, bring_up_to_date=lambda: None)
        self._locked_ns = MS * keeps_lock
        self._looks = LOOKS * agrees
        self._rests = RESTS * rests
        self.items = items
        self.seen_ns = int(items * item_ms * MS)
        self._told = ItemCost(wall_s=item_ms / 1000, cpu_s=item_ms / 1000 * busy, held=1.0)

    def cost(self) -> ItemCost:
        return self._told

    def cost_so_far(self) -> ItemCost:
        return self._told


def looks(brisk: Brisk, watched: str = "threads") -> FirstLooks:
    return FirstLooks("sequential", watched, lambda _cost, _left: [PROCESSES], brisk, None)


@pytest.fixture
def brisk() -> Iterator[Brisk]:
    found = Brisk()
    yield found
    found.end()


@pytest.mark.parametrize(
    ("item_ms", "left", "is_left"), [(3, FEW, False), (5, FEW, True), (5, MANY, False), (11, MANY, True)]
)
def test_one_of_few_items_is_not_waited_for_as_long_as_one_of_many(
    brisk: Brisk, item_ms: float, left: int, *, is_left: bool
) -> None:
    decision = looks(brisk).under_way(Seen(item_ms), left, left)

    assert (decision is not None) is is_left


def test_who_goes_on_looking_at_a_long_item_still_has_the_lock_soon(brisk: Brisk) -> None:
    found = FirstLooks("sequential", "threads", lambda _cost, _left: [SEQUENTIAL], brisk, None)

    decision = found.under_way(Seen(5), FEW, FEW)

    assert decision is None
    assert sys.getswitchinterval() == pytest.approx(LOOKING_S, abs=1e-5)


@pytest.mark.parametrize(("busy", "is_clear"), [(0.03, True), (0.9, False)])
def test_items_that_sleep_are_clear_sooner_than_computing_ones(brisk: Brisk, busy: float, *, is_clear: bool) -> None:
    decision = looks(brisk).after(Seen(1, busy=busy, items=4), MANY, MANY)

    assert (decision is not None) is is_clear


def test_items_shorter_than_their_hand_over_are_not_handed_over(brisk: Brisk) -> None:
    decision = looks(brisk).after(Seen(0.0003, items=72), 10_000_000, 10_000_000)

    assert decision is not None
    assert decision.track.executor == "sequential"
    assert "before it could be handed to another worker" in decision.why[-1]


def test_short_items_in_large_numbers_may_be_handed_over(brisk: Brisk) -> None:
    decision = looks(brisk).after(Seen(0.008, items=72), 50_000, 50_000)

    assert decision is not None
    assert decision.track == PROCESSES


@pytest.mark.parametrize(("watched", "workers"), [("threads", 32), ("asyncio", 128)])
def test_an_item_that_waits_is_joined_by_as_many_as_a_server_is_used_to(
    brisk: Brisk, watched: str, workers: int
) -> None:
    decision = looks(brisk, watched).under_way(Seen(3, busy=0.1), MANY, MANY)

    assert decision is not None
    assert (decision.track.executor, decision.track.workers) == (watched, workers)


@pytest.mark.parametrize(("busy", "is_short"), [(1.0, True), (0.1, False)])
def test_four_milliseconds_of_computing_are_not_worth_a_choice(brisk: Brisk, busy: float, *, is_short: bool) -> None:
    decision = looks(brisk).after(Seen(0.5, busy=busy), 8, 8)

    assert (decision is not None) is is_short


@pytest.mark.parametrize(("items", "is_short"), [(1, True), (2, False)])
def test_the_very_first_item_may_have_taken_longer_than_others_will(
    brisk: Brisk, items: int, *, is_short: bool
) -> None:
    decision = looks(brisk).after(Seen(1, items=items), 8, 8)

    assert (decision is not None) is is_short


@pytest.mark.parametrize("agrees", [True, False])
def test_less_is_enough_where_all_looks_found_the_same(brisk: Brisk, *, agrees: bool) -> None:
    decision = looks(brisk).after(Seen(1, items=5, agrees=agrees), MANY, MANY)

    assert (decision is not None) is agrees


@pytest.mark.parametrize(("busy", "keeps_lock", "is_enough"), [(1, False, True), (1, True, False), (0.8, False, False)])
def test_the_least_is_enough_where_all_looks_found_computing_without_the_lock(
    brisk: Brisk, busy: float, *, keeps_lock: bool, is_enough: bool
) -> None:
    decision = looks(brisk).after(Seen(1.1, busy=busy, items=2, agrees=True, keeps_lock=keeps_lock), MANY, MANY)

    assert (decision is not None) is is_enough


def test_a_choice_is_made_of_what_threads_have_used_until_now(brisk: Brisk) -> None:
    seen = Seen(11)
    fresh = ItemCost(wall_s=0.012, cpu_s=0.024, held=0.0)
    seen.bring_up_to_date = lambda: setattr(seen, "_told", fresh)

    decision = looks(brisk).under_way(seen, MANY, MANY)

    assert decision is not None
    assert (decision.cost.wall_s, decision.cost.cpu_s) == (2 * fresh.wall_s, 2 * fresh.cpu_s)


@pytest.mark.parametrize(("busy", "keeps_lock", "is_joined"), [(1, False, True), (1, True, False), (0.8, False, False)])
def test_a_long_item_that_lets_the_lock_go_is_joined_by_others_at_once(
    brisk: Brisk, busy: float, *, keeps_lock: bool, is_joined: bool
) -> None:
    decision = looks(brisk).under_way(Seen(2.5, busy=busy, agrees=True, keeps_lock=keeps_lock), MANY, MANY)

    assert (decision is not None) is is_joined


@pytest.mark.parametrize("rests", [True, False])
def test_a_first_item_that_computed_before_it_waits_is_joined_by_a_second(brisk: Brisk, *, rests: bool) -> None:
    found = looks(brisk)
    seen = Seen(11, busy=0.5, rests=rests)
    seen.seen_ns = 0

    decision = found.under_way(seen, MANY, MANY)

    assert (found.needs_second, decision is None) == (rests, rests)
