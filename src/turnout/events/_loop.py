"""What the loops have in common: they are bound to an emitter, and measure how late they come to things."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING

from turnout.errors import UsageError
from turnout.events._calling import no_stack
from turnout.events._emitter import SLICE_S, Emitter
from turnout.events._kinds import LoopBlocked, event_of
from turnout.events._lag import LagProbe
from turnout.events._stats import Block, LagStats
from turnout.events._subscription import Subscription
from turnout.events._watchdog import Watchdog

if TYPE_CHECKING:
    from turnout.report import EventsReport

PROBE_S = 0.025
BLOCK_S = 0.1
_LOOKS = 4  # that the watchdog takes in the time that makes a block


class Loop(ABC):
    """A loop that handles what an emitter is given, in its own thread, and knows when it was blocked.

    Args:
        emitter: Whose events to handle; it can be bound to one loop at a time.
        probe_s: How often to measure how late the loop is; the length of a block is known to within half of it.
        block_s: From when on a lateness is told as a block, with the stack of what blocked, and emitted as a
            `LoopBlocked` if anybody hears that.
    """

    def __init__(self, emitter: Emitter, *, probe_s: float = PROBE_S, block_s: float = BLOCK_S) -> None:
        for name, seconds in (("probe_s", probe_s), ("block_s", block_s)):
            if not seconds > 0:
                raise UsageError(f"{name} must be above 0 seconds, not {seconds!r}")
        self.emitter = emitter
        self.probe_s = probe_s
        self.block_s = block_s
        self._watchdog: Watchdog | None = None
        self._stop_probe: Callable[[], None] = lambda: None
        self._is_woken = False
        self._is_left = False
        self._is_over = False
        self._probe = LagProbe(
            emitter.now_ns,
            interval_s=probe_s,
            block_s=block_s,
            find_stack=lambda start_ns, end_ns: self._watchdog.find(start_ns, end_ns) if self._watchdog else (),
            blocked=self._tell,
        )

    @property
    def late_ns(self) -> int:
        """How late the loop was when it was last measured, nanoseconds."""
        return self._probe.late_ns

    @property
    def lag(self) -> LagStats:
        """How late the loop was so far."""
        return self._probe.stats()

    def report(self, title: str | None = None) -> "EventsReport":
        """Return what the emitter and the loop found out; it shows itself in a notebook, and as text.

        Args:
            title: What to call it; the emitter's name by default.
        """
        from turnout.events._reporting import make_report  # noqa: PLC0415  only who asks for a report pays for it

        return make_report(self.emitter, title, self.lag)

    def after(self, seconds: float, event: object, payload: object = None) -> Subscription:
        """Emit an event when some time has gone by, unless the loop has ended; call it in the loop's own thread."""
        made = event_of(event, payload)
        cancel = self._call_later(seconds, lambda: None if self._is_over else self.emitter.emit(made))
        return Subscription(_removing(cancel))

    def every(self, seconds: float, event: object, payload: object = None) -> Subscription:
        """Emit an event again and again until the loop ends; call it in the loop's own thread.

        An emission that comes late does not move the later ones; those that were missed altogether are left out.
        """
        return _Repeated(self, seconds, event, payload)

    def _start(self) -> None:
        """Be bound to the emitter, in the loop's thread."""
        emitter, probe = self.emitter, self._probe
        self._is_over = self._is_left = False
        emitter.bind(self._wake)
        half_ns = round(self.block_s / 2 * 1e9)
        self._watchdog = Watchdog(
            get_ident(),
            emitter.now_ns,
            lambda: probe.due_ns and probe.due_ns + half_ns,
            period_s=self.block_s / _LOOKS,
        )
        emitter.calls.find_stack = self._watchdog.find
        self._watchdog.start()
        self._set_probe()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._is_over

    def _end(self) -> None:
        """Let go of the emitter."""
        self._is_over = True
        self._stop_probe()
        self._probe.stop()
        self.emitter.release()
        self.emitter.calls.find_stack = no_stack
        if self._watchdog is not None:
            self._watchdog.stop()

    def leave_waiting(self) -> None:
        """Handle nothing more that waits; from any thread. It stays in the emitter."""
        self._is_left = True

    def _set_probe(self) -> None:
        self._probe.set()
        self._stop_probe = self._call_later(self.probe_s, self._ring)

    def _ring(self) -> None:
        self._probe.ring()
        self._set_probe()

    def _tell(self, block: Block) -> None:
        event = LoopBlocked(took_ns=block.took_ns, stack=block.stack)
        if self.emitter.is_heard(event):
            self.emitter.emit(event)

    def _wake(self) -> None:
        if not self._is_woken:
            self._is_woken = True
            self._call_soon(self._drain)

    def _drain(self) -> None:
        self._is_woken = False
        if self._is_left:
            return
        if self.emitter.drain(SLICE_S) and self.emitter.waiting:  # if none was, an outer call handles them
            self._wake()

    @abstractmethod
    def _call_later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call something when some time has gone by, in the loop's own thread, and return what prevents it."""

    @abstractmethod
    def _call_soon(self, call: Callable[[], None]) -> None:
        """Call something in the loop's thread soon; from any thread."""


class _Repeated(Subscription):
    """A timer that sets itself again."""

    __slots__ = ("_cancel", "_due_ns", "_event", "_loop", "_step_ns")

    def __init__(self, loop: Loop, seconds: float, event: object, payload: object) -> None:
        if not seconds > 0:
            raise UsageError(f"the time between two events must be above 0 seconds, not {seconds!r}")
        super().__init__(_removing(lambda: self._cancel()))  # noqa: PLW0108  which is another one each time
        self._step_ns = round(seconds * 1e9)
        self._loop = loop
        self._event = event_of(event, payload)
        self._due_ns = loop.emitter.now_ns()
        self._cancel: Callable[[], None] = lambda: None
        self._set()

    def _set(self) -> None:
        now_ns = self._loop.emitter.now_ns()
        self._due_ns += self._step_ns * max(1, 1 + (now_ns - self._due_ns) // self._step_ns)
        wait_s = (self._due_ns - now_ns) / 1e9
        self._cancel = self._loop._call_later(wait_s, self._ring)  # noqa: SLF001  it is one of the loop's own

    def _ring(self) -> None:
        if self._loop.is_over:
            return
        self._set()
        self._loop.emitter.emit(self._event)


def _removing(cancel: Callable[[], None]) -> Callable[[], bool]:
    def remove() -> bool:
        cancel()
        return True

    return remove
