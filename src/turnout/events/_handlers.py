"""A handler and what it listens to."""

import weakref
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import partial
from types import MethodType
from typing import TYPE_CHECKING, Any

from turnout.errors import UsageError
from turnout.events._kinds import Named
from turnout.executors import is_coroutine_function

if TYPE_CHECKING:
    from turnout.events._offloads import Stream

Call = Callable[[Any], object]  # a handler takes events of the type that it listens to, which only `on` knows


class Handler:
    """One function that listens to one kind of event.

    Args:
        kind: A class, whose subclasses are heard too; or a name, or a pattern of names with ``*`` or ``?``.
        function: What to call with the event; plain, or ``async def``.
        priority: Handlers of higher priority are called first, those of the same in the order in which they came.
        once: Whether it hears one event only.
        weak: Whether it may go away with the object it belongs to.
        forget: Called when that object has gone.

    Attributes:
        call: What to call with the event.
        stream: What works on the events off the loop, if the function is marked so.
        name: What reports call it.
        is_removed: Whether it hears nothing any more.
    """

    __slots__ = ("_reference", "call", "is_async", "is_removed", "kind", "name", "once", "priority", "stream")

    def __init__(
        self,
        kind: type | str,
        function: Call,
        *,
        priority: int = 0,
        once: bool = False,
        weak: bool = False,
        forget: Callable[["Handler"], object] = lambda _: None,
    ) -> None:
        if not isinstance(kind, type | str):
            raise UsageError(f"a handler listens to a class or a name, not to {kind!r}")
        if not callable(function):
            raise UsageError(f"a handler must be callable, and {function!r} is not")
        self.kind = kind
        self.priority = priority
        self.once = once
        self.name = handler_name(function)
        self.is_async = is_coroutine_function(function)
        self.is_removed = False
        self.stream: Stream | None = None
        self._reference: weakref.ref[Any] | None = None  # of whatever is called
        self.call: Call = function
        if weak:
            self._reference = self._weakly(function, forget)
            self.call = partial(_call_if_alive, self._reference)

    def is_of(self, function: Call) -> bool:
        """Whether it calls this function."""
        held = self.call if self._reference is None else self._reference()
        return held is not None and bool(held == function)

    def hears(self, event: object) -> bool:
        """Whether it listens to events like this one."""
        if isinstance(self.kind, type):
            return isinstance(event, self.kind)
        return isinstance(event, Named) and (event.name == self.kind or fnmatchcase(event.name, self.kind))

    def _weakly(self, function: Call, forget: Callable[["Handler"], object]) -> "weakref.ref[Any]":
        def gone(_: object) -> None:
            forget(self)

        try:
            return (
                weakref.WeakMethod(function, gone) if isinstance(function, MethodType) else weakref.ref(function, gone)
            )
        except TypeError as error:
            raise UsageError(f"{self.name} cannot be held weakly ({error}); leave weak out") from error


def handler_name(function: Call) -> str:
    """Return what reports call a handler: its qualified name, or that of its class."""
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return str(name).replace("<locals>.", "")


def _call_if_alive(reference: "weakref.ref[Any]", event: object) -> object:
    function = reference()
    return function(event) if function is not None else None
