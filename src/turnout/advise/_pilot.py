"""What a first look at a few items showed."""

from dataclasses import dataclass
from math import sqrt

from turnout.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Pilot:
    """A few items that were run one after the other, to size the race.

    Attributes:
        item_count: How many were run, at least 1.
        wall_s_per_item: Mean wall time of an item, without the first if there are others: a first call often
            imports, connects or fills caches, which the rest do not.
        cpu_s_per_item: Mean time on a core, likewise; time that the machine took away for other work counts as
            on a core, for a busy machine looks like waiting and is not.
        first_item_wall_s: Wall time of the first item.
        longest_item_wall_s: Wall time of the longest one.
        spread: Standard deviation of the items' wall times over their mean, without the first; 0 for one item.
        exhausted: Whether these were all the items there are.
        coroutine: Whether the function is an ``async def``.
        failures: How many of them failed.
    """

    item_count: int
    wall_s_per_item: float
    cpu_s_per_item: float
    first_item_wall_s: float
    longest_item_wall_s: float
    spread: float = 0.0
    exhausted: bool = False
    coroutine: bool = False
    failures: int = 0

    @property
    def cpu_share(self) -> float:
        """Part of an item's wall time that it was on a core, 0 to 1."""
        if self.wall_s_per_item <= 0:
            return 1.0
        return min(1.0, max(0.0, self.cpu_s_per_item / self.wall_s_per_item))


def pilot_from_trace(trace: Trace, *, exhausted: bool = False, coroutine: bool = False, failures: int = 0) -> Pilot:
    """Return what the trace of a run with one worker tells about its items.

    Args:
        trace: At least one span.
        exhausted: Whether these were all the items there are.
        coroutine: Whether the function is an ``async def``.
        failures: How many of the items failed.

    Raises:
        ValueError: If the trace has no span.
    """
    spans = sorted(trace.spans(), key=lambda span: span.start_ns)
    if not spans:
        raise ValueError("a pilot needs at least one item that ran")
    walls = [(span.end_ns - span.start_ns) / 1e9 for span in spans]
    cpus = [span.cpu_ns / 1e9 for span in spans]
    steady = slice(1, None) if len(spans) > 1 else slice(None)
    mean_wall = sum(walls[steady]) / len(walls[steady])
    variance = sum((wall - mean_wall) ** 2 for wall in walls[steady]) / len(walls[steady])
    queued_share = (trace.waits().run_queue_ns or 0) / max(1, trace.busy_ns)
    return Pilot(
        item_count=len(spans),
        wall_s_per_item=mean_wall,
        cpu_s_per_item=min(mean_wall, sum(cpus[steady]) / len(cpus[steady]) + queued_share * mean_wall),
        first_item_wall_s=walls[0],
        longest_item_wall_s=max(walls),
        spread=sqrt(variance) / mean_wall if mean_wall > 0 else 0.0,
        exhausted=exhausted,
        coroutine=coroutine,
        failures=failures,
    )
