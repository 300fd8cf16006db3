"""What a stage does next, and which replies are final: without any worker."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.clock import wall_ns
from turnout.executors import WAITING_LIMIT, Batch, BatchSize, Reply, feed
from turnout.pipeline import Retry, StageStatus, TrackChoice
from turnout.pipeline._intake import KNOWN_TOGETHER, PARKED_LIMIT, StageIntake
from turnout.pipeline._throttle import Keys, Rate
from turnout.trace import SpanBatch

AT_ONCE = Retry(times=2, wait=lambda _state: 0.0)
MUCH_LATER = Retry(times=2, wait=lambda _state: 1000.0)


def a_status() -> StageStatus:
    return StageStatus(name="work", kind="map", choice=TrackChoice(executor="threads", workers=1))


class Bench:
    """An intake with all that it needs, and what it was asked and said."""

    def __init__(self, items: Iterable[Any], *, workers: int = 1, batch: int = 1, **options: Any) -> None:
        self.status = a_status()
        size = BatchSize(workers=workers, target_ns=1, fixed=batch)
        self.intake = StageIntake(feed(items), size, self.status, workers=lambda: workers, **options)

    def next(self, waiting: int = 0) -> Any:
        """Return what is next, of whatever type the test expects."""
        return self.intake.next(waiting)

    def batch(self) -> Batch:
        given = self.next()
        assert isinstance(given, Batch)
        return given

    def batches(self) -> list[Batch]:
        """Return all that may be begun now."""
        return list(iter(self.next, None))

    def answer(self, batch: Batch, bad: Iterable[int] = (), tell: Callable[[], None] | None = None) -> list[Reply]:
        failures: dict[int, BaseException] = {
            offset: ValueError(item) for offset, item in enumerate(batch.items) if item in bad
        }
        values = [None if offset in failures else item for offset, item in enumerate(batch.items)]
        return list(self.intake.take_back(Reply(batch, values, failures, None, tell=tell)))


def shape(reply: Reply) -> tuple[int, list[Any], list[int], int]:
    return reply.batch.first, reply.values, sorted(reply.failures), reply.batch.attempt


class Books:
    """A ledger that knows some items' outcomes."""

    def __init__(self, known: Iterable[int] = (), known_end: int = 0) -> None:
        self._known = set(known)
        self.known_end = known_end
        self.asked: list[int] = []
        self.kept: list[tuple[int, list[Any]]] = []

    def sort(self, batch: Batch) -> list[Batch | Reply]:
        self.asked.append(len(batch.items))
        found: list[Batch | Reply] = []
        for place, item in enumerate(batch.items, start=batch.first):
            is_known = place in self._known
            if found and isinstance(found[-1], Batch) and not is_known:
                found[-1] = Batch(found[-1].first, [*found[-1].items, item])
            else:
                one = Batch(place, [item])
                found.append(Reply(one, ["known"], {}, None) if is_known else one)
        return found

    def keep(self, reply: Reply) -> Reply:
        self.kept.append((reply.batch.first, reply.values))
        return Reply(reply.batch, [f"kept {value}" for value in reply.values], reply.failures, None)


def test_items_are_given_out_in_order_and_counted() -> None:
    bench = Bench("abcde", batch=2)

    given = bench.batches()

    assert [(batch.first, list(batch.items)) for batch in given] == [(0, ["a", "b"]), (2, ["c", "d"]), (4, ["e"])]
    assert bench.intake.is_dry
    assert all(batch.queued_ns > 0 for batch in given)
    assert [shape(reply) for reply in bench.answer(given[1])] == [(2, ["c", "d"], [], 1)]
    assert (bench.status.taken, bench.status.done, bench.status.failed) == (5, 2, 0)


def test_the_time_of_items_is_counted() -> None:
    bench = Bench("ab", batch=2)
    batch = bench.batch()
    spans = SpanBatch(worker=0, first_item=0, queued_ns=0, start_ns=100, ends=array("q", [120, 150]), cpu_ns=30)

    list(bench.intake.take_back(Reply(batch, ["a", "b"], {}, spans)))

    assert (bench.status.busy_ns, bench.status.cpu_ns) == (50, 30)


def test_what_failed_is_tried_again_by_itself_and_the_rest_is_final() -> None:
    bench = Bench(range(6), batch=6, retry=AT_ONCE)

    final = bench.answer(bench.batch(), bad={1, 2, 4})
    again = bench.batches()

    assert [shape(reply) for reply in final] == [(0, [0], [], 1), (3, [3], [], 1), (5, [5], [], 1)]
    assert [(batch.first, list(batch.items), batch.attempt) for batch in again] == [
        (1, [1], 2),
        (2, [2], 2),
        (4, [4], 2),
    ]
    assert (bench.status.retried, bench.status.done, bench.status.failed) == (3, 3, 0)


def test_what_is_not_tried_again_fails_at_its_place() -> None:
    bench = Bench(range(5), batch=5, retry=Retry(times=1, on=(KeyError,)))
    batch = bench.batch()
    failures: dict[int, BaseException] = {1: ValueError("for good"), 3: KeyError("again")}

    final = list(bench.intake.take_back(Reply(batch, [0, None, 2, None, 4], failures, None)))

    assert [shape(reply) for reply in final] == [(0, [0, None, 2], [1], 1), (4, [4], [], 1)]
    assert final[0].failures == {1: failures[1]}
    assert bench.status.failed == 1


@given(st.integers(1, 12), st.lists(st.sets(st.integers(0, 11)), max_size=3), st.integers(1, 12))
def test_each_item_is_final_once_however_often_it_fails(count: int, bad: list[set[int]], batch: int) -> None:
    bench = Bench(range(count), batch=batch, retry=AT_ONCE)
    final: list[Reply] = []

    while (given := bench.next()) is not None:
        rounds = given.attempt - 1
        final += bench.answer(given, bad=bad[rounds] if rounds < len(bad) else ())

    assert bench.intake.is_dry
    places = sorted(
        (reply.batch.first + offset, offset in reply.failures) for reply in final for offset in range(len(reply.values))
    )
    for_good = set.intersection(*bad) if len(bad) == 3 else set()
    assert places == [(place, place in for_good) for place in range(count)]
    assert bench.status.done == count
    assert bench.status.failed == len(for_good & set(range(count)))


@pytest.mark.parametrize(("bad", "told_by"), [((), 0), ({0}, 1), ({1}, 0)])
def test_what_items_said_is_told_with_their_first_outcome(bad: Iterable[int], told_by: int) -> None:
    bench = Bench(range(3), batch=3, retry=AT_ONCE)
    said: list[str] = []

    final = bench.answer(bench.batch(), bad, tell=lambda: said.append("hello"))

    assert final[0].batch.first == told_by
    assert said == []
    tells = [reply.tell for reply in final if reply.tell is not None]
    assert len(tells) == 1
    tells[0]()
    assert said == ["hello"]


def test_what_a_failed_try_said_is_told_at_once() -> None:
    bench = Bench(range(2), batch=2, retry=AT_ONCE)
    said: list[str] = []

    final = bench.answer(bench.batch(), {0, 1}, tell=lambda: said.append("hello"))

    assert (final, said) == ([], ["hello"])


def test_a_later_try_is_waited_for_and_other_items_are_not() -> None:
    bench = Bench(range(3), retry=MUCH_LATER)

    bench.answer(bench.batch(), bad={0})
    others = bench.batches()

    assert [batch.first for batch in others] == [1, 2]
    assert not bench.intake.is_dry
    assert bench.intake.again_ns is not None
    assert bench.intake.again_ns > wall_ns()


def test_what_lost_its_worker_comes_again_as_it_was() -> None:
    bench = Bench(range(4), batch=2)
    batch = bench.batch()
    lost = [Batch(1, [1], 2)]

    final = list(bench.intake.take_back(Reply(batch, [0], {}, None, again=lost)))

    assert [shape(reply) for reply in final] == [(0, [0], [], 1)]
    assert [batch.first for batch in bench.batches()] == [1, 2]


def test_a_reply_without_outcomes_is_none() -> None:
    bench = Bench(range(2), batch=2)
    batch = bench.batch()

    assert list(bench.intake.take_back(Reply(batch, [], {}, None, again=[batch]))) == []
    assert bench.next() is batch


# limits


def test_with_a_rate_no_call_waits_in_front_of_the_workers() -> None:
    bench = Bench(range(9), workers=2, batch=5, rate=Rate(1e9))

    given = [bench.batch(), bench.batch()]

    assert [len(batch.items) for batch in given] == [1, 1]
    assert bench.next() is None
    assert bench.intake.again_ns is None  # only a reply changes that
    bench.answer(given[0])
    assert bench.batch().first == 2


def test_with_a_rate_the_next_call_tells_when_it_may_begin() -> None:
    bench = Bench(range(9), workers=5, rate=Rate(0.001))

    bench.batch()

    assert bench.next() is None
    assert bench.intake.again_ns is not None
    assert bench.intake.again_ns > wall_ns()


def test_an_answer_that_is_known_is_no_call() -> None:
    bench = Bench(range(4), workers=9, rate=Rate(1e9), ledger=Books({0, 1, 2}, 3))

    assert [type(bench.next()) for _ in range(4)] == [Reply, Reply, Reply, Batch]


def is_even(item: int) -> bool:
    return item % 2 == 0


def test_items_of_a_busy_key_let_others_go_by() -> None:
    bench = Bench([0, 2, 4, 1, 3, 6], workers=9, keys=Keys(is_even, 1))

    first, second = bench.batches()
    assert (first.items, second.items) == ([0], [1])
    bench.answer(first)
    bench.answer(second)

    assert [list(batch.items) for batch in bench.batches()] == [[2], [3]]
    assert not bench.intake.is_dry


def test_a_try_whose_key_is_busy_lets_others_go_by() -> None:
    bench = Bench([0, 2, 1], workers=9, keys=Keys(is_even, 1), retry=AT_ONCE)
    failed, other = bench.batches()
    assert (failed.items, other.items) == ([0], [1])

    bench.answer(failed, bad={0})  # and its key is free for 2, which waited
    (waited,) = bench.batches()
    bench.answer(waited)
    (again,) = bench.batches()

    assert (waited.items, again.items, again.attempt) == ([2], [0], 2)


def test_a_bounded_number_waits_for_a_busy_key() -> None:
    bench = Bench(range(0, 10**9, 2), workers=9, keys=Keys(is_even, 1))

    assert len(bench.batches()) == 1

    assert bench.status.taken <= PARKED_LIMIT + 2
    assert not bench.intake.is_dry


@pytest.mark.parametrize("bad_key", [lambda _item: 1 / 0, lambda _item: []])
def test_a_key_that_cannot_be_told_fails_its_item(bad_key: Callable[[Any], Any]) -> None:
    books = Books()
    bench = Bench([5], keys=Keys(bad_key, 1), ledger=books)

    reply = bench.next()

    assert isinstance(reply, Reply)
    assert list(reply.failures) == [0]
    assert bench.next() is None
    assert bench.intake.is_dry
    assert (bench.status.done, bench.status.failed, books.kept) == (1, 1, [(0, [None])])


# what is known


def test_known_answers_are_handed_out_and_the_rest_is_run() -> None:
    books = Books({0, 1, 4}, 5)
    bench = Bench(range(7), batch=2, ledger=books)

    given = bench.batches()

    assert [type(one) for one in given] == [Reply, Reply, Batch, Reply, Batch]
    assert [given[place].batch.first for place in (0, 1, 3)] == [0, 1, 4]  # type: ignore[attr-defined]  # replies
    assert (bench.status.replayed, bench.status.done) == (3, 3)


def test_many_known_items_are_looked_up_at_once_and_run_in_batches_of_the_usual_size() -> None:
    books = Books(known_end=3 * KNOWN_TOGETHER)
    bench = Bench(range(3 * KNOWN_TOGETHER), batch=5, ledger=books)

    sizes = [len(batch.items) for batch in bench.batches()]

    assert books.asked == [KNOWN_TOGETHER] * 3
    assert max(sizes) == 5
    assert sum(sizes) == 3 * KNOWN_TOGETHER


def test_what_is_final_is_kept_and_reported_as_it_was_kept() -> None:
    books = Books()
    bench = Bench(range(3), batch=3, retry=AT_ONCE, ledger=books)

    final = bench.answer(bench.batch(), bad={1})
    final += bench.answer(bench.batch())

    assert books.kept == [(0, [0]), (2, [2]), (1, [1])]
    assert [reply.values for reply in final] == [["kept 0"], ["kept 2"], ["kept 1"]]


# the end


def broken(count: int) -> Iterator[int]:
    yield from range(count)
    raise OSError("the disk is gone")


def test_a_source_that_breaks_is_told_when_all_before_it_is_done() -> None:
    bench = Bench(broken(2), retry=AT_ONCE)
    first, second = bench.batches()
    assert not bench.intake.is_dry

    bench.answer(first, bad={0})
    (again,) = bench.batches()
    bench.answer(second)
    assert bench.next() is None
    bench.answer(again)

    with pytest.raises(OSError, match="the disk is gone"):
        bench.next()


def test_a_source_that_breaks_is_told_after_items_that_wait_for_another_try() -> None:
    bench = Bench(broken(1), retry=MUCH_LATER)

    bench.answer(bench.batch(), bad={0})

    assert bench.next() is None
    assert bench.intake.again_ns is not None


def test_a_stopped_stage_begins_nothing_more() -> None:
    bench = Bench(broken(0), retry=AT_ONCE)

    bench.intake.stop(5, takes_more=False)

    assert bench.intake.is_dry
    assert bench.next() is None
    assert bench.intake.give_up_ns == 5


def test_a_stage_behind_a_stopped_one_goes_on_with_what_it_has() -> None:
    bench = Bench(range(2))

    bench.intake.stop(5, takes_more=True)

    assert [batch.first for batch in bench.batches()] == [0, 1]
    assert bench.intake.give_up_ns == 5


def test_an_endless_source_is_left_alone_while_too_much_waits() -> None:
    bench = Bench(iter(range(10)))

    assert bench.next(WAITING_LIMIT + 1) is None
    assert bench.status.taken == 0
    assert not bench.intake.is_dry
    assert isinstance(bench.next(WAITING_LIMIT), Batch)


class Quiet:
    """A feed that has nothing now."""

    again_ns: int | None = 77
    is_open = True

    def take(self, count: int) -> Sequence[Any]:  # noqa: ARG002
        return ()

    def remaining(self) -> int | None:
        return None


def test_a_source_that_has_nothing_now_tells_when_to_ask_again() -> None:
    size = BatchSize(workers=1, target_ns=1)
    intake = StageIntake(Quiet(), size, a_status(), workers=lambda: 1)

    assert intake.next(0) is None

    assert intake.again_ns == 77
    assert not intake.is_dry
