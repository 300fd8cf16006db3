"""Readings and rules for tests of the monitor: halls are small, and time begins at a whole hour."""

from collections.abc import Iterable, Sequence

import numpy as np

from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Batch, Change
from turnout.jobs.monitor.rules import (
    Deviation,
    Engine,
    Limits,
    Missing,
    Of,
    Rate,
    Rule,
    Stuck,
    Threshold,
    Where,
    ZoneRule,
)

SECOND = 1_000_000_000
START = 1_700_000_000 // 3600 * 3600 * SECOND
HALL = grid(racks=18, zones=2)

Told = tuple[int, float, float]
"""A sensor's index, its value, and how many seconds after the start."""

EVERY_RULE: tuple[Rule, ...] = (
    Threshold(name="hot", limits=Limits(at=27, clear=25)),
    Threshold(name="cold", limits=Limits(at=15, clear=16, is_below=True), for_ns=2 * SECOND),
    Threshold(name="warm", limits=Limits(at=24, clear=24), for_ns=3 * SECOND, clear_for_ns=2 * SECOND),
    Threshold(name="mean", limits=Limits(at=26, clear=25), mean_ns=5 * SECOND, for_ns=SECOND),
    Threshold(name="low mean", limits=Limits(at=18, clear=20, is_below=True), mean_ns=5 * SECOND),
    Threshold(name="mean of some", limits=Limits(at=25, clear=22), mean_ns=3 * SECOND, where=Where(zones=("z2",))),
    Missing(name="missing", interval_ns=SECOND, intervals=4),
    Rate(name="rise", limits=Limits(at=3600, clear=1800), window_ns=4 * SECOND),
    Deviation(name="apart", limits=Limits(at=6, clear=4), window_ns=2 * SECOND),
    Stuck(name="stuck", window_ns=5 * SECOND),
    ZoneRule(name="zone mean", limits=Limits(at=24, clear=22), window_ns=3 * SECOND),
    ZoneRule(name="zone top", limits=Limits(at=28, clear=26), of=Of.PERCENTILE, percentile=90, window_ns=4 * SECOND),
    ZoneRule(name="zone max", limits=Limits(at=31, clear=30), of=Of.MAX, window_ns=2 * SECOND, for_ns=SECOND),
    ZoneRule(name="zone min", limits=Limits(at=12, clear=14, is_below=True), of=Of.MIN, window_ns=2 * SECOND),
)


def batch(told: Iterable[Told]) -> Batch:
    """Return readings as a batch."""
    sensors, values, seconds = zip(*told, strict=True)
    return Batch(
        sensors=np.array(sensors, np.int32),
        values=np.array(values, np.float64),
        times_ns=np.array([START + round(second * SECOND) for second in seconds], np.int64),
    )


def told_every_second(engine: Engine, values: Sequence[float], sensor: int = 0) -> list[Change]:
    """Let a sensor tell a value each second, time passing as it does; None for silence."""
    changes: list[Change] = []
    for second, value in enumerate(values):
        changes += engine.feed(batch([(sensor, value, second)]))
        changes += engine.tick(START + second * SECOND)
    return changes


def summary(changes: Iterable[Change]) -> list[str]:
    """Return what happened, a line each: rule, subject, kind, seconds since the start."""
    return [
        f"{each.alarm.rule} {each.alarm.subject} {each.kind} {(each.time_ns - START) / SECOND:g}" for each in changes
    ]
