"""Race reports for the renderers' tests, as the course's two programs would give them."""

import random
from array import array
from collections.abc import Callable, Sequence

from turnout.advise import Bound, Choice, Diagnosis, Finding, Projection, Scaling
from turnout.measurement import Contender, Environment, Heat, Measurement, Refusal
from turnout.report import RaceReport
from turnout.trace import SpanBatch, Trace, Usage, Worker

MS = 1_000_000
ORIGIN_NS = 5_000_000_000  # a trace's clock starts anywhere
HOSTILE = "</script><script>alert(1)</script><!-- \u202egpj.exe\u202c \x1b[31m[red]\x07 שלום \ud800"


def environment(overhead_ns: dict[str, float] | None = None) -> Environment:
    return Environment(
        timestamp="2025-03-01T12:00:00+0100",
        turnout="0.1.0",
        python="CPython 3.11.7",
        gil=True,
        platform="Linux 6.1 x86_64",
        usable_cpus=2.0,
        load=0.31,
        overhead_ns={"threads": 640.0, "processes": 910.0} if overhead_ns is None else overhead_ns,
    )


def lane(
    worker: int, start_ns: int, walls_ns: Sequence[int], cpu_share: float, *, first_item: int = 0, step: int = 1
) -> list[SpanBatch]:
    """One worker's spans, a batch each."""
    batches = []
    at_ns = ORIGIN_NS + start_ns
    for place, wall_ns in enumerate(walls_ns):
        cpu_ns = int(wall_ns * cpu_share)
        batches.append(
            SpanBatch(
                worker=worker,
                first_item=first_item + place * step,
                queued_ns=ORIGIN_NS,
                start_ns=at_ns,
                ends=array("q", [at_ns + wall_ns]),
                cpu_ns=cpu_ns,
                cpus=array("q", [cpu_ns]),
            )
        )
        at_ns += wall_ns + 20_000
    return batches


def trace(batches: Sequence[SpanBatch], name: Callable[[int], Worker], tail_ns: int = MS, dropped: int = 0) -> Trace:
    """A trace of the batches that ends ``tail_ns`` after the last of them."""
    ids = sorted({batch.worker for batch in batches})
    kept = sum(map(len, batches))
    busy_ns = sum(batch.end_ns - batch.start_ns for batch in batches)
    cpu_ns = sum(batch.cpu_ns for batch in batches)
    return Trace(
        workers=tuple(name(worker) for worker in ids),
        batches=tuple(batches),
        usage={
            worker: Usage(
                cpu_ns=cpu_ns // max(1, len(ids)),
                run_queue_ns=400_000,
                voluntary_switches=12,
                involuntary_switches=3,
            )
            for worker in ids
        },
        start_ns=ORIGIN_NS,
        end_ns=max((batch.end_ns for batch in batches), default=ORIGIN_NS) + tail_ns,
        span_count=kept + dropped,
        dropped_count=dropped,
        busy_ns=busy_ns * (kept + dropped) // max(1, kept),
        span_cpu_ns=cpu_ns,
    )


def heat(of: Trace, memory_bytes: int | None = 31_000_000, extra_cpu_ns: int = 0, factor: float = 1.0) -> Heat:
    return Heat(
        wall_ns=int(of.wall_ns * factor),
        startup_ns=of.startup_ns,
        cpu_ns=of.cpu_ns + extra_cpu_ns,
        memory_bytes=memory_bytes,
        failures=0,
        first_failure="",
        fingerprints=b"",
        trace=of,
    )


def measurement(executor: str, workers: int, of: Trace, memory_bytes: int | None = 31_000_000) -> Measurement:
    """Five heats, all with the same trace."""
    factors = (0.985, 1.0, 1.004, 0.997, 1.03)
    return Measurement(
        contender=Contender(executor=executor, workers=workers),
        item_count=of.span_count,
        heats=tuple(heat(of, memory_bytes, 9 * MS, factor) for factor in factors),
    )


def thread(worker: int) -> Worker:
    return Worker(id=worker, pid=100, thread=f"thread {worker}")


def process(worker: int) -> Worker:
    return Worker(id=worker, pid=200 + worker, thread="MainThread")


def task(worker: int) -> Worker:
    return Worker(id=worker, pid=100, thread="MainThread", task=f"task {worker}")


def main_thread(worker: int) -> Worker:
    return Worker(id=worker, pid=100, thread="MainThread")


def download_report() -> RaceReport:
    """Ten images from a distant site: waiting."""
    chance = random.Random(1)  # noqa: S311  a sample
    walls = [chance.randint(203, 262) * MS for _ in range(10)]
    alone = trace(lane(0, 2 * MS, walls, 0.02), main_thread)
    threads = trace(
        [one for w in range(10) for one in lane(w, (3 + w) * MS, walls[w : w + 1], 0.03, first_item=w)], thread
    )
    pairs = trace(
        [one for w in range(2) for one in lane(w, (38 + 3 * w) * MS, walls[w::2], 0.02, first_item=w, step=2)],
        process,
        4 * MS,
    )
    tasks = trace([one for w in range(10) for one in lane(w, (5 + w) * MS, walls[w : w + 1], 0.02, first_item=w)], task)
    measurements = (
        measurement("sequential", 1, alone),
        measurement("threads", 10, threads, 34_400_000),
        measurement("processes", 2, pairs, 58_200_000),
        measurement("asyncio", 10, tasks, 36_100_000),
    )
    best = measurements[1].contender
    return RaceReport(
        title="download 10 images",
        item_count=10,
        sample_count=10,
        environment=environment(),
        measurements=measurements,
        refusals=(Refusal(name="interpreters", reason="it needs Python 3.14 or newer, and this is 3.11"),),
        diagnosis=Diagnosis(
            bound=Bound.IO,
            cpu_share=0.02,
            evidence=(
                "Alone, an item was on a core for 2 % of its wall time.",
                "Ten at once took 9.1 times less wall time than one after the other, so the waits overlap.",
            ),
            unknown=("Whether the site, the network or the disk is waited for: that needs `turnout diagnose`.",),
        ),
        choice=Choice(contender=best, reasons=("Threads overlap waits without a new process.",), predicted_s=0.27),
        notes=("The course measured 2.47 s one after the other and 0.50 s with threads: 4.9 times.",),
    )


def batched(worker: int, start_ns: int, item_count: int, item_ns: int, cpu_share: float) -> list[SpanBatch]:
    """One worker's short items in batches of 50, without a CPU time for each."""
    chance = random.Random(worker)  # noqa: S311  a sample
    batches = []
    at_ns = ORIGIN_NS + start_ns
    for first in range(0, item_count, 50):
        begin_ns, ends = at_ns, array("q")
        for _ in range(min(50, item_count - first)):
            at_ns += int(item_ns * chance.uniform(0.2, 1.8))
            ends.append(at_ns)
        cpu_ns = int((at_ns - begin_ns) * cpu_share)
        batches.append(
            SpanBatch(
                worker=worker,
                first_item=first + worker * item_count,
                queued_ns=begin_ns - 70_000,
                start_ns=begin_ns,
                ends=ends,
                cpu_ns=cpu_ns,
            )
        )
        at_ns += 30_000
    return batches


def factor_report() -> RaceReport:
    """Prime factors in plain Python: computing, under the GIL, with a scaling curve."""
    alone = trace(batched(0, 2 * MS, 5000, 60_000, 0.99), main_thread)
    crowd = trace([one for w in range(10) for one in batched(w, 3 * MS + w * 90_000, 500, 610_000, 0.099)], thread)
    one = trace(batched(0, 40 * MS, 5000, 60_500, 0.98), process, 3 * MS)
    two = trace([one for w in range(2) for one in batched(w, (40 + 4 * w) * MS, 2500, 61_000, 0.98)], process, 3 * MS)
    four = trace([one for w in range(4) for one in batched(w, (40 + 4 * w) * MS, 1250, 121_000, 0.49)], process, 3 * MS)
    measurements = (
        measurement("sequential", 1, alone),
        measurement("threads", 10, crowd, 33_000_000),
        measurement("processes", 1, one, 45_000_000),
        measurement("processes", 2, two, 58_000_000),
        measurement("processes", 4, four, 84_000_000),
    )
    return RaceReport(
        title="factor 10,000 numbers",
        item_count=10_000,
        sample_count=5_000,
        environment=environment(),
        measurements=measurements,
        refusals=(
            Refusal(name="asyncio", reason="the function is not a coroutine function, so it would block the loop"),
        ),
        diagnosis=Diagnosis(
            bound=Bound.GIL,
            cpu_share=0.99,
            evidence=(
                "Alone, an item was on a core for 99 % of its wall time.",
                "Two at once in threads took 1.02 times as long as one after the other; in processes, 0.53 times.",
            ),
            unknown=("How the waiting splits between the GIL and other locks.",),
        ),
        choice=Choice(
            contender=measurements[3].contender,
            reasons=("Two processes keep both usable cores busy; four gain nothing more.",),
            predicted_s=0.39,
        ),
        projections=tuple(
            Projection(
                contender=one.contender,
                item_count=10_000,
                wall_s=one.typical.wall_ns * 2e-9,
                low_s=one.typical.wall_ns * 1.97e-9,
                high_s=one.typical.wall_ns * 2.06e-9,
            )
            for one in measurements
        ),
        scalings=(
            Scaling(
                executor="processes",
                points=((1, 1.0), (2, 1.79), (4, 1.77)),
                parallel_share=0.72,
                contention=0.01,
                coherency=0.06,
                best_workers=4,
                limit=3.57,
            ),
        ),
        notes=("The course measured 1.75 s one after the other and 1.33 s in 10 processes.",),
    )


def million_trace(spans_in_batch: int = 500) -> Trace:
    """1,000,000 spans on four lanes."""
    batches = []
    for worker in range(4):
        at_ns = ORIGIN_NS + MS
        for first in range(0, 250_000, spans_in_batch):
            ends = array("q", range(at_ns + 20_000, at_ns + 20_000 * spans_in_batch + 1, 20_000))
            wall_ns = ends[-1] - at_ns
            batches.append(
                SpanBatch(
                    worker=worker,
                    first_item=worker * 250_000 + first,
                    queued_ns=at_ns - 5_000,
                    start_ns=at_ns,
                    ends=ends,
                    cpu_ns=wall_ns * 7 // 10,
                )
            )
            at_ns = ends[-1] + 500_000
    return trace(batches, thread)


def small_report(
    measurements: Sequence[Measurement] = (), *, title: str = "f over 4 items", chosen: Contender | None = None
) -> RaceReport:
    """As little as a report can hold."""
    return RaceReport(
        title=title,
        item_count=None,
        sample_count=4,
        environment=environment({}),
        measurements=tuple(measurements),
        diagnosis=Diagnosis(bound=Bound.MIXED, cpu_share=0.5, evidence=()),
        choice=None if chosen is None else Choice(contender=chosen, reasons=(), predicted_s=None),
    )


def million_report() -> RaceReport:
    of = million_trace()
    return small_report([measurement("threads", 4, of)], chosen=Contender(executor="threads", workers=4))


def hostile_report() -> RaceReport:
    """Every text field is an attack, one contender took no time and did nothing."""
    nasty = Worker(id=0, pid=1, thread=HOSTILE)
    nothing = trace([], lambda _: nasty, tail_ns=0)
    some = trace(lane(0, MS, [MS, 0, 2 * MS], 0.5), lambda _: nasty)
    measurements = (measurement(HOSTILE * 20, 3, some), measurement("nothing", 2, nothing, None))
    return RaceReport(
        title=HOSTILE,
        item_count=3,
        sample_count=3,
        environment=Environment(
            timestamp=HOSTILE,
            turnout=HOSTILE,
            python=HOSTILE,
            gil=False,
            platform=HOSTILE,
            usable_cpus=1.5,
            load=None,
            overhead_ns={HOSTILE: float("nan")},
        ),
        measurements=measurements,
        refusals=(Refusal(name=HOSTILE, reason=HOSTILE),),
        diagnosis=Diagnosis(bound=Bound.SHARED, cpu_share=0.1, evidence=(HOSTILE,), unknown=(HOSTILE,)),
        choice=Choice(contender=measurements[0].contender, reasons=(HOSTILE,), predicted_s=float("inf")),
        projections=(
            Projection(
                contender=measurements[0].contender, item_count=3, wall_s=float("inf"), low_s=1.0, high_s=float("nan")
            ),
        ),
        scalings=(
            Scaling(
                executor=HOSTILE,
                points=((1, 1.0), (2, float("nan"))),
                parallel_share=1.0,
                contention=0.0,
                coherency=0.0,
                best_workers=None,
                limit=float("inf"),
            ),
        ),
        findings=(Finding(title=HOSTILE, details=(HOSTILE,)),),
        notes=(HOSTILE,),
    )
