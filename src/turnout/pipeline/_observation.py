"""What the first items show while they run in one worker: how long, on a core or waiting, with or without the lock.

The caller's thread has nothing to do meanwhile but to wake up four times a millisecond. When it wakes late, though it
had a core, somebody held the global lock: that is what tells Python code, and C code that keeps the lock, from C code
that drops it, which looks just as busy.
"""

import threading
from collections.abc import Callable, Collection
from typing import Protocol

from turnout.advise import MORE_THAN_ONE, ItemCost
from turnout.clock import process_cpu_ns, thread_cpu_ns, wall_ns
from turnout.executors import Reply
from turnout.machine import has_global_lock
from turnout.trace import ThreadMeter, bring_up_to_date, count_running

TICK_NS = 250_000
STALE_NS = (
    5_000_000  # so old a running thread's time on a core may be, if its own clock cannot be asked: a tick is 4 ms
)
BESIDE = 0.1  # of an item's time is computed by other threads, before that counts: handing it over takes some, too
LOOKS = 3  # that agree, before less time is enough
RESTS = 4  # looks one after the other that find a worker asleep, before it counts as waiting whatever it did before
LATE_NS = 250_000  # later than that, a thread that had a core was waiting for the lock: others wake within 0.1 ms


class Meter(Protocol):
    """Reads one thread's figures."""

    def read(self) -> tuple[int, int]:
        """Return its time on a core, and ready but without one."""
        ...

    def is_asleep(self) -> bool | None:
        """Tell whether it waits for something else than a core; None if that is not known."""
        ...

    def close(self) -> None:
        """Read no more."""
        ...


class Observation:
    """Looks at one worker thread from the caller's.

    Each time the caller's thread wakes up, the worker was in one of three states:

        locked    it held the global lock: the caller, though it had a core, got the lock late
        free      it computed without the lock
        asleep    it waited for something else

    Args:
        is_alone: Whether what other threads of this process compute is computed for the items: a library that uses
            all cores for one call.
        clock: Tells nanoseconds.
        others_cpu: Tells what all threads of this process but the caller's have spent on cores.
        meter: Returns what reads a thread's figures, given its number by the system.
        has_lock: Whether there is a global lock.
        count_running: Tells how many threads of this process are on a core, apart from these.
        bring_up_to_date: Has the system count what threads that are on a core have used until now.

    Attributes:
        items: How many were done, the first left out once there are others: it is often slow in ways of its own.
        seen_ns: What all items took, the first too.
    """

    def __init__(
        self,
        *,
        is_alone: bool = True,
        clock: Callable[[], int] = wall_ns,
        others_cpu: Callable[[], int] | None = None,
        meter: Callable[[int], "Meter"] = ThreadMeter,
        has_lock: bool | None = None,
        count_running: Callable[[Collection[int]], int] = count_running,
        bring_up_to_date: Callable[[], None] = bring_up_to_date,
    ) -> None:
        self.bring_up_to_date = bring_up_to_date
        self._count_running = count_running
        self._is_alone = is_alone
        self._clock = clock
        self._others_cpu = others_cpu or others_cpu_ns
        self._meter = meter
        self._has_lock = has_global_lock() if has_lock is None else has_lock
        self.items = 0
        self.seen_ns = 0
        self._batches = 0
        self._wall_ns = 0
        self._cpu_ns = 0
        self._locked_ns = self._free_ns = self._asleep_ns = 0
        self._looks = self._rests = 0
        self._own: Meter | None = None  # of the thread that waits, which need not be the one that made this
        self._own_queue_ns = self._own_before_ns = 0
        self._worker: Meter | None = None
        self._native_id: int | None = None
        self._began_ns = 0
        self._count = 1
        self._cpu_before_ns = self._queue_ns = 0
        self._others_ns = 0
        self._before = (0, 0, 0)

    def begin(self, native_id: int | None, count: int = 1) -> None:
        """Take notice that the worker is about to be given a batch of so many items.

        Before it is: a worker that computes would make each look at its meters wait for the lock. One that is only
        about to be started has none yet; see `meet`.
        """
        self._count = count
        if native_id is not None:
            self.meet(native_id)
        self._own_before_ns = self._queued_ns()
        self._began_ns = self._clock()
        self._cpu_before_ns, self._queue_ns = (0, 0) if self._worker is None else self._worker.read()
        if self._worker is not None:  # else no item has run, and no other thread has computed for one
            self.bring_up_to_date()
        self._others_ns = self._others_cpu()
        self._before = (self._locked_ns, self._free_ns, self._asleep_ns)
        self._rests = 0

    def meet(self, native_id: int) -> None:
        """Look at a worker, and at the thread that waits for it, from now on.

        All that a worker has used that is met while it is at work, it has used for the batch at hand.
        """
        if self._own is None:
            self._own = self._meter(threading.get_native_id())
            self._own_before_ns = self._queued_ns()
        if self._native_id != native_id:
            if self._worker is not None:
                self._worker.close()
            self._native_id = native_id
            self._worker = self._meter(native_id)
            self._worker.is_asleep()  # so that it has what it reads from

    def due_ns(self) -> int:
        """Return when to wake up next."""
        self._own_queue_ns = self._queued_ns()
        return self._clock() + TICK_NS

    def tick(self, due_ns: int, *, has_ended: bool = False) -> None:
        """Take notice of having woken up, which was due at ``due_ns``.

        Args:
            due_ns: When that was.
            has_ended: Whether the batch has ended meanwhile, and so let the lock go: not to be late tells nothing then.
        """
        late_ns = self._clock() - due_ns
        if late_ns > LATE_NS and late_ns - (self._queued_ns() - self._own_queue_ns) > LATE_NS:
            self._locked_ns += TICK_NS + late_ns
            self._found_busy()
        elif has_ended:
            return
        elif self._worker is not None and self._worker.is_asleep():
            self._asleep_ns += TICK_NS
            self._rests += 1
        elif late_ns <= LATE_NS:
            self._free_ns += TICK_NS
            self._found_busy()
        # or else the caller had no core, and nobody knows whether the worker had one

    def _found_busy(self) -> None:
        self._looks += 1
        self._rests = 0

    def end(self, reply: Reply) -> None:
        """Take notice that the batch is done."""
        spans = reply.spans
        if spans is None:
            return
        took = spans.end_ns - spans.start_ns
        cpu = spans.cpu_ns
        if self._is_alone and took > TICK_NS:  # for shorter ones, what other threads did is nothing to go by
            self.bring_up_to_date()
            others = self._others_cpu() - self._others_ns
            cpu = others if others - cpu > BESIDE * took else cpu
        queue_ns = 0 if self._worker is None else self._worker.read()[1] - self._queue_ns
        wall = min(took, max(spans.cpu_ns, took - queue_ns))
        self._batches += 1
        if self._batches == 2:  # noqa: PLR2004  the first item is left out from now on
            self.items = self._wall_ns = self._cpu_ns = 0
        self.seen_ns += wall
        self.items += len(spans)
        self._wall_ns += wall
        self._cpu_ns += cpu

    def cost(self) -> ItemCost:
        """Return what an item costs, as far as was seen."""
        items = max(1, self.items)
        return ItemCost(wall_s=self._wall_ns / items / 1e9, cpu_s=self._cpu_ns / items / 1e9, held=self.held)

    def cost_so_far(self) -> ItemCost:
        """Return what an item of the batch under way costs until now."""
        others_ns = self._others_cpu() - self._others_ns  # first, so that it is no newer than what it is held against
        cpu_ns, queue_ns = (0, 0) if self._worker is None else self._worker.read()
        if cpu_ns and self._worker is not None and self._worker.is_asleep():
            # then the kernel's figures are up to date, also of what it did while nobody looked; a caller without a core
            # may have had the lock, which the worker then waited for
            lacked_ns = queue_ns - self._queue_ns + self._queued_ns() - self._own_before_ns
            cpu_ns -= self._cpu_before_ns
            return self._cost(max(1, cpu_ns, self._clock() - self._began_ns - lacked_ns), cpu_ns)
        locked, free, asleep = (
            now - before
            for now, before in zip((self._locked_ns, self._free_ns, self._asleep_ns), self._before, strict=True)
        )
        used_ns = max(0, cpu_ns - self._cpu_before_ns)
        if cpu_ns:  # a worker that is kept from a core looks as busy, but gets no further
            free = min(free, used_ns + STALE_NS)
        busy = locked + free
        wall_ns = max(0, self._clock() - self._began_ns - (queue_ns - self._queue_ns))
        # of time in which nobody looked, as looks took long, only that is known which it had a core in
        wall_ns = max(used_ns, min(wall_ns, (busy + asleep) * 5 // 4))
        if not self._is_alone:  # then others hold the lock too, and being late tells nothing of this worker
            busy = used_ns
            asleep = max(0, wall_ns - busy)
        cpu_ns = max(used_ns, wall_ns * busy // max(1, busy + asleep))
        return self._cost(wall_ns, others_ns if self._is_alone and others_ns > wall_ns * MORE_THAN_ONE else cpu_ns)

    def _cost(self, wall_ns: int, cpu_ns: int) -> ItemCost:
        return ItemCost(wall_s=wall_ns / 1e9 / self._count, cpu_s=cpu_ns / 1e9 / self._count, held=self.held)

    @property
    def held(self) -> float:
        """Part of the time on a core in which somebody held the global lock, 0 to 1; 1 while nothing is known."""
        if not self._has_lock:
            return 0.0
        busy = self._locked_ns + self._free_ns
        return self._locked_ns / busy if busy else 1.0

    @property
    def agrees(self) -> bool:
        """Whether it was seen to compute several times, with the lock each time or without it each time."""
        return self._looks >= LOOKS and not self._asleep_ns and not (self._locked_ns and self._free_ns)

    @property
    def is_free(self) -> bool:
        """Whether it was seen to compute several times, without the lock each time, and no library's threads with it.

        What these have used is known some milliseconds late; that they are on a core is known at once.
        """
        return self.agrees and not self._locked_ns and not self._lacks_a_core and not self.helpers

    @property
    def helpers(self) -> int:
        """How many of a library's threads work beside the worker, at this moment."""
        return self._count_running({threading.get_native_id(), self._native_id or 0}) if self._is_alone else 0

    @property
    def _lacks_a_core(self) -> bool:
        """Whether the worker only seemed to compute: it was ready to, as one just started is, and had no core."""
        if self._worker is None:
            return False
        return self._worker.read()[0] - self._cpu_before_ns < (self._free_ns - self._before[1]) / 2

    @property
    def rests(self) -> bool:
        """Whether the worker, whatever it has computed, has now been asleep for a while."""
        return self._rests >= RESTS

    def close(self) -> None:
        """Look no more."""
        for meter in (self._own, self._worker):
            if meter is not None:
                meter.close()
        self._own = self._worker = None

    def _queued_ns(self) -> int:
        """Return for how long the thread that waits was ready but without a core."""
        return self._own.read()[1] if self._own is not None else 0


def others_cpu_ns() -> int:
    """Return what all threads of this process but the caller's have spent on cores."""
    return process_cpu_ns() - thread_cpu_ns()
