import itertools
from array import array
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from turnout.clock import wall_ns
from turnout.executors._batches import (
    BATCH_BYTES,
    PULL_NS,
    Batch,
    BatchSize,
    IteratorFeed,
    Reply,
    SequenceFeed,
    apart,
    feed,
)
from turnout.executors._limits import BATCH_LIMIT
from turnout.trace import SpanBatch

MS = 1_000_000


def reply(count: int, item_ns: int, sent_bytes: int = 0) -> Reply:
    ends = array("q", (item_ns * (place + 1) for place in range(count)))
    spans = SpanBatch(worker=0, first_item=0, queued_ns=0, start_ns=0, ends=ends, cpu_ns=0)
    return Reply(Batch(0, range(count)), [None] * count, {}, spans, sent_bytes)


def learned(item_ns: int, replies: int = 8, sent_bytes_each: int = 0, workers: int = 2) -> BatchSize:
    size = BatchSize(workers=workers, target_ns=10 * MS)
    for _ in range(replies):
        count = size.next(None)
        size.learn(reply(count, item_ns, sent_bytes_each * count))
    return size


def test_the_first_batch_has_one_item() -> None:
    assert BatchSize(workers=2, target_ns=MS).next(1000) == 1


def test_long_items_go_one_by_one() -> None:
    assert learned(50 * MS).next(1000) == 1


def test_short_items_go_together_until_a_batch_is_long_enough() -> None:
    assert learned(10_000).next(None) == 1000


def test_batches_grow_step_by_step() -> None:
    sizes = [learned(1, replies=count).next(None) for count in range(1, 5)]

    assert sizes == [8, 64, 512, 4096]


def test_a_batch_is_never_larger_than_a_worker_can_note() -> None:
    assert learned(1, replies=20).next(None) == BATCH_LIMIT


def test_heavy_results_make_small_batches() -> None:
    assert learned(1000, sent_bytes_each=BATCH_BYTES // 4).next(None) == 4


def test_the_last_items_are_shared_out_but_never_into_batches_below_a_millisecond() -> None:
    size = learned(100_000, workers=2)

    assert (size.next(1000), size.next(100), size.next(3)) == (100, 25, 10)


def test_batches_are_longer_where_many_workers_take_turns_to_get_one() -> None:
    sizes = []
    for workers in (2, 32, 1000):
        size = learned(MS, workers=workers)
        size.retarget(workers, 2 * MS)
        sizes.append(size.next(None))

    assert sizes == [2, 4, 5]


def test_a_first_item_that_was_slow_is_forgotten_at_once() -> None:
    size = BatchSize(workers=1, target_ns=MS)
    size.learn(reply(1, 20 * MS))
    size.learn(reply(1, 10_000))

    assert size.next(None) == 8


def test_one_slow_item_is_remembered_for_a_while() -> None:
    size = learned(1000)
    size.learn(reply(1, 20 * MS))

    assert size.next(None) == 1


def test_a_reply_without_times_teaches_nothing() -> None:
    size = BatchSize(workers=1, target_ns=MS)

    size.learn(Reply(Batch(0, [1]), [], {}, None))

    assert size.next(None) == 1


def test_a_fixed_size_is_kept_whatever_happens() -> None:
    size = BatchSize(workers=1, target_ns=MS, fixed=7)
    size.learn(reply(7, 50 * MS))

    assert size.next(3) == 7


def test_the_cpu_clock_is_read_for_each_item_only_when_that_is_cheap() -> None:
    assert BatchSize(workers=1, target_ns=MS).fine_cpu
    assert learned(25_000).fine_cpu
    assert not learned(15_000).fine_cpu


def test_what_is_in_memory_is_cut_and_everything_else_is_pulled() -> None:
    kinds = [type(feed(items)) for items in ([1], (1,), range(1), {1}, iter([1]), "ab")]

    assert kinds == [SequenceFeed] * 3 + [IteratorFeed] * 3


@given(st.lists(st.integers(), max_size=50), st.lists(st.integers(1, 9), min_size=1), st.booleans())
def test_feeds_give_each_item_once_and_in_order(items: list[int], sizes: list[int], in_memory: bool) -> None:  # noqa: FBT001
    source = feed(items if in_memory else iter(items))
    taken: list[int] = []

    for size in itertools.cycle(sizes):
        some = source.take(size)
        assert len(some) <= size
        if not some:
            break
        taken += some

    assert taken == items
    assert source.remaining() == (0 if in_memory else None)


def test_a_slow_source_does_not_hold_back_what_it_gave() -> None:
    def slowly() -> Iterator[int]:
        for number in itertools.count():
            wake_ns = wall_ns() + 2 * PULL_NS
            while wall_ns() < wake_ns:
                pass
            yield number

    source = IteratorFeed(slowly())

    assert [source.take(100) for _ in range(3)] == [[0], [1], [2]]


def test_an_item_that_is_bad_alone_fails() -> None:
    error = ValueError("bad")

    answer = apart(Batch(5, ["bad"]), error)

    assert (answer.values, answer.failures, answer.again) == ([None], {0: error}, [])


def test_of_several_items_each_is_tried_by_itself() -> None:
    answer = apart(Batch(5, ["good", "bad"], attempt=2), ValueError("bad"))

    assert answer.values == []
    assert answer.again == [Batch(5, ["good"], attempt=2), Batch(6, ["bad"], attempt=2)]
