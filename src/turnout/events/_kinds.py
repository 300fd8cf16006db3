"""The events that the library itself knows: a name with a payload, and what it tells about handlers."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An event that has a name and no class of its own; ``emit("key.up", 3)`` makes one.

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


def kind_name(kind: type | str) -> str:
    """Return what reports call a kind of event: the name, or the class's qualified name."""
    return kind if isinstance(kind, str) else kind.__qualname__
