"""Makes values of what an emitter counts."""

from collections.abc import Iterable
from dataclasses import replace

from turnout.events._histogram import histogram
from turnout.events._kinds import kind_name
from turnout.events._queue import EventQueue
from turnout.events._registry import Plan, Site
from turnout.events._stats import EmitterStats, HandlerStats, KindStats, SlowCall


def collect_stats(plans: Iterable[Plan], queue: EventQueue, slow: tuple[SlowCall, ...]) -> EmitterStats:
    """Return what was counted so far."""
    plans = tuple(plans)
    handlers = [_handler(site, is_removed=False) for plan in plans for site in plan.known.values()]
    handlers += [_handler(site, is_removed=True) for plan in plans for site in plan.retired.values()]
    return EmitterStats(
        handlers=tuple(sorted(handlers, key=lambda one: -one.latency.total_ns)),
        kinds=_kinds(plans, queue),
        most_waiting=queue.most,
        failed=sum(one.failed for one in handlers),
        slow=slow,
    )


def _handler(site: Site, *, is_removed: bool) -> HandlerStats:
    return HandlerStats(
        handler=site.handler.name,
        kind=site.kind,
        latency=histogram((site.at_once, site.otherwise), site.longest_ns),
        failed=site.failed,
        is_removed=is_removed,
        is_async=site.handler.is_async or site.handler.stream is not None,
    )


def _kinds(plans: tuple[Plan, ...], queue: EventQueue) -> tuple[KindStats, ...]:
    kinds = {
        plan.kind: KindStats(kind=plan.kind, count=plan.event_count, waited=histogram((plan.waited,)))
        for plan in plans
        if plan.event_count
    }
    for key, lane in tuple(queue.lanes.items()):
        name = kind_name(key)
        counted = kinds.get(name) or KindStats(kind=name, count=0, waited=histogram(()))
        kinds[name] = replace(counted, dropped=lane.dropped, merged=lane.merged, most_waiting=lane.most)
    return tuple(kinds.values())
