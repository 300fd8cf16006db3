"""One reading after the other: the rules of each sensor, compiled into functions that call each other directly.

The quicker path for a few readings at a time, 10,000 a second as 10 at once a thousand times.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from turnout.jobs.monitor.rules._grid import LARGEST, LARGEST_SQUARE, ROUNDER
from turnout.jobs.monitor.rules._machine import ACTIVE, CALM, Machine
from turnout.jobs.monitor.rules._means import Column, Means
from turnout.jobs.monitor.rules._values import Limits

if TYPE_CHECKING:
    from turnout.jobs.monitor.rules._history import Follow, History
    from turnout.jobs.monitor.rules._stillness import Stillness


@dataclass(slots=True)
class Counts:
    """What became of the readings.

    Attributes:
        taken: Those that counted.
        late: Not newer than the sensor's newest, as repetitions are not, too.
        refused: Not a number, infinite, or beyond `LARGEST`.
        ahead: Further in the future than clocks may differ.
    """

    taken: int = 0
    late: int = 0
    refused: int = 0
    ahead: int = 0


@dataclass(slots=True, kw_only=True)
class Watched:
    """What is judged at each reading: the reading itself, or a mean, by the rules that look at it.

    Attributes:
        means: Of the sensors; None for the readings themselves.
        machines: Of the rules, each with its limits.
        picked: Which sensors each rule is about.
    """

    means: Means | None
    machines: list[tuple[Machine, Limits]] = field(default_factory=list)
    picked: list[frozenset[int]] = field(default_factory=list)

    def of(self, sensor: int) -> tuple[int, ...]:
        """Return which of the machines are about a sensor."""
        return tuple(number for number, picked in enumerate(self.picked) if sensor in picked)


Feed = Callable[[Sequence[int], Sequence[float], Sequence[int], int], None]
"""Takes sensors, values and times, and the latest time that is not too far ahead."""


def compile_feed(
    *, heard_ns: Column, keepers: "Sequence[History | Stillness]", watched: Sequence[Watched], counts: Counts
) -> Feed:
    """Return what takes readings one by one.

    Args:
        heard_ns: When each sensor was heard last; 0 for never.
        keepers: Take each reading.
        watched: Judges each reading.
        counts: Counts the readings.
    """
    made: dict[tuple[int, tuple[int, ...]], Follow] = {}
    stores = tuple(keeper.follow() for keeper in keepers)

    def follow_of(number: int, chosen: tuple[int, ...]) -> "Follow":
        key = (number, chosen)
        if key not in made:
            machines = [watched[number].machines[each] for each in chosen]
            means = watched[number].means
            made[key] = _judge_reading(machines) if means is None else _judge_mean(means, machines)
        return made[key]

    def follow_all(chosen: tuple[tuple[int, ...], ...]) -> "Follow":
        return _in_turn((*stores, *(follow_of(number, each) for number, each in enumerate(chosen) if each)))

    choices = [tuple(each.of(sensor) for each in watched) for sensor in range(len(heard_ns))]
    shared = {chosen: follow_all(chosen) for chosen in set(choices)}
    follows = [shared[chosen] for chosen in choices]
    square, rounder = LARGEST_SQUARE, ROUNDER  # names of this function are the quickest to look up

    def feed(sensors: Sequence[int], values: Sequence[float], times: Sequence[int], latest_ns: int) -> None:
        left_out = 0
        for sensor, value, time_ns in zip(sensors, values, times, strict=True):
            before_ns = heard_ns[sensor]
            if before_ns < time_ns <= latest_ns and value * value <= square:
                heard_ns[sensor] = time_ns
                rounded = value + rounder - rounder
                follows[sensor](sensor, rounded, time_ns, before_ns)
                continue
            left_out += 1
            if not value * value <= square:
                counts.refused += 1
            elif time_ns > latest_ns:
                counts.ahead += 1
            else:
                counts.late += 1
        counts.taken += len(sensors) - left_out

    return feed


def _in_turn(follows: "tuple[Follow, ...]") -> "Follow":
    """Return one function that calls all of several."""
    if len(follows) == 1:
        return follows[0]

    def follow(sensor: int, value: float, time_ns: int, before_ns: int) -> None:
        for each in follows:
            each(sensor, value, time_ns, before_ns)

    return follow


def _judge_reading(machines: Sequence[tuple[Machine, Limits]]) -> "Follow":
    """Return what judges readings themselves."""
    judges = tuple(_judge(machine, limits) for machine, limits in machines)

    def follow(sensor: int, value: float, time_ns: int, before_ns: int) -> None:  # noqa: ARG001  as all that follow
        for judge in judges:
            judge(sensor, value, 1, value, time_ns)

    return follow


def _judge_mean(means: Means, machines: Sequence[tuple[Machine, Limits]]) -> "Follow":
    """Return what keeps the means of sensors, and judges them."""
    cells, sums, counts, skip = means.cells, means.sums, means.counts, means.skip
    step_ns, slots, sensors = means.step_ns, means.slots, means.sensors
    judge, *others = (_judge(machine, limits) for machine, limits in machines)
    phases = machines[0][0].phases
    high = -2 * LARGEST if machines[0][1].is_below else machines[0][1].hot  # below, the judge is always asked
    start_ns = end_ns = earliest_ns = first = 0  # of the newest step: mostly it is the same, and needs no division

    def follow(sensor: int, value: float, time_ns: int, before_ns: int) -> None:
        nonlocal start_ns, end_ns, earliest_ns, first
        if not start_ns <= time_ns < end_ns:
            now = time_ns // step_ns
            start_ns = now * step_ns
            end_ns = start_ns + step_ns
            earliest_ns = start_ns - step_ns
            first = now % slots * sensors
        if before_ns < earliest_ns:
            skip(sensor, before_ns // step_ns, time_ns // step_ns)
        cell = first + sensor
        old = cells[cell]
        cells[cell] = value
        if old == old:  # noqa: PLR0124  it is not empty
            count = counts[sensor]
            sums[sensor] = total = sums[sensor] + (value - old)
        else:
            counts[sensor] = count = counts[sensor] + 1
            sums[sensor] = total = sums[sensor] + value
        if total > high * count or phases[sensor]:  # the judge's first question, without a call
            judge(sensor, total, count, value, time_ns)
        for other in others:
            other(sensor, total, count, value, time_ns)

    return follow


def _judge(machine: Machine, limits: Limits) -> Callable[[int, float, int, float, int], None]:
    """Return what compares a sum of readings with the limits of one: ``sum > limit * count``, which is exact."""
    phases, advance = machine.phases, machine.advance
    sign, hot, cool = limits.sign, limits.hot, limits.cool

    def judge(sensor: int, total: float, count: int, value: float, time_ns: int) -> None:
        phase = phases[sensor]
        looked_at = sign * total
        if phase == CALM:
            if looked_at <= hot * count:
                return
        elif phase == ACTIVE and looked_at > cool * count:
            return
        advance(
            sensor,
            time_ns,
            float(total / count),
            value,
            time_ns,
            hot=bool(looked_at > hot * count),
            cool=bool(looked_at <= cool * count),
        )

    return judge
