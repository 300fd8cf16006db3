"""The stage that the others wait for."""

from dataclasses import replace

import pytest

from report_samples import ORIGIN_NS
from run_samples import SECOND, choice, stage, status
from turnout.pipeline import Track
from turnout.report import find_bottleneck


def test_the_busiest_stage_is_the_bottleneck() -> None:
    found = find_bottleneck(
        status(stage("fetch", choice(workers=20), busy_share=0.3), stage("parse", choice(workers=2), busy_share=0.9))
    )

    assert found is not None
    assert (found.stage, found.workers, found.balanced_workers) == ("parse", 2, 6)
    assert found.reasons == ("Its 2 workers worked on items for 90 % of the time; fetch 30 %.",)


@pytest.mark.parametrize(
    "shares", [(0.9,), (0.9, 0.8), (0.45, 0.1), (0.0, 0.0)], ids=["single", "level", "idle", "nothing"]
)
def test_nothing_is_said_where_none_stands_out(shares: tuple[float, ...]) -> None:
    assert find_bottleneck(status(*(stage(f"s{share}", busy_share=share) for share in shares))) is None


def test_a_run_without_stages_has_none() -> None:
    assert find_bottleneck(replace(status(), stages=())) is None


def test_workers_are_counted_for_as_long_as_they_were_there() -> None:
    tracks = (
        Track(executor="threads", workers=1, since_ns=ORIGIN_NS, done=0),
        Track(executor="threads", workers=3, since_ns=ORIGIN_NS + SECOND, done=10),
    )
    grown = stage("parse", choice(workers=3, tracks=tracks))
    grown.busy_ns = 4 * SECOND  # of one worker for a second, and three for another

    found = find_bottleneck(status(grown, stage("store", busy_share=0.5)))

    assert found is not None
    assert found.balanced_workers == 4  # twice its two on average
    assert "100 %" in found.reasons[0]


def test_a_stage_that_still_runs_is_judged_by_the_time_now() -> None:
    running = [replace(stage(name, busy_share=share), end_ns=0) for name, share in (("a", 0.4), ("b", 0.1))]
    live = replace(status(*running), end_ns=0)

    assert find_bottleneck(live, ORIGIN_NS + 2 * SECOND) is None
    found = find_bottleneck(live, ORIGIN_NS + SECOND)
    assert found is not None
    assert found.stage == "a"


def test_idle_neighbours_do_not_ask_for_workers_without_end() -> None:
    found = find_bottleneck(status(stage("a", choice(workers=2), busy_share=1.0), stage("b", busy_share=0.0)))

    assert found is not None
    assert found.balanced_workers == 200


def test_a_stage_that_computes_is_told_to_need_cores() -> None:
    slow = replace(stage("a", busy_share=0.9), queued=7, queue_limit=8)
    slow.cpu_ns = slow.busy_ns

    found = find_bottleneck(status(slow, stage("b", busy_share=0.1)))

    assert found is not None
    assert found.reasons[1] == "7 of at most 8 items wait in front of it."
    assert found.reasons[2].startswith("Its items are on a core for 100 % of their time, so more workers help only")


def test_a_stage_that_was_done_early_is_not_busy() -> None:
    early = stage("page", choice(workers=16), busy_share=0.8, wall_s=0.2)

    found = find_bottleneck(status(early, stage("parse", choice(workers=2), busy_share=0.9)))

    assert found is not None
    assert found.stage == "parse"
    assert "page 8 %" in found.reasons[0]


@pytest.mark.parametrize("busy_share", [0.1, 1.0], ids=["idle", "busy"])
def test_a_stage_that_waits_for_its_rate_is_limited_by_it_and_not_by_its_workers(busy_share: float) -> None:
    asked = stage("fetch", choice(workers=4), busy_share=busy_share, done=20, rate=10.0, paced=19)

    found = find_bottleneck(status(asked, stage("parse", busy_share=0.6)))

    assert found is not None
    assert (found.stage, found.rate, found.workers, found.balanced_workers) == ("fetch", 10.0, 4, 4)
    assert found.reasons[1] == "19 calls waited for nothing but its rate."


def test_a_single_stage_that_waits_for_its_rate_is_told_too() -> None:
    found = find_bottleneck(status(stage("fetch", busy_share=0.1, done=20, rate=10.0, paced=19)))

    assert found is not None
    assert (found.stage, found.rate) == ("fetch", 10.0)


def test_a_rate_that_held_nothing_back_is_no_limit() -> None:
    asked = stage("fetch", busy_share=0.1, done=20, rate=10.0, paced=1)

    assert find_bottleneck(status(asked)) is None
    found = find_bottleneck(status(asked, stage("parse", choice(workers=2), busy_share=0.9)))
    assert found is not None
    assert (found.stage, found.rate) == ("parse", None)


def test_no_more_workers_are_named_than_the_stage_s_own_rate_lets_work() -> None:
    asked = stage("fetch", choice(workers=2), busy_share=1.0, done=20, rate=20.0)

    found = find_bottleneck(status(asked, stage("parse", busy_share=0.01)))

    assert found is not None
    assert (found.stage, found.balanced_workers, found.rate) == ("fetch", 4, 20.0)


def test_no_more_workers_are_named_than_another_stage_s_rate_feeds() -> None:
    asked = stage("fetch", busy_share=0.01, done=20, rate=20.0)

    found = find_bottleneck(status(asked, stage("parse", choice(workers=2), busy_share=1.0)))

    assert found is not None
    assert (found.stage, found.balanced_workers, found.rate) == ("parse", 4, None)


def test_tries_count_as_calls_and_items_from_the_journal_do_not() -> None:
    asked = stage("fetch", choice(workers=2), busy_share=1.0, done=30, replayed=20, retried=10, rate=20.0)

    found = find_bottleneck(status(asked, stage("parse", busy_share=0.01)))

    assert found is not None
    assert found.balanced_workers == 4
