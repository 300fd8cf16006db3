"""Tasks of one event loop: the cheapest way to wait for many things at once."""

import asyncio
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from typing import Any, ClassVar, ParamSpec, TypeVar

from turnout.errors import ExecutorError
from turnout.executors._batches import Batch, Reply
from turnout.executors._contract import (
    Capabilities,
    Executor,
    checked_workers,
    function_name,
    is_coroutine_function,
)
from turnout.executors._coroutine_work import CoroutineWork
from turnout.executors._limits import AHEAD, GRACE_NS
from turnout.executors._loop_thread import LoopThread, finish_at_exit
from turnout.executors._stopwatch import stopwatch
from turnout.executors._stream import Crew
from turnout.executors._waiting import take_until
from turnout.trace import Recorder, Worker

P = ParamSpec("P")
T = TypeVar("T")
DEFAULT_TASKS = 100
_TOGETHER_S = 0.005  # replies that come sooner one after the other are handed over together
_SALVAGE_S = 0.2  # for the loop to say what is done, when nobody waits for the rest
_IDLE_SHARE = 8  # but not once one task of so many has nothing to do


class AsyncioExecutor(Executor):
    """Runs coroutine functions as tasks of an event loop in a thread of its own.

    A coroutine that takes longer than a stream's time limit is cancelled, and half a second later, if it goes on all
    the same, left behind. One that blocks the event loop cannot be cancelled: its item fails once it has ended, late,
    and until then nothing else goes on.
    """

    name: ClassVar[str] = "asyncio"
    capabilities: ClassVar[Capabilities] = Capabilities(
        parallel=False, overlaps=True, crosses=False, isolates=False, stops=True
    )

    def __init__(self, max_workers: int | None = None) -> None:
        self._workers = DEFAULT_TASKS if max_workers is None else checked_workers(max_workers)
        self._loop: LoopThread | None = None
        self._lock = threading.Lock()
        self._shut_down = False

    @property
    def workers(self) -> int:
        """How many tasks it runs at once, at most."""
        return self._workers

    def crew(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],  # noqa: ARG002
        recorder: Recorder | None,
        *,
        timeout_s: float | None = None,
    ) -> Crew:
        """Return fresh tasks in a fresh loop."""
        _require_coroutine_function(function)
        return CoroutineCrew(function, self._workers, recorder, timeout_s=timeout_s)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start a task for the call as soon as there is room.

        Args:
            fn: An ``async def`` function. The future has what it returns.
            args: Its positional arguments.
            kwargs: Its named arguments.

        Raises:
            ExecutorError: If ``fn`` is a plain function.
        """
        _require_coroutine_function(fn)
        with self._lock:
            if self._shut_down:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if self._loop is None:
                self._loop = LoopThread(self._workers)
                finish_at_exit(self._loop)
                weakref.finalize(self, self._loop.finish)
            future: Future[Any] = Future()
            self._loop.begin(future, partial(fn, *args, **kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        """Refuse further calls, let the tasks end, and end the loop.

        Args:
            wait: Whether to wait for that.
            cancel_futures: Whether to cancel the tasks.
        """
        with self._lock:
            self._shut_down = True
            loop = self._loop
        if loop is None:
            return
        if cancel_futures:
            loop.cancel()
        loop.finish()
        if wait:
            loop.join()


class CoroutineCrew:
    """Worker tasks that share one queue of batches.

    Args:
        function: What to call with each item.
        workers: How many tasks there are at most.
        recorder: Where workers are named.
        timeout_s: How long an item may take.
    """

    is_calling_here = False

    def __init__(
        self,
        function: Callable[[Any], Any],
        workers: int,
        recorder: Recorder | None,
        *,
        timeout_s: float | None = None,
    ) -> None:
        self.workers = workers
        self._stopwatch = stopwatch(timeout_s)
        self._context = copy_context()
        self._function = function
        self._recorder = recorder
        self._in_flight = 0
        self._hired = 0
        self._loop: LoopThread | None = None
        self._todo: deque[Batch] = deque()
        self._idle: deque[asyncio.Future[Batch]] = deque()  # what tasks wait for that found nothing to do
        self._inbox: deque[tuple[Batch, int | None]] = deque()  # on its way into the loop, with the task to hire for it
        self._is_called = False  # whether the loop is about to look there
        self._works: set[CoroutineWork] = set()  # under way
        self._outbox: deque[Reply] = deque()  # on its way out
        self._is_told = False  # whether whoever takes replies is about to look there
        self._told_at = -inf  # by the loop's clock
        self._later: asyncio.TimerHandle | None = None  # tells
        self._news: SimpleQueue[bool | None] = SimpleQueue()

    def has_room(self) -> bool:
        """Tell whether a worker is idle, or will find nothing to do if it ends soon."""
        return self._in_flight < self.workers + min(self.workers, AHEAD)

    def stand_by(self) -> int:
        """Start the event loop before there is anything for it to do, and return the system's number of its thread."""
        return self._running().native_id

    def put(self, batch: Batch) -> None:
        """Hand over a batch, with one more task while there are not enough."""
        loop = self._running()
        self._in_flight += 1
        hire = self._hired < min(self.workers, self._in_flight)
        if hire:
            self._hired += 1
            if self._recorder is not None:
                self._recorder.add_worker(
                    Worker(id=self._hired - 1, pid=os.getpid(), thread="event loop", task=f"task {self._hired}")
                )
        self._inbox.append((batch, self._hired - 1 if hire else None))
        if not self._is_called:  # to call it takes longer than all the rest
            self._is_called = True
            loop.loop.call_soon_threadsafe(self._take, loop.tasks)

    def get(self, until_ns: int | None = None) -> Reply | None:
        """Wait for a reply."""
        while not self._outbox:
            self._is_told = False  # before the look, as the loop looks after it has added: one of them sees it
            if not self._outbox and take_until(self._news, until_ns) is None:
                return None
        self._in_flight -= 1
        return self._outbox.popleft()

    def wake(self) -> None:
        """Have `get` return."""
        self._news.put(None)

    def threads(self) -> list[tuple[int, int]]:
        """Return this process and the system's number of the event loop's thread."""
        return [] if self._loop is None else [(os.getpid(), self._loop.native_id)]

    def close(self, recorder: Recorder | None) -> None:
        """Cancel what is not done, and wait for the loop's end, half a second at most: it may be blocked."""
        if self._loop is None:
            return
        self._loop.stop()
        self._loop.join(GRACE_NS / 1e9)
        if recorder is not None and self._loop.usage is not None:
            recorder.add_usage(0, self._loop.usage)
        self._loop = None

    def salvage(self) -> list[Reply]:
        """Return what is done, unless the event loop is blocked; tasks that are on an item answer no more."""
        if self._loop is not None:
            told: SimpleQueue[None] = SimpleQueue()
            self._loop.loop.call_soon_threadsafe(self._give_up, told)
            with suppress(Empty):
                told.get(timeout=_SALVAGE_S)
        replies = []
        while self._outbox:
            replies.append(self._outbox.popleft())
        return replies

    def abort(self) -> None:
        """Cancel everything, and leave the loop behind."""
        if self._loop is not None:
            self._loop.stop()
            self._loop = None

    def _running(self) -> LoopThread:
        if self._loop is None:
            self._loop = LoopThread(self.workers)
        return self._loop

    def _take(self, tasks: set[asyncio.Task[None]]) -> None:
        self._is_called = False  # before the look, as `put` looks after it has put: one of the two sees the batch
        while self._inbox:
            batch, hired = self._inbox.popleft()
            if hired is not None:
                self._start(tasks, hired)
            self._give(batch)

    def _give(self, batch: Batch) -> None:
        while self._idle:
            waiting = self._idle.popleft()
            if not waiting.done():  # else its task was cancelled
                waiting.set_result(batch)
                return
        self._todo.append(batch)

    def _start(self, tasks: set[asyncio.Task[None]], number: int) -> None:
        loop = asyncio.get_running_loop()
        tasks.add(loop.create_task(self._work(tasks, number), name=f"task {number + 1}", context=self._context.copy()))

    async def _work(self, tasks: set[asyncio.Task[None]], number: int) -> None:
        loop, replace = asyncio.get_running_loop(), partial(self._replace, tasks)
        while True:
            if self._todo:
                batch = self._todo.popleft()
            else:
                waiting: asyncio.Future[Batch] = loop.create_future()
                self._idle.append(waiting)
                batch = await waiting
            work = CoroutineWork(batch, number, self._stopwatch, replace)
            self._works.add(work)
            try:
                reply = await work.run(self._function)
            finally:
                self._works.discard(work)
            if work.is_abandoned:
                return
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        """Hand over a reply, if it need not be at once then together with others.

        To wake a thread, and be interrupted by it, takes longer than all else that is done for an item.
        """
        self._outbox.append(reply)
        if self._is_told:
            return
        idle = 0 if self._todo else len(self._idle) + 1
        loop = asyncio.get_running_loop()
        if idle * _IDLE_SHARE >= self._hired or loop.time() >= self._told_at + _TOGETHER_S:
            self._tell()
        elif self._later is None:
            self._later = loop.call_at(self._told_at + _TOGETHER_S, self._tell)

    def _tell(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self._told_at = asyncio.get_running_loop().time()
        if self._outbox and not self._is_told:
            self._is_told = True
            self._news.put(True)

    def _give_up(self, told: "SimpleQueue[None]") -> None:
        self._inbox.clear()
        self._todo.clear()
        for work in self._works:
            if not work.is_abandoned:
                work.is_abandoned = True
                self._outbox.append(work.reply())
        told.put(None)

    def _replace(self, tasks: set[asyncio.Task[None]], work: CoroutineWork) -> None:
        self._answer(work.reply())
        self._start(tasks, work.worker)


def _require_coroutine_function(function: Callable[..., Any]) -> None:
    if not is_coroutine_function(function):
        raise ExecutorError(
            f"{function_name(function)} is a plain function, which would block the event loop; "
            "write it as `async def`, or use the threads executor"
        )
