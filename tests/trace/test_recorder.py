from array import array
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from turnout.trace import Recorder, SpanBatch, Usage, Worker
from turnout.trace._recorder import BATCH_WEIGHT


def batch(first_item: int, start_ns: int, *ends: int, cpu_ns: int = 0) -> SpanBatch:
    return SpanBatch(
        worker=0, first_item=first_item, queued_ns=0, start_ns=start_ns, ends=array("q", ends), cpu_ns=cpu_ns
    )


def usage(**changed: int | None) -> Usage:
    known: dict[str, int | None] = {
        "cpu_ns": 1,
        "run_queue_ns": 2,
        "voluntary_switches": 3,
        "involuntary_switches": 4,
        "memory_bytes": None,
    }
    return Usage(**{**known, **changed})  # type: ignore[arg-type]  # the names are those of the fields


def test_a_trace_adds_up_what_was_recorded() -> None:
    recorder = Recorder()
    recorder.start_ns, recorder.end_ns = 0, 100

    recorder.add(batch(0, 20, 40, 60, cpu_ns=30))
    recorder.add(batch(2, 30, 90, cpu_ns=5))

    trace = recorder.trace()
    assert (trace.wall_ns, trace.busy_ns, trace.cpu_ns) == (100, 100, 35)
    assert (trace.span_count, trace.dropped_count) == (3, 0)
    assert trace.concurrency() == 1.0
    assert trace.startup_ns == 20
    assert [span.item for span in trace.spans()] == [0, 1, 2]


def test_a_trace_of_nothing_answers_too() -> None:
    trace = Recorder().trace()

    assert trace.concurrency() == 0.0
    assert trace.startup_ns == 0
    assert list(trace.spans()) == []


@given(st.lists(st.integers(1, 40), max_size=60), st.integers(1, 100))
def test_thinning_keeps_sums_and_counts_what_it_drops(lengths: list[int], limit: int) -> None:
    recorder = Recorder(spans_kept=limit)

    for place, length in enumerate(lengths):
        recorder.add(batch(place, 0, *range(1, length + 1), cpu_ns=length))

    trace = recorder.trace()
    kept = sum(1 for _ in trace.spans())
    assert trace.span_count == trace.busy_ns == trace.cpu_ns == sum(lengths)
    assert trace.dropped_count == sum(lengths) - kept
    assert kept <= max(limit, max(lengths, default=0))


def test_thinning_leaves_spans_of_the_whole_run() -> None:
    recorder = Recorder(spans_kept=10 * (1 + BATCH_WEIGHT))

    for item in range(1000):
        recorder.add(batch(item, item, item + 1))

    items = [span.item for span in recorder.trace().spans()]
    assert items[0] == 0
    assert items[-1] > 800
    assert len({later - earlier for earlier, later in pairwise(items)}) == 1


def test_workers_come_in_the_order_of_their_numbers() -> None:
    recorder = Recorder()

    for number in (2, 0, 1):
        recorder.add_worker(Worker(id=number, pid=1, thread=f"thread {number}"))

    assert [worker.id for worker in recorder.trace().workers] == [0, 1, 2]


def test_waits_tell_what_was_not_spent_on_a_core() -> None:
    recorder = Recorder()
    recorder.add(batch(0, 0, 100, cpu_ns=40))
    recorder.add_usage(0, usage(run_queue_ns=7))
    recorder.add_usage(1, usage(run_queue_ns=3))

    waits = recorder.trace().waits()

    assert (waits.on_cpu_ns, waits.off_cpu_ns, waits.run_queue_ns) == (40, 60, 10)
    assert (waits.voluntary_switches, waits.involuntary_switches) == (6, 8)


def test_a_run_queue_that_one_worker_does_not_know_is_not_known() -> None:
    recorder = Recorder()
    recorder.add_usage(0, usage(run_queue_ns=7))
    recorder.add_usage(1, usage(run_queue_ns=None))

    assert recorder.trace().waits().run_queue_ns is None


def test_usage_since_an_earlier_reading_is_the_difference() -> None:
    later = usage(cpu_ns=10, run_queue_ns=20, memory_bytes=99)

    used = later.since(usage())

    assert used == usage(cpu_ns=9, run_queue_ns=18, voluntary_switches=0, involuntary_switches=0, memory_bytes=99)
    assert later.since(usage(run_queue_ns=None)).run_queue_ns is None
