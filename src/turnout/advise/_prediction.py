"""What a heat will take, guessed from the pilot before anything was raced."""

from turnout.advise._pilot import Pilot
from turnout.measurement import Contender

HEAT_START_S = 0.1  # a process for the heat: spawn 66 ms (Linux, 2 cores, CPython 3.11), and the function's imports
WORKER_START_S = {"threads": 0.0002, "asyncio": 0.0, "processes": 0.005, "interpreters": 0.01}
HANDOVER_S = {"sequential": 1e-6, "threads": 20e-6, "asyncio": 30e-6, "processes": 20e-6, "interpreters": 30e-6}
SPREADS_COMPUTING = frozenset({"processes", "interpreters"})


def predict_heat_s(
    pilot: Pilot,
    contender: Contender,
    item_count: int,
    *,
    usable_workers: int | None = None,
    gil: bool = True,
) -> float:
    """Return about how long a heat will take, its own process included.

    Waiting divides by the workers. Computing divides by the cores that the workers can use: one for threads that
    share a global lock and for asyncio. No heat is shorter than its longest item.

    Args:
        pilot: What the first items showed.
        contender: Who runs.
        item_count: How many items; 0 gives what a heat costs without any.
        usable_workers: How many cores may be used; None if there is one for each worker.
        gil: Whether threads compute one at a time.

    Source: the bounds of a closed queueing network, Lazowska and others (1984), Quantitative System Performance,
        section 5.2: the busiest resource, or all the work over all the workers, whichever takes longer.
    """
    if item_count == 0:
        return HEAT_START_S
    parallel = contender.executor in SPREADS_COMPUTING or (contender.executor == "threads" and not gil)
    scalable = contender.executor in WORKER_START_S
    workers = min(contender.workers, item_count) if scalable else 1
    cores = min(workers, usable_workers or workers) if parallel else 1
    handover_s = HANDOVER_S.get(contender.executor, HANDOVER_S["threads"])
    computing_s = item_count * pilot.cpu_share * pilot.wall_s_per_item / cores
    whole_s = item_count * pilot.wall_s_per_item / workers
    start_s = HEAT_START_S + contender.workers * WORKER_START_S.get(contender.executor, 0.0)
    return start_s + item_count * handover_s + max(computing_s, whole_s, pilot.wall_s_per_item)
