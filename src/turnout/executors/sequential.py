"""One item after the other, in the caller's thread."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, ClassVar, ParamSpec, TypeVar

from turnout.errors import ExecutorError
from turnout.executors._batches import Batch, Reply
from turnout.executors._contract import Capabilities, Executor, checked_workers, is_coroutine_function
from turnout.executors._stream import Crew
from turnout.executors._worker import Marks, run_batch
from turnout.trace import Recorder, Usage, Worker
from turnout.trace._usage import thread_usage

P = ParamSpec("P")
T = TypeVar("T")


class SequentialExecutor(Executor):
    """Runs each call when it is submitted; the model that all others are measured against."""

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

    def crew(self, function: Callable[[Any], Any], items: Iterable[Any], recorder: Recorder | None) -> Crew:  # noqa: ARG002
        """Return the caller as a crew of one."""
        if is_coroutine_function(function):
            from turnout.executors.coroutines import CoroutineCrew  # noqa: PLC0415  loads asyncio

            return CoroutineCrew(function, 1, recorder)
        return CallerCrew(function, recorder)


class CallerCrew:
    """The caller's own thread, working when it is asked for a reply."""

    workers = 1

    def __init__(self, function: Callable[[Any], Any], recorder: Recorder | None) -> None:
        self._function = function
        self._given: deque[Batch] = deque()
        self._before: Usage | None = None
        if recorder is not None:
            self._before = thread_usage()
            recorder.add_worker(Worker(id=0, pid=os.getpid(), thread=threading.current_thread().name))

    def has_room(self) -> bool:
        """Tell whether there is nothing to do."""
        return not self._given

    def put(self, batch: Batch) -> None:
        """Take a batch."""
        self._given.append(batch)

    def get(self) -> Reply:
        """Run the batch."""
        return run_here(self._function, self._given.popleft(), worker=0, let_through=(KeyboardInterrupt,))

    def close(self, recorder: Recorder | None) -> None:
        """Tell what was used."""
        if recorder is not None and self._before is not None:
            recorder.add_usage(0, thread_usage().since(self._before))

    def abort(self) -> None:
        """There is nothing to stop."""


def run_here(
    function: Callable[[Any], Any], batch: Batch, *, worker: int, let_through: tuple[type[BaseException], ...] = ()
) -> Reply:
    """Run a batch in this thread and return its reply."""
    marks = Marks(len(batch.items))
    values, failures = run_batch(function, batch.items, marks, fine_cpu=batch.fine_cpu, let_through=let_through)
    spans = batch.spans(
        worker=worker,
        start_ns=marks.start_ns,
        ends=marks.ends,
        cpu_ns=marks.cpu_ns,
        cpus=marks.cpus if batch.fine_cpu else None,
    )
    return Reply(batch, values, failures, spans)
