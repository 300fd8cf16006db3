"""One item after the other, in the caller's thread."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, ClassVar, ParamSpec, TypeVar

from turnout.errors import ExecutorError
from turnout.executors._batches import Batch, Reply
from turnout.executors._contract import Capabilities, Executor, checked_workers, is_coroutine_function
from turnout.executors._stream import Crew
from turnout.executors._under_way import UnderWay
from turnout.executors._waiting import take_until
from turnout.trace import Recorder, Usage, Worker
from turnout.trace._usage import thread_usage

P = ParamSpec("P")
T = TypeVar("T")


class SequentialExecutor(Executor):
    """Runs each call when it is submitted; the model that all others are measured against.

    Nothing can stop the caller's own thread, so a stream with a time limit runs its items one by one in another: it is
    left to a late item, whose code goes on, and the next items get a new one.
    """

    name: ClassVar[str] = "sequential"
    capabilities: ClassVar[Capabilities] = Capabilities(
        parallel=False, overlaps=False, crosses=False, isolates=False, stops=False
    )

    def __init__(self, max_workers: int | None = None) -> None:
        if max_workers is not None and checked_workers(max_workers) != 1:
            raise ExecutorError(f"the sequential executor has 1 worker, not {max_workers}")
        self._shut_down = False

    @property
    def workers(self) -> int:
        """Always 1."""
        return 1

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run the call now and return its finished future."""
        if self._shut_down:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args, **kwargs))
        except (Exception, SystemExit, GeneratorExit) as error:  # noqa: BLE001  it belongs to the future
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Refuse further calls; there is nothing to wait for."""
        self._shut_down = True

    def crew(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],  # noqa: ARG002
        recorder: Recorder | None,
        *,
        timeout_s: float | None = None,
    ) -> Crew:
        """Return the caller as a crew of one; with a time limit, one thread."""
        if is_coroutine_function(function):
            from turnout.executors.coroutines import CoroutineCrew  # noqa: PLC0415  loads asyncio

            return CoroutineCrew(function, 1, recorder, timeout_s=timeout_s)
        if timeout_s is not None:
            from turnout.executors.threads import ThreadCrew  # noqa: PLC0415  only with a time limit

            return ThreadCrew(function, 1, recorder, timeout_s=timeout_s)
        return CallerCrew(function, recorder)


class CallerCrew:
    """The caller's own thread, working when it is asked for a reply."""

    workers = 1

    def __init__(self, function: Callable[[Any], Any], recorder: Recorder | None) -> None:
        self._function = function
        self._context = copy_context()
        self._given: deque[Batch] = deque()
        self._woken: SimpleQueue[None] = SimpleQueue()
        self._before: Usage | None = None
        self._caller = 0
        self._at_hand: UnderWay | None = None
        self._is_withdrawn = False
        if recorder is not None:
            self._before = thread_usage()
            recorder.add_worker(Worker(id=0, pid=os.getpid(), thread=threading.current_thread().name))

    @property
    def is_calling_here(self) -> bool:
        """Whether this thread is on an item, and was interrupted by a signal's handler that asks."""
        return self._caller == threading.get_ident()

    def has_room(self) -> bool:
        """Tell whether there is nothing to do."""
        return not self._given

    def put(self, batch: Batch) -> None:
        """Take a batch."""
        self._given.append(batch)

    def get(self, until_ns: int | None = None) -> Reply | None:
        """Run the batch; without one, wait."""
        if not self._given:
            return take_until(self._woken, until_ns)
        work = self._at_hand = UnderWay(self._given.popleft(), can_be_cut=True)
        if self._is_withdrawn:  # which is read after there is something to cut, and set before it is cut
            return take_until(self._woken, until_ns)
        self._caller = threading.get_ident()
        try:
            reply = self._context.run(work.run, self._function, worker=0, let_through=(KeyboardInterrupt,))
        finally:
            self._caller = 0
        self._at_hand = None
        return reply

    def withdraw(self) -> None:
        """Begin no further item, of the batch at hand neither; may be called in another thread."""
        self._is_withdrawn = True
        if self._at_hand is not None:
            self._at_hand.cut()

    def salvage(self) -> list[Reply]:
        """Return what was done of the batch whose item was interrupted."""
        return [] if self._at_hand is None else [self._at_hand.so_far(0)]

    def wake(self) -> None:
        """Have `get` return, if it waits."""
        if self._woken.empty():
            self._woken.put(None)

    def threads(self) -> list[tuple[int, int]]:
        """Return this process and the system's number of this thread."""
        return [(os.getpid(), threading.get_native_id())]

    def close(self, recorder: Recorder | None) -> None:
        """Tell what was used."""
        if recorder is not None and self._before is not None:
            recorder.add_usage(0, thread_usage().since(self._before))

    def abort(self) -> None:
        """There is nothing to stop."""
