"""Segments thinned to cells."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnosis_samples import START_NS, long_report, recording, thread
from turnout.observe import State
from turnout.report._state_cells import Cell, allowance, hold_cells, thinned, thread_cells
from turnout.report._thread_rows import apportioned, shares_of

walls = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 50), st.sampled_from("abc"), st.integers(-1, 2)), max_size=60
)


def test_long_pieces_stand_alone_and_short_ones_are_merged() -> None:
    pieces = [(0, 50, "run", 1), (50, 51, "gil", 2), (51, 53, "run", 3), (53, 54, "gil", 4), (54, 90, "gil", 5)]

    found = list(thinned(pieces, 10))

    assert found == [
        Cell(0, 50, (("run", 50),), 1),
        Cell(50, 54, (("gil", 2), ("run", 2)), 4),
        Cell(54, 90, (("gil", 36),), 5),
    ]


def test_a_gap_is_not_closed() -> None:
    found = list(thinned([(0, 1, "run", 1), (5, 6, "run", 1)], 10))

    assert [(cell.start_ns, cell.end_ns) for cell in found] == [(0, 1), (5, 6)]


@given(walls, st.integers(0, 100))
def test_no_time_is_lost_or_made(steps: list[tuple[int, int, str, int]], least_ns: int) -> None:
    pieces, at_ns = [], 0
    for gap_ns, wall_ns, what, stack in steps:
        pieces.append((at_ns + gap_ns, at_ns + gap_ns + wall_ns, what, stack))
        at_ns += gap_ns + wall_ns
    given_ns: Counter[str] = Counter()
    for start_ns, end_ns, what, _ in pieces:
        given_ns[what] += end_ns - start_ns

    found = list(thinned(pieces, least_ns))
    told_ns: Counter[str] = Counter()
    for cell in found:
        told_ns.update(dict(cell.parts))

    assert +told_ns == +given_ns
    assert all(cell.end_ns - cell.start_ns == sum(ns for _, ns in cell.parts) > 0 for cell in found)
    assert all(one.end_ns <= other.start_ns for one, other in pairwise(found))


def test_overlapping_pieces_count_once() -> None:
    found = list(thinned([(0, 10, "run", 1), (5, 12, "gil", 1), (6, 8, "run", 1)], 0))

    assert [(cell.start_ns, cell.end_ns) for cell in found] == [(0, 10), (10, 12)]


@pytest.mark.parametrize("limit", [10, 1_000])
def test_a_lane_keeps_to_its_limit(limit: int) -> None:
    seen = long_report(segments=16_000, count=2).recording

    lanes = [thread_cells(one, limit, seen.wall_ns) for one in seen.threads]

    assert all(0 < len(cells) <= limit + 1 for cells in lanes)
    assert 0 < len(hold_cells(seen, limit)) <= limit + 1


def test_a_thread_without_segments_is_one_cell_with_its_shares() -> None:
    one = thread(1, "t", [(State.RUN, 10, 0), (State.LOCK, 30, 0)], keep=False)

    assert thread_cells(one, 10, 100) == [Cell(START_NS, START_NS + 40, ((State.LOCK, 30), (State.RUN, 10)), -1)]


def test_an_empty_lane_has_no_cells() -> None:
    assert thread_cells(thread(1, "t", []), 10, 100) == []
    assert hold_cells(recording(()), 10) == []


def test_what_short_lanes_leave_is_for_the_long_ones() -> None:
    assert allowance([10, 10, 500], 120, 1_000) == 100
    assert allowance([10, 10, 50], 120, 1_000) >= 50
    assert allowance([500, 500], 120, 40) == 40
    assert allowance([], 120, 40) == 40


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=11).filter(lambda shares: sum(shares) > 1e-9), st.integers(0, 200)
)
def test_whole_shares_add_up(shares: list[float], whole: int) -> None:
    found = apportioned(shares, whole)

    assert sum(found) == whole
    assert all(abs(one - share * whole / sum(shares)) < 1 + 1e-6 for one, share in zip(found, shares, strict=True))


def test_time_that_no_state_accounts_for_is_unknown() -> None:
    assert shares_of({State.RUN: 1}, 4) == {State.RUN: 0.25, State.UNKNOWN: 0.75}
    assert shares_of({State.RUN: 3, State.LOCK: 1}, 2) == {State.RUN: 0.75, State.LOCK: 0.25}
    assert shares_of({}, 0) == {}
