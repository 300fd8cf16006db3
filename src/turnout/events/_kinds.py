"""The events that the library itself knows: a name with a payload, and what it tells about handlers."""

from dataclasses import dataclass
from typing import Any

from turnout.errors import UsageError


@dataclass(slots=True, kw_only=True)
class Named:
    """An event that has a name and no class of its own; ``emit("key.up", 3)`` makes one. To be read only.

    One is made for each emission by name; freezing it would treble what that costs.

    Attributes:
        name: What it is called; dots make it match patterns such as ``"key.*"``.
        payload: What came with it.
    """

    name: str
    payload: Any = None  # of the caller's type


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerFailed:
    """A handler raised. The other handlers of the event ran all the same.

    A handler of this event that fails makes no further one: its failure is counted and logged.

    Attributes:
        event: What it was given.
        handler: Its name.
        error: What it raised, with its traceback.
    """

    event: object
    handler: str
    error: BaseException


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopBlocked:
    """A loop came late to what was due, since something held it up.

    Attributes:
        took_ns: For how long, to within half the time between two rings of the probe.
        stack: Where its thread was seen most often, outermost first; empty if it was seen nowhere.
    """

    took_ns: int
    stack: tuple[str, ...]


def kind_name(kind: type | str) -> str:
    """Return what reports call a kind of event: the name, or the class's qualified name."""
    return kind if isinstance(kind, str) else kind.__qualname__


def key_of(event: object) -> type | str:
    """Return what an event's kind is known by: its class, or its name."""
    return event.name if isinstance(event, Named) else type(event)


def event_of(event: object, payload: object) -> object:
    """Return the event that somebody emits.

    Raises:
        UsageError: If there is a payload without a name.
    """
    if isinstance(event, str):
        return Named(name=event, payload=payload)
    if payload is not None:
        raise UsageError(f"only an event that is a name has a payload, not one of {type(event).__qualname__}")
    return event
