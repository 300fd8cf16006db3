"""A limit on how fast bodies arrive, all together."""

import asyncio
from collections.abc import Callable

from turnout.transfer._pycurl import pycurl

_BURST_S = 0.1  # what may come at once after a while of nothing, as a part of what comes in a second
_LEAST_WAIT_S = 0.005


class Pace:
    """A bucket that fills at a rate; an exchange that finds it empty is paused until it has filled again.

    Args:
        rate: Bytes a second.
        loop: Whose clock counts.
        kick: Has libcurl look at its exchanges again.
    """

    def __init__(self, rate: float, loop: asyncio.AbstractEventLoop, kick: Callable[[], None]) -> None:
        self._rate = rate
        self._loop = loop
        self._kick = kick
        self._level = self._most = rate * _BURST_S
        self._seen = loop.time()
        self._paused: dict[object, None] = {}  # handles, in their order
        self._timer: asyncio.TimerHandle | None = None

    def lets(self, handle: object, size: int) -> bool:
        """Count bytes that have come, or, if there have been too many, have the handle paused."""
        now = self._loop.time()
        self._level = min(self._level + (now - self._seen) * self._rate, self._most)
        self._seen = now
        if self._level > 0:
            self._level -= size
            return True
        self._paused[handle] = None
        if self._timer is None:
            self._timer = self._loop.call_later(max(-self._level / self._rate, _LEAST_WAIT_S), self._go_on)
        return False

    def is_paused(self, handle: object) -> bool:
        """Tell whether a handle waits here."""
        return handle in self._paused

    def forget(self, handle: object) -> None:
        """Take notice that an exchange has ended."""
        self._paused.pop(handle, None)

    def _go_on(self) -> None:
        self._timer = None
        paused, self._paused = self._paused, {}
        for handle in paused:
            handle.pause(pycurl.PAUSE_CONT)  # type: ignore[attr-defined]  # a pycurl.Curl, which has no types here
        self._kick()
