"""How an emitter is set up: who hears what, and how many events may wait."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from turnout.events._handlers import Call, Handler
from turnout.events._kinds import Named
from turnout.events._offload import Offloaded
from turnout.events._queue import EventQueue, WhenFull
from turnout.events._registry import Registry
from turnout.events._subscription import Subscription

if TYPE_CHECKING:
    from turnout.events._offloads import Stream

E = TypeVar("E")
R = TypeVar("R")


class Listening(ABC):
    """The part of an emitter that handlers and limits are given to.

    Args:
        registry: Where handlers are kept.
        queue: Where events wait.
    """

    def __init__(self, registry: Registry, queue: EventQueue) -> None:
        self._registry = registry
        self.queue = queue

    @overload
    def on(
        self, kind: type[E], /, *, priority: int = 0, once: bool = False, weak: bool = False
    ) -> Callable[[Callable[[E], R]], Callable[[E], R]]: ...

    @overload
    def on(
        self, kind: str, /, *, priority: int = 0, once: bool = False, weak: bool = False
    ) -> Callable[[Callable[[Named], R]], Callable[[Named], R]]: ...

    @overload
    def on(
        self,
        kind: type[E],
        handler: Callable[[E], object],
        /,
        *,
        priority: int = 0,
        once: bool = False,
        weak: bool = False,
    ) -> Subscription: ...

    @overload
    def on(
        self,
        kind: str,
        handler: Callable[[Named], object],
        /,
        *,
        priority: int = 0,
        once: bool = False,
        weak: bool = False,
    ) -> Subscription: ...

    def on(
        self,
        kind: type | str,
        handler: Call | None = None,
        /,
        *,
        priority: int = 0,
        once: bool = False,
        weak: bool = False,
    ) -> Any:  # what the overloads say
        """Let a handler hear a kind of event; a decorator, if no handler is given.

        Args:
            kind: A class, whose subclasses are heard too, so that ``object`` hears all; or a name, or a pattern of
                names such as ``"key.*"``.
            handler: Plain, or ``async def``; takes the event. A plain one may return a coroutine, which is run, if it
                does so when it is first called.
            priority: Handlers of higher priority are called first, those of the same in the order in which they came.
            once: Whether it hears one event only.
            weak: Whether the emitter lets it go with the object it belongs to, such as that of a bound method.

        Returns:
            What removes it again; the handler itself where this is a decorator.

        Raises:
            UsageError: If ``kind`` is neither, or the handler cannot be called or held weakly.
        """
        if handler is None:

            def listen(function: Callable[[E], R]) -> Callable[[E], R]:
                self._listen(kind, function, priority=priority, once=once, weak=weak)
                return function

            return listen
        return self._listen(kind, handler, priority=priority, once=once, weak=weak)

    @overload
    def once(
        self, kind: type[E], /, *, priority: int = 0, weak: bool = False
    ) -> Callable[[Callable[[E], R]], Callable[[E], R]]: ...

    @overload
    def once(
        self, kind: str, /, *, priority: int = 0, weak: bool = False
    ) -> Callable[[Callable[[Named], R]], Callable[[Named], R]]: ...

    @overload
    def once(
        self, kind: type[E], handler: Callable[[E], object], /, *, priority: int = 0, weak: bool = False
    ) -> Subscription: ...

    @overload
    def once(
        self, kind: str, handler: Callable[[Named], object], /, *, priority: int = 0, weak: bool = False
    ) -> Subscription: ...

    def once(self, kind: Any, *handler: Any, priority: int = 0, weak: bool = False) -> Any:  # what the overloads say
        """Let a handler hear one event of a kind; as `on`, with ``once``."""
        return self.on(kind, *handler, priority=priority, once=True, weak=weak)

    def off(self, handler: Call) -> int:
        """Let a function hear nothing any more, and return how often it was listening."""
        return sum(map(self._registry.remove, self._registry.calling(handler)))

    def limit(
        self,
        kind: type | str,
        most: int,
        *,
        when_full: WhenFull = "block",
        key: Callable[[Any], Hashable] | None = None,  # takes the caller's events
    ) -> None:
        """Limit how many events of a kind may wait, against floods.

        Args:
            kind: A class, whose subclasses are counted with it, ``object`` for all; or a name, or a pattern of names.
                The most special limit that fits an event is the one that counts.
            most: How many may wait, at least 1.
            when_full: ``"block"``: other threads wait in ``emit``, coroutines in `send`; a handler gets a
                `FloodError`, which a `HandlerFailed` then tells. ``"drop oldest"`` and ``"drop newest"`` count what
                they drop.
            key: If given, an event replaces one that waits and has the same key, as `coalesce` does.
        """
        self.queue.limit(kind, limit=most, when_full=when_full, key=key)

    def coalesce(self, kind: type | str, key: Callable[[Any], Hashable] = lambda _: None) -> None:
        """Let only the latest of a kind of event wait, or the latest of each key.

        Args:
            kind: As for `limit`.
            key: Takes the event; an event replaces the one that waits and has the same key.
        """
        self.queue.limit(kind, limit=None, key=key)

    def _listen(self, kind: type | str, function: Call, *, priority: int, once: bool, weak: bool) -> Subscription:
        handler = Handler(kind, function, priority=priority, once=once, weak=weak, forget=self._registry.remove)
        if isinstance(function, Offloaded):
            handler.stream = self._offload(function, handler.name)
        self._registry.add(handler)
        return Subscription(lambda: self._registry.remove(handler))

    @abstractmethod
    def _offload(self, offloaded: Offloaded[Any, Any], name: str) -> "Stream":
        """Return what works on the events of a heavy handler."""
