"""The emitter: what is emitted is handled at once, unless something is being handled; then it waits its turn."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from turnout.clock import Clock, pause_s, wall_ns
from turnout.errors import UsageError
from turnout.events._calling import Caller
from turnout.events._collected import collect_stats
from turnout.events._handlers import Call
from turnout.events._kinds import event_of, key_of
from turnout.events._offloading import Offloading
from turnout.events._queue import EventQueue, Origin, Waiting
from turnout.events._registry import OTHER_NAMES, Registry, Site
from turnout.events._stats import EmitterStats, Handled
from turnout.events._tasks import is_in_handler_task

if TYPE_CHECKING:
    from turnout.events._offloads import Offloads
    from turnout.events._recording import Recording
    from turnout.events._replay import Comparison
    from turnout.report import EventsReport

AtOnce = dict[type | str, tuple[Call, list[int]]]  # whom to call, and where to count it
BUSY: Final[AtOnce] = {}  # something is being handled
GUARDED: Final[AtOnce] = {}  # nothing is, but whatever is emitted goes the long way
SLICE_S = 0.01  # how long a loop handles events before other things get a turn


class Emitter(Offloading):
    """Calls handlers with events, one event after the other.

    ``emit`` calls the handlers of the event before it returns, as long as nothing else is being handled. What a
    handler emits waits until all handlers of the present event have run: handlers never run inside each other, and
    the stack does not grow. A handler that raises stops nobody: a `HandlerFailed` is emitted.

    An emitter belongs to one thread, until a loop is bound to it (`AsyncioLoop`, `ThreadLoop`, `TkLoop`): from then
    on ``emit`` may be called in any thread, and handlers run in the loop's. `post` may be called in any thread always.

    Args:
        name: What reports call it.
        clock: Who tells the time.
        slow_s: From when on a call is told as slow.
    """

    def __init__(self, name: str = "events", *, clock: Clock | None = None, slow_s: float = 0.1) -> None:
        self.name = name
        self.pause_s = pause_s if clock is None else clock.pause_s
        self.now_ns = wall_ns if clock is None else clock.wall_ns
        self.slow_ns = round(slow_s * 1e9)
        self.started_ns = self.now_ns()
        self._has_own_clock = clock is not None  # and not the one that `emit` reads
        self._table: AtOnce = {}  # kinds of events that one plain handler hears, which are most
        self._site_of: dict[
            type | str, Site
        ] = {}  # the site of each call that was ever in the table; of pairs, `emit` is faster
        self._rest: AtOnce = GUARDED if self._has_own_clock else self._table  # what `_at_once` is between events
        self._at_once: AtOnce = self._rest
        super().__init__(Registry(self._table.clear), EventQueue())
        self.calls = Caller(self._registry, self.now_ns, self.slow_ns, self._come_back, self._settle)
        self._waiting = self.queue.entries
        self._is_behind = False  # whether any may wait: a flag is faster to look at
        self.offloads: Offloads | None = None
        self._watchers: list[Callable[[Handled], object]] = []
        self._recording: Recording | None = None
        self._replay: Comparison | None = None
        self._thread = 0  # which handles events, while one is handled the long way
        self._is_only_bound = False  # to a loop, and nothing looks at what is handled
        self._home: int | None = None  # the thread of the loop that it is bound to
        self._wake: Callable[[], None] = lambda: None
        self._is_draining = threading.Lock()

    def emit(self, event: object, payload: object = None) -> None:
        """Call the handlers of an event, or let it wait if something is being handled.

        Args:
            event: Any object; its class is its kind. A string is the name of a `Named` event.
            payload: What comes with a name.

        Raises:
            FloodError: If its kind is limited and there is no room (see `limit`), and this thread handles the events.
            UsageError: If there is a payload without a name.
        """
        try:
            call, counts = self._at_once[event.__class__]
        except KeyError:
            pass  # and on at the end, where nothing is being caught that a handler's traceback would show
        else:
            self._at_once = BUSY
            start_ns = wall_ns()
            try:
                call(event)
                self._at_once = self._rest
                counts[(wall_ns() - start_ns).bit_length()] += 1
            except BaseException as error:
                if not self._see_to(error, event, start_ns):
                    raise
            if self._is_behind:
                self._settle()
            return
        self._emit(event, payload)

    def post(self, event: object, payload: object = None) -> None:
        """Let an event wait for the next `drain`, or the loop; from any thread. One that is emitted may overtake it.

        Where its kind is limited and blocks, the caller waits for room, unless it is the loop's own thread.

        Raises:
            FloodError: As `emit`.
            UsageError: As `emit`.
        """
        event = event_of(event, payload)
        if self._replay is not None:
            self._replay.emitted(event, self._origin())
            return
        self._put(event, may_wait=threading.get_ident() != self._home)
        self._wake()

    async def send(self, event: object, payload: object = None) -> None:
        """Emit an event when there is room for its kind: back-pressure for coroutines."""
        import asyncio  # noqa: PLC0415  only coroutines call it

        made = event_of(event, payload)
        lane = self.queue.lane_of(made)
        while lane is not None:
            room = asyncio.Event()
            loop = asyncio.get_running_loop()

            def tell(loop: asyncio.AbstractEventLoop = loop, room: asyncio.Event = room) -> None:
                with suppress(RuntimeError):  # the loop has been closed, and nobody waits
                    loop.call_soon_threadsafe(room.set)

            if self.queue.when_room(lane, tell):
                break
            await room.wait()
        self.emit(made)

    def drain(self, within_s: float | None = None) -> int:
        """Handle what waits, and what that emits, and return how many events that were.

        Where a loop is bound, it is asked to do it instead if that is another thread's.

        Args:
            within_s: After how many seconds to leave the rest for later; None for never.
        """
        until_ns = None if within_s is None else self.now_ns() + round(within_s * 1e9)
        if self._home is not None and threading.get_ident() != self._home:
            self._wake()
            return 0
        handled = 0
        while self._waiting and self._is_draining.acquire(blocking=False):
            try:  # the lock makes it safe to drain in several threads; whoever has it sees what they put
                if self._at_once is BUSY:
                    return handled
                handled += self._drain(until_ns)
            finally:
                self._is_draining.release()
            if until_ns is not None and self.now_ns() >= until_ns:
                break
        self._is_behind = False
        if self._waiting:  # looked at after the flag is down, which others raise after they put
            self._is_behind = True
        return handled

    @property
    def waiting(self) -> int:
        """How many events wait, about."""
        return len(self._waiting)

    def stats(self) -> EmitterStats:
        """Return what was counted so far."""
        return collect_stats(self._registry.plans.values(), self.queue, tuple(self.calls.slow))

    def report(self, title: str | None = None) -> "EventsReport":
        """Return what was found out so far; it shows itself in a notebook, and as text.

        A loop's own report also tells how late the loop was.

        Args:
            title: What to call it; the emitter's name by default.
        """
        from turnout.events._reporting import make_report  # noqa: PLC0415  only who asks for a report pays for it

        return make_report(self, title, None)

    def close(self) -> None:
        """End what ``async`` and off-loaded handlers do, and hold up nobody who waits for room."""
        self.calls.tasks.cancel()
        if self.offloads is not None:
            self.offloads.close()
        self.queue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def replaying(self, comparison: "Comparison") -> Iterator[Callable[[object], tuple[str, ...]]]:
        """Handle events only by what is yielded, which returns the names of those who hear them.

        Raises:
            UsageError: If something is being handled, or waits.
        """
        if self._at_once is BUSY or self._waiting or self._replay is not None:
            raise UsageError("a replay begins when nothing is being handled, and nothing waits")
        self._replay = comparison
        self.calls.runs_streams = False
        self._guard()
        try:
            yield self._handle_again
        finally:
            self._replay = None
            self.calls.runs_streams = True
            self._guard()

    def bind(self, wake: Callable[[], None]) -> None:
        """Let this thread's loop handle what other threads emit.

        Args:
            wake: Called in any thread when something waits; has the loop call `drain` soon.

        Raises:
            UsageError: If another loop is bound already.
        """
        if self._home is not None:
            raise UsageError(f"the emitter {self.name} is bound to a loop already; close that first")
        self._home = threading.get_ident()
        self._wake = wake
        self._guard()
        if self._waiting:
            wake()

    def release(self) -> None:
        """Let go of the loop."""
        self._home = None
        self._wake = lambda: None
        self._guard()

    def _guard(self) -> None:
        """Work out whether events that nothing stands before can be handled at once."""
        is_looked_at = self._has_own_clock or self._watchers or self._recording or self._replay
        self._is_only_bound = self._home is not None and not is_looked_at
        self._rest = GUARDED if self._home is not None or is_looked_at else self._table
        if self._at_once is not BUSY:
            self._at_once = self._rest

    def _emit(self, event: object, payload: object) -> None:
        """Do what `emit` does, for whatever is not in its table."""
        event = event_of(event, payload)
        found = self._table.get(key_of(event))
        if found is not None and self._is_free():
            self._emit_now(event, *found)
            return
        if self._replay is not None:
            self._replay.emitted(event, self._origin())
        elif self._home is not None and threading.get_ident() != self._home:
            self._put(event, may_wait=True)
            self._wake()
        elif self._at_once is BUSY:
            self._put(event, may_wait=False)
        elif self._waiting:  # and the loop knows
            self._put(event, may_wait=False)
            if self._home is None:
                self._settle()
        else:
            entry = Waiting(event, None, self._origin())
            self._at_once = BUSY
            try:
                self._handle(entry)
            finally:
                self._at_once = self._rest if not self._waiting else GUARDED
            self._settle()

    def _is_free(self) -> bool:
        """Whether an event that is emitted now can be handled at once, and here, with nobody looking."""
        if self._is_behind or self._at_once is BUSY:
            return False
        return self._rest is self._table or (self._is_only_bound and threading.get_ident() == self._home)

    def _emit_now(self, event: object, call: Call, counts: list[int]) -> None:
        """Do what `emit` does at once; for names, and where a loop is bound. `emit` is spared the call, of 60 ns."""
        self._at_once = BUSY
        start_ns = wall_ns()
        try:
            call(event)
            self._at_once = self._rest
            counts[(wall_ns() - start_ns).bit_length()] += 1
        except BaseException as error:
            if not self._see_to(error, event, start_ns):
                raise
        if self._is_behind:
            self._settle()

    def _see_to(self, error: BaseException, event: object, start_ns: int) -> bool:
        """Do what `emit` leaves to do where it was not as short as can be, and tell whether all is well then."""
        took_ns = self.now_ns() - start_ns
        site = self._site_of[key_of(event)]
        if self._at_once is BUSY:  # the handler raised, and else its counts, which end where a call is worth telling
            self._at_once = self._rest if not self._waiting else GUARDED
            if not isinstance(error, Exception):  # such as Ctrl-C; what waits is handled by the next who emits
                return False
            self.calls.fail(site, event, error)
        self._registry.plan(event)[0].handled += 1
        self.calls.count(site, event, start_ns, took_ns)
        return True

    def _settle(self) -> None:
        """See to what was left behind by what was handled."""
        if self._is_behind:
            self.drain(None if self._home is None else SLICE_S)
            if self._waiting:
                self._wake()
        if self.calls.tasks.waiting and self._at_once is not BUSY:
            from turnout.events._asyncio import run_tasks  # noqa: PLC0415  brings in asyncio

            run_tasks(self)

    def _put(self, event: object, *, may_wait: bool) -> None:
        lane = self.queue.lane_of(event)
        self.queue.put(event, lane, self.now_ns(), self._origin(), may_wait=may_wait)
        self._is_behind = True

    def _come_back(self, event: object, origin: Origin) -> None:
        """Let an event wait that tells what became of a handler; from any thread."""
        if self._replay is not None:
            self._replay.emitted(event, origin)
            return
        self.queue.put(event, None, self.now_ns(), origin, may_wait=False)
        self._is_behind = True
        if origin != "handler":
            self._wake()

    def _origin(self) -> Origin:
        """Return who emits an event now."""
        if is_in_handler_task.get():
            return "task"
        is_nested = self._at_once is BUSY and self._thread == threading.get_ident()
        return "handler" if is_nested else "outside"

    def _drain(self, until_ns: int | None) -> int:
        handled = 0
        self._at_once = BUSY
        try:
            while (entry := self.queue.take()) is not None:
                self._handle(entry)
                handled += 1
                if until_ns is not None and self.now_ns() >= until_ns:
                    break
        finally:
            self._at_once = self._rest if not self._waiting else GUARDED
        return handled

    def _handle_again(self, event: object) -> tuple[str, ...]:
        names = tuple(site.handler.name for site in self._registry.plan(event)[1])
        self._at_once = BUSY
        try:
            self._handle(Waiting(event, None, "outside"))
        finally:
            self._at_once = self._rest
        self._settle()
        return names

    def _handle(self, entry: Waiting) -> None:
        event, call = entry.event, self.calls.call
        plan, sites = self._registry.plan(event)
        began_ns = self.now_ns()
        waited_ns = 0
        plan.handled += 1
        if entry.emitted_ns is not None:
            waited_ns = max(0, began_ns - entry.emitted_ns)
            plan.waited[waited_ns.bit_length()] += 1
        self._thread = threading.get_ident()
        if self._recording is not None:
            self._recording.keep(event, entry.origin, [site.handler.name for site in sites])
        called = [site.handler.name for site in sites if call(site, event)]
        if plan.sites is sites and len(sites) == 1 and sites[0].is_plain and plan.kind != OTHER_NAMES:
            key = key_of(event)
            self._table[key] = (sites[0].handler.call, sites[0].at_once)
            self._site_of[key] = sites[0]
        if self._watchers:
            self._tell(
                Handled(
                    event=event,
                    kind=plan.kind,
                    waited_ns=waited_ns,
                    start_ns=began_ns,
                    took_ns=self.now_ns() - began_ns,
                    handlers=tuple(called),
                )
            )
