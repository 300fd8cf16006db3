"""Processes of this machine: they compute at once, and one that dies takes nothing else along."""

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

from turnout.executors._chunk import call_each
from turnout.executors._contract import Capabilities, Executor, checked_workers, function_name
from turnout.executors._launch import choose_start_method
from turnout.executors._pickling import dumps
from turnout.executors._process_crew import ProcessCrew
from turnout.executors._said import Hear
from turnout.executors._stream import Crew
from turnout.machine import usable_workers
from turnout.trace import Recorder

if TYPE_CHECKING:
    from turnout.executors._call_manager import CallManager

P = ParamSpec("P")
T = TypeVar("T")
Initializer = Callable[..., object] | None


class ProcessExecutor(Executor):
    """Runs calls in worker processes.

    Differs from the standard library's process pool where that one loses work: a worker that dies fails the one call
    that it was on and is replaced; functions of ``__main__``, lambdas and closures are welcome; the script needs no
    ``if __name__ == "__main__"``. A worker whose item takes longer than a stream's time limit is killed and replaced.

    Args:
        max_workers: At most so many processes; as many as cores are usable by default.
        mp_context: Taken for its start method only, as the standard library's pool is.
        initializer: Called in each worker before its first call.
        initargs: Its arguments.
        max_tasks_per_child: After how many calls a worker is replaced; never by default.
        start_method: How workers are started: ``"fork"``, ``"forkserver"``, ``"spawn"``, or None for fork while this
            process has one thread only (a library's that end before a fork do not count), and forkserver otherwise.
        hear: Takes what the workers of a stream print, log and warn of, each when the outcome is given out of the
            item that said it; by default it is printed, logged and shown by this process.
    """

    name: ClassVar[str] = "processes"
    capabilities: ClassVar[Capabilities] = Capabilities(
        parallel=True, overlaps=True, crosses=True, isolates=True, stops=True
    )
    batch_ns: ClassVar[int] = ProcessCrew.batch_ns

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: Any = None,  # a multiprocessing context; those classes are private
        initializer: Initializer = None,
        initargs: tuple[Any, ...] = (),  # the initializer's own arguments
        *,
        max_tasks_per_child: int | None = None,
        start_method: str | None = None,
        hear: Hear | None = None,
    ) -> None:
        self._hear = hear
        # by this name Dask and others read it
        self._max_workers = usable_workers() if max_workers is None else checked_workers(max_workers)
        self._start_method = start_method or (mp_context.get_start_method() if mp_context is not None else None)
        if self._start_method is not None:
            choose_start_method(self._start_method)
        self._initializer = (initializer, initargs)
        if max_tasks_per_child is not None and max_tasks_per_child < 1:
            raise ValueError(f"max_tasks_per_child must be at least 1, not {max_tasks_per_child}")
        self._calls_each = max_tasks_per_child
        self._manager: CallManager | None = None
        self._lock = threading.Lock()
        self._shut_down = False

    @property
    def workers(self) -> int:
        """How many processes it has, at most."""
        return self._max_workers

    def crew(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        recorder: Recorder | None,
        *,
        timeout_s: float | None = None,
    ) -> Crew:
        """Return fresh processes."""
        return ProcessCrew(
            function,
            items,
            self._max_workers,
            start_method=self._start_method,
            recorder=recorder,
            timeout_s=timeout_s,
            hear=self._hear,
        )

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Make the call in a worker process.

        Args:
            fn: Any callable that can be sent: by name, or by value.
            args: Its positional arguments; pickled now.
            kwargs: Its named arguments; pickled now.
        """
        future: Future[Any] = Future()
        with self._lock:
            if self._shut_down:
                raise RuntimeError("cannot schedule new futures after shutdown")
            try:
                payload = dumps((fn, args, kwargs), lambda: f"the call of {function_name(fn)}")
            except Exception as error:  # noqa: BLE001  pickling runs the objects' own code
                future.set_running_or_notify_cancel()
                future.set_exception(error)
                return future
            if self._manager is None:
                from turnout.executors._call_manager import CallManager  # noqa: PLC0415  streams don't need its 20 ms

                self._manager = CallManager(
                    self._max_workers, choose_start_method(self._start_method), self._initializer, self._calls_each
                )
                weakref.finalize(self, self._manager.shut_down, cancel=False)
            self._manager.put(future, payload)
        return future

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],  # the caller's items
        timeout: float | None = None,
        chunksize: int = 1,
        **options: Any,  # the standard library's later ones: Python 3.14 has ``buffersize``
    ) -> Iterator[T]:
        """Yield the result of each call, in order, as the standard library's pools do.

        Args:
            fn: Takes one item of each iterable.
            iterables: Read to their ends at once; `stream` does not.
            timeout: Seconds from now on until which each result must be there.
            chunksize: How many calls are sent to a worker at once.
            options: See `concurrent.futures.Executor.map`.

        Raises:
            ValueError: If ``chunksize`` is less than 1.
        """
        if chunksize < 1:
            raise ValueError(f"chunksize must be at least 1, not {chunksize}")
        if chunksize == 1:
            return super().map(fn, *iterables, timeout=timeout, **options)
        calls = zip(*iterables, strict=False)
        chunks = iter(lambda: list(islice(calls, chunksize)), [])
        return _flat(super().map(partial(call_each, fn), chunks, timeout=timeout, **options))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        """Refuse further calls, finish those that were made, and end the workers.

        Args:
            wait: Whether to wait for that.
            cancel_futures: Whether to cancel calls that have not begun.
        """
        with self._lock:
            self._shut_down = True
            manager = self._manager
        if manager is not None:
            manager.shut_down(cancel=cancel_futures)
            if wait:
                manager.join()

    def kill_workers(self) -> None:
        """End the workers at once, and refuse further calls; those that are not done fail.

        Source: `concurrent.futures.ProcessPoolExecutor.kill_workers` of Python 3.14.
        """
        with self._lock:
            self._shut_down = True
            manager = self._manager
        if manager is not None:
            manager.kill()


def _flat(chunks: Iterator[list[T]]) -> Iterator[T]:
    for chunk in chunks:
        chunk.reverse()
        while chunk:
            yield chunk.pop()  # and keep no result that was handed out
