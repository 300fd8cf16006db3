"""What a diagnosis says for itself, each sentence with its figures."""

from typing import assert_never

from turnout.advise._facts import SHORT_S, Facts, Gain
from turnout.advise._types import Bound
from turnout.advise._wording import cores, count, figures, percent, seconds

NOTABLE = 0.1  # a share of the wall time worth a sentence


def evidence(facts: Facts, bound: Bound, *, usable_cpus: float, gil: bool) -> tuple[str, ...]:
    """Return the sentences that lead to ``bound``, what was seen first and the conclusion last."""
    return (
        _on_a_core(facts),
        *_without_a_core(facts),
        *(_gained(gain, facts) for gain in facts.gains),
        *_disturbed(facts),
        *_started(facts),
        _conclusion(facts, bound, usable_cpus=usable_cpus, gil=gil),
    )


def unknown(facts: Facts, bound: Bound, *, gil: bool) -> tuple[str, ...]:
    """Return what the measurements behind ``bound`` leave open."""
    open_questions = []
    if bound in {Bound.IO, Bound.MIXED, Bound.SHARED}:
        open_questions.append(
            "What the items wait for: a network, a disk, a lock or a pause all look alike when only time on a core "
            "is measured."
        )
    if not facts.gains:
        open_questions.append(f"What other executors would gain: only {facts.base.label} was raced.")
    else:
        if facts.processes is None and bound in {Bound.GIL, Bound.CPU}:
            open_questions.append("Whether processes would gain: none were raced with more than one worker.")
        if facts.threads is None and gil and bound is Bound.CPU:
            open_questions.append(
                "Whether the GIL (Python's global lock, which lets one thread compute at a time) would hold threads "
                "back: none were raced with more than one worker."
            )
    if not facts.single:
        open_questions.append(
            f"How long an item takes when it is alone: {facts.base.label} has the fewest workers that were raced."
        )
    if facts.queued_share is None:
        open_questions.append("How long items were ready but without a core: this system does not tell.")
    return tuple(open_questions)


def _on_a_core(facts: Facts) -> str:
    return (
        f"Under {facts.base.label}, items took {seconds(facts.item_s)} each and were computing for "
        f"{percent(facts.cpu_share)} of that."
    )


def _without_a_core(facts: Facts) -> tuple[str, ...]:
    if facts.queued_share is None or facts.queued_share < NOTABLE:
        return ()
    return (
        (
            f"For {percent(facts.queued_share)} of their time they were ready but had no core, because the machine was "
            "busy; that is not counted as waiting."
        ),
    )


def _gained(gain: Gain, facts: Facts) -> str:
    start = f" ({figures(gain.whole)} with its start)" if figures(gain.whole) != figures(gain.steady) else ""
    return f"{gain.contender.label} was {figures(gain.steady)} times as fast as {facts.base.label}{start}."


def _disturbed(facts: Facts) -> tuple[str, ...]:
    return tuple(
        f"{gain.contender.label} was ready but without a core for {percent(gain.queued_share)} of its items' time, "
        f"because the machine was busy; otherwise it could have been {figures(gain.fair)} times as fast."
        for gain in facts.gains
        if gain.queued_share is not None and gain.fair > gain.steady * (1 + NOTABLE)
    )


def _started(facts: Facts) -> tuple[str, ...]:
    return tuple(
        f"Starting {gain.contender.label} took {seconds(gain.startup_s)}, "
        f"{percent(gain.startup_s / gain.wall_s)} of its run."
        for gain in facts.gains
        if gain.wall_s > 0 and gain.startup_s >= NOTABLE * gain.wall_s
    )


def _conclusion(facts: Facts, bound: Bound, *, usable_cpus: float, gil: bool) -> str:
    match bound:
        case Bound.GIL:
            text = (
                "Python's global lock (the GIL) lets one thread compute at a time, so threads share the time of one "
                "core."
            )
        case Bound.CPU:
            text = _conclusion_on_computing(facts, gil=gil)
        case Bound.CORES:
            text = _conclusion_on_cores(facts, usable_cpus=usable_cpus)
        case Bound.IO:
            overlap = ", and the waits of several items overlap" if facts.best > 1 else ""
            text = f"For {percent(1 - facts.cpu_share)} of its time an item waits{overlap}."
        case Bound.SHARED:
            text = _conclusion_on_sharing(facts)
        case Bound.OVERHEAD:
            text = (
                f"An item of {seconds(facts.item_s)} is over sooner than it can be handed to another worker."
                if facts.item_s < SHORT_S
                else "Workers spent much of their time on their start and end, which so few items do not make up for."
            )
        case Bound.TRANSFER:
            text = (
                f"The processes had no item for {percent(_idle(facts))} of their time: sending items and results to "
                "and fro takes longer than more cores save."
            )
        case Bound.MIXED:
            text = (
                f"Items compute for {percent(facts.cpu_share)} and wait for {percent(1 - facts.cpu_share)} of their "
                "time: their waits overlap under any executor, their computing only on several cores."
            )
        case _:
            assert_never(bound)
    return text


def _conclusion_on_cores(facts: Facts, *, usable_cpus: float) -> str:
    crowded = max(facts.gains, key=lambda gain: gain.queued_share or 0.0)
    if crowded.queued_share is None or crowded.queued_share < NOTABLE or usable_cpus <= 1:
        return f"The work needs more cores than the {cores(usable_cpus)} that may be used."
    return (
        f"{cores(usable_cpus)} cores may be used, but {crowded.contender.label} waited for one for "
        f"{percent(crowded.queued_share)} of its items' time: other programs used them."
    )


def _conclusion_on_sharing(facts: Facts) -> str:
    if facts.processes is not None and facts.processes.fair == facts.best > 1.3:  # noqa: PLR2004  the least gain
        return (
            "Items overlap in several processes but not in one: something in one process lets them pass one by one, "
            "such as a lock, or C code that waits without letting go of Python's global lock (the GIL). If it is there "
            "to spare something outside, such as a server, more processes get around it."
        )
    return (
        "Items do not overlap although they are not computing all the time: something lets them pass one by one, "
        "such as a lock, a rate limit or a slow resource that they share."
    )


def _conclusion_on_computing(facts: Facts, *, gil: bool) -> str:
    best = max(facts.gains, key=lambda gain: gain.fair, default=None)
    if best is None:
        return "The items compute nearly all the time, so only more cores or a faster function can shorten the work."
    if best.longest_s >= 0.5 * (best.wall_s - best.startup_s) and best.contender.workers > 1:
        return (
            f"One item alone took {seconds(best.longest_s)} of the {seconds(best.wall_s)} under "
            f"{best.contender.label}; no number of workers shortens that."
        )
    if best.fair < 1.3:  # noqa: PLR2004  the rules' least gain
        return (
            f"{count(best.contender.workers, 'worker')} computed at the same time and yet gained little: they slow "
            "each other down, by memory bandwidth or caches that they share."
        )
    if gil and best.contender.executor == "threads":
        return "The threads computed at the same time, so the function lets go of Python's global lock (the GIL)."
    return "The work is computing, and it spreads over the cores."


def _idle(facts: Facts) -> float:
    return facts.processes.idle_share if facts.processes is not None else 0.0
