"""Emitters in Tk's loop."""

import asyncio
from collections.abc import Callable
from threading import get_ident
from types import TracebackType
from typing import TYPE_CHECKING, Self

from turnout.events._emitter import Emitter
from turnout.events._loop import BLOCK_S, Loop
from turnout.events._offload import GRACE_S

if TYPE_CHECKING:
    import tkinter as tk

TK_PROBE_S = 0.01  # as it is also how long other threads, and coroutines, wait at most


class TkLoop(Loop):
    """Handles an emitter's events in the loop of a Tk window: ``TkLoop(emitter, root)``, then ``root.mainloop()``.

    In Tk's thread ``emit`` calls handlers before it returns; what other threads emit is handled within ``probe_s``,
    for Tk may not be called from them. ``async`` handlers go on in steps of at most that length. It ends with the
    window, or with `close`.

    Args:
        emitter: As for every loop.
        root: The window.
        probe_s: As for every loop.
        block_s: Likewise.
    """

    def __init__(
        self, emitter: Emitter, root: "tk.Misc", *, probe_s: float = TK_PROBE_S, block_s: float = BLOCK_S
    ) -> None:
        super().__init__(emitter, probe_s=probe_s, block_s=block_s)
        self._root = root
        self._thread = get_ident()
        self._coroutines = asyncio.new_event_loop()
        self._is_open = True
        self._start()
        emitter.calls.tasks.loop = self._coroutines
        root.bind("<Destroy>", self._destroyed, add="+")

    def close(self, grace_s: float = GRACE_S) -> None:
        """Let go of the window and the emitter, and cancel what ``async`` handlers do; more than once does nothing.

        Args:
            grace_s: How long what is off-loaded may take.
        """
        if not self._is_open:
            return
        self._is_open = False
        self._end()
        tasks = self.emitter.calls.tasks
        tasks.loop = None
        tasks.cancel()
        if self.emitter.offloads is not None:
            self.emitter.offloads.close(grace_s)
        self._coroutines.run_until_complete(tasks.finish())
        self._coroutines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close(GRACE_S if kind is None else 0.0)

    def _destroyed(self, event: "tk.Event[tk.Misc]") -> None:
        if event.widget is self._root:
            self.close()

    def _ring(self) -> None:
        super()._ring()
        if self.emitter.waiting:
            self._drain()
        self._step()

    def _step(self) -> None:
        """Let coroutines go on, each to where it waits."""
        if self.emitter.calls.tasks.are_living and not self._coroutines.is_running():
            self._coroutines.call_soon(self._coroutines.stop)
            self._coroutines.run_forever()

    def _call_later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        number = self._root.after(max(1, round(seconds * 1e3)), call)
        return lambda: self._root.after_cancel(number)

    def _call_soon(self, call: Callable[[], None]) -> None:
        if get_ident() == self._thread:
            self._root.after(0, call)
        else:
            self._is_woken = False  # the probe sees to it
