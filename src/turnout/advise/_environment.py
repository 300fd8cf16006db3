"""Whether the machine, and the number of runs, let the figures be trusted."""

from collections.abc import Sequence

from turnout.advise._types import Finding
from turnout.advise._wording import cores, count, figures, listing, percent, seconds
from turnout.measurement import Environment, Interval, Measurement, median_interval, overlap

FEW_RUNS = 5
WIDE = 0.10  # an interval's width over its median, beyond which overlapping contenders are worth a finding
QUEUED = 0.20  # part of the items' time spent ready but without a core


def judge_environment(environment: Environment, measurements: Sequence[Measurement]) -> tuple[Finding, ...]:
    """Return what makes the figures less certain than they look.

    Args:
        environment: Where the race was run.
        measurements: Who ran.

    Returns:
        At most one finding each for: a machine that was busy before the race, one that took cores away during it,
        too few runs, contenders too close to tell apart, and workers that had no item.
    """
    found = (
        _busy_before(environment),
        _busy_during(measurements),
        _few_runs(measurements),
        _close_finish(measurements),
        _idle_workers(measurements),
    )
    return tuple(finding for finding in found if finding is not None)


def _busy_before(environment: Environment) -> Finding | None:
    load, cpus = environment.load, environment.usable_cpus
    if load is None or load < cpus:
        return None
    return Finding(
        title=f"The machine was busy before the race: {figures(load)} processes wanted {cores(cpus)} usable cores.",
        details=(
            "All contenders ran in turns, so they suffered alike; but those that use several cores had fewer to gain.",
            "Race again when the machine is idle.",
        ),
    )


def _busy_during(measurements: Sequence[Measurement]) -> Finding | None:
    for measurement in measurements:
        trace = measurement.typical.trace
        queued_ns = trace.waits().run_queue_ns
        if measurement.contender.workers > 1 or queued_ns is None or trace.busy_ns <= 0:
            continue
        share = queued_ns / trace.busy_ns
        if share >= QUEUED:
            return Finding(
                title=f"Other programs took cores away: the only worker of {measurement.contender.label} was ready "
                f"to run but without a core for {percent(min(1.0, share))} of its items' time.",
                details=("Ratios between contenders hold better than their seconds do.",),
            )
    return None


def _few_runs(measurements: Sequence[Measurement]) -> Finding | None:
    runs = min((len(m.heats) for m in measurements), default=FEW_RUNS)
    if runs >= FEW_RUNS:
        return None
    _, interval = median_interval([0.0] * runs)
    sure = (
        "so nothing tells how much its times vary"
        if runs == 1
        else f"so an interval holds the true median in {percent(interval.confidence)} of cases"
    )
    return Finding(
        title=f"Each contender ran only {'once' if runs == 1 else f'{runs} times'}, {sure}.",
        details=("Six runs reach 95 %; a larger budget, or fewer contenders, leaves time for them.",),
    )


def _close_finish(measurements: Sequence[Measurement]) -> Finding | None:
    timed = [(m.contender.label, *median_interval([heat.wall_ns / 1e9 for heat in m.heats])) for m in measurements]
    timed.sort(key=lambda entry: entry[1])
    if not timed or not _wide(timed[0][1], timed[0][2]):
        return None
    label, wall_s, interval = timed[0]
    close = [other for other, _, others in timed[1:] if overlap(interval, others)]
    if not close:
        return None
    between = f"{seconds(interval.low)} and {seconds(interval.high)}"
    return Finding(
        title=f"The runs vary too much to tell {listing([label, *close])} apart.",
        details=(f"{label} took {seconds(wall_s)}, but its true median may lie anywhere between {between}.",),
    )


def _wide(wall_s: float, interval: Interval) -> bool:
    return wall_s > 0 and (interval.high - interval.low) / wall_s > WIDE


def _idle_workers(measurements: Sequence[Measurement]) -> Finding | None:
    idle = [m for m in measurements if m.item_count < m.contender.workers]
    if not idle:
        return None
    return Finding(
        title=f"{listing([m.contender.label for m in idle])} had only {count(idle[0].item_count, 'item')} in each "
        "run, so not every worker had one.",
        details=("Their gain is understated; a larger sample needs a larger budget.",),
    )
