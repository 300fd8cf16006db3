"""Emitters in a thread of their own."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from turnout.errors import UsageError
from turnout.events._asyncio import AsyncioLoop
from turnout.events._emitter import Emitter
from turnout.events._loop import BLOCK_S, PROBE_S
from turnout.events._stats import LagStats
from turnout.events._subscription import Subscription

if TYPE_CHECKING:
    from turnout.report import EventsReport

T = TypeVar("T")
JOIN_S = 1.0  # how long a handler may go on after the thread was asked to end in a hurry


class ThreadLoop:
    """Handles an emitter's events in a thread of its own: ``with ThreadLoop(emitter) as loop``.

    ``emit`` in any other thread returns at once. Handlers, plain and ``async``, run in the thread. Leaving handles
    what was emitted before; leaving with an exception, such as Ctrl-C, does not, and waits at most a second for the
    handler that runs. A handler that never ends does not keep the program from ending.

    Args:
        emitter: As for `AsyncioLoop`.
        probe_s: Likewise.
        block_s: Likewise.
    """

    def __init__(self, emitter: Emitter, *, probe_s: float = PROBE_S, block_s: float = BLOCK_S) -> None:
        self._inner = AsyncioLoop(emitter, probe_s=probe_s, block_s=block_s)
        self._is_ready = threading.Event()
        self._ending: asyncio.Future[bool] | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._live, name=f"turnout-{emitter.name}", daemon=True)

    @property
    def lag(self) -> LagStats:
        """How late the loop was so far."""
        return self._inner.lag

    def report(self, title: str | None = None) -> "EventsReport":
        """Return what the emitter and the loop found out (see `Loop.report`)."""
        return self._inner.report(title)

    def after(self, seconds: float, event: object, payload: object = None) -> Subscription:
        """Emit an event when some time has gone by; from any thread."""
        return self._timer(lambda: self._inner.after(seconds, event, payload))

    def every(self, seconds: float, event: object, payload: object = None) -> Subscription:
        """Emit an event again and again (see `Loop.every`); from any thread."""
        return self._timer(lambda: self._inner.every(seconds, event, payload))

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        is_hurried = kind is not None
        if is_hurried:
            self._inner.leave_waiting()
        ending = self._ending
        if ending is not None and self._thread.is_alive():
            ending.get_loop().call_soon_threadsafe(ending.set_result, not is_hurried)
        self._thread.join(JOIN_S if is_hurried else None)
        if self._failure is not None and not is_hurried:
            raise self._failure

    def _timer(self, make: Callable[[], Subscription]) -> Subscription:
        """Set a timer in the loop's thread, where alone that may be done."""
        timer = self._call(make)
        return Subscription(lambda: self._call(timer.remove))

    def _call(self, call: Callable[[], T]) -> T:
        if threading.get_ident() == self._thread.ident:
            return call()
        if self._ending is None or not self._thread.is_alive():
            raise UsageError("the loop does not run; set timers between its beginning and its end")
        made: Future[T] = Future()

        def run() -> None:
            try:
                made.set_result(call())
            except Exception as error:  # noqa: BLE001  it is raised where it was called
                made.set_exception(error)

        self._ending.get_loop().call_soon_threadsafe(run)
        return made.result()

    def _live(self) -> None:
        try:
            asyncio.run(self._run())
        except _HurriedError:
            pass
        except BaseException as failure:  # noqa: BLE001  it is raised in the caller's thread
            self._failure = failure
            self._is_ready.set()

    async def _run(self) -> None:
        self._ending = asyncio.get_running_loop().create_future()
        async with self._inner:
            self._is_ready.set()
            if not await self._ending:
                raise _HurriedError


class _HurriedError(Exception):
    """What waits is not to be handled."""
