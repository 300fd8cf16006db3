"""Heavy handlers at work: for each of them a stream of events, and what comes out of it."""

import asyncio
import atexit
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from turnout.errors import FloodError
from turnout.events._offload import GRACE_S, OffloadDone, Offloaded
from turnout.events._queue import Origin
from turnout.events._registry import Site
from turnout.outcomes import Failure, Outcome, Success
from turnout.pipeline import Flow, TrackChoice
from turnout.trace import Trace

TRACES_KEPT = 8  # of times that it began anew
JOIN_S = 0.25  # that workers may take to end then; those who take longer are not waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """An event that a heavy handler was given.

    Attributes:
        event: The event.
        site: Where the call is counted.
        start_ns: When it was handed over.
    """

    event: object
    site: Site
    start_ns: int


Returned = Callable[["Stream", HandedOver, Outcome[Any]], None]


class Offloads:
    """The heavy handlers of an emitter.

    Args:
        now_ns: Tells the time.
        done: Called in any thread with what a handler returned.
        failed: Called in any thread with what it raised.

    Attributes:
        streams: One for each of them.
    """

    def __init__(
        self,
        now_ns: Callable[[], int],
        done: Callable[[OffloadDone, Origin], None],
        failed: Callable[[Site, object, Exception, Origin], None],
    ) -> None:
        self._now_ns = now_ns
        self._done = done
        self._failed = failed
        self.streams: list[Stream] = []
        self._changed = threading.Condition()
        self._listeners: list[Callable[[], None]] = []

    @property
    def pending(self) -> int:
        """How many events they have not brought back."""
        return sum(stream.pending for stream in tuple(self.streams))

    def add(self, offloaded: Offloaded[Any, Any], name: str) -> "Stream":
        """Return what works on a handler's events; its name is unlike all others."""
        names = {stream.name for stream in self.streams}
        alike = (f"{name} ({number})" for number in count(2))
        stream = Stream(
            offloaded, name if name not in names else next(one for one in alike if one not in names), self._take
        )
        self.streams.append(stream)
        return stream

    def _take(self, stream: "Stream", handed: HandedOver, outcome: Outcome[Any]) -> None:
        took_ns = self._now_ns() - handed.start_ns
        site = handed.site.heir or handed.site
        site.otherwise[took_ns.bit_length()] += 1
        site.longest_ns = max(site.longest_ns, took_ns)
        if isinstance(outcome, Success):
            self._done(OffloadDone(event=handed.event, handler=stream.name, value=outcome.value), "offload")
        elif isinstance(outcome.error, Exception):
            self._failed(site, handed.event, outcome.error, "offload")
        self._tell()

    def _tell(self) -> None:
        """Tell those who wait that something has come back."""
        with self._changed:
            listeners, self._listeners = self._listeners, []
            self._changed.notify_all()
        for call in listeners:
            call()

    def wait(self, timeout_s: float | None) -> None:
        """Wait until something comes back, or nothing is there that could."""
        with self._changed:
            if self.pending:
                self._changed.wait(timeout_s)

    async def change(self) -> None:
        """Wait likewise, in a coroutine."""
        loop = asyncio.get_running_loop()
        change = asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has been closed
                loop.call_soon_threadsafe(change.set)

        with self._changed:
            if not self.pending:
                return
            self._listeners.append(tell)
        await change.wait()

    def close(self, grace_s: float = GRACE_S) -> None:
        """Take no more, and end all workers.

        Args:
            grace_s: How long what is under way may take.
        """
        streams = tuple(self.streams)
        for stream in streams:
            stream.stop(grace_s)
        for stream in streams:
            stream.join(grace_s)
        self._tell()


class Stream:
    """One heavy handler at work, in a thread that takes what its workers have done.

    Args:
        offloaded: The handler.
        name: What reports call it.
        returned: Called in that thread for each event, in their order, with what became of it.

    Attributes:
        pending: How many events have not come back.
    """

    def __init__(self, offloaded: Offloaded[Any, Any], name: str, returned: "Returned") -> None:
        self._offloaded = offloaded
        self._returned = returned
        self._flow: Flow | None = None
        self._source: _Source | None = None
        self._thread: threading.Thread | None = None
        self._past: list[Trace] = []
        self._choice: TrackChoice | None = None
        self._handed: deque[HandedOver] = deque()
        self._prepared: tuple[_Source, Flow] | None = self._made()  # now, as that loads modules for 0.1 s
        self.name = name

    @property
    def pending(self) -> int:
        """How many events have not come back."""
        return len(self._handed)

    def put(self, handed: HandedOver) -> None:
        """Hand over an event.

        Raises:
            FloodError: If too many wait already.
        """
        if self.pending >= self._offloaded.most:
            raise FloodError(self.name, self.pending)
        source = self._source or self._start()
        self._handed.append(handed)
        source.put(handed.event)

    def stop(self, grace_s: float) -> None:
        """Ask it to end, and give up what is under way after ``grace_s``."""
        if self._source is not None:
            self._source.end()
        if self._flow is not None:
            self._flow.stop(round(grace_s * 1e9))

    def join(self, grace_s: float) -> None:
        """Wait for its end, a little longer than ``grace_s``; it may then begin anew."""
        if self._thread is not None:
            self._thread.join(grace_s + JOIN_S)
        self._past = self.traces()[-TRACES_KEPT:]
        self._choice = self.choice
        self._thread, self._flow, self._source = None, None, None
        self._handed.clear()
        atexit.unregister(self._end)

    def traces(self) -> list[Trace]:
        """Return what its workers did."""
        return [*self._past, *(_traces(self._flow) if self._flow is not None else ())]

    @property
    def choice(self) -> TrackChoice | None:
        """How it runs, and why; None before the first event."""
        return self._flow.last.status.choice if self._flow is not None else self._choice

    def _start(self) -> "_Source":
        source, flow = self._source, self._flow = self._prepared or self._made()
        self._prepared = None
        self._thread = threading.Thread(target=self._live, args=(flow,), name=f"offload-{self.name}", daemon=True)
        atexit.register(self._end)
        self._thread.start()
        return source

    def _made(self) -> "tuple[_Source, Flow]":
        source = _Source()
        return source, Flow((self._offloaded.work,), source, records=True)

    def _end(self) -> None:
        self.stop(0.0)
        self.join(0.0)

    def _live(self, flow: Flow) -> None:
        try:
            with closing(flow.outcomes()) as groups:
                for group in groups:
                    for outcome in group:
                        if self._flow is not flow:  # it took too long to end, and nobody waits for it
                            return
                        self._returned(self, self._handed.popleft(), outcome)
        except Exception as error:  # noqa: BLE001  no worker could be had; it is told for each event
            while self._flow is flow and self._handed:
                handed = self._handed.popleft()
                self._returned(self, handed, Failure(error=error, item=handed.event, index=0))
        finally:
            flow.close()


class _Source:
    """Events as they come, for a flow that must never wait for the next one while others are under way."""

    def __init__(self) -> None:
        self._events: deque[object] = deque()
        self._is_over = False
        self._tell: Callable[[], None] = lambda: None

    def put(self, event: object) -> None:
        """Give an event; from any thread."""
        self._events.append(event)
        self._tell()

    def end(self) -> None:
        """Give no more; from any thread."""
        self._is_over = True
        self._tell()

    async def __aiter__(self) -> AsyncIterator[object]:
        loop, more = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has ended, and nobody listens
                loop.call_soon_threadsafe(more.set)

        self._tell = tell
        while not self._is_over:
            while self._events:
                yield self._events.popleft()
            more.clear()
            if not (self._events or self._is_over):  # which may have come meanwhile
                await more.wait()


def _traces(flow: Flow) -> list[Trace]:
    return [run.recorder.trace() for run in flow.runs if run.recorder is not None]
