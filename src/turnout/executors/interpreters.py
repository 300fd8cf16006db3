"""Subinterpreters of this process, each with a GIL of its own: they compute at once and start faster than processes."""

import os
import pickle
import sys
import threading
from array import array
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar, ParamSpec, TypeVar

from turnout.errors import UnavailableError
from turnout.executors._batches import Batch, Reply, apart
from turnout.executors._context import packed_context
from turnout.executors._contract import Capabilities, Executor, checked_workers, is_coroutine_function
from turnout.executors._pickling import dumps, dumps_by_value, unpack_error
from turnout.executors._stream import Crew
from turnout.executors._transfer import packed_items
from turnout.executors.threads import ThreadCrew
from turnout.machine import usable_workers
from turnout.trace import Recorder, Worker

P = ParamSpec("P")
T = TypeVar("T")


def why_no_interpreters() -> str | None:
    """Return why subinterpreters can't be used here, or None if they can."""
    if sys.version_info >= (3, 14):
        return None
    version = ".".join(map(str, sys.version_info[:2]))
    return f"Python {version} has no `concurrent.interpreters` (it came with 3.14)"


class InterpreterExecutor(Executor):
    """Runs calls in subinterpreters, one for each worker thread.

    Functions, items and results are pickled on the way, as between processes. Most extension modules cannot be
    imported in a subinterpreter yet; the failure of an item that tries says so.

    An interpreter cannot be stopped: one whose item takes longer than a stream's time limit is left behind and
    replaced. It goes on with that item in its thread, a daemon, and is closed after it; the result is dropped. With a
    time limit each item is sent by itself, so that the results of those before a late one are here.

    Args:
        max_workers: At most so many interpreters; as many as cores are usable by default.

    Raises:
        UnavailableError: Before Python 3.14.
    """

    name: ClassVar[str] = "interpreters"
    capabilities: ClassVar[Capabilities] = Capabilities(
        parallel=True, overlaps=True, crosses=True, isolates=False, stops=False
    )
    batch_ns: ClassVar[int] = 10_000_000

    def __init__(self, max_workers: int | None = None) -> None:
        reason = why_no_interpreters()
        if reason is not None:
            raise UnavailableError("the interpreters executor", reason, "use Python 3.14 or newer, or processes")
        self._workers = usable_workers() if max_workers is None else checked_workers(max_workers)
        self._pool = ThreadPoolExecutor(self._workers)

    @property
    def workers(self) -> int:
        """How many interpreters it has, at most."""
        return self._workers

    def crew(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],  # noqa: ARG002
        recorder: Recorder | None,
        *,
        timeout_s: float | None = None,
    ) -> Crew:
        """Return fresh interpreters."""
        return InterpreterCrew(function, self._workers, recorder, timeout_s=timeout_s)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Make the call in an interpreter of a thread's own.

        Args:
            fn: Any callable that can be sent: by name, or by value.
            args: Its positional arguments.
            kwargs: Its named arguments.
        """
        return self._pool.submit(_call, partial(fn, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        """Refuse further calls, finish those that were made, and end the interpreters.

        Args:
            wait: Whether to wait for that.
            cancel_futures: Whether to cancel calls that have not begun.
        """
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


def new_interpreter() -> Any:  # a concurrent.interpreters.Interpreter
    """Return a fresh interpreter with our search path."""
    from concurrent import interpreters  # type: ignore[attr-defined]  # noqa: PLC0415  since 3.14

    interpreter = interpreters.create()
    interpreter.exec(f"import sys; sys.path[:] = {sys.path!r}")
    return interpreter


class InterpreterCrew(ThreadCrew):
    """Threads that each lead an interpreter of their own.

    Args:
        function: What to call with each item.
        workers: How many there are at most.
        recorder: Where workers are named.
        create: Makes an interpreter.
        timeout_s: How long an item may take.
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        workers: int,
        recorder: Recorder | None,
        create: Callable[[], Any] = new_interpreter,  # of concurrent.interpreters.Interpreter
        *,
        timeout_s: float | None = None,
    ) -> None:
        super().__init__(function, workers, recorder, timeout_s=timeout_s)
        self._create = create
        self._packed_context = packed_context(self._context, dumps)
        self._packed = dumps_by_value((function, is_coroutine_function(function)), lambda: "the function")

    def _describe(self, number: int) -> Worker:
        return Worker(id=number, pid=os.getpid(), thread=f"thread {number + 1}", interpreter=number + 1)

    def _serve(self, number: int) -> None:
        interpreter = self._create()
        try:
            interpreter.call(_interpreter_worker().prepare, self._packed, self._packed_context)
            if self._stopwatch is not None:
                self._run_batches(partial(_run_item, interpreter), number)
            else:
                while (batch := self._todo.get()) is not None:
                    self._done.put(_run(interpreter, batch, number))
            interpreter.call(_interpreter_worker().finish)
        finally:
            interpreter.close()


def _interpreter_worker() -> Any:  # the module, which every interpreter imports for itself
    from turnout.executors import _interpreter_worker as module  # noqa: PLC0415  only where it is used

    return module


def _run(interpreter: Any, batch: Batch, number: int) -> Reply:
    """Run a batch over there; ``interpreter`` is a `concurrent.interpreters.Interpreter`."""
    items = packed_items(batch)
    if isinstance(items, Reply):
        return items
    try:
        data = interpreter.call(_interpreter_worker().run, items, batch.fine_cpu)
        times, result = pickle.loads(data)
        if times is None:
            return apart(batch, unpack_error(result))
        start_ns, cpu_ns, end_bytes, cpu_bytes = times
        values, packed = pickle.loads(result)
    except Exception as error:  # noqa: BLE001  pickling runs the objects' own code
        return apart(batch, error)
    ends, cpus = array("q", end_bytes), array("q", cpu_bytes)
    spans = batch.spans(
        worker=number, start_ns=start_ns, ends=ends, cpu_ns=cpu_ns, cpus=cpus if batch.fine_cpu else None
    )
    failures = {offset: unpack_error(error) for offset, error in packed.items()}
    return Reply(batch, values, failures, spans, sent_bytes=len(data))


def _run_item(interpreter: Any, item: Any) -> Any:
    """Return what the function over there returns for an item of the caller's, or raise what it raises."""
    data = interpreter.call(_interpreter_worker().run, dumps([item], lambda: "the item"), False)
    times, result = pickle.loads(data)
    if times is None:
        raise unpack_error(result)
    (value,), packed = pickle.loads(result)
    if packed:
        raise unpack_error(packed[0])
    return value


_own = threading.local()  # the interpreter of a pool's thread, which ends with it


def _call(call: Callable[[], T]) -> T:
    """Make a call in this thread's interpreter."""
    payload = dumps(call, lambda: "the call")
    if not hasattr(_own, "interpreter"):
        _own.interpreter = new_interpreter()
    failed, data = _own.interpreter.call(_interpreter_worker().call, payload)
    value = pickle.loads(data)
    if failed:
        raise unpack_error(value)
    result: T = value
    return result
