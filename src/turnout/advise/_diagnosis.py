"""What bounds the work: the rules."""

from collections.abc import Sequence

from turnout.advise._evidence import evidence, unknown
from turnout.advise._facts import SHORT_S, Facts, Gain, gather
from turnout.advise._types import Bound, Diagnosis
from turnout.measurement import Measurement

WAITING = 0.3
COMPUTING = 0.8
GAINS = 1.3  # computing at 0.8 overlaps with waiting up to 1 / 0.8 = 1.25 even with a GIL
STARVED = 0.4  # of the workers' time without an item
START_AND_END = 1.5  # times as long as its start; ends of workers take about half as long
QUEUED = 0.2
ONE_CORE = 1.5


def diagnose(measurements: Sequence[Measurement], *, usable_cpus: float, gil: bool) -> Diagnosis:
    """Return what keeps the work from running faster.

    *On a core* is the part of the items' wall time under sequential (or who has the fewest workers) that they spent
    computing; time ready but without a core counts as neither. A *gain* is how many times as fast as that the best
    of an executor was, starts of workers left out, and so is time without a core as far as the usable cores could
    have served it: the load of the machine is not a property of the work. Interpreters count as processes. Items are
    *few* where workers lack an item 40 % of the time, but for no longer than they take to start one by one and to end.
    The first row that holds:

    | on a core    | and                                                                         | bound    |
    |--------------|-----------------------------------------------------------------------------|----------|
    | below 30 %   | nothing to compare with                                                     | IO       |
    |              | threads gain less than 1.3, processes at least 1.5 times that               | SHARED   |
    |              | some gain of 1.3                                                            | IO       |
    |              | workers without an item 40 % of the time, items shorter than 0.2 ms; or few | OVERHEAD |
    |              | otherwise                                                                   | SHARED   |
    | below 80 %   | nothing to compare with, or some gain of 1.3                                | MIXED    |
    |              | workers without an item 40 % of the time, items shorter than 0.2 ms; or few | OVERHEAD |
    |              | otherwise                                                                   | SHARED   |
    | 80 % or more | a GIL; processes gain 1.3, threads less than half of what processes gain    | GIL      |
    |              | some gain of 1.3                                                            | CPU      |
    |              | fewer than 1.5 usable cores                                                 | CORES    |
    |              | nothing to compare with, or only asyncio                                    | CPU      |
    |              | one item takes half of the run                                              | CPU      |
    |              | workers without an item 40 % of the time, items shorter than 0.2 ms; or few | OVERHEAD |
    |              | processes without an item 40 % of the time                                  | TRANSFER |
    |              | a GIL, and threads but no processes raced                                   | GIL      |
    |              | workers without a core 20 % of the time                                     | CORES    |
    |              | workers on a core less than 60 % of their items' time                       | SHARED   |
    |              | otherwise (memory bandwidth, shared caches)                                 | CPU      |

    Args:
        measurements: At least one.
        usable_cpus: Cores that the process may use; a fraction under a quota.
        gil: Whether the interpreter has a global lock.

    Raises:
        ValueError: If there is no measurement.
    """
    facts = gather(measurements, usable_cpus=usable_cpus)
    bound = _bound(facts, usable_cpus=usable_cpus, gil=gil)
    return Diagnosis(
        bound=bound,
        cpu_share=facts.cpu_share,
        evidence=evidence(facts, bound, usable_cpus=usable_cpus, gil=gil),
        unknown=unknown(facts, bound, gil=gil),
    )


def _bound(facts: Facts, *, usable_cpus: float, gil: bool) -> Bound:
    if facts.cpu_share < WAITING:
        return _bound_of_waiting(facts)
    if facts.cpu_share < COMPUTING:
        return _bound_of_mixed(facts)
    return _bound_of_computing(facts, usable_cpus=usable_cpus, gil=gil)


def _bound_of_waiting(facts: Facts) -> Bound:
    if not facts.single or not facts.gains:
        return Bound.IO
    threads, processes = facts.threads, facts.processes
    if threads and processes and threads.fair < GAINS and processes.fair >= 1.5 * max(1.0, threads.fair):
        return Bound.SHARED
    return Bound.IO if facts.best >= GAINS else _overhead_or(Bound.SHARED, facts, facts.gains)


def _bound_of_mixed(facts: Facts) -> Bound:
    if not facts.single or not facts.gains or facts.best >= GAINS:
        return Bound.MIXED
    return _overhead_or(Bound.SHARED, facts, facts.gains)


def _bound_of_computing(facts: Facts, *, usable_cpus: float, gil: bool) -> Bound:
    threads, processes = facts.threads, facts.processes
    if facts.best >= GAINS:
        return Bound.GIL if gil and threads_lag(facts) else Bound.CPU
    if usable_cpus < ONE_CORE:
        return Bound.CORES
    spread = processes or threads
    if spread is None or spread.longest_s >= 0.5 * (spread.wall_s - spread.startup_s):
        return Bound.CPU
    if spread.idle_share >= STARVED:
        return _overhead_or(Bound.TRANSFER if processes else Bound.CPU, facts, [spread])
    if gil and processes is None:
        return Bound.GIL
    return _bound_of_crowding(spread)


def _bound_of_crowding(spread: Gain) -> Bound:
    if spread.queued_share is not None and spread.queued_share >= QUEUED:
        return Bound.CORES
    return Bound.SHARED if spread.computing_share < 0.6 else Bound.CPU  # noqa: PLR2004  the table's 60 %


def threads_lag(facts: Facts) -> bool:
    """Tell whether threads gain less than half of what processes gain; gain 1 if they are what others gain over."""
    if facts.processes is None:
        return False
    if facts.threads is None:
        return facts.base.executor == "threads" and not facts.single
    return facts.threads.fair - 1 < 0.5 * (facts.processes.fair - 1)


def _overhead_or(bound: Bound, facts: Facts, gains: Sequence[Gain]) -> Bound:
    starved = any(gain.idle_share >= STARVED for gain in facts.gains)
    short = starved and facts.item_s < SHORT_S
    return Bound.OVERHEAD if short or all(_has_few_items(gain) for gain in gains) else bound


def _has_few_items(gain: Gain) -> bool:
    """Tell whether its workers' starts, one by one, and ends account for most of their time."""
    idle_s = gain.idle_share * (gain.wall_s - gain.startup_s)
    starting_s = START_AND_END * gain.startup_s * (gain.contender.workers + 1)
    return gain.contender.executor != "asyncio" and gain.idle_share >= STARVED and idle_s <= starting_s
