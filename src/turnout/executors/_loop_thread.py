"""A thread with an event loop that others give it calls for."""

import asyncio
import atexit
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from turnout.errors import UnavailableError
from turnout.trace._usage import thread_usage

if TYPE_CHECKING:
    from turnout.trace import Usage


class LoopThread:
    """An event loop that runs in a daemon thread until it is told to end.

    Args:
        tasks: How many calls it runs at once, at most.

    Attributes:
        loop: The event loop.
        tasks: Held for the loop, which holds its tasks weakly: a stream that is forgotten must be able to cancel them.
        usage: What its thread used; None until it has ended.
    """

    def __init__(self, tasks: int) -> None:
        self.usage: Usage | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(tasks)
        self._end = asyncio.Event()
        self._is_finishing = False
        self._open: dict[Future[Any], None] = {}  # in the order in which they came
        ready: SimpleQueue[asyncio.AbstractEventLoop | OSError] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="event loop", daemon=True)
        try:
            self._thread.start()
            loop = ready.get()
            if isinstance(loop, OSError):
                raise loop
        except (RuntimeError, OSError) as error:
            reason = f"the system refuses it ({getattr(error, 'strerror', None) or error})"
            raise UnavailableError("an event loop", reason, "raise its limits (ulimit -n, -u, -v)") from None
        self.loop = loop

    @property
    def native_id(self) -> int:
        """The system's number of its thread."""
        return self._thread.native_id or 0

    def begin(self, future: Future[Any], call: Callable[[], Any]) -> None:
        """Start a task that makes ``call``, when its turn comes, for ``future``."""
        self._open[future] = None
        future.add_done_callback(self._forget)
        asyncio.run_coroutine_threadsafe(self._settle(future, call), self.loop)

    def cancel(self) -> None:
        """Cancel the futures that are not done, and their tasks; the last first, so that none is given a turn."""
        for future in reversed(list(self._open)):
            future.cancel()

    def stop(self) -> None:
        """Cancel what still runs and end the loop."""
        self._call(self._end.set)

    def finish(self) -> None:
        """End the loop when all futures are done."""
        self._call(self._finish)

    def join(self, timeout_s: float | None = None) -> None:
        """Wait for the thread's end."""
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)

    def _run(self, ready: "SimpleQueue[asyncio.AbstractEventLoop | OSError]") -> None:
        try:
            asyncio.run(self._live(ready))
        except OSError as error:  # there was no descriptor for the loop
            ready.put(error)
        self.usage = thread_usage()

    async def _live(self, ready: "SimpleQueue[asyncio.AbstractEventLoop | OSError]") -> None:
        ready.put(asyncio.get_running_loop())
        await self._end.wait()

    async def _settle(self, future: Future[Any], call: Callable[[], Any]) -> None:
        task = asyncio.current_task()

        def follow(done: Future[Any]) -> None:
            if done.cancelled() and task is not None:
                self._call(task.cancel)

        future.add_done_callback(follow)
        try:
            async with self._turns:
                value = None if future.cancelled() else await call()
        except asyncio.CancelledError:
            future.cancel()
            future.set_running_or_notify_cancel()
        except BaseException as error:  # noqa: BLE001  left to the task, a SystemExit would end the loop and all its calls
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
        else:
            if future.set_running_or_notify_cancel():
                future.set_result(value)

    def _forget(self, future: Future[Any]) -> None:
        del self._open[future]
        if self._is_finishing and not self._open:
            self.stop()

    def _finish(self) -> None:
        self._is_finishing = True  # before the look, as `_forget` looks after the change: one of the two sees the end
        if not self._open:
            self._end.set()

    def _call(self, function: Callable[[], object]) -> None:
        try:
            self.loop.call_soon_threadsafe(function)
        except RuntimeError:  # it has ended already
            return


_to_finish: "weakref.WeakSet[LoopThread]" = weakref.WeakSet()


def finish_at_exit(loop: LoopThread) -> None:
    """Have the calls of a loop finished at the end of the program, as the standard library's pools do."""
    _to_finish.add(loop)


@atexit.register
def _finish_all() -> None:
    loops = list(_to_finish)
    for loop in loops:
        loop.finish()
    for loop in loops:
        loop.join()
