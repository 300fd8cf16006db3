"""24 hours of a modelled data centre with every fault, in virtual time: what its monitor misses, invents and allows."""

from collections.abc import Callable
from functools import partial

from _harness import Verdict, start
from _monitor_day import Day, Result

RACKS = 1_000
ZONES = 10
INTERVAL_S = 1.0
REACTION_S = 30.0
"""No monitor knows of a fault before its heat has reached a sensor; the physical minimum is that of one that does."""


def day() -> Callable[[], Result]:
    return partial(Day(racks=RACKS, zones=ZONES, interval_s=INTERVAL_S).run)


CONTENDERS = {"turnout": day}


def judge() -> list[Verdict]:
    result = day()()
    longer_s = max(heat.above_s - heat.least_s for heat in result.heats)
    heats = ", ".join(
        f"{heat.fault.kind.value} at {heat.fault.place} {heat.above_s:g} s of at least {heat.least_s:g} s"
        for heat in result.heats
    )
    levels = ", ".join(f"{count:,} by {reason}" for reason, count in sorted(result.reasons.items()))
    what = f"24 h of {RACKS:,} racks at {1 / INTERVAL_S:g} Hz with eight faults"
    return [
        Verdict(
            what=f"{what}: faults without their alarm, alarms without a fault",
            found=f"{len(result.missed)} and {len(result.false)}",
            bar="0 and 0",
            met=not result.missed and not result.false,
            details=f"{result.readings:,} readings, {len(result.changes):,} changes; "
            f"{', '.join(result.missed + result.false) or 'nothing amiss'}",
        ),
        Verdict(
            what=f"{what}: a zone above 27 °C longer than with full cooling from the moment of the fault",
            found=f"{longer_s:g} s",
            bar=f"at most {REACTION_S:g} s",
            met=longer_s <= REACTION_S,
            details=heats,
        ),
        Verdict(
            what=f"{what}: the mean of a zone away from its target while nothing is wrong",
            found=f"{result.drift_c:.2f} °C",
            bar="at most 0.5 °C",
            met=result.drift_c <= 0.5,  # noqa: PLR2004  the bar
            details=f"commands: {levels}; all in full while the monitor was dead: {result.was_safe}",
        ),
    ]


if __name__ == "__main__":
    start(CONTENDERS, judge)
