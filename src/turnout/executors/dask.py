"""Processes of many machines, which a Dask scheduler shares out; or of this one, for a try."""

import threading
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, ClassVar, ParamSpec, TypeVar

from turnout.executors._contract import Capabilities, Executor, checked_workers, function_name
from turnout.executors._dask_api import require_dask
from turnout.executors._dask_calls import DaskCalls
from turnout.executors._dask_crew import DaskCrew
from turnout.executors._dask_hub import Hub
from turnout.executors._pickling import dumps
from turnout.executors._stream import Crew
from turnout.machine import usable_workers
from turnout.trace import Recorder

P = ParamSpec("P")
T = TypeVar("T")


class DaskExecutor(Executor):
    """Runs calls on the workers of a Dask cluster, each in a process that the Dask worker leads.

    Workers need this package, with the same version of Python, and whatever modules the function imports; functions
    of ``__main__``, lambdas and closures travel along. What an item prints is printed where its worker runs.

    Dask does not ask who connects: let its scheduler listen on the loopback device only, or use TLS.

    Args:
        max_workers: At most so many items at once; as many as the cluster's workers have threads by default, or as
            cores are usable for a cluster of our own.
        address: The scheduler's, such as ``tcp://127.0.0.1:8786``. None for a cluster of our own on this machine, which
            takes a second or two to start, and ends with the executor.

    Raises:
        UnavailableError: If Dask isn't installed.
    """

    name: ClassVar[str] = "dask"
    capabilities: ClassVar[Capabilities] = Capabilities(
        parallel=True, overlaps=True, crosses=True, isolates=True, stops=True
    )
    batch_ns: ClassVar[int] = 100_000_000  # a task takes some 10 ms on its way there and back

    def __init__(self, max_workers: int | None = None, *, address: str | None = None) -> None:
        require_dask()
        self._limit = None if max_workers is None else checked_workers(max_workers)
        if self._limit is None and address is None:
            self._limit = usable_workers()
        self._hub = Hub(address, self._limit or 1)
        self._calls: DaskCalls | None = None
        self._lock = threading.Lock()
        self._shut_down = False
        weakref.finalize(self, self._hub.leave, wait=False)

    @property
    def workers(self) -> int:
        """How many items it runs at once, at most; without a number given, as many as the cluster has threads now.

        Raises:
            ClusterError: If there is no scheduler, or it has no workers.
        """
        if self._limit is not None:
            return self._limit
        line = self._hub.acquire()
        try:
            return max(1, line.slots)
        finally:
            self._hub.release(line)

    def crew(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],  # noqa: ARG002  batches are cut from them here
        recorder: Recorder | None,
        *,
        timeout_s: float | None = None,
    ) -> Crew:
        """Return fresh processes of the cluster's workers."""
        return DaskCrew(function, self._hub, self._limit, recorder, timeout_s=timeout_s)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Make the call on some worker of the cluster.

        Args:
            fn: Any callable that can be sent: by name, or by value.
            args: Its positional arguments; pickled now.
            kwargs: Its named arguments; pickled now.

        Raises:
            ClusterError: If there is no scheduler, or it has no workers.
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
            if self._calls is None:
                self._calls = DaskCalls(self._hub, self._limit)
                weakref.finalize(self, self._calls.shut_down, cancel=False)
            self._calls.put(future, payload)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        """Refuse further calls, finish those that were made, and leave the cluster, or end it if it is our own.

        Args:
            wait: Whether to wait for that.
            cancel_futures: Whether to cancel calls that have not begun.
        """
        with self._lock:
            self._shut_down = True
            calls = self._calls
        if calls is not None:
            calls.shut_down(cancel=cancel_futures)
            if wait:
                calls.join()
        self._hub.leave(wait=wait)
