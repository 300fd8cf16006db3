"""Single calls on a Dask cluster, driven by a thread of their own, since a future must be set while nobody waits."""

import pickle
import threading
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

from turnout.errors import ClusterError, WorkerDiedError
from turnout.executors._dask_hub import Hub
from turnout.executors._dask_tickets import Lost
from turnout.executors._dask_worker import Answered, Order
from turnout.executors._futures import Pending, finish_at_end, settle

Told = tuple[str, Answered | Lost | ClusterError]


class DaskCalls:
    """Gives calls to a cluster and results to futures; at most so many at once as the executor has workers.

    Args:
        hub: Where the line to the cluster comes from.
        limit: How many calls are made at once, at most; as many as the cluster has threads for None.

    Raises:
        ClusterError: If there is no scheduler, or it has no workers.
    """

    def __init__(self, hub: Hub, limit: int | None) -> None:
        self._hub = hub
        self._limit = limit
        self._stream = uuid4().hex
        self._pending = Pending()
        self._running: dict[str, Future[Any]] = {}
        self._told: SimpleQueue[Told | None] = SimpleQueue()
        self._line = hub.acquire()
        self._line.on_growth.add(self._look)
        self._thread = threading.Thread(target=self._live, name="turnout dask calls", daemon=True)
        self._thread.start()
        finish_at_end(self)

    def put(self, future: Future[Any], payload: bytes) -> None:
        """Have a pickled call made for ``future``.

        Raises:
            BrokenProcessPool: If process after process has died.
            ClusterError: If the scheduler has gone away.
            RuntimeError: If the program is ending.
        """
        self._pending.put(future, payload)
        self._told.put(None)

    def shut_down(self, *, cancel: bool) -> None:
        """End when all calls are done, or all that have begun."""
        self._pending.close(cancel_from=0 if cancel else None)
        self._told.put(None)

    def join(self) -> None:
        """Wait for the end."""
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _live(self) -> None:
        try:
            while self._assign():
                told = self._told.get()
                if told is not None:
                    self._hear(*told)
        finally:
            self._line.on_growth.discard(self._look)
            self._line.finish(self._stream)
            self._hub.release(self._line)

    def _assign(self) -> bool:
        """Send calls while there is room; return whether there is anything to wait for."""
        while self._pending:
            if len(self._running) >= (self._limit or max(1, self._line.slots)):
                return True
            if (call := self._pending.take()) is not None:
                future, payload = call
                order = Order(stream=self._stream, digest="", function=None, count=0)
                self._running[self._line.send(order, payload, self._tell)] = future
        return bool(self._running) or not self._pending.is_over

    def _look(self) -> None:
        self._told.put(None)

    def _tell(self, key: str, what: Answered | Lost | ClusterError) -> None:
        self._told.put((key, what))

    def _hear(self, key: str, told: Answered | Lost | ClusterError) -> None:
        future = self._running.pop(key)
        if isinstance(told, ClusterError):
            future.set_exception(told)
            self._pending.fail(told)
        elif isinstance(told, Lost):
            future.set_exception(WorkerDiedError(None, None, place=f"the Dask worker {told.address}"))
        elif told[0].what == "done":
            settle(future, partial(pickle.loads, told[1]), failed=told[0].failed)
        else:
            self._lose(future, told)

    def _lose(self, future: Future[Any], told: Answered) -> None:
        answer, _payload = told
        place = f"the Dask worker {answer.address}"
        if answer.what == "strange":
            error = ClusterError(f"{place} does not fit: {answer.words}; install the same there as here")
            future.set_exception(error)
            self._pending.fail(error)
            return
        future.set_exception(WorkerDiedError(answer.pid, answer.exit_code, place=place))
