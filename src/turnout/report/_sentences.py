"""The report's smaller facts as lines of text: projections, scaling fits, the environment."""

from turnout.advise import Scaling
from turnout.measurement import Environment
from turnout.report._types import RaceReport
from turnout.report._words import duration, listed, number, percent, plain, plural, significant, span_of, times

_NEGLIGIBLE = 0.0005  # a contention that rounds to 0.0 %


def projected(report: RaceReport) -> list[str]:
    """Return what all items would take with each contender, the fastest first."""
    ranked = sorted(report.projections, key=lambda one: one.wall_s)
    return [
        f"{duration(one.wall_s):>14}  {plain(one.contender.label, 40)} ({span_of(one.low_s, one.high_s)})"
        for one in ranked
    ]


def scaled(scaling: Scaling) -> list[str]:
    """Return what the fits say about one executor."""
    name = plain(scaling.executor, 40)
    points = listed([f"{times(gain)} on {plural(workers, 'worker')}" for workers, gain in scaling.points])
    limit = (
        "so more workers would always help"
        if scaling.limit == float("inf")
        else f"so no number of workers gives more than {significant(scaling.limit)}x"
    )
    peak = (
        "it never turns down"
        if scaling.best_workers is None
        else f"it turns down after {plural(scaling.best_workers, 'worker')}"
    )
    return [
        f"{name} gained {points}.",
        f"{name}, Amdahl's law: {percent(scaling.parallel_share)} of the work overlaps, {limit}.",
        (
            f"{name}, universal scalability law: contention {_small(scaling.contention)}, "
            f"coherency {_small(scaling.coherency)}; {peak}."
        ),
    ]


def measured_on(environment: Environment) -> list[str]:
    """Return where the race was run and what measuring cost, as sentences."""
    return [f"{name}: {value}" for name, value in facts(environment)]


def facts(environment: Environment, noun: str = "race") -> list[tuple[str, str]]:
    """Return where it was run and what measuring cost, as names and values; safe to show.

    Args:
        environment: Where.
        noun: What was measured.
    """
    load = "unknown" if environment.load is None else number(environment.load)
    found = [
        ("python", f"{plain(environment.python, 80)}, {'with the GIL' if environment.gil else 'without a GIL'}"),
        ("platform", plain(environment.platform, 120)),
        ("usable CPUs", number(environment.usable_cpus)),
        (f"load before the {noun}", load),
        ("turnout", plain(environment.turnout, 40)),
        ("when", plain(environment.timestamp, 40)),
    ]
    if environment.overhead_ns:
        costs = [f"{plain(name, 40)} {duration(cost / 1e9)}" for name, cost in environment.overhead_ns.items()]
        found.append(("recording adds to each item", listed(costs)))
    return found


def _small(value: float) -> str:
    return "0" if abs(value) < _NEGLIGIBLE * 0.01 else significant(value)
