from math import sqrt

import pytest

from synthetic import trace_of
from turnout.advise import pilot_from_trace
from turnout.trace import Trace


def test_the_first_item_does_not_count_when_there_are_others() -> None:
    trace = trace_of(walls_s=[5.0, 1.0, 3.0], cpu_share=0.5)

    pilot = pilot_from_trace(trace)

    assert pilot.wall_s_per_item == pytest.approx(2.0)
    assert pilot.cpu_s_per_item == pytest.approx(1.0)
    assert pilot.cpu_share == pytest.approx(0.5)
    assert (pilot.item_count, pilot.first_item_wall_s, pilot.longest_item_wall_s) == (3, 5.0, 5.0)
    assert pilot.spread == pytest.approx(0.5)


def test_one_item_alone_speaks_for_itself() -> None:
    pilot = pilot_from_trace(trace_of(walls_s=[2.0]), exhausted=True, coroutine=True, failures=1)

    assert (pilot.wall_s_per_item, pilot.spread) == (2.0, 0.0)
    assert (pilot.exhausted, pilot.coroutine, pilot.failures) == (True, True, 1)


def test_time_without_a_core_is_not_waiting() -> None:
    trace = trace_of(walls_s=[1.0] * 4, cpu_share=0.4, queued_s=2.0)

    assert pilot_from_trace(trace).cpu_share == pytest.approx(0.9)


def test_more_time_without_a_core_than_there_was_leaves_a_full_share() -> None:
    trace = trace_of(walls_s=[1.0] * 4, cpu_share=0.9, queued_s=8.0)

    assert pilot_from_trace(trace).cpu_share == 1.0


def test_a_system_that_tells_nothing_of_queues_changes_nothing() -> None:
    assert pilot_from_trace(trace_of(walls_s=[1.0, 1.0], cpu_share=0.3, queued_s=None)).cpu_share == pytest.approx(0.3)


def test_items_of_no_time_count_as_computing() -> None:
    pilot = pilot_from_trace(trace_of(walls_s=[0.0, 0.0]))

    assert (pilot.cpu_share, pilot.spread) == (1.0, 0.0)


def test_a_pilot_needs_an_item() -> None:
    empty = Trace(workers=(), batches=(), start_ns=0, end_ns=5, span_count=0)

    with pytest.raises(ValueError, match="at least one item"):
        pilot_from_trace(empty)


def test_the_spread_is_a_standard_deviation_over_the_mean() -> None:
    pilot = pilot_from_trace(trace_of(walls_s=[9.0, 1.0, 2.0, 3.0]))

    assert pilot.spread == pytest.approx(sqrt(2 / 3) / 2)
