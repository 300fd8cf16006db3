"""What each program of a race achieved, and what that says."""

from dataclasses import dataclass
from statistics import median

from turnout.measurement import Harvest, Interval, ProgramMeasurement, median_interval, overlap
from turnout.report._ways_types import WaysReport
from turnout.report._words import duration, plain, plural, significant

_NAME_LIMIT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class WayRow:
    """One program's figures.

    Attributes:
        name: What it is called, safe to show.
        wall_s: Median wall time, start and end included.
        interval: Where that median lies, seconds.
        speedup: The first program's median wall time over this one.
        cpu_s: Median time on a core.
        memory_bytes: The most that it held in any heat.
        harvest: What it brought in the heat that brought least.
        chosen: Whether it is the fastest of those that brought most, if any brought something.
    """

    name: str
    wall_s: float
    interval: Interval
    speedup: float
    cpu_s: float
    memory_bytes: int
    harvest: Harvest
    chosen: bool


def way_rows(report: WaysReport) -> tuple[WayRow, ...]:
    """Return the figures of each program, in the order in which they were entered."""
    medians = [median_interval([heat.wall_ns / 1e9 for heat in one.heats]) for one in report.measurements]
    harvests = [min((heat.harvest for heat in one.heats), key=_worth) for one in report.measurements]
    most = max((harvest.done for harvest in harvests), default=0)
    complete = [place for place, harvest in enumerate(harvests) if most and harvest.done == most]
    best = min(complete, key=lambda place: medians[place][0], default=None)
    return tuple(
        _row(one, wall_s, interval, harvests[place], against_s=medians[0][0], chosen=place == best)
        for place, (one, (wall_s, interval)) in enumerate(zip(report.measurements, medians, strict=True))
    )


def ways_verdict(report: WaysReport) -> list[str]:
    """Return what the race says as sentences, the headline first."""
    rows = way_rows(report)
    best = next((row for row in rows if row.chosen), None)
    if not rows:
        return ["No program came to its end."]
    if best is None:
        return [f"No program brought any {report.noun}; see whether it can be had at all."]
    others = [row for row in rows if row is not best]
    first = rows[0]
    beside = "" if first is best else f", {significant(best.speedup)} times as fast as {first.name}"
    said = [f"The fastest was {best.name}: {duration(best.wall_s)}{beside}."]
    for row in others:
        close = overlap(row.interval, best.interval)
        too_close = "; the two intervals overlap, so that this may be chance" if close else ""
        said.append(
            f"{_first(row.name)} took {duration(row.wall_s)}, {significant(row.wall_s / best.wall_s)} times as long"
            f"{too_close}."
        )
    said += [
        f"{_first(row.name)} brought {row.harvest.done:,} of {plural(report.wanted, report.noun)}."
        for row in rows
        if row.harvest.done < report.wanted
    ]
    return said


def heats_words(report: WaysReport) -> str:
    """Return how often each program ran."""
    counts = sorted({len(one.heats) for one in report.measurements}) or [0]
    return plural(counts[0], "heat") if len(counts) == 1 else f"{counts[0]} to {counts[-1]} heats"


def _row(
    one: ProgramMeasurement, wall_s: float, interval: Interval, harvest: Harvest, *, against_s: float, chosen: bool
) -> WayRow:
    return WayRow(
        name=plain(one.name, _NAME_LIMIT),
        wall_s=wall_s,
        interval=interval,
        speedup=against_s / wall_s if wall_s else 0.0,
        cpu_s=median(heat.cpu_ns for heat in one.heats) / 1e9,
        memory_bytes=max(heat.memory_bytes for heat in one.heats),
        harvest=harvest,
        chosen=chosen,
    )


def _worth(harvest: Harvest) -> tuple[int, int]:
    return harvest.done, harvest.received_bytes


def _first(name: str) -> str:
    """Return a name as a sentence begins with it: what is typed at a prompt stays in small letters."""
    return f"The {name.removeprefix('the ')}" if name.startswith("the ") else name
