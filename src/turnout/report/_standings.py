"""What each contender achieved, as the figures that every renderer shows."""

from dataclasses import dataclass

from turnout.measurement import Contender, Interval, Measurement, median_interval
from turnout.report._lanes import Timeline
from turnout.report._types import RaceReport
from turnout.report._words import plain
from turnout.trace import Waits

NAME_LIMIT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One contender's figures.

    All but the wall time and the failures are those of its typical heat.

    Attributes:
        measurement: What they come from.
        wall_s: Median wall time, seconds.
        interval: Where that median lies, seconds.
        speedup: The baseline's median wall time over this one; None if that is 0.
        cpu_share: Time on a core over wall time; above 1 if several cores were busy; None without wall time.
        startup_s: From the request to the first item, seconds.
        memory_bytes: Peak memory; None if unknown.
        waits: Where the workers' time went.
        failures: How many items failed in the heat with the most failures.
        chosen: Whether this is the track to take.
    """

    measurement: Measurement
    wall_s: float
    interval: Interval
    speedup: float | None
    cpu_share: float | None
    startup_s: float
    memory_bytes: int | None
    waits: Waits
    failures: int
    chosen: bool

    @property
    def contender(self) -> Contender:
        """Who it was."""
        return self.measurement.contender

    @property
    def name(self) -> str:
        """The contender's label, safe to show."""
        return plain(self.contender.label, NAME_LIMIT)


def standings(report: RaceReport) -> tuple[Standing, ...]:
    """Return the figures of each contender, in the order they were entered."""
    medians = [median_interval([heat.wall_ns / 1e9 for heat in one.heats]) for one in report.measurements]
    against = _baseline_wall_s(report, [wall_s for wall_s, _ in medians])
    chosen = report.best
    return tuple(
        _standing(one, wall_s, interval, against, chosen=one is chosen)
        for one, (wall_s, interval) in zip(report.measurements, medians, strict=True)
    )


def race_timelines(report: RaceReport) -> tuple[Timeline, ...]:
    """Return the timeline of each contender's typical heat, in the order they were entered."""
    best = report.best
    return tuple(
        Timeline(name=plain(one.contender.label, NAME_LIMIT), trace=one.typical.trace, chosen=one is best)
        for one in report.measurements
    )


def python_timelines(report: RaceReport) -> tuple[Timeline, ...]:
    """Return the timeline of each model's typical heat under each Python, if others were asked for."""
    return tuple(
        Timeline(name=plain(one.contender.label, NAME_LIMIT), trace=one.typical.trace)
        for run in report.pythons
        for one in run.measurements
    )


def baseline_name(report: RaceReport) -> str:
    """Return what speed-ups are measured against: ``"sequential"``, or the slowest contender's label."""
    if any(one.contender.executor == "sequential" for one in report.measurements):
        return "sequential"
    if not report.measurements:
        return "nothing"
    slowest = max(report.measurements, key=lambda one: one.typical.wall_ns)
    return f"the slowest, {plain(slowest.contender.label, NAME_LIMIT)}"


def confidence(rows: tuple[Standing, ...]) -> float:
    """Return the least confidence of the intervals, 0 to 1; 0 without contenders."""
    return min((row.interval.confidence for row in rows), default=0.0)


def _baseline_wall_s(report: RaceReport, walls_s: list[float]) -> float:
    for one, wall_s in zip(report.measurements, walls_s, strict=True):
        if one.contender.executor == "sequential":
            return wall_s
    return max(walls_s, default=0.0)


def _standing(
    measurement: Measurement, wall_s: float, interval: Interval, against_s: float, *, chosen: bool
) -> Standing:
    heat = measurement.typical
    return Standing(
        measurement=measurement,
        wall_s=wall_s,
        interval=interval,
        speedup=against_s / wall_s if wall_s > 0 else None,
        cpu_share=heat.cpu_ns / heat.wall_ns if heat.wall_ns > 0 else None,
        startup_s=heat.startup_ns / 1e9,
        memory_bytes=heat.memory_bytes,
        waits=heat.trace.waits(),
        failures=max(one.failures for one in measurement.heats),
        chosen=chosen,
    )
