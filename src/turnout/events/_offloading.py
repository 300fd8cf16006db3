"""The part of an emitter that has heavy handlers."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from turnout.events._calling import Caller
from turnout.events._offload import OffloadDone, Offloaded, Then
from turnout.events._queue import Origin
from turnout.events._telling import Telling

if TYPE_CHECKING:
    from turnout.events._offloads import Offloads, Stream


class Offloading(Telling):
    """Hands events to heavy handlers, and waits for what they bring back."""

    calls: Caller
    offloads: "Offloads | None"

    @abstractmethod
    def drain(self, within_s: float | None = None) -> int:
        """Handle what waits."""

    def settle(self, timeout_s: float | None = None) -> bool:
        """Handle what waits and what off-loaded handlers bring back, until that is all; without a loop.

        Args:
            timeout_s: How long to wait for them at most; None for no limit.

        Returns:
            Whether nothing is left.
        """
        until_ns = None if timeout_s is None else self.now_ns() + round(timeout_s * 1e9)
        self.drain()
        while self.offloads is not None and self.offloads.pending:
            left_s = None if until_ns is None else (until_ns - self.now_ns()) / 1e9
            if left_s is not None and left_s <= 0:
                return False
            self.offloads.wait(left_s)
            self.drain()
        return True

    @abstractmethod
    def _come_back(self, event: object, origin: Origin) -> None:
        """Let an event wait that tells what became of a handler; from any thread."""

    def _offload(self, offloaded: Offloaded[Any, Any], name: str) -> "Stream":
        from turnout.events._offloads import Offloads  # noqa: PLC0415  only who has heavy handlers pays for it

        if self.offloads is None:
            self.offloads = Offloads(self.now_ns, self._come_back, self.calls.fail)
        stream = self.offloads.add(offloaded, name)
        if offloaded.then is not None:
            self.on(OffloadDone, Then(offloaded.then, stream.name))
        return stream
