"""Crews one after another: each is a leg of the way."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import Any, Protocol

from turnout.clock import wall_ns
from turnout.errors import TransferError
from turnout.executors import (
    Batch,
    Crew,
    Inherited,
    ProcessCrew,
    Reply,
    SequentialExecutor,
    Sleeper,
    ThreadCrew,
    ThreadExecutor,
    executor,
    is_coroutine_function,
    is_one_python_thread,
    may_fork,
    native_threads_end_at_fork,
    salvage_of,
    settle,
    thread_count,
)
from turnout.executors._native_pools import threads_each
from turnout.pipeline._observation import others_cpu_ns
from turnout.trace import Recorder, SpanBatch, Usage, Worker, count_running

LOOK_NS = 1_000_000  # a batch takes no longer while somebody looks, or where that costs nothing
FEW = 16  # items, which are likely to be long ones: a millisecond is spent on a sleeper


class Watched(Crew, Protocol):
    """A crew whose workers can be looked at from before their first item on."""

    def stand_by(self) -> int:
        """Start one more worker before there is anything for it to do, and return the system's number of its thread."""
        ...


@dataclass(slots=True)
class Leg:
    """A track, with the crew that runs it."""

    executor: str
    crew: Crew
    recorder: "NumberedRecorder | None"
    batch_ns: int
    given: int = 0
    given_items: int = 0  # in those batches
    idle_since_ns: int = 0
    was_refused: bool = False  # an item or a result that cannot be sent

    def put(self, batch: Batch) -> int:
        """Hand over a batch, and return for how long there was nothing to do."""
        idle_ns = wall_ns() - self.idle_since_ns if self.idle_since_ns else 0
        self.idle_since_ns = 0
        self.given += 1
        self.given_items += len(batch.items)
        self.crew.put(batch)
        return idle_ns

    def take(self, reply: Reply) -> Reply:
        """Count a reply, and give its spans the number that their worker has in the whole."""
        self.given -= 1
        self.given_items -= len(reply.batch.items) + sum(len(batch.items) for batch in reply.again)
        if not self.given:
            self.idle_since_ns = wall_ns()
        if self.recorder is not None and reply.spans is not None:
            self.recorder.renumber(reply.spans)
        return self._without_refused(reply) if self.executor == "processes" and reply.failures else reply

    def salvage(self) -> list[Reply]:
        """Return what is done of batches that are not; nobody waits for the rest."""
        return [self.take(reply) for reply in salvage_of(self.crew)]

    def _without_refused(self, reply: Reply) -> Reply:
        """Have items run again, elsewhere, that could not be sent or whose result could not, and those behind them."""
        batch = reply.batch
        refused = [
            offset
            for offset, error in reply.failures.items()
            if isinstance(error, TransferError) and error.where == "worker"
        ]
        if not refused:
            return reply
        self.was_refused = True
        start = min(refused)
        kept = replace(batch, items=batch.items[:start])
        again = replace(batch, first=batch.first + start, items=batch.items[start:])
        failures = {offset: error for offset, error in reply.failures.items() if offset < start}
        return replace(reply, batch=kept, values=reply.values[:start], failures=failures, again=[*reply.again, again])


class Departed:
    """Crews that were left: they are given nothing more, and finish what they have.

    Args:
        threads_before: How many threads this process had before there were crews.
    """

    def __init__(self, threads_before: int = 1) -> None:
        self._threads_before = threads_before
        self._finishing: list[Leg] = []
        self._finished: list[Leg] = []  # to be sent away when there is time
        self._away: list[Leg] = []  # to be closed when there is time

    @property
    def have_items(self) -> bool:
        """Whether one of them has something to finish."""
        return bool(self._finishing)

    def let_finish(self, leg: Leg) -> None:
        """Take in a crew that has items."""
        self._finishing.append(leg)

    def keep(self, leg: Leg) -> None:
        """Take in a crew that has none, and leave it asleep: threads that end would take the lock from who works."""
        self._finished.append(leg)

    def send_away(self) -> None:
        """Have those end that have nothing to do."""
        for leg in self._finished:
            leg.crew.abort()
        self._away += self._finished
        self._finished.clear()

    def clear_for_fork(self, leg: Leg) -> None:
        """Take in a crew that has no items, and wait until the threads of all such crews have ended."""
        for one in (*self._finished, leg):
            one.crew.close(one.recorder)
        self._finished.clear()
        settle(self._threads_before)

    def get(self, until_ns: int) -> Reply | None:
        """Return a reply if one of them has one, or will soon."""
        for leg in self._finishing:
            reply = leg.crew.get(until_ns)
            if reply is not None:
                reply = leg.take(reply)
                if not leg.given:
                    self._finishing.remove(leg)
                    leg.crew.close(leg.recorder)
                return reply
        return None

    def salvage(self) -> list[Reply]:
        """Return what they have done of what they have."""
        return [reply for leg in self._finishing for reply in leg.salvage()]

    def close(self) -> None:
        """Let them finish the items at hand."""
        self.send_away()
        for leg in (*self._away, *self._finishing):
            leg.crew.close(leg.recorder)
        self._finishing.clear()

    def abort(self) -> None:
        """Leave at once."""
        for leg in (*self._away, *self._finished, *self._finishing):
            leg.crew.abort()


class Depot:
    """Hires crews for one stage.

    Args:
        function: What they call with each item.
        items: What forked workers inherit; an iterator for nothing.
        recorder: Where their workers are named and numbered; None for nowhere.
        timeout_s: How long an item may take; None for no limit.
        start_method: How processes are started; None for the best way.

    Attributes:
        is_coroutine: Whether the function is an ``async def``.
        plain: The simplest executor that can run the function here.
        threads_before: How many threads this process had before there were crews.
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        recorder: Recorder | None,
        *,
        timeout_s: float | None,
        start_method: str | None,
    ) -> None:
        self.is_coroutine = is_coroutine_function(function)
        self.plain = "asyncio" if self.is_coroutine else "sequential"
        self._function = function
        self._items = items
        self._recorder = recorder
        self._timeout_s = timeout_s
        self._start_method = start_method
        self._had_one_python_thread = is_one_python_thread()
        self._sleeper: Sleeper | None = None
        self._numbers = count()
        # where others have never had a core there are none, and tiny work need not pay for counting them
        self.threads_before = thread_count() if others_cpu_ns() > 0 else 1

    @property
    def inherits(self) -> bool:
        """Whether workers that are forked have the items already."""
        return isinstance(self._items, list | tuple | range)

    def can_fork(self, *, is_busy: bool) -> bool:
        """Tell whether processes can be forked.

        Args:
            is_busy: Whether a thread of this process runs an item, which may hold a lock.
        """
        if self._sleeper is not None:
            return True
        if is_busy:
            return False
        return self._start_method == "fork" or (self._start_method is None and self._others_end_at_fork)

    @cached_property
    def _others_end_at_fork(self) -> bool:
        """Whether only our own threads, which are ended before, would be in the way of a fork."""
        return self.threads_before == 1 or (self._had_one_python_thread and native_threads_end_at_fork())

    def quieten(self) -> None:
        """End a library's threads that spin, as OpenBLAS's do for 25 ms after a call, in case there is another one.

        They would seem to work for the first items. If these need them, they are started again.
        """
        is_ours = self.threads_before > 1 and self._had_one_python_thread
        if is_ours and count_running({threading.get_native_id()}) and native_threads_end_at_fork():
            self.threads_before = thread_count()

    def lay_down(self, item_count: int | None, count_cores: Callable[[], int]) -> None:
        """Fork a sleeper if there are few items, which may be long: then processes must not wait for the first one.

        Args:
            item_count: How many there are; None if nobody knows.
            count_cores: Tells how many busy workers keep all cores busy.
        """
        if item_count is None or not 1 < item_count <= FEW or self._start_method is not None or not may_fork():
            return
        cores = count_cores()  # now: beside an item that computes, each file that tells it would wait for the lock
        inherited = Inherited(self._function, self._items, is_async=self.is_coroutine)  # type: ignore[arg-type]  # what is no sequence is not cut
        self._sleeper = Sleeper(inherited, threads=threads_each(min(item_count, cores), cores))

    def hire_watched(self) -> tuple[Leg, Watched]:
        """Return a leg with one worker that can be watched, and its crew."""
        leg = self.hire("asyncio" if self.is_coroutine else "threads", 1)
        return leg, leg.crew  # type: ignore[return-value]  # both of these can stand by

    def hire(self, name: str, workers: int) -> Leg:
        """Return a leg with a fresh crew; its workers' numbers follow those of the crews before.

        Raises:
            TransferError: If the function cannot be sent to such workers.
        """
        recorder = None if self._recorder is None else NumberedRecorder(self._recorder, self._numbers)
        if name == "processes":  # and not its executor, whose module loads much that only single calls need
            sleeper, self._sleeper = self._sleeper, None  # the crew closes it
            method = None if sleeper is not None else self._start_method
            options: dict[str, Any] = {"start_method": method, "timeout_s": self._timeout_s, "sleeper": sleeper}
            crew = ProcessCrew(self._function, self._items, workers, recorder=recorder, **options)
            return Leg(name, crew, recorder, ProcessCrew.batch_ns)
        if name == "threads":  # likewise
            threads = ThreadCrew(self._function, workers, recorder, timeout_s=self._timeout_s)
            return Leg(name, threads, recorder, ThreadExecutor.batch_ns)
        made = SequentialExecutor() if name == "sequential" else executor(name, workers)
        return Leg(
            name,
            made.crew(self._function, self._items, recorder, timeout_s=self._timeout_s),
            recorder,
            LOOK_NS if name == self.plain else made.batch_ns,
        )

    def close(self) -> None:
        """Wake and end a sleeper that nobody needed."""
        if self._sleeper is not None:
            self._sleeper.close()
            self._sleeper = None


class NumberedRecorder(Recorder):
    """A recorder for one crew of several, whose workers are given numbers of their own among all.

    Args:
        whole: Where everything is kept.
        numbers: Those that no worker has yet.
    """

    def __init__(self, whole: Recorder, numbers: Iterator[int]) -> None:
        super().__init__(measures_memory=whole.measures_memory)
        self._whole = whole
        self._fresh = numbers
        self._numbers: dict[int, int] = {}

    def add_worker(self, worker: Worker) -> None:
        """Name a worker."""
        self._whole.add_worker(replace(worker, id=self._number(worker.id)))

    def add_usage(self, worker: int, usage: Usage) -> None:
        """Keep what a worker used."""
        self._whole.add_usage(self._number(worker), usage)

    def add(self, batch: SpanBatch) -> None:
        """Keep spans of items that were given up, which no reply brings."""
        self.renumber(batch)
        self._whole.add(batch)

    def renumber(self, spans: SpanBatch) -> None:
        """Give spans the number that their worker has in the whole."""
        spans.worker = self._number(spans.worker)

    def _number(self, worker: int) -> int:
        if worker not in self._numbers:
            self._numbers[worker] = next(self._fresh)
        return self._numbers[worker]
