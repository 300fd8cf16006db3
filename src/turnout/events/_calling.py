"""One call of one handler: measured, its failure kept from all others, its coroutine run."""

import reprlib
from collections import deque
from collections.abc import Callable, Coroutine
from inspect import iscoroutine
from logging import getLogger
from typing import TYPE_CHECKING, Any

from turnout.events._histogram import SHORT
from turnout.events._kinds import HandlerFailed
from turnout.events._queue import Origin
from turnout.events._registry import Registry, Site
from turnout.events._stats import SlowCall
from turnout.events._tasks import Tasks

if TYPE_CHECKING:
    from turnout.events._offloads import Stream

MOMENTS_KEPT = 20_000
SLOW_KEPT = 100
_shortener = reprlib.Repr()
_shortener.maxother = _shortener.maxstring = 120
FindStack = Callable[[int, int], tuple[str, ...]]
_log = getLogger("turnout.events")


class Caller:
    """Calls handlers, and keeps what there is to tell about it.

    Args:
        registry: Who hears what.
        now_ns: Tells the time.
        slow_ns: From when on a call is told as slow.
        failed: Called with each `HandlerFailed` that somebody hears, and whose it is.
        settle: Called when a coroutine has ended, to handle what it left behind.

    Attributes:
        tasks: The coroutines of handlers.
        moments: The latest calls that a timeline can show: site, start and end, ns.
        slow: The latest slow calls.
        runs_streams: Whether heavy handlers are given events.
        find_stack: Tells where the loop's thread was seen between two times.
    """

    def __init__(
        self,
        registry: Registry,
        now_ns: Callable[[], int],
        slow_ns: int,
        failed: Callable[[HandlerFailed, Origin], None],
        settle: Callable[[], None],
    ) -> None:
        self._registry = registry
        self._now = now_ns
        self._slow_ns = slow_ns
        self._failed = failed
        self._settle = settle
        self.tasks = Tasks()
        self.runs_streams = True
        self.moments: deque[tuple[Site, int, int]] = deque(maxlen=MOMENTS_KEPT)
        self.slow: deque[SlowCall] = deque(maxlen=SLOW_KEPT)
        self.find_stack: FindStack = no_stack

    def call(self, site: Site, event: object) -> bool:
        """Call one handler, and tell whether it was still there."""
        handler = site.handler
        if handler.is_removed:  # by one that was called before it
            return False
        if handler.once:
            self._registry.remove(handler)
            site = site.heir or site
        start_ns = self._now()
        result: object = None
        try:
            if handler.stream is not None:
                if self.runs_streams:
                    self._hand_over(handler.stream, site, event, start_ns)
                return True
            result = handler.call(event)
        except Exception as error:  # noqa: BLE001  whatever a handler raises concerns nobody else
            self.fail(site, event, error)
        took_ns = self._now() - start_ns
        if handler.is_async and iscoroutine(result):  # which is counted when it is done
            self._start(site, event, start_ns, result)
            return True
        self.count(site, event, start_ns, took_ns)
        if iscoroutine(result):  # from a plain function, such as a lambda, that returns one
            site.is_plain = False
            self._start(site, event, start_ns, result)
        return True

    def count(self, site: Site, event: object, start_ns: int, took_ns: int) -> None:
        """Count a call, and keep what there is to tell about it if it was long."""
        bits = took_ns.bit_length()
        site.otherwise[bits] += 1
        if bits < SHORT:
            return
        self.moments.append((site, start_ns, start_ns + took_ns))
        site.longest_ns = max(site.longest_ns, took_ns)
        if took_ns >= self._slow_ns:
            self.slow.append(
                SlowCall(
                    handler=site.handler.name,
                    kind=site.kind,
                    event=short_text(event),
                    start_ns=start_ns,
                    took_ns=took_ns,
                    stack=self.find_stack(start_ns, start_ns + took_ns),
                )
            )

    def fail(self, site: Site, event: object, error: Exception, origin: Origin = "handler") -> None:
        """Make an event of a failure, or a line in the log if nobody hears that, or it is about such an event."""
        site.failed += 1
        failure = HandlerFailed(event=event, handler=site.handler.name, error=error)
        if isinstance(event, HandlerFailed) or not self._registry.plan(failure)[1]:
            _log.error("the handler %s failed on %s", site.handler.name, short_text(event), exc_info=error)
        else:
            self._failed(failure, origin)

    @staticmethod
    def _hand_over(stream: "Stream", site: Site, event: object, start_ns: int) -> None:
        from turnout.events._offloads import HandedOver  # noqa: PLC0415  it is there: the stream is its

        stream.put(HandedOver(event=event, site=site, start_ns=start_ns))

    def _start(self, site: Site, event: object, start_ns: int, work: Coroutine[Any, Any, object]) -> None:
        def done(error: BaseException | None) -> None:
            took_ns = self._now() - start_ns
            counted = site.heir or site
            counted.otherwise[took_ns.bit_length()] += 1
            counted.longest_ns = max(counted.longest_ns, took_ns)
            if isinstance(error, Exception):
                self.fail(counted, event, error, "task")
                self._settle()

        self.tasks.start(work, done)


def no_stack(_start_ns: int, _end_ns: int) -> tuple[str, ...]:
    """Return that nobody looked."""
    return ()


def short_text(event: object) -> str:
    """Return the text of any event, shortened."""
    try:
        return _shortener.repr(event)
    except Exception as error:  # noqa: BLE001  it is the user's code
        return f"<{type(event).__qualname__}, whose repr raises {type(error).__name__}>"
