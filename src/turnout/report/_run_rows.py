"""What each stage of a run achieved, as the figures that every renderer shows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from turnout.pipeline import RunStatus, StageStatus, Track, TrackChoice
from turnout.report._lanes import Timeline
from turnout.report._run_types import RunReport
from turnout.report._words import plain

NAME_LIMIT = 60
UNDECIDED = frozenset({"", "auto"})
_ALONE = UNDECIDED | {"sequential"}  # whose number of workers says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """One stage's figures.

    Attributes:
        stage: What they come from.
        name: What it is called, safe to show.
        track: How it runs now: ``"threads x 16"``; safe to show; empty if that is not decided.
        busy_share: Part of its workers' time that was spent inside items, 0 to 1; None if it is not known. It is that
            of the whole run, so that a stage which was done early is not taken for a busy one.
        cpu_share: Part of the time inside items that was spent on a core; None if no time was.
        mean_workers: How many workers it had, on average over the run.
        rate_share: Part of the run's time in which only the rate that was asked for held its calls back, 0 to 1.
        rate_use: How many calls it made, over those that this rate allowed; 0 without one.
    """

    stage: StageStatus
    name: str
    track: str
    busy_share: float | None
    cpu_share: float | None
    mean_workers: float
    rate_share: float
    rate_use: float


def stage_rows(status: RunStatus, now_ns: int | None = None) -> tuple[StageRow, ...]:
    """Return the figures of each stage, in the order of the data path.

    Args:
        status: How the run stands.
        now_ns: The time, on the clock `wall_ns`, if the run still goes on.
    """
    until_ns = status.end_ns or now_ns or max((stage.end_ns for stage in status.stages), default=0)
    return tuple(_row(stage, status.start_ns, until_ns) for stage in status.stages)


def ran_nothing(stage: StageStatus) -> bool:
    """Tell whether a stage, at its end, had nothing to run: no items, or none whose outcome was not known."""
    return bool(stage.end_ns) and stage.taken <= stage.replayed + stage.left_out


def track_label(choice: TrackChoice | Track) -> str:
    """Return what to call a way of running, safe to show: ``"threads x 16"``, ``"sequential"``, ``"auto"``."""
    name = plain(choice.executor, NAME_LIMIT)
    return name if name in _ALONE else f"{name} x {choice.workers}"


def run_timelines(report: RunReport) -> tuple[Timeline, ...]:
    """Return the stages' traces on one axis, which starts with the run; the bottleneck is the one to look at."""
    starts = [trace.start_ns for trace in report.traces]
    ends = [trace.end_ns for trace in report.traces]
    start_ns = min([*starts, *filter(None, [report.status.start_ns])], default=0)
    end_ns = max([*ends, report.status.end_ns])
    slowest = report.bottleneck and report.bottleneck.stage
    return tuple(
        Timeline(
            name=", ".join(filter(None, (row.name, row.track))),
            trace=replace(trace, start_ns=start_ns, end_ns=end_ns),
            chosen=row.stage.name == slowest,
        )
        for row, trace in zip(stage_rows(report.status), report.traces, strict=False)
    )


def _row(stage: StageStatus, start_ns: int, until_ns: int) -> StageRow:
    wall_ns = max(0, until_ns - start_ns) if start_ns and stage.start_ns else 0
    capacity_ns = sum(_capacities(stage.choice, start_ns, until_ns)) if wall_ns else 0
    allowed = (stage.rate or 0.0) * wall_ns / 1e9
    calls = max(0, stage.done - stage.replayed) + stage.retried
    return StageRow(
        stage=stage,
        name=plain(stage.name, NAME_LIMIT),
        track="" if ran_nothing(stage) else track_label(stage.choice),
        busy_share=min(1.0, stage.busy_ns / capacity_ns) if capacity_ns > 0 else None,
        cpu_share=min(1.0, stage.cpu_ns / stage.busy_ns) if stage.busy_ns > 0 else None,
        mean_workers=capacity_ns / wall_ns if wall_ns else float(stage.choice.workers),
        rate_share=min(1.0, stage.paced / allowed) if allowed > 0 else 0.0,
        rate_use=min(1.0, calls / allowed) if allowed > 0 else 0.0,
    )


def _capacities(choice: TrackChoice, start_ns: int, until_ns: int) -> Iterator[int]:
    """Yield, for each track, the time that its workers had in all; the first one's counts from the start."""
    if not choice.tracks:
        yield choice.workers * (until_ns - start_ns)
        return
    edges = [start_ns, *(track.since_ns for track in choice.tracks[1:]), until_ns]
    for track, (since_ns, end_ns) in zip(choice.tracks, pairwise(edges), strict=True):
        yield track.workers * max(0, end_ns - since_ns)
