"""Who races, when the user does not say."""

from collections.abc import Sequence
from math import ceil

from turnout.advise._laws import overlapping_workers
from turnout.advise._pilot import Pilot
from turnout.errors import UsageError
from turnout.measurement import Contender

WORKER_LIMITS = {"threads": 64, "asyncio": 256, "processes": 32, "interpreters": 32}
COMPUTING_SHARE = 0.9  # above it, more workers than cores gain less than a tenth


def enter_contenders(
    pilot: Pilot,
    *,
    executors: Sequence[str],
    workers: Sequence[int] | None,
    usable_workers: int,
    item_count: int | None,
) -> tuple[Contender, ...]:
    """Return who races: each executor with each number of workers.

    Without ``workers``, an executor gets as many as there are usable cores; when the items wait, so many more that
    the cores would be kept busy by those that do not (Little's law), up to 64 threads, 256 asyncio tasks and 32
    processes or interpreters, and never more than there are items. Ten downloads are given ten workers.

    Args:
        pilot: What the first items showed.
        executors: Names, in the order of the race; sequential always has one worker.
        workers: Worker counts to race, for a scaling curve; None to choose one for each executor.
        usable_workers: How many cores may be used, at least 1.
        item_count: All items; None if their number is unknown.

    Raises:
        UsageError: If a worker count is below 1.
    """
    if workers is not None and any(wanted < 1 for wanted in workers):
        raise UsageError(f"a worker count must be at least 1, not {min(workers)}")
    entered: dict[Contender, None] = {}
    for executor in executors:
        if executor == "sequential":
            counts: Sequence[int] = (1,)
        elif workers:
            counts = workers
        else:
            counts = (_default_workers(pilot, executor, usable_workers, item_count),)
        entered.update((Contender(executor=executor, workers=wanted), None) for wanted in counts)
    return tuple(entered)


def _default_workers(pilot: Pilot, executor: str, usable_workers: int, item_count: int | None) -> int:
    wanted = usable_workers
    if pilot.cpu_share < COMPUTING_SHARE:
        limit = WORKER_LIMITS.get(executor, usable_workers)
        busy = overlapping_workers(usable_workers, max(pilot.cpu_share, 1e-6))
        wanted = max(usable_workers, min(limit, ceil(busy)))
    return max(1, wanted if item_count is None else min(wanted, item_count))
