import itertools
import random
from array import array
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.executors._batches import Batch, BatchSize, Reply, feed
from turnout.executors._intake import PlainIntake
from turnout.executors._limits import WAITING_LIMIT
from turnout.executors._stream import outcomes_of, stream, values_of
from turnout.outcomes import Failure, Outcome, Success
from turnout.trace import Recorder, SpanBatch


class FakeCrew:
    """Doubles items, in an order of its own, and loses what it is told to lose."""

    is_calling_here = False

    def __init__(self, workers: int, *, seed: int = 0, lost: Iterable[int] = (), bad: Iterable[int] = ()) -> None:
        self.workers = workers
        self.given: list[Batch] = []
        self.most_given = 0
        self.closed = self.aborted = 0
        self._random = random.Random(seed)  # noqa: S311  an order, not a secret
        self._lost = set(lost)
        self._bad = set(bad)

    def has_room(self) -> bool:
        return len(self.given) < 2 * self.workers

    def put(self, batch: Batch) -> None:
        self.given.append(batch)
        self.most_given = max(self.most_given, len(self.given))

    def get(self, until_ns: int | None = None) -> Reply | None:  # noqa: ARG002
        batch = self.given.pop(self._random.randrange(len(self.given)))
        lost = self._lost & set(batch.items)
        if lost:
            self._lost -= lost
            again = [Batch(batch.first + place, [item], 2) for place, item in enumerate(batch.items)]
            return Reply(batch, [], {}, None, again=again)
        failures: dict[int, BaseException] = {
            place: ValueError(item) for place, item in enumerate(batch.items) if item in self._bad
        }
        ends = array("q", range(1, len(batch.items) + 1))
        spans = SpanBatch(worker=0, first_item=batch.first, queued_ns=0, start_ns=0, ends=ends, cpu_ns=1)
        return Reply(batch, [2 * item for item in batch.items], failures, spans)

    def wake(self) -> None:
        raise AssertionError("nobody waits for this crew")

    def threads(self) -> list[tuple[int, int]]:
        return []

    def close(self, recorder: Recorder | None) -> None:  # noqa: ARG002
        self.closed += 1

    def abort(self) -> None:
        self.aborted += 1


def outcomes(crew: FakeCrew, items: Iterable[int], *, ordered: bool = True, batch: int = 1) -> list[Outcome[int]]:
    size = BatchSize(workers=crew.workers, target_ns=1, fixed=batch)
    replies = stream(crew, PlainIntake(feed(items), size), ordered=ordered, recorder=None)
    return list(itertools.chain.from_iterable(map(outcomes_of, replies)))


@given(
    st.integers(0, 60),
    st.integers(1, 4),
    st.integers(1, 7),
    st.sets(st.integers(0, 60)),
    st.sets(st.integers(0, 60)),
    st.integers(0, 1000),
)
def test_each_item_has_one_outcome_in_order_whatever_is_lost_or_late(  # noqa: PLR0917
    count: int, workers: int, batch: int, lost: set[int], bad: set[int], seed: int
) -> None:
    crew = FakeCrew(workers, seed=seed, lost=lost, bad=bad)

    found = outcomes(crew, iter(range(count)), batch=batch)

    assert [outcome.index for outcome in found] == [outcome.item for outcome in found] == list(range(count))
    assert {outcome.item for outcome in found if isinstance(outcome, Failure)} == bad & set(range(count))
    assert all(outcome.value == 2 * outcome.item for outcome in found if isinstance(outcome, Success))
    assert crew.closed == 1


def test_without_order_outcomes_come_as_they_are_done() -> None:
    found = outcomes(FakeCrew(3, seed=1), range(20), ordered=False)

    assert sorted(outcome.index for outcome in found) == list(range(20))
    assert [outcome.index for outcome in found] != list(range(20))


def test_an_item_that_was_tried_again_says_so() -> None:
    found = outcomes(FakeCrew(1, lost=[1]), range(3))

    assert [outcome.attempts for outcome in found] == [1, 2, 1]


def test_no_more_than_two_batches_for_each_worker_are_ahead() -> None:
    crew = FakeCrew(3)

    outcomes(crew, range(50))

    assert crew.most_given == 6


def test_an_endless_source_waits_for_its_reader() -> None:
    pulled = 0

    def numbers() -> Iterable[int]:
        nonlocal pulled
        while True:
            yield pulled
            pulled += 1

    size = BatchSize(workers=2, target_ns=1, fixed=1)
    replies = stream(FakeCrew(2), PlainIntake(feed(numbers()), size), ordered=True, recorder=None)

    next(replies)

    assert pulled < 10
    replies.close()


def test_one_slow_item_lets_a_bounded_number_of_others_pass() -> None:
    class FirstItemLast(FakeCrew):
        def get(self, until_ns: int | None = None) -> Reply | None:
            kept = [batch for batch in self.given if batch.first == 0 and len(self.given) > 1]
            self.given = [batch for batch in self.given if batch not in kept]
            reply = super().get(until_ns)
            self.given += kept
            return reply

    pulled = 0

    def numbers() -> Iterable[int]:
        nonlocal pulled
        while True:
            yield pulled
            pulled += 1

    crew = FirstItemLast(2)
    replies = stream(
        crew, PlainIntake(feed(numbers()), BatchSize(workers=2, target_ns=1, fixed=1)), ordered=True, recorder=None
    )

    first = next(replies)

    assert first.batch.first == 0
    assert WAITING_LIMIT < pulled < WAITING_LIMIT + 20
    replies.close()


def test_a_source_that_breaks_tells_its_reader_and_lets_the_crew_go() -> None:
    def broken() -> Iterable[int]:
        yield 1
        raise OSError("unplugged")

    crew = FakeCrew(1)

    with pytest.raises(OSError, match="unplugged"):
        outcomes(crew, broken())
    assert (crew.closed, crew.aborted) == (1, 0)


def test_an_interrupt_ends_the_crew_at_once() -> None:
    def interrupted() -> Iterable[int]:
        yield 1
        raise KeyboardInterrupt

    crew = FakeCrew(1)

    with pytest.raises(KeyboardInterrupt):
        outcomes(crew, interrupted())
    assert (crew.closed, crew.aborted) == (1, 1)


def test_spans_of_all_batches_are_recorded() -> None:
    recorder = Recorder()
    size = BatchSize(workers=2, target_ns=1, fixed=4)

    list(stream(FakeCrew(2), PlainIntake(feed(range(10)), size), ordered=False, recorder=recorder))

    assert recorder.trace().span_count == 10
    assert recorder.trace().wall_ns > 0


def test_values_end_with_the_failure_and_let_the_crew_go() -> None:
    crew = FakeCrew(1, bad=[2])
    replies = stream(
        crew, PlainIntake(feed(range(9)), BatchSize(workers=1, target_ns=1, fixed=4)), ordered=True, recorder=None
    )

    values = values_of(replies)

    assert list(itertools.islice(values, 2)) == [0, 2]
    with pytest.raises(ValueError, match="2"):
        next(values)
    assert crew.closed == 1
