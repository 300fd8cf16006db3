"""Which stage of a pipeline the others wait for, and whether it waits for its rate."""

import math

from turnout.pipeline import RunStatus
from turnout.report._run_rows import StageRow, stage_rows
from turnout.report._run_types import Bottleneck
from turnout.report._words import listed, percent, plural

_BUSY = 0.5  # a stage that is idle for longer than it works holds nobody up
_STANDS_OUT = 1.25  # times as busy as the next
_LEAST_SHARE = 0.01  # below it, how many workers would balance the stages is no more than a guess
_COMPUTES = 0.5


def find_bottleneck(status: RunStatus, now_ns: int | None = None) -> Bottleneck | None:
    """Return the stage whose workers were busiest, if it stands out, or that waited for its rate.

    Stages that hand items on to each other have one throughput. The one with the least idle time is at its limit, and
    no other one can make the whole faster; with as many more workers as it is busier than the next, both would be at
    their limits together. A rate that was asked for is such a limit too, and one that no worker moves: it is busy for
    as long as nothing else holds the calls back.

    Args:
        status: How the run stands.
        now_ns: The time, on the clock `wall_ns`, if the run still goes on.

    Returns:
        None if no stage waited for its rate for half of the time, and there is a single one, none was busy for half of
        its workers' time, or the next one is nearly as busy.

    Source: Denning and Buzen (1978), Computing Surveys 10(3), the bottleneck analysis of operational networks.
    """
    known = [row for row in stage_rows(status, now_ns) if row.busy_share is not None]
    ranked = sorted(known, key=_share, reverse=True)
    paced = max(known, key=lambda row: row.rate_share, default=None)
    if paced is not None and _sets_the_pace(paced, others := [row for row in ranked if row is not paced]):
        workers = paced.stage.choice.workers
        return Bottleneck(
            stage=paced.stage.name,
            workers=workers,
            balanced_workers=workers,
            reasons=tuple(_reasons(paced, others, is_paced=True)),
            rate=paced.stage.rate,
        )
    if len(status.stages) < 2 or not ranked:  # noqa: PLR2004  a pipeline
        return None
    first, others = ranked[0], ranked[1:]
    runner_up = max((_share(row) for row in others), default=0.0)
    if _share(first) < _BUSY or _share(first) < _STANDS_OUT * runner_up:
        return None
    next_limit = max([_LEAST_SHARE, runner_up, *(row.rate_use for row in others)])
    is_rate_next = first.rate_use > next_limit
    ratio = _share(first) / max(next_limit, first.rate_use)
    return Bottleneck(
        stage=first.stage.name,
        workers=first.stage.choice.workers,
        balanced_workers=max(first.stage.choice.workers, math.ceil(first.mean_workers * ratio - 1e-9)),
        reasons=tuple(_reasons(first, others, is_paced=False)),
        rate=first.stage.rate if is_rate_next else None,
    )


def _sets_the_pace(row: StageRow, others: list[StageRow]) -> bool:
    return row.rate_share >= max([_BUSY, *map(_share, others)])


def _reasons(first: StageRow, others: list[StageRow], *, is_paced: bool) -> list[str]:
    stage, workers = first.stage, plural(first.stage.choice.workers, "worker")
    rest = listed([f"{row.name} {percent(row.busy_share)}" for row in others])
    said = [
        f"Its {workers} worked on items for {percent(first.busy_share)} of the time" + (f"; {rest}." if rest else ".")
    ]
    if stage.queued and stage.queue_limit:
        said.append(f"{stage.queued:,} of at most {plural(stage.queue_limit, 'item')} wait in front of it.")
    if is_paced:
        said.append(f"{plural(stage.paced, 'call')} waited for nothing but its rate.")
    elif first.cpu_share is not None and first.cpu_share >= _COMPUTES:
        said.append(
            f"Its items are on a core for {percent(first.cpu_share)} of their time, so more workers help only as far "
            "as there are cores, and only in processes while the GIL is on."
        )
    return said


def _share(row: StageRow) -> float:
    return row.busy_share or 0.0
