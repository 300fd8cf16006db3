from array import array

from hypothesis import given
from hypothesis import strategies as st

from turnout.trace import Span, SpanBatch, SpanKind, Worker
from turnout.trace._alignment import clock_offset_ns


def batch(start_ns: int, *ends: int, cpus: list[int] | None = None, cpu_ns: int = 0) -> SpanBatch:
    return SpanBatch(
        worker=1,
        first_item=10,
        queued_ns=start_ns - 5,
        start_ns=start_ns,
        ends=array("q", ends),
        cpu_ns=cpu_ns,
        cpus=None if cpus is None else array("q", cpus),
    )


def test_an_item_starts_where_the_one_before_it_ended() -> None:
    spans = list(batch(100, 130, 190, cpus=[30, 10]).spans())

    assert spans == [
        Span(item=10, attempt=1, worker=1, kind=SpanKind.RUN, queued_ns=95, start_ns=100, end_ns=130, cpu_ns=30),
        Span(item=11, attempt=1, worker=1, kind=SpanKind.RUN, queued_ns=95, start_ns=130, end_ns=190, cpu_ns=10),
    ]


def test_short_items_share_the_time_on_a_core_by_their_length() -> None:
    spans = list(batch(0, 10, 40, cpu_ns=20).spans())

    assert [span.cpu_ns for span in spans] == [5, 15]


def test_a_batch_without_items_has_no_spans_and_ends_where_it_starts() -> None:
    empty = batch(100)

    assert list(empty.spans()) == []
    assert len(empty) == 0
    assert empty.end_ns == 100


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50), st.integers(0, 10**12))
def test_spans_fill_the_batch_without_gap_or_overlap(lengths: list[int], start_ns: int) -> None:
    ends = [start_ns + sum(lengths[: place + 1]) for place in range(len(lengths))]

    spans = list(batch(start_ns, *ends).spans())

    assert sum(span.end_ns - span.start_ns for span in spans) == sum(lengths)
    assert [span.item for span in spans] == list(range(10, 10 + len(lengths)))


def test_workers_are_called_by_what_sets_them_apart() -> None:
    labels = [
        Worker(id=0, pid=7, thread="MainThread").label,
        Worker(id=1, pid=7, thread="thread 2").label,
        Worker(id=2, pid=7, thread="thread 3", interpreter=3).label,
        Worker(id=3, pid=7, thread="event loop", task="task 4").label,
        Worker(id=4, pid=7, thread="MainThread", host="blade-3").label,
    ]

    assert labels == ["process 7", "thread 2", "interpreter 3", "task 4", "blade-3:7"]


def test_a_worker_with_our_clock_is_believed() -> None:
    ours = batch(100, 130)

    ours.align(received_ns=150)

    assert (ours.start_ns, list(ours.ends)) == (100, [130])


def test_a_worker_with_another_clock_is_moved_between_request_and_reply() -> None:
    theirs = batch(5_000, 5_030, 5_060)
    theirs.queued_ns = 100

    theirs.align(received_ns=200)

    assert (theirs.start_ns, list(theirs.ends)) == (120, [150, 180])


@given(
    st.integers(-(10**15), 10**15),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
)
def test_aligned_times_keep_order_and_length(offset: int, before: int, length: int, after: int) -> None:
    queued, received = 0, before + length + after
    start = before + offset

    found = clock_offset_ns(queued, start, start + length, received)

    assert queued <= start + found
    assert start + length + found <= received
