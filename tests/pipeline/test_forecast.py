"""Which tracks are open."""

from typing import TYPE_CHECKING, cast

import pytest

from turnout.advise import ItemCost
from turnout.pipeline._forecast import Forecast
from turnout.pipeline._status import TrackChoice

if TYPE_CHECKING:
    from turnout.pipeline._legs import Depot

COMPUTES = ItemCost(wall_s=0.002, cpu_s=0.002, held=1.0)
COMPUTES_LONGER = ItemCost(wall_s=0.003, cpu_s=0.003, held=1.0)
WAITS = ItemCost(wall_s=0.002, cpu_s=0.0001, held=1.0)
WAITS_LONGER = ItemCost(wall_s=0.01, cpu_s=0.0001, held=1.0)


class FakeDepot:
    """Can do all."""

    is_coroutine = False
    inherits = True

    def can_fork(self, *, is_busy: bool) -> bool:
        return not is_busy


@pytest.fixture
def forecast() -> Forecast:
    return Forecast(cast("Depot", FakeDepot()), TrackChoice(executor="threads", workers=1), None)


def open_tracks(forecast: Forecast, cost: ItemCost) -> set[str]:
    return {track.executor for track in forecast.rank(cost, 1000, is_busy=False)}


@pytest.mark.parametrize(
    ("cost", "is_open"), [(COMPUTES, False), (COMPUTES_LONGER, False), (WAITS, True), (WAITS_LONGER, True)]
)
def test_a_track_that_was_misjudged_is_open_again_to_items_that_are_not_alike(
    forecast: Forecast, cost: ItemCost, *, is_open: bool
) -> None:
    forecast.bar("threads", COMPUTES, None)

    assert ("threads" in open_tracks(forecast, cost)) is is_open


def test_each_kind_of_items_that_a_track_did_not_suit_is_remembered(forecast: Forecast) -> None:
    forecast.bar("threads", COMPUTES)
    forecast.bar("threads", WAITS)

    assert [("threads" in open_tracks(forecast, cost)) for cost in (COMPUTES, WAITS, WAITS_LONGER)] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("cost", [COMPUTES, WAITS_LONGER])
def test_a_track_that_cannot_be_had_is_barred_whatever_items_cost(forecast: Forecast, cost: ItemCost) -> None:
    forecast.bar("processes")

    assert "processes" not in open_tracks(forecast, cost)
