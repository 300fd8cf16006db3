"""The rules of 10,000 racks: what a reading costs on the way through them, against operators of ReactiveX and by hand.

Each rack tells a temperature each second, one rack after the other, as gateways that ask them do. An alarm is raised
when a rack's mean over 30 s was above 27 °C for 10 s, and cleared when it is at 25 °C or below. Some racks of 100 zones
are hot for a while. All contenders find the same actions, which is checked; the CPU time of the work is compared, not
that of making the readings.
"""

import sys
from collections import deque
from collections.abc import Callable, Sequence
from math import floor
from typing import Any, NamedTuple

import numpy as np
from reactivex import operators as ops
from reactivex.subject import Subject

from _harness import Verdict, cpu_s, interleave, start
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Batch, Change
from turnout.jobs.monitor.rules import Engine, Limits, Threshold

RACKS, ZONES, SECONDS, HOT_RACKS = 10_000, 100, 60, 79
AT_ONCE = 1000
SECOND = 10**9
START = 1_700_000_000 * SECOND
WINDOW, HOT, COOL, HOLD = 30, 27.0, 25.0, 10 * SECOND
MOST_NS, MOST_BATCH_NS, TIMES_REACTIVE = 400, 60, 30
HAND_NS = 229  # what the rules took by hand where these bars were set; seconds differ between machines, ratios do not

RULES = (
    Threshold(name="hot", limits=Limits(at=HOT, clear=COOL), mean_ns=WINDOW * SECOND, step_ns=SECOND, for_ns=HOLD),
)

Action = tuple[int, bool, int]
"""A rack, whether it is too hot from now on, and since when."""


class Told(NamedTuple):
    """One reading."""

    rack: int
    value: float
    time_ns: int


def readings() -> tuple[list[int], list[float], list[int]]:
    """Return racks, values and times in the order in which they arrive: the same in each process."""
    numbers = np.random.default_rng(6)
    usual = numbers.normal(20, 1, RACKS).clip(17, 21)
    hot = numbers.choice(RACKS, HOT_RACKS, replace=False)
    values = []
    for second in range(SECONDS):
        now = usual + numbers.normal(0, 0.3, RACKS)
        if 10 <= second < 35:  # noqa: PLR2004  the time of the heat
            now[hot] = 40
        values.append(np.round(now * 64) / 64)  # a sensor of 14 bits; sums of these are exact for everyone
    phases = START + np.arange(RACKS, dtype=np.int64) * (SECOND // RACKS)
    times = np.concatenate([phases + second * SECOND for second in range(SECONDS)])
    return list(range(RACKS)) * SECONDS, np.concatenate(values).tolist(), times.tolist()


LAYOUT = grid(racks=RACKS, zones=ZONES)
PLACES = {sensor.name: index for index, sensor in enumerate(LAYOUT)}


def actions_of(changes: Sequence[Change]) -> list[Action]:
    """Return what the engine found, as the others tell it."""
    return [(PLACES[each.alarm.subject], each.kind == "raised", each.time_ns) for each in changes]


Work = Callable[[], list[Action]]


def one_by_one() -> Work:
    engine = Engine(LAYOUT, RULES, path="readings")
    racks, values, times = readings()
    edges = range(0, len(racks), AT_ONCE)

    def work() -> list[Action]:
        changes: list[Change] = []
        for at in edges:
            changes += engine.feed_lists(racks[at : at + AT_ONCE], values[at : at + AT_ONCE], times[at : at + AT_ONCE])
        return actions_of(changes)

    return work


def in_batches() -> Work:
    engine = Engine(LAYOUT, RULES, path="batches")
    racks, values, times = readings()
    arrays = np.array(racks, np.int32), np.array(values), np.array(times, np.int64)
    cuts = [slice(at, at + AT_ONCE) for at in range(0, len(racks), AT_ONCE)]
    batches = [Batch(sensors=arrays[0][cut], values=arrays[1][cut], times_ns=arrays[2][cut]) for cut in cuts]

    def work() -> list[Action]:
        changes: list[Change] = []
        for batch in batches:
            changes += engine.feed(batch)
        return actions_of(changes)

    return work


def by_hand() -> Work:
    """The same in a loop that is written for these rules and nothing else: no late, broken or missing readings."""
    racks, values, times = readings()

    def work() -> list[Action]:
        windows: list[deque[float]] = [deque() for _ in range(RACKS)]
        sums, since, is_hot = [0.0] * RACKS, [0] * RACKS, [False] * RACKS
        actions = []
        for rack, value, time_ns in zip(racks, values, times, strict=True):
            window = windows[rack]
            window.append(value)
            total = sums[rack] + value
            if len(window) > WINDOW:
                total -= window.popleft()
            sums[rack] = total
            mean = total / len(window)
            if mean > HOT:
                if not since[rack]:
                    since[rack] = time_ns
                elif not is_hot[rack] and time_ns - since[rack] >= HOLD:
                    is_hot[rack] = True
                    actions.append((rack, True, time_ns))
            else:
                since[rack] = 0
                if is_hot[rack] and mean <= COOL:
                    is_hot[rack] = False
                    actions.append((rack, False, time_ns))
        return actions

    return work


class Windowed(NamedTuple):
    """What is scanned first: the readings of a window, and their sum."""

    values: tuple[float, ...] | deque[float]
    total: float
    told: Told


class Judged(NamedTuple):
    """What is scanned then."""

    since_ns: int
    is_hot: bool
    action: Action | None


def _slide(windowed: Windowed, told: Told) -> Windowed:
    """Put a reading into its window."""
    values = windowed.values if isinstance(windowed.values, deque) else deque[float]()
    values.append(told.value)
    total = windowed.total + told.value
    if len(values) > WINDOW:
        total -= values.popleft()
    return Windowed(values, total, told)


def _judge(judged: Judged, windowed: Windowed) -> Judged:
    """Judge a window."""
    mean, told = windowed.total / len(windowed.values), windowed.told
    if mean > HOT:
        if not judged.since_ns:
            return Judged(told.time_ns, judged.is_hot, None)
        if not judged.is_hot and told.time_ns - judged.since_ns >= HOLD:
            return Judged(judged.since_ns, True, (told.rack, True, told.time_ns))
        return judged._replace(action=None)
    if judged.is_hot and mean <= COOL:
        return Judged(0, False, (told.rack, False, told.time_ns))
    return Judged(0, judged.is_hot, None)


def reactive() -> Work:
    """The same, composed of operators: a group for each rack, two scans, and a filter."""
    rows = list(map(Told, *readings()))

    def work() -> list[Action]:
        actions: list[Action] = []
        source: Subject[Told] = Subject()
        nothing = Told(0, 0.0, 0)

        def watch(group: Any) -> Any:  # reactivex's types do not follow its operators
            actions_of_rack = ops.map(lambda judged: judged.action)  # type: ignore[attr-defined]  # likewise
            return group.pipe(
                ops.scan(_slide, Windowed((), 0.0, nothing)),
                ops.scan(_judge, Judged(0, is_hot=False, action=None)),
                actions_of_rack,
                ops.filter(lambda action: action is not None),
            )

        source.pipe(ops.group_by(lambda told: told.rack), ops.flat_map(watch)).subscribe(actions.append)
        for row in rows:
            source.on_next(row)
        source.on_completed()
        return actions

    return work


WORKS = {"one by one": one_by_one, "in batches": in_batches, "by hand": by_hand, "reactivex": reactive}


CONTENDERS: dict[str, Callable[[], Callable[[], object]]] = dict(WORKS)


def judge() -> list[Verdict]:
    found = {name: prepare()() for name, prepare in WORKS.items()}
    expected = found["by hand"]
    if len(expected) != 2 * HOT_RACKS or any(actions != expected for actions in found.values()):
        sys.exit(f"the contenders disagree: { ({name: len(actions) for name, actions in found.items()}) }")
    ours = interleave(__file__, ["one by one", "in batches", "by hand"], repeats=5)
    theirs = interleave(__file__, ["reactivex"], repeats=2)
    costs = {name: cpu_s(timings) / (RACKS * SECONDS) * 1e9 for name, timings in (ours | theirs).items()}
    details = ", ".join(f"{name} {floor(cost):,} ns" for name, cost in costs.items()) + f"; {len(expected)} actions"
    single, batched, slower = costs["one by one"], costs["in batches"], costs["reactivex"] / costs["one by one"]
    hand = costs["by hand"]
    return [
        Verdict(
            what="rules, reading by reading",
            found=f"{single:.0f} ns of CPU each",
            bar=f"at most {MOST_NS} ns",
            met=single <= MOST_NS,
            details=details,
        ),
        Verdict(
            what="rules, reading by reading, against reactivex",
            found=f"{slower:.0f} x as many",
            bar=f"at least {TIMES_REACTIVE} x",
            met=slower >= TIMES_REACTIVE,
        ),
        Verdict(
            what="rules, reading by reading, against the same by hand",
            found=f"{single / hand:.2f} x the CPU",
            bar=f"at most {MOST_NS / HAND_NS:.2f} x",
            met=single / hand <= MOST_NS / HAND_NS,
        ),
        Verdict(
            what=f"rules, {AT_ONCE:,} readings at once",
            found=f"{batched:.0f} ns of CPU each",
            bar=f"at most {MOST_BATCH_NS} ns",
            met=batched <= MOST_BATCH_NS,
        ),
        Verdict(
            what=f"rules, {AT_ONCE:,} readings at once, against one by one by hand",
            found=f"{batched / hand:.2f} x the CPU",
            bar=f"at most {MOST_BATCH_NS / HAND_NS:.2f} x",
            met=batched / hand <= MOST_BATCH_NS / HAND_NS,
        ),
    ]


if __name__ == "__main__":
    start(CONTENDERS, judge)
