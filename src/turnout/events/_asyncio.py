"""Emitters in asyncio's loop."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from turnout.events._emitter import Emitter
from turnout.events._loop import Loop
from turnout.events._offload import GRACE_S


class AsyncioLoop(Loop):
    """Handles an emitter's events in the asyncio loop that runs: ``async with AsyncioLoop(emitter) as loop``.

    ``emit`` may then be called in any thread; in the loop's own it still calls handlers before it returns. ``async``
    handlers are tasks of the loop. Leaving handles what was emitted and waits for them; leaving with an exception,
    such as Ctrl-C, cancels them, and gives up what is off-loaded.
    """

    _loop: asyncio.AbstractEventLoop

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._start()
        self.emitter.calls.tasks.loop = self._loop
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        tasks = self.emitter.calls.tasks
        try:
            if kind is None:
                await self.settle()
            else:
                self.leave_waiting()
                tasks.cancel()
                await tasks.finish()
        finally:
            tasks.loop = None
            if self.emitter.offloads is not None:
                await asyncio.to_thread(self.emitter.offloads.close, GRACE_S if kind is None else 0.0)
            self._end()

    async def settle(self) -> None:
        """Wait until nothing is left to handle, and all ``async`` and off-loaded handlers are done."""
        emitter = self.emitter
        while emitter.waiting or emitter.calls.tasks.are_living or (emitter.offloads and emitter.offloads.pending):
            await emitter.calls.tasks.finish()
            if emitter.offloads is not None and not emitter.waiting:
                await emitter.offloads.change()
            await asyncio.sleep(0)  # in which the loop handles what they emitted

    def _call_later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        return self._loop.call_later(seconds, call).cancel

    def _call_soon(self, call: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has just been closed
            self._loop.call_soon_threadsafe(call)


def run_tasks(emitter: Emitter) -> None:
    """Run what ``async`` handlers left to do to its end, in a loop that is made for it."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        emitter.bind(lambda: _drain_soon(loop, emitter))
        emitter.calls.tasks.loop = loop
        try:
            await emitter.calls.tasks.finish()
        finally:
            emitter.calls.tasks.loop = None
            emitter.release()

    asyncio.run(run())
    emitter.drain()


def _drain_soon(loop: asyncio.AbstractEventLoop, emitter: Emitter) -> None:
    with suppress(RuntimeError):  # as above
        loop.call_soon_threadsafe(emitter.drain)
