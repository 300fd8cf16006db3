"""Measurements made up to a known truth."""

from array import array
from collections.abc import Sequence

from turnout.measurement import Contender, Environment, Heat, Measurement
from turnout.trace import SpanBatch, Trace, Usage, Worker


def trace_of(
    *,
    workers: int = 1,
    walls_s: Sequence[float],
    cpu_share: float = 1.0,
    startup_s: float = 0.0,
    wall_s: float | None = None,
    queued_s: float | None = 0.0,
) -> Trace:
    """Deal items to workers in blocks; each worker does its own one after the other."""
    startup_ns, count = round(startup_s * 1e9), len(walls_s)
    batches = []
    for lane in range(workers):
        first, last = lane * count // workers, (lane + 1) * count // workers
        if first == last:
            continue
        clock, ends = startup_ns, array("q")
        for item_s in walls_s[first:last]:
            clock += round(item_s * 1e9)
            ends.append(clock)
        busy_ns = clock - startup_ns
        batches.append(
            SpanBatch(
                worker=lane,
                first_item=first,
                queued_ns=0,
                start_ns=startup_ns,
                ends=ends,
                cpu_ns=round(busy_ns * cpu_share),
            )
        )
    usage = Usage(
        cpu_ns=0,
        run_queue_ns=None if queued_s is None else round(queued_s * 1e9),
        voluntary_switches=0,
        involuntary_switches=0,
    )
    return Trace(
        workers=tuple(Worker(id=lane, pid=1, thread=f"worker {lane}") for lane in range(workers)),
        batches=tuple(batches),
        usage={0: usage},
        start_ns=0,
        end_ns=max(batch.end_ns for batch in batches) if wall_s is None else round(wall_s * 1e9),
        span_count=count,
        busy_ns=sum(batch.end_ns - batch.start_ns for batch in batches),
        span_cpu_ns=sum(batch.cpu_ns for batch in batches),
    )


def heat_of(trace: Trace, *, failures: int = 0, first_failure: str = "", prints: Sequence[int] = ()) -> Heat:
    return Heat(
        wall_ns=trace.wall_ns,
        startup_ns=trace.startup_ns,
        cpu_ns=trace.cpu_ns,
        memory_bytes=None,
        failures=failures,
        first_failure=first_failure,
        fingerprints=b"".join(one.to_bytes(8, "little") for one in prints),
        trace=trace,
    )


def measured(
    executor: str,
    workers: int = 1,
    *,
    item_count: int = 100,
    item_s: float = 0.001,
    cpu_share: float = 1.0,
    startup_s: float = 0.0,
    wall_s: float | None = None,
    queued_s: float | None = 0.0,
    drifts: Sequence[float] = (1.0, 1.0, 1.0, 1.0, 1.0),
    failures: int = 0,
    first_failure: str = "",
    prints: Sequence[Sequence[int]] = (),
) -> Measurement:
    """Make one heat for each drift, by which all its times are multiplied.

    ``wall_s`` overrides the wall time that busy workers would give; ``prints`` gives each heat its fingerprints.
    """
    heats = []
    for number, drift in enumerate(drifts):
        trace = trace_of(
            workers=workers,
            walls_s=[item_s * drift] * item_count,
            cpu_share=cpu_share,
            startup_s=startup_s * drift,
            wall_s=None if wall_s is None else wall_s * drift,
            queued_s=queued_s,
        )
        same = prints[number] if prints else [2] * item_count
        heats.append(heat_of(trace, failures=failures, first_failure=first_failure, prints=same))
    return Measurement(
        contender=Contender(executor=executor, workers=workers), item_count=item_count, heats=tuple(heats)
    )


def environment(*, load: float | None = 0.1, usable_cpus: float = 2.0) -> Environment:
    return Environment(
        timestamp="2026-01-02T03:04:05+0000",
        turnout="0",
        python="CPython 3.11.7",
        gil=True,
        platform="Linux x86_64",
        usable_cpus=usable_cpus,
        load=load,
    )
