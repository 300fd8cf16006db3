"""Threads of this process: they wait at once, and compute at once where there is no GIL or C code drops it."""

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, ClassVar

from turnout.clock import wall_ns
from turnout.executors._batches import Batch, Reply
from turnout.executors._contract import Capabilities, Executor, checked_workers, is_coroutine_function
from turnout.executors._limits import GRACE_NS
from turnout.executors._stream import Crew
from turnout.executors._worker import plain_call
from turnout.executors.sequential import run_here
from turnout.trace import Recorder, Usage, Worker
from turnout.trace._usage import thread_usage


class ThreadExecutor(ThreadPoolExecutor, Executor):
    """The standard library's thread pool, which can also stream."""

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
            checked_workers(max_workers)
        super().__init__(max_workers, thread_name_prefix, initializer, initargs)

    @property
    def workers(self) -> int:
        """How many threads it has, at most."""
        return self._max_workers

    def crew(self, function: Callable[[Any], Any], items: Iterable[Any], recorder: Recorder | None) -> Crew:  # noqa: ARG002
        """Return fresh threads."""
        return ThreadCrew(function, self.workers, recorder)


class ThreadCrew:
    """Threads that share one queue of batches.

    They are daemons and nobody waits long for them, since a thread cannot be stopped from outside: one that is still on
    an item when the stream is left early goes on with that item, and ends.
    """

    def __init__(self, function: Callable[[Any], Any], workers: int, recorder: Recorder | None) -> None:
        self.workers = workers
        self._function = function
        self._is_async = is_coroutine_function(function)
        self._recorder = recorder
        self._threads: list[threading.Thread] = []
        self._todo: SimpleQueue[Batch | None] = SimpleQueue()
        self._done: SimpleQueue[Reply] = SimpleQueue()
        self._usage: SimpleQueue[tuple[int, Usage]] = SimpleQueue()
        self._in_flight = 0

    def has_room(self) -> bool:
        """Tell whether less than two batches for each worker are under way."""
        return self._in_flight < 2 * self.workers

    def put(self, batch: Batch) -> None:
        """Hand over a batch, with one more thread while there are not enough."""
        self._in_flight += 1
        if len(self._threads) < min(self.workers, self._in_flight):
            self._hire()
        self._todo.put(batch)

    def get(self) -> Reply:
        """Wait for a reply."""
        reply = self._done.get()
        self._in_flight -= 1
        return reply

    def close(self, recorder: Recorder | None) -> None:
        """Drop what no thread has begun, and wait for the rest, half a second at most."""
        while not self._todo.empty():
            self._todo.get()
        for _ in self._threads:
            self._todo.put(None)
        deadline = wall_ns() + GRACE_NS
        for thread in self._threads:
            thread.join(max(0, deadline - wall_ns()) / 1e9)
        while recorder is not None and not self._usage.empty():
            recorder.add_usage(*self._usage.get())

    def abort(self) -> None:
        """Leave the threads behind; each ends after its item."""
        while not self._todo.empty():
            self._todo.get()
        for _ in self._threads:
            self._todo.put(None)
        self._threads.clear()

    def _hire(self) -> None:
        number = len(self._threads)
        thread = threading.Thread(target=self._work, args=(number,), name=f"thread {number + 1}", daemon=False)
        with suppress(RuntimeError):  # a subinterpreter allows none; there it must wait for its threads
            thread.daemon = True
        if self._recorder is not None:
            self._recorder.add_worker(self._describe(number))
        thread.start()
        self._threads.append(thread)  # once it has started: no other can be waited for

    def _describe(self, number: int) -> Worker:
        return Worker(id=number, pid=os.getpid(), thread=f"thread {number + 1}")

    def _work(self, number: int) -> None:
        self._serve(number)
        if self._recorder is not None:
            self._usage.put((number, thread_usage()))

    def _serve(self, number: int) -> None:
        function, close = plain_call(self._function, is_async=self._is_async)
        while (batch := self._todo.get()) is not None:
            self._done.put(run_here(function, batch, worker=number))
        close()
