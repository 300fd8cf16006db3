"""One thread's time, split: none is lost, and none made up."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.observe import Segment, State, ThreadRecord
from turnout.observe._track import ThreadTrack

MS = 1_000_000
Look = tuple[int, int, int, State, int]  # nanoseconds since the last one, on a core, without one, what for, where


def tracked(looks: list[Look], *, segments_kept: int = 20) -> ThreadRecord:
    track = ThreadTrack(7, 1000, 50, 60, segments_kept=segments_kept)
    now_ns, run_ns, queue_ns = 1000, 50, 60
    for passed, ran, queued, state, stack in looks:
        now_ns, run_ns, queue_ns = now_ns + passed, run_ns + ran, queue_ns + queued
        track.stack = stack
        track.look(now_ns, (run_ns, queue_ns), state, lock=9 if state is State.LOCK else 0, holder=3)
    return track.record()


def of_state(segments: tuple[Segment, ...], state: State) -> int:
    return sum(one.end_ns - one.start_ns for one in segments if one.state is state)


ANY_LOOKS = st.lists(
    st.tuples(
        st.integers(0, 30 * MS),
        st.integers(-2 * MS, 30 * MS),
        st.integers(-2 * MS, 30 * MS),
        st.sampled_from(State),
        st.integers(-1, 4),
    ),
    max_size=120,
)


@given(looks=ANY_LOOKS)
def test_states_add_up_to_the_wall_time_whatever_is_seen(looks: list[Look]) -> None:
    record = tracked(looks)

    assert sum(record.state_ns.values()) == record.wall_ns == sum(look[0] for look in looks)
    assert all(spent > 0 for spent in record.state_ns.values())
    assert record.samples == len(looks)


@given(looks=ANY_LOOKS)
def test_stacks_have_no_more_of_a_state_than_there_is(looks: list[Look]) -> None:
    record = tracked(looks)

    for state in State:
        spent = sum(length for (one, _stack), length in record.stack_ns.items() if one is state)
        assert 0 <= spent <= record.state_ns.get(state, 0)
    assert all(stack >= 0 for _state, stack in record.stack_ns)


@given(looks=ANY_LOOKS, segments_kept=st.integers(1, 40))
def test_segments_follow_each_other_and_differ_and_are_few(looks: list[Look], segments_kept: int) -> None:
    record = tracked(looks, segments_kept=segments_kept)

    assert len(record.segments) <= segments_kept
    assert sum(one.end_ns - one.start_ns for one in record.segments) == record.wall_ns
    for left, right in pairwise(record.segments):
        assert left.end_ns == right.start_ns
        assert (left.state, left.stack) != (right.state, right.stack)
    assert all(one.start_ns < one.end_ns for one in record.segments)


@given(
    looks=st.lists(
        st.tuples(st.sampled_from([State.RUN, State.SLEEP, State.LOCK]), st.integers(0, 2), st.integers(1, 40))
    ),
    segments_kept=st.integers(5, 40),
)
def test_looks_that_see_the_same_again_tell_what_whole_ones_would(
    looks: list[tuple[State, int, int]], segments_kept: int
) -> None:
    whole, short = (ThreadTrack(7, 0, 0, 0, segments_kept=segments_kept) for _ in range(2))
    now_ns = run_ns = 0
    for state, stack, count in looks:
        for number in range(count):
            now_ns += MS
            run_ns += MS if state is State.RUN else 0
            whole.stack = short.stack = stack
            whole.look(now_ns, (run_ns, 0), state, lock=5 if state is State.LOCK else 0)
            if number:
                short.look_again(now_ns, (run_ns, 0))
            else:
                short.look(now_ns, (run_ns, 0), state, lock=5 if state is State.LOCK else 0)

    seen, expected = short.record(), whole.record()

    assert (seen.state_ns, seen.stack_ns, seen.lock_ns) == (expected.state_ns, expected.stack_ns, expected.lock_ns)
    assert (seen.samples, seen.end_ns) == (expected.samples, expected.end_ns)
    assert sum(one.end_ns - one.start_ns for one in seen.segments) == seen.wall_ns
    if len(expected.segments) < segments_kept // 2:
        assert seen.segments == expected.segments


@given(looks=ANY_LOOKS)
def test_telling_it_twice_tells_the_same(looks: list[Look]) -> None:
    track = ThreadTrack(7, 0, 0, 0)
    now_ns = 0
    for passed, _ran, _queued, state, _stack in looks:
        now_ns += passed
        track.look(now_ns, (0, 0), state)

    assert track.record() == track.record()


def test_what_the_system_counted_is_taken_from_what_was_waited() -> None:
    record = tracked([(10 * MS, 3 * MS, 2 * MS, State.SOCKET, 0)])

    assert record.state_ns == {State.RUN: 3 * MS, State.CORE: 2 * MS, State.SOCKET: 5 * MS}


def test_waiting_that_gathers_belongs_to_what_is_seen_next() -> None:
    looks = [
        (10 * MS, 10 * MS, 0, State.RUN, 0),
        (10 * MS, 2 * MS, 0, State.RUN, 0),  # so it waited for 8 ms, and nobody saw for what
        (2 * MS, 0, 0, State.PIPE, 1),
        (5 * MS, 0, 0, State.SLEEP, 1),
    ]

    record = tracked(looks)

    assert record.state_ns == {State.RUN: 12 * MS, State.PIPE: 10 * MS, State.SLEEP: 5 * MS}


def test_a_gap_that_ends_with_running_belongs_to_what_was_waited_for_before() -> None:
    record = tracked(
        [(10 * MS, 0, 0, State.SLEEP, 0), (10 * MS, 0, 0, State.LOCK, 0), (100 * MS, 2 * MS, 0, State.RUN, 0)]
    )

    late = 4 * MS  # of which nobody knows whether it ran
    assert record.state_ns == {
        State.RUN: 2 * MS,
        State.SLEEP: 10 * MS,
        State.LOCK: 10 * MS + 98 * MS - late,
        State.UNKNOWN: late,
    }


def test_figures_of_the_system_that_come_late_are_run_all_the_same() -> None:
    looks = [(4 * MS, 0, 0, State.RUN, 0), (4 * MS, 8 * MS, 0, State.RUN, 0), (2 * MS, 0, 0, State.FILE, 0)]

    record = tracked(looks)

    assert record.state_ns == {State.RUN: 8 * MS, State.FILE: 2 * MS}


@pytest.mark.parametrize(
    ("ran", "queued", "expected"),
    [
        (12, 0, {State.RUN: 10 * MS}),
        (4, 9, {State.RUN: 1 * MS, State.CORE: 9 * MS}),
        (0, 15, {State.CORE: 10 * MS}),
        (50, 50, {State.CORE: 10 * MS}),
        (-3, 0, {State.UNKNOWN: 10 * MS}),
    ],
)
def test_figures_that_are_ahead_give_back(ran: int, queued: int, expected: dict[State, int]) -> None:
    record = tracked([(10 * MS, ran * MS, queued * MS, State.RUN, 0)])

    assert record.state_ns == expected


def test_figures_that_are_ahead_of_what_was_waited_take_of_the_waits_last() -> None:
    record = tracked([(10 * MS, 0, 0, State.LOCK, 0), (0, 4 * MS, 0, State.RUN, 0)])

    assert record.state_ns == {State.LOCK: 10 * MS}


def test_a_wait_for_a_lock_is_kept_by_its_address_and_one_for_the_global_lock_by_its_holder() -> None:
    record = tracked([(5 * MS, 0, 0, State.LOCK, 0), (7 * MS, 0, 0, State.GIL, 0)])

    assert record.lock_ns == {9: 5 * MS}
    assert record.held_back_ns == {3: 7 * MS}


def test_a_thread_that_was_never_looked_at_has_no_time() -> None:
    record = tracked([])

    assert (record.wall_ns, record.state_ns, record.segments, record.samples) == (0, {}, (), 0)
    assert record.share(State.RUN) == 0.0


@pytest.mark.parametrize("run_ms", [1, 3, 5, 9])
def test_each_state_keeps_its_part_of_the_segments_when_they_are_thinned(run_ms: int) -> None:
    looks: list[Look] = []
    for _ in range(20_000):
        looks.append((run_ms * MS, run_ms * MS, 0, State.RUN, 0))
        looks.append(((10 - run_ms) * MS, 0, 0, State.GIL, 1))

    record = tracked(looks, segments_kept=500)

    assert 100 <= len(record.segments) <= 500
    assert of_state(record.segments, State.RUN) / record.wall_ns == pytest.approx(run_ms / 10, abs=0.05)
    assert record.state_ns[State.RUN] == 20_000 * run_ms * MS


def test_a_long_recording_keeps_its_beginning_as_fine_as_its_end() -> None:
    looks: list[Look] = [(MS, 0, 0, (State.SOCKET, State.PIPE, State.FILE)[number % 3], 0) for number in range(30_000)]

    record = tracked(looks, segments_kept=300)

    middle_ns = record.start_ns + record.wall_ns // 2
    early = sum(one.end_ns <= middle_ns for one in record.segments)
    assert 0.25 < early / len(record.segments) < 0.75
