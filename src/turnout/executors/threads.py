"""Threads of this process: they wait at once, and compute at once where there is no GIL or C code drops it."""

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

from turnout.clock import wall_ns
from turnout.executors._batches import Batch, Reply
from turnout.executors._contract import Capabilities, Executor, checked_workers, is_coroutine_function
from turnout.executors._limits import AHEAD, GRACE_NS
from turnout.executors._starting import no_thread
from turnout.executors._stopwatch import Stopwatch, earlier, stopwatch
from turnout.executors._stream import Crew
from turnout.executors._under_way import UnderWay
from turnout.executors._waiting import take_before, take_until
from turnout.executors._worker import plain_call
from turnout.trace import Recorder, Usage, Worker
from turnout.trace._usage import thread_usage


class ThreadExecutor(ThreadPoolExecutor, Executor):
    """The standard library's thread pool, which can also stream.

    A thread cannot be stopped: one whose item takes longer than a stream's time limit is left behind and replaced. It
    goes on with that item, as a daemon, and ends after it; the result is dropped.
    """

    name: ClassVar[str] = "threads"
    capabilities: ClassVar[Capabilities] = Capabilities(
        parallel=False, overlaps=True, crosses=False, isolates=False, stops=False
    )

    def __init__(
        self,
        max_workers: int | None = None,
        thread_name_prefix: str = "",
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),  # the initializer's own arguments
    ) -> None:
        if max_workers is not None:
            max_workers = checked_workers(max_workers)
        super().__init__(max_workers, thread_name_prefix, initializer, initargs)

    @property
    def workers(self) -> int:
        """How many threads it has, at most."""
        return self._max_workers

    def crew(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],  # noqa: ARG002
        recorder: Recorder | None,
        *,
        timeout_s: float | None = None,
    ) -> Crew:
        """Return fresh threads."""
        return ThreadCrew(function, self.workers, recorder, timeout_s=timeout_s)


class ThreadCrew:
    """Threads that share one queue of batches.

    They are daemons and nobody waits long for them, since a thread cannot be stopped from outside: one that is still on
    an item when the stream is left early, or is late with it, goes on with that item, and ends.

    Who answers for a batch that is late is settled by who takes it out of `_under_way`: the thread that has done it,
    or the crew that gives it up.

    Args:
        function: What to call with each item.
        workers: How many there are at most.
        recorder: Where workers are named, and where spans go of items that were given up.
        timeout_s: How long an item may take.
        start: Starts a thread, or raises.

    Attributes:
        workers: How many there are at most; fewer than asked for once the system starts no more.
        shortage: What it said then; None before.
    """

    is_calling_here = False

    def __init__(
        self,
        function: Callable[[Any], Any],
        workers: int,
        recorder: Recorder | None,
        *,
        timeout_s: float | None = None,
        start: Callable[[threading.Thread], None] = threading.Thread.start,
    ) -> None:
        self.workers = workers
        self.shortage: Exception | None = None
        self._start = start
        self._stopwatch = stopwatch(timeout_s)
        self._context = copy_context()
        self._function = function
        self._is_async = is_coroutine_function(function)
        self._recorder = recorder
        self._threads: dict[int, threading.Thread] = {}
        self._hired = 0
        self._under_way: dict[UnderWay, int] = {}  # and by which thread
        self._todo: SimpleQueue[Batch | None] = SimpleQueue()
        self._done: SimpleQueue[Reply | None] = SimpleQueue()
        self._usage: SimpleQueue[tuple[int, Usage]] = SimpleQueue()
        self._in_flight = 0

    def has_room(self) -> bool:
        """Tell whether a worker is idle, or will find nothing to do if it ends soon."""
        return self._in_flight < self.workers + min(self.workers, AHEAD)

    def stand_by(self) -> int:
        """Start one more thread before there is anything for it to do, and return the system's number of the last."""
        self._hire()
        return next(reversed(self._threads.values())).native_id or 0

    def put(self, batch: Batch) -> None:
        """Hand over a batch, with one more thread while there are not enough."""
        self._in_flight += 1
        self._todo.put(batch)  # before there is a thread for it: that begins while we still wait for its start
        if len(self._threads) < min(self.workers, self._in_flight):
            self._hire()

    def get(self, until_ns: int | None = None) -> Reply | None:
        """Wait for a reply."""
        if self._stopwatch is None:
            reply = take_until(self._done, until_ns)
        else:
            reply = self._in_time(self._stopwatch, until_ns)
        self._in_flight -= reply is not None
        return reply

    def wake(self) -> None:
        """Have `get` return."""
        self._done.put(None)

    def withdraw(self) -> None:
        """Give back the batches that no thread has begun, undone; it may be called in a signal's handler."""
        with suppress(Empty):
            while (batch := self._todo.get_nowait()) is not None:
                self._done.put(Reply(batch, [], {}, None, again=[batch]))
            self._todo.put(None)  # the word to end was not for us

    def threads(self) -> list[tuple[int, int]]:
        """Return this process and the system's number of each thread."""
        return [(os.getpid(), thread.native_id or 0) for thread in self._threads.values()]

    def close(self, recorder: Recorder | None) -> None:
        """Drop what no thread has begun, and wait for the rest, half a second at most."""
        self._dismiss()
        deadline = wall_ns() + GRACE_NS
        for thread in self._threads.values():
            thread.join(max(0, deadline - wall_ns()) / 1e9)
        while recorder is not None and not self._usage.empty():
            recorder.add_usage(*self._usage.get())

    def salvage(self) -> list[Reply]:
        """Return what is done; threads that are on an item answer no more."""
        self._dismiss()
        replies = []
        for work in list(self._under_way):
            number = self._under_way.pop(work, None)
            if number is not None:
                replies.append(work.so_far(number))
        with suppress(Empty):
            while True:
                reply = self._done.get_nowait()
                if reply is not None:
                    replies.append(reply)
        return replies

    def abort(self) -> None:
        """Leave the threads behind; each ends after its item."""
        self._dismiss()
        self._threads.clear()

    def _dismiss(self) -> None:
        """Leave nothing to do but to end; threads that were left behind know already, and the word is still theirs."""
        if self._threads:
            with suppress(Empty):
                while True:
                    self._todo.get_nowait()
            for _ in self._threads:
                self._todo.put(None)

    def _hire(self) -> None:
        """Start one more thread, or do with those there are.

        Raises:
            UnavailableError: If there is none, and none can be started.
        """
        number = self._hired
        target = partial(self._context.copy().run, self._work, number)
        thread = threading.Thread(target=target, name=f"thread {number + 1}", daemon=False)
        with suppress(RuntimeError):  # a subinterpreter allows none; there it must wait for its threads
            thread.daemon = True
        try:
            self._start(thread)
        except (RuntimeError, MemoryError) as error:
            if not self._threads:
                raise no_thread(error) from None
            self.workers, self.shortage = len(self._threads), error
            return
        if self._recorder is not None:
            self._recorder.add_worker(self._describe(number))
        self._threads[number] = thread  # once it has started: no other can be waited for
        self._hired += 1

    def _describe(self, number: int) -> Worker:
        return Worker(id=number, pid=os.getpid(), thread=f"thread {number + 1}")

    def _work(self, number: int) -> None:
        self._serve(number)
        if self._recorder is not None:
            self._usage.put((number, thread_usage()))

    def _serve(self, number: int) -> None:
        function, close = plain_call(self._function, is_async=self._is_async)
        self._run_batches(function, number)
        close()

    def _run_batches(self, function: Callable[[Any], Any], number: int) -> None:
        """Run batches until there are no more, or one was given up."""
        can_be_cut = self._stopwatch is not None
        while (batch := self._todo.get()) is not None:
            work = UnderWay(batch, can_be_cut=can_be_cut)
            self._under_way[work] = number
            reply = work.run(function, worker=number)
            if self._under_way.pop(work, None) is None:
                return
            self._done.put(reply)

    def _in_time(self, watch: Stopwatch, until_ns: int | None) -> Reply | None:
        """Wait for a reply, and replace threads that are late."""
        while True:
            if wall_ns() >= watch.look_ns:
                self._replace_late(watch)
            try:
                reply = take_before(self._done, earlier(until_ns, watch.look_ns))
            except Empty:
                if until_ns is not None and wall_ns() >= until_ns:
                    return None
            else:
                return None if reply is None else watch.judge(reply)

    def _replace_late(self, watch: Stopwatch) -> None:
        running = list(self._under_way.items())
        for (work, number), seen in watch.late((each, each[0].marks, len(each[0].batch.items)) for each in running):
            # One that has gone on since the look is late and does not hang: it ends its item, and answers itself.
            if work.cut() > seen or self._under_way.pop(work, None) is None:
                continue
            error = watch.error("its thread cannot be stopped and goes on")
            reply, lost = work.abandoned(seen, error, worker=number, now_ns=wall_ns())
            if self._recorder is not None:
                self._recorder.add(lost)
            del self._threads[number]
            if not self._todo.empty():
                self._hire()
            self._done.put(reply)
