from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_samples import MS, ORIGIN_NS, lane, million_trace, thread, trace
from turnout.report._lanes import lanes
from turnout.trace import SpanBatch, Trace


def test_a_lane_is_busy_where_its_worker_was() -> None:
    of = trace(lane(0, 2 * MS, [4 * MS], 0.25), thread, tail_ns=2 * MS)

    (drawn,) = lanes(of, 4, 8)

    assert drawn.busy == pytest.approx([0, 1, 1, 0])
    assert drawn.cpu == pytest.approx([0, 0.25, 0.25, 0])
    assert sum(drawn.counts) == 1


def test_workers_beyond_the_limit_share_a_lane() -> None:
    of = trace([one for worker in range(5) for one in lane(worker, 0, [8 * MS], 1.0)], thread, tail_ns=0)

    drawn = lanes(of, 2, 3)

    assert [one.label for one in drawn] == ["thread 0", "thread 1", "3 more workers"]
    assert drawn[2].busy == pytest.approx([1, 1])
    assert drawn[2].worker_count == 3


def test_a_sampled_trace_looks_as_busy_as_the_whole_was() -> None:
    half_kept = trace(lane(0, 0, [MS] * 4, 1.0)[::2], thread, tail_ns=MS, dropped=2)

    (drawn,) = lanes(half_kept, 1, 1)

    assert drawn.busy[0] == pytest.approx(1.0, abs=0.02)


def test_a_worker_without_a_name_still_has_a_lane() -> None:
    nameless = Trace(
        workers=(), batches=tuple(lane(7, 0, [MS], 1.0)), start_ns=ORIGIN_NS, end_ns=ORIGIN_NS + MS, span_count=1
    )

    assert [one.label for one in lanes(nameless, 1, 1)] == ["worker 7"]


def test_a_trace_without_spans_or_time_draws_nothing() -> None:
    assert lanes(trace([], thread, tail_ns=0), 10, 8) == ()


def test_a_million_spans_keep_their_sums() -> None:
    drawn = lanes(million_trace(), 100, 8)

    assert sum(sum(one.counts) for one in drawn) == 1_000_000


@given(
    st.lists(st.integers(0, 5_000), min_size=1, max_size=30),
    st.integers(0, 10_000),
    st.integers(1, 40),
    st.booleans(),
)
def test_busy_time_is_conserved(walls_ns: list[int], start_ns: int, bin_count: int, each: bool) -> None:  # noqa: FBT001  Hypothesis passes it by name
    ends = array("q")
    at_ns = start_ns
    for wall_ns in walls_ns:
        at_ns += wall_ns
        ends.append(at_ns)
    cpu_ns = sum(wall // 2 for wall in walls_ns)
    cpus = array("q", [wall // 2 for wall in walls_ns]) if each else None
    batch = SpanBatch(worker=0, first_item=0, queued_ns=0, start_ns=start_ns, ends=ends, cpu_ns=cpu_ns, cpus=cpus)
    of = Trace(workers=(thread(0),), batches=(batch,), start_ns=0, end_ns=at_ns + 10, span_count=len(walls_ns))

    (drawn,) = lanes(of, bin_count, 1)

    bin_ns = of.wall_ns / bin_count
    assert sum(drawn.busy) * bin_ns == pytest.approx(at_ns - start_ns, abs=0.01)
    assert sum(drawn.cpu) * bin_ns == pytest.approx(cpu_ns, abs=len(walls_ns))
    assert sum(drawn.counts) == len(walls_ns)
