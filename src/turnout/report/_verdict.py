"""A race in plain sentences: what bounds the work, who wins by how much, what the wrong model costs."""

from math import isfinite

from turnout.advise import Bound
from turnout.measurement import overlap
from turnout.report._standings import Standing, standings
from turnout.report._types import RaceReport
from turnout.report._words import duration, listed, percent, plain, plural, significant, span_of

BOUNDS = {
    Bound.GIL: (
        "the GIL",
        (
            "Its items compute in Python code, and the global interpreter lock lets one thread of an interpreter run "
            "Python code at a time: threads take turns, processes do not."
        ),
    ),
    Bound.CPU: ("computing", "Its items compute, and the best model keeps the cores busy: more cores would help."),
    Bound.CORES: (
        "the number of cores",
        "Its items compute, and no model here found a second core to compute on: no executor can help.",
    ),
    Bound.IO: (
        "waiting for something outside",
        (
            "Its items spend their time waiting for a network, a disk or another program, and waits overlap: "
            "many of them can be under way at once, at hardly any cost."
        ),
    ),
    Bound.SHARED: (
        "a resource that all items share",
        (
            "Its items neither compute nor overlap in one process: a lock, a rate limit or one slow resource lets them "
            "through in turn."
        ),
    ),
    Bound.OVERHEAD: (
        "the cost of handing items over",
        "Its items are so short, or so few, that starting workers and giving them items costs more than it gains.",
    ),
    Bound.TRANSFER: (
        "the cost of sending data",
        "Its items compute and would spread over the cores, but sending their data costs more than that gains.",
    ),
    Bound.MIXED: ("both computing and waiting", "Its items compute for a part of their time and wait for the rest."),
}
_ALIKE = 1.02  # two per cent: less than a developer can feel
_CLOSE = 1.1


def headline(report: RaceReport) -> str:
    """Return the verdict in one sentence."""
    rows = standings(report)
    best = _chosen(rows)
    if best is None:
        return "No model finished the work." if rows else "No model could run the work."
    others = [row for row in rows if row is not best]
    if not others:
        return f"{best.name} is the only model that ran: {duration(best.wall_s)}."
    against = _named(rows, "sequential") or max(others, key=lambda row: row.wall_s)
    if against is best:
        rival = min(others, key=lambda row: row.wall_s)
        return f"Stay sequential: {duration(best.wall_s)}; {rival.name} took {duration(rival.wall_s)}."
    if against.failures > best.failures:
        more = f"{against.failures:,} against {best.failures:,}"
        return f"Take {best.name}: {duration(best.wall_s)}; under {against.name} more items failed, {more}."
    return f"Take {best.name}: {duration(best.wall_s)}, {_faster(best, against)}."


def verdict(report: RaceReport) -> list[str]:
    """Return the verdict's sentences, the headline first; safe to show."""
    rows = standings(report)
    best = _chosen(rows)
    if best is None:
        return [headline(report), "Every item failed, so what bounds the work cannot be told; see what was found."]
    name, meaning = BOUNDS[report.diagnosis.bound]
    if report.sample_count == 1:
        meaning = "It was one item, which one worker runs: only several can tell what more workers would gain."
    return [
        headline(report),
        f"The work is bound by {name}. {meaning}",
        *_margin(best, rows),
        *_wrong(best, rows),
        *_projected(report, best),
    ]


def reasons(report: RaceReport) -> list[str]:
    """Return why the choice is what it is; safe to show."""
    return [plain(reason) for reason in report.choice.reasons] if report.choice else []


def _chosen(rows: tuple[Standing, ...]) -> Standing | None:
    return next((row for row in rows if row.chosen), None)


def _named(rows: tuple[Standing, ...], executor: str) -> Standing | None:
    return next((row for row in rows if row.contender.executor == executor), None)


def _margin(best: Standing, rows: tuple[Standing, ...]) -> list[str]:
    """Say who else is as good, or how far behind the next model is."""
    others = [row for row in rows if row is not best and row.failures <= best.failures]
    level = [row for row in others if overlap(row.interval, best.interval)]
    if level:
        names = listed([f"{row.name} ({span_of(row.interval.low, row.interval.high)})" for row in level])
        own = span_of(best.interval.low, best.interval.high)
        return [f"This race cannot tell {best.name} ({own}) from {names}: their intervals overlap."]
    rivals = [row for row in others if row.contender.executor != best.contender.executor]
    if not rivals:
        return []
    rival = min(rivals, key=lambda row: row.wall_s)
    return [f"The next best model, {rival.name}, took {duration(rival.wall_s)}: {_compared(rival, best)}."]


def _wrong(best: Standing, rows: tuple[Standing, ...]) -> list[str]:
    """Say what the worst model costs, each model taken at its best."""
    leaders: dict[str, Standing] = {}
    for row in (row for row in rows if row.failures <= best.failures):
        leader = leaders.get(row.contender.executor)
        if leader is None or row.wall_s < leader.wall_s:
            leaders[row.contender.executor] = row
    leaders[best.contender.executor] = best
    if len(leaders) == 1:
        return []
    worst = max(leaders.values(), key=lambda row: row.wall_s)
    if best.wall_s <= 0 or worst.wall_s < best.wall_s * _CLOSE:
        return ["The wrong model costs little here: none is more than 10 % slower."]
    if overlap(worst.interval, best.interval):
        return ["The wrong model costs nothing that this race can tell from noise."]
    ratio = significant(worst.wall_s / best.wall_s)
    return [
        (
            f"The wrong model is dear: {worst.name} took {duration(worst.wall_s)}, {ratio} times as long as "
            f"{best.name}, with {percent(worst.cpu_share)} of a core busy against {percent(best.cpu_share)}."
        )
    ]


def _projected(report: RaceReport, best: Standing) -> list[str]:
    found = next((one for one in report.projections if one.contender == best.contender), None)
    if found is None or found.item_count == 1 or not isfinite(found.wall_s):
        return []
    likely = span_of(found.low_s, found.high_s)
    return [
        f"All {plural(found.item_count, 'item')} would take about {duration(found.wall_s)} ({likely}) with {best.name}."
    ]


def _faster(one: Standing, other: Standing) -> str:
    if one.wall_s <= 0:
        return f"against {duration(other.wall_s)} for {other.name}"
    ratio = other.wall_s / one.wall_s
    if ratio < 1 / _ALIKE:
        return f"though {other.name} took {duration(other.wall_s)}"
    if ratio < _ALIKE:
        return f"about as fast as {other.name}"
    return f"{significant(ratio)} times as fast as {other.name} ({duration(other.wall_s)})"


def _compared(rival: Standing, best: Standing) -> str:
    if best.wall_s <= 0:
        return "longer"
    ratio = rival.wall_s / best.wall_s
    if ratio < 1 / _ALIKE:
        return f"{percent(1 - ratio)} less, too little to give up {best.name}"
    if ratio < _ALIKE:
        return "level with it"
    return f"{significant(ratio)} times as long as {best.name}"
