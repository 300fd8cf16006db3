"""Makes the report of an emitter, and of the loop it is bound to."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from turnout.events._calling import MOMENTS_KEPT
from turnout.events._emitter import Emitter
from turnout.events._stats import Block, HandlerStats, KindStats, LagStats, SlowCall
from turnout.measurement import read_environment
from turnout.report import CallLane, EventsReport, HandlerRow, KindRow, LoopRow, SlowRow

if TYPE_CHECKING:
    from turnout.events._offloads import Stream


def make_report(emitter: Emitter, title: str | None, lag: LagStats | None) -> EventsReport:
    """Return what was found out until now.

    Args:
        emitter: Whose events.
        title: What to call it; the emitter's name for None.
        lag: What the loop found out; None without one.
    """
    origin_ns = emitter.started_ns
    stats = emitter.stats()
    return EventsReport(
        title=title or emitter.name,
        wall_ns=max(0, emitter.now_ns() - origin_ns),
        environment=read_environment(()),
        handlers=tuple(map(_handler, stats.handlers)),
        kinds=tuple(map(_kind, stats.kinds)),
        lanes=_lanes(emitter, origin_ns),
        most_waiting=stats.most_waiting,
        slow=tuple(_slow(one, origin_ns) for one in stats.slow),
        slow_ns=emitter.slow_ns,
        loop=None if lag is None else _loop(lag, origin_ns),
        notes=tuple(map(_track, emitter.offloads.streams)) if emitter.offloads is not None else (),
    )


def _handler(one: HandlerStats) -> HandlerRow:
    return HandlerRow(
        handler=one.handler,
        kind=one.kind,
        calls=one.latency.count,
        failed=one.failed,
        total_ns=one.latency.total_ns,
        half_ns=one.latency.quantile_ns(0.5),
        most_ns=one.latency.quantile_ns(0.99),
        longest_ns=one.latency.longest_ns,
        counts=one.latency.counts,
        is_removed=one.is_removed,
        is_waiting=one.is_async,
    )


def _kind(one: KindStats) -> KindRow:
    return KindRow(
        kind=one.kind,
        count=one.count,
        queued=one.waited.count,
        half_ns=one.waited.quantile_ns(0.5),
        most_ns=one.waited.quantile_ns(0.99),
        dropped=one.dropped,
        merged=one.merged,
        most_waiting=one.most_waiting,
    )


def _lanes(emitter: Emitter, origin_ns: int) -> tuple[CallLane, ...]:
    calls: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for site, start_ns, end_ns in tuple(emitter.calls.moments):
        calls[site.handler.name].append((start_ns - origin_ns, end_ns - origin_ns))
    here = [CallLane(name=name, calls=tuple(sorted(moments))) for name, moments in calls.items()]
    streams = emitter.offloads.streams if emitter.offloads is not None else []
    return (*here, *(_elsewhere(stream, origin_ns) for stream in streams))


def _elsewhere(stream: "Stream", origin_ns: int) -> CallLane:
    spans = [span for trace in stream.traces() for span in trace.spans()]
    calls = sorted((span.start_ns - origin_ns, span.end_ns - origin_ns) for span in spans)
    return CallLane(name=stream.name, calls=tuple(calls[-MOMENTS_KEPT:]), is_elsewhere=True)


def _track(stream: "Stream") -> str:
    choice = stream.choice
    if choice is None:
        return f"{stream.name} runs off the loop."
    own = "a thread of its own" if choice.executor == "sequential" else f"{choice.executor} x {choice.workers}"
    return f"{stream.name} runs off the loop, on {own}. {' '.join(choice.reasons[:1])}".rstrip()


def _slow(one: SlowCall, origin_ns: int) -> SlowRow:
    return SlowRow(
        handler=one.handler,
        event=one.event,
        start_ns=one.start_ns - origin_ns,
        took_ns=one.took_ns,
        stack=one.stack,
    )


def _loop(lag: LagStats, origin_ns: int) -> LoopRow:
    return LoopRow(
        looks=lag.late.count,
        half_ns=lag.late.quantile_ns(0.5),
        most_ns=lag.late.quantile_ns(0.99),
        longest_ns=lag.late.longest_ns,
        interval_ns=lag.interval_ns,
        block_ns=lag.block_ns,
        blocks=tuple(_blocks(lag.blocks, origin_ns)),
    )


def _blocks(blocks: Iterable[Block], origin_ns: int) -> Iterable[SlowRow]:
    for one in blocks:
        yield SlowRow(handler=None, event="", start_ns=one.start_ns - origin_ns, took_ns=one.took_ns, stack=one.stack)
