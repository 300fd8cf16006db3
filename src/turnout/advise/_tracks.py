"""Which model will run what is left soonest, predicted from what a few items cost: values in, values out."""

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil, inf

from turnout.advise._wording import seconds

THREAD_START_S = 0.0001
LOCK_TURN_S = 0.00001  # for a thread to be woken as the global lock is free; what lets it go does so once at least
TASK_S = 0.00003  # to make and run a task of an event loop
HANDOVER_S = 0.000_000_5  # for each item, in batches of thousands; long items are handed over one by one
SINGLE_HANDOVER_S = 0.00003  # to a thread; to a process twice that
WAITING_WORKERS = {"threads": 32, "asyncio": 128}  # to begin with where items wait; more are taken while that pays
MOST_PROCESSES = 32
MORE_THAN_ONE = 1.25  # cores' time in its time has an item that is computed by several threads
CROWDING = 1.1  # times as long such items take beside each other, as each has threads for all cores
SIMPLER = 0.93  # a model that is simpler is taken unless another takes less than this part of its time
ORDER = ("sequential", "asyncio", "threads", "interpreters", "processes")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCost:
    """What one item takes, on average.

    Attributes:
        wall_s: In one thread with a core of its own.
        cpu_s: On cores, of all threads that work for it.
        held: Part of that time in which it holds the global lock, 0 to 1.
        send_s: To pickle the item and read the pickled result, in this process.
        receive_s: To read the pickled item and pickle the result, in a worker.
        is_guess: Whether it is guessed from an item that was not done yet.
    """

    wall_s: float
    cpu_s: float
    held: float
    send_s: float = 0.0
    receive_s: float = 0.0
    is_guess: bool = False

    @property
    def wait_s(self) -> float:
        """What it spends waiting."""
        return max(0.0, self.wall_s - self.cpu_s)

    @property
    def wait_share(self) -> float:
        """Part of its time that it spends waiting, 0 to 1."""
        return self.wait_s / self.wall_s if self.wall_s > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the work runs on.

    Attributes:
        cores: That may be used at once, at least 1.
        process_start_s: What the first worker process costs before it works.
        process_more_s: What each further one does.
        is_coroutine: Whether the function is an ``async def``.
        barred: Executors that cannot be used, or turned out to be slow.
        workers: At most so many are wanted; None for no limit.
        has_lock: Whether threads take turns to run Python code.
    """

    cores: int
    process_start_s: float
    process_more_s: float
    is_coroutine: bool = False
    barred: Collection[str] = ()
    workers: int | None = None
    has_lock: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """How long what is left would take on one track.

    Attributes:
        executor: Its name.
        workers: How many.
        wall_s: Seconds.
    """

    executor: str
    workers: int
    wall_s: float

    @property
    def label(self) -> str:
        """How sentences name it."""
        return self.executor if self.executor == "sequential" else f"{self.executor} x {self.workers}"

    def __str__(self) -> str:
        return f"{self.label} {seconds(self.wall_s)}"


def predict_tracks(cost: ItemCost, count: int, ground: Ground) -> list[Prediction]:
    """Return what ``count`` items would take on each track that is open, the one to take first.

    Computing divides by the cores, but the part that holds the global lock does not, between threads; waiting divides
    by the workers. A process costs its start and the crossing of items and results. The fastest is taken, or a simpler
    one that takes about as long.

    Source: the bounds of a closed queueing network, Lazowska and others (1984), Quantitative System Performance,
        section 5.2: the busiest resource, or all the work over all the workers, whichever takes longer.
    """
    most = min(count, ground.workers or inf)
    open_tracks = [_sequential(cost, count, ground)]
    if "threads" not in ground.barred and not ground.is_coroutine:
        open_tracks += [_threads(cost, count, workers, ground) for workers in _thread_counts(cost, most, ground)]
    if ground.is_coroutine:
        open_tracks.append(_tasks(cost, count, int(min(WAITING_WORKERS["asyncio"], most))))
    if "processes" not in ground.barred:
        open_tracks += [_processes(cost, count, workers, ground) for workers in _process_counts(cost, most, ground)]
    ranked = sorted(open_tracks, key=lambda one: one.wall_s)
    best = ranked[0]
    for one in sorted(open_tracks, key=lambda one: (ORDER.index(one.executor), one.workers)):
        if best.wall_s >= one.wall_s * SIMPLER:
            ranked.remove(one)
            return [one, *ranked]
    return ranked


def _sequential(cost: ItemCost, count: int, ground: Ground) -> Prediction:
    if ground.is_coroutine:
        return Prediction(executor="asyncio", workers=1, wall_s=count * (cost.wall_s + TASK_S))
    return Prediction(executor="sequential", workers=1, wall_s=count * cost.wall_s)


def _thread_counts(cost: ItemCost, most: float, ground: Ground) -> set[int]:
    counts = {ground.cores} | ({WAITING_WORKERS["threads"]} if cost.wait_share > 0.1 else set())  # noqa: PLR2004  else it computes
    return {int(min(count, most)) for count in counts if min(count, most) > 1}


def _process_counts(cost: ItemCost, most: float, ground: Ground) -> set[int]:
    overlapping: float = ground.cores
    if cost.wait_share > 0.25 and not ground.is_coroutine:  # noqa: PLR2004  else it computes, or an event loop waits better
        overlapping = ground.cores * cost.wall_s / max(cost.cpu_s, 1e-9)
    counts = {ground.cores, ceil(min(overlapping, MOST_PROCESSES))}
    return {int(min(count, most)) for count in counts if min(count, most) > 1}


def _threads(cost: ItemCost, count: int, workers: int, ground: Ground) -> Prediction:
    locked_s = count * cost.cpu_s * cost.held * (1 + 0.1 * cost.held)
    turn_s = LOCK_TURN_S if ground.has_lock and cost.held < 1 else 0.0
    crowding = CROWDING if cost.cpu_s > MORE_THAN_ONE * cost.wall_s else 1.0
    spread_s = count * (crowding * cost.cpu_s / min(workers, ground.cores) + turn_s)
    start_s = workers * THREAD_START_S + count * _handover_s(cost, SINGLE_HANDOVER_S)
    return Prediction(
        executor="threads",
        workers=workers,
        wall_s=start_s + max(locked_s, spread_s, _rounds_s(cost, count, workers)),
    )


def _tasks(cost: ItemCost, count: int, workers: int) -> Prediction:
    busy_s = count * (cost.cpu_s + TASK_S)
    return Prediction(executor="asyncio", workers=workers, wall_s=max(busy_s, _rounds_s(cost, count, workers)))


def _processes(cost: ItemCost, count: int, workers: int, ground: Ground) -> Prediction:
    start_s = ground.process_start_s + (workers - 1) * ground.process_more_s
    cores = min(workers, ground.cores)
    there = ItemCost(wall_s=cost.wall_s + cost.receive_s, cpu_s=cost.cpu_s + cost.receive_s, held=cost.held)
    computing_s = count * (there.cpu_s + cost.send_s) / cores
    sending_s = count * (cost.send_s + _handover_s(cost, 2 * SINGLE_HANDOVER_S))
    return Prediction(
        executor="processes",
        workers=workers,
        wall_s=start_s + max(computing_s, sending_s, _rounds_s(there, count, workers)),
    )


def _handover_s(cost: ItemCost, single_s: float) -> float:
    """Return what handing one item over takes: short items go by the thousand, for a millisecond's work or so."""
    return HANDOVER_S + min(single_s, single_s * cost.wall_s / 0.001)


def _rounds_s(cost: ItemCost, count: int, workers: int) -> float:
    """Return what the workers take when none of them is held up: whole rounds while there are few items."""
    rounds = ceil(count / workers) if count <= 4 * workers else count / workers
    return rounds * cost.wall_s
