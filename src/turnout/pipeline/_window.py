"""What was seen on a track between two looks."""

from collections.abc import Callable

from turnout.advise import ItemCost
from turnout.clock import process_cpu_ns, wall_ns
from turnout.executors import Crew, Reply
from turnout.trace import ThreadMeter

SATURATED = 0.7  # of what can be computed at once: then workers wait for the lock, and not for anything else
ENOUGH = 24  # items that tell something of any number of workers
MANY_EACH = 4  # items, of which one is each worker's if they take turns at all
LATER_NS = 20_000_000
LONGEST_NS = 80_000_000  # so that work that changes its character is noticed
MOST_ASKED = 32  # workers whose time without a core is asked for; each takes some microseconds
LEAST_CPU_NS = 5_000_000  # on a core, before it tells anything of the machine's load
SAME_WORK = 1.5  # times the time on a core that it took before
LITTLE = 0.1  # of its time, by which that may be less in any case
ALL_BUSY = 0.85  # of all cores
BY_OTHERS = 1.25  # times what its threads spent on cores: then a library's own threads work for them
LONG_NS = 1_000_000  # on a core, of an item; of shorter ones, handing them over takes as much
OWN_CORES = {"sequential", "processes"}  # whose time without a core can be told from waiting


class Window:
    """Counts what a crew has done since ``began_ns``.

    Args:
        began_ns: On the clock `wall_ns`.
        length_ns: After how long to look.
        crew: At work; None for one without workers yet.
        warm_up: So many workers have done an item before anything counts, or each of them could have done several:
            workers that start are slow, and slow others down.
        is_flooded: Whether only items count that begin from now on, as they do nothing but compute.
        clock: Tells nanoseconds.
        process_cpu: Tells what all threads of this process have spent on cores, in nanoseconds.
    """

    def __init__(
        self,
        began_ns: int,
        length_ns: int,
        crew: Crew | None = None,
        *,
        warm_up: int = 0,
        is_flooded: bool = False,
        clock: Callable[[], int] = wall_ns,
        process_cpu: Callable[[], int] = process_cpu_ns,
    ) -> None:
        self.length_ns = length_ns
        self._crew = crew
        self._clock = clock
        self._process_cpu = process_cpu
        self._warm_up = warm_up
        self._warm: set[int] = set()  # workers that have done an item
        self._warm_items = 0
        self._is_flooded = is_flooded
        self._begin(began_ns)

    def _begin(self, began_ns: int) -> None:
        self.began_ns = began_ns
        self.done = 0
        self.failures = 0
        self._busy_ns = 0
        self._cpu_ns = 0
        self.fresh = 0
        self._fresh_ns = 0
        self._shortest_ns = 1 << 62
        self._process_ns = self._process_cpu()
        self._before = _usage(self._crew)

    @property
    def check_ns(self) -> int:
        """When to look."""
        return self.began_ns + self.length_ns

    def next(self, now: int, crew: Crew | None) -> "Window":
        """Return the window that follows, twice as long up to a limit."""
        return Window(now, min(2 * self.length_ns, LONGEST_NS), crew, clock=self._clock, process_cpu=self._process_cpu)

    def add(self, reply: Reply) -> None:
        """Count a reply."""
        spans = reply.spans
        if self._warm_up:
            self._warm_items += len(reply.values)
            if spans is not None:
                self._warm.add(spans.worker)
            if len(self._warm) >= self._warm_up or self._warm_items >= MANY_EACH * self._warm_up:
                self._warm_up = 0
                self._begin(self._clock())
            return
        if self._is_flooded and (spans is None or spans.start_ns < self.began_ns):
            return
        self.done += len(reply.values)
        self.failures += len(reply.failures)
        if spans is not None and len(spans):
            took = spans.end_ns - spans.start_ns
            self._busy_ns += took
            self._cpu_ns += spans.cpu_ns
            if spans.start_ns >= self.began_ns:
                self.fresh += len(spans)
                self._fresh_ns += took
            self._shortest_ns = min(self._shortest_ns, took // len(spans))

    @property
    def fresh_wall_s(self) -> float:
        """What an item took that was also begun in this window."""
        return self._fresh_ns / 1e9 / max(1, self.fresh)

    def crowded_wall_s(self, now: int, workers: int) -> float:
        """Return what an item takes, judged by what each of the workers began first, which some are still on.

        Source: the mean of an exponential distribution from censored lengths: all time spent, over the items done.
        """
        under_way_ns = max(0, workers - self.fresh) * (now - self.began_ns)
        return (self._fresh_ns + under_way_ns) / 1e9 / max(1, self.fresh)

    def is_telling(self, workers: int, unseen: int = 0) -> bool:
        """Tell whether enough was done to judge by.

        Args:
            workers: How many there are.
            unseen: Items under way that may be done already, as they were handed over together with others.
        """
        return self.done >= max(min(workers, ENOUGH), unseen)

    def lengthen(self) -> None:
        """Look later."""
        self.length_ns += LATER_NS

    def item_s(self, now: int) -> float:
        """Return wall time for each item that was done."""
        return (now - self.began_ns) / 1e9 / max(1, self.done)

    def is_saturated(self, now: int, cores: int, at_once: int = 1) -> bool:
        """Tell whether more workers of this process could not compute more: for want of the lock, or of cores.

        Args:
            now: On the clock `wall_ns`.
            cores: That this process can keep busy.
            at_once: How many workers can compute at once.
        """
        elapsed = max(1, now - self.began_ns)
        if self._cpu_ns > SATURATED * at_once * elapsed:
            return True
        return self._process_cpu() - self._process_ns > ALL_BUSY * cores * elapsed

    def load(self, crew: Crew) -> float:
        """Return how many times longer computing took than it would have with a core of one's own, at least 1."""
        cpu, queued = self._lacked(crew)
        return 1 + queued / cpu if cpu > LEAST_CPU_NS else 1.0

    def cost(
        self, now: int, before: ItemCost | None, executor: str, workers: int, crew: Crew, *, is_alone: bool
    ) -> ItemCost:
        """Return what an item costs, as far as it shows on this track.

        Args:
            now: On the clock `wall_ns`.
            before: What an item was taken to cost.
            executor: The track's.
            workers: Its workers.
            crew: Its crew, whose threads are asked how long they lacked a core.
            is_alone: Whether what this process computed meanwhile was computed for these items.
        """
        elapsed = max(1, now - self.began_ns)
        held = before.held if before is not None else 1.0
        cpu_ns = self._spent_ns(executor) if is_alone else self._cpu_ns
        if executor in OWN_CORES:
            wall_ns = max(cpu_ns, self._busy_ns - self._lacked(crew)[1])
        elif self._is_flooded or (workers > 1 and cpu_ns * max(held, 0.5) > SATURATED * elapsed):
            wall_ns = max(cpu_ns, self._shortest_ns * self.done)  # longer ones waited for the lock
        else:
            wall_ns = self._busy_ns
            known = None if before is None or before.is_guess else before
            if known is not None and workers > 1 and _is_same_work(cpu_ns / self.done / 1e9, known):
                # it takes longer for the others beside it
                wall_ns = min(wall_ns, int(known.wall_s * self.done * 1e9))
        return ItemCost(
            wall_s=max(1, wall_ns) / self.done / 1e9,
            cpu_s=cpu_ns / self.done / 1e9,
            held=held,
            send_s=before.send_s if before is not None else 0.0,
            receive_s=before.receive_s if before is not None else 0.0,
        )

    def _spent_ns(self, executor: str) -> int:
        """Return time on cores for these items, a library's own threads included if they are seen to work for them."""
        spent_ns = self._process_cpu() - self._process_ns
        least_ns = max(BY_OTHERS * self._cpu_ns, self._cpu_ns + LONG_NS * self.done)
        if executor == "sequential" or (executor == "threads" and spent_ns > least_ns):
            return max(self._cpu_ns, spent_ns)
        return self._cpu_ns

    def _lacked(self, crew: Crew) -> tuple[int, int]:
        """Return the workers' time on cores, and ready but without one."""
        cpu_ns = queued_ns = 0
        for worker, (cpu, queued) in _usage(crew).items():
            before = self._before.get(worker, (0, 0))
            cpu_ns += cpu - before[0]
            queued_ns += queued - before[1]
        return cpu_ns, queued_ns


def _is_same_work(cpu_s: float, known: ItemCost) -> bool:
    """Tell whether items compute about as much as those that are known, or as little."""
    is_little = known.cpu_s - cpu_s < LITTLE * known.wall_s
    return cpu_s <= SAME_WORK * known.cpu_s and (is_little or known.cpu_s <= SAME_WORK * cpu_s)


def _usage(crew: Crew | None) -> dict[tuple[int, int], tuple[int, int]]:
    """Return what each of the first workers has used so far: time on a core, and ready but without one."""
    found = {}
    for worker in crew.threads()[:MOST_ASKED] if crew is not None else ():
        meter = ThreadMeter(worker[1], worker[0])
        found[worker] = meter.read()
        meter.close()
    return found
