"""Run reports for the renderers' tests, and statuses to make them of."""

from dataclasses import replace
from typing import Any

from report_samples import HOSTILE, MS, ORIGIN_NS, environment, lane, main_thread, process, task, thread, trace
from turnout.pipeline import RunStatus, StageStatus, Track, TrackChoice
from turnout.report import FailedItem, RunReport, find_bottleneck
from turnout.trace import Worker

SECOND = 1_000_000_000


def choice(
    executor: str = "threads", workers: int = 4, *, reasons: tuple[str, ...] = (), tracks: tuple[Track, ...] = ()
) -> TrackChoice:
    return TrackChoice(executor=executor, workers=workers, reasons=list(reasons), tracks=list(tracks))


def stage(
    name: str = "work", of: TrackChoice | None = None, *, busy_share: float = 0.9, wall_s: float = 2.0, **more: Any
) -> StageStatus:
    """A stage that was busy for a share of its workers' time; the rest as `StageStatus` takes it."""
    chosen = of or choice()
    busy_ns = int(busy_share * chosen.workers * wall_s * SECOND)
    given = {"kind": "map", "taken": 100, "done": 100, "given_out": 100, "cpu_ns": busy_ns // 10, **more}
    return StageStatus(
        name=name,
        choice=chosen,
        busy_ns=busy_ns,
        start_ns=ORIGIN_NS,
        end_ns=ORIGIN_NS + int(wall_s * SECOND),
        **given,
    )


def status(*stages: StageStatus, wall_s: float = 2.0, **more: Any) -> RunStatus:  # the rest as `RunStatus` takes it
    given = {"item_count": 100, "done": 100, **more}
    return RunStatus(stages=stages or (stage(),), start_ns=ORIGIN_NS, end_ns=ORIGIN_NS + int(wall_s * SECOND), **given)


def single_report() -> RunReport:
    """Factors of numbers that began in turn and went on in processes; some came from the journal."""
    tracks = (
        Track(executor="sequential", workers=1, since_ns=ORIGIN_NS, done=0),
        Track(executor="processes", workers=2, since_ns=ORIGIN_NS + 100 * MS, done=40),
    )
    why = (
        "Alone, an item was on a core for 99 % of its wall time.",
        "Two at once in threads took 1.98 times as long as one: they take turns at Python code.",
        "processes x 2 was predicted to take 1.9 s, sequential 3.6 s.",
    )
    chosen = replace(choice("processes", 2, reasons=why, tracks=tracks), predicted_s=1.9)
    spans = lane(0, 0, [20 * MS] * 5, 0.99)
    for worker in (1, 2):
        spans += lane(worker, 140 * MS, [18 * MS] * 100, 0.98, first_item=worker)
    return RunReport(
        title="factor over numbers.txt",
        status=status(stage("factor", chosen, cpu_ns=3_500_000_000, failed=2, retried=1), failed=2, replayed=20),
        environment=environment(),
        traces=(trace(spans, lambda worker: process(worker) if worker else main_thread(worker)),),
        failures=(
            FailedItem(index=17, item="0", error="ZeroDivisionError: division by zero", attempts=1),
            FailedItem(index=40, item="'x'", error="TypeError: not a number", attempts=2),
        ),
        journal="numbers.journal",
        results="factors.jsonl",
    )


def pipeline_report() -> RunReport:
    """A crawler whose parser is the bottleneck, interrupted."""
    stages = (
        stage("fetch", choice("asyncio", 20), busy_share=0.21, done=80, given_out=79, failed=1),
        stage(
            "parse",
            choice("processes", 2, reasons=("Its items compute.",)),
            busy_share=0.97,
            taken=79,
            done=61,
            given_out=61,
            queued=18,
            queue_limit=64,
            cpu_ns=3 * SECOND,
        ),
        stage(
            "store",
            choice("sequential", 1),
            busy_share=0.05,
            kind="sink",
            taken=61,
            done=61,
            given_out=0,
            queue_limit=64,
        ),
    )
    whole = status(*stages, done=62, failed=1, is_interrupted=True)
    fetch = [one for w in range(20) for one in lane(w, w * MS, [100 * MS] * 4, 0.02, first_item=w)]
    parse = [one for w in range(2) for one in lane(w, 110 * MS, [60 * MS] * 31, 0.97, first_item=w)]
    store = lane(0, 170 * MS, [2 * MS] * 61, 0.4)
    return RunReport(
        title="pages over urls.csv:url",
        status=whole,
        environment=environment({}),
        traces=(trace(fetch, task), trace(parse, process), trace(store, thread)),
        bottleneck=find_bottleneck(whole),
        failures=(
            FailedItem(
                index=3, item="'http://a/'", error="TimeLimitError: it took longer than 1 s", attempts=3, stage="fetch"
            ),
        ),
        journal="pages.journal",
    )


def hostile_run_report() -> RunReport:
    """Every text is an attack, and no figure makes sense."""
    nasty = Worker(id=0, pid=1, thread=HOSTILE)
    chosen = choice(HOSTILE, 0, reasons=(HOSTILE,), tracks=(Track(executor=HOSTILE, workers=0, since_ns=0, done=0),))
    chosen.predicted_s = float("nan")
    stages = (stage(HOSTILE, chosen, kind=HOSTILE, wall_s=0.0), stage(HOSTILE, replace(chosen, workers=10**9)))
    return RunReport(
        title=HOSTILE,
        status=status(*stages, item_count=None, done=0, failed=7, wall_s=0.0),
        environment=replace(environment({HOSTILE: float("nan")}), platform=HOSTILE, python=HOSTILE, timestamp=HOSTILE),
        traces=(trace(lane(0, MS, [MS, 0, 2 * MS], 0.5), lambda _: nasty), trace([], lambda _: nasty, tail_ns=0)),
        bottleneck=None,
        failures=(FailedItem(index=0, item=HOSTILE * 9, error=f"{HOSTILE}\n\x1b]0;owned\x07", attempts=1),),
        journal=HOSTILE,
        results=HOSTILE,
    )


def bare_run_report() -> RunReport:
    """As little as a report can hold."""
    return RunReport(title="f over 0 items", status=status(item_count=None, done=0), environment=None)
