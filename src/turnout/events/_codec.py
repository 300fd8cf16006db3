"""Events as JSON and back: what is not plain JSON is told by an object whose only plain-looking key begins with "$"."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from math import isfinite
from types import NoneType
from typing import Any

from turnout.errors import RemoteError, UsageError, message_of

Json = Any  # what json.dumps takes
_TOO_DEEP = 50


def encode(value: object, depth: int = 0) -> Json:
    """Return a value as JSON.

    Dataclasses, enumerations, exceptions, tuples, sets, bytes, dates and what JSON knows can be told, within each
    other too.

    Raises:
        UsageError: If the value is, or holds, something else, or holds itself.
    """
    kind = type(value)
    if depth > _TOO_DEEP:
        raise UsageError("it is nested too deeply to be recorded")
    told = _TOLD.get(kind)
    if told is not None:
        return told(value, depth + 1)
    if isinstance(value, Enum):
        return {"$enum": kind_id(kind), "name": value.name}
    if isinstance(value, BaseException):
        return {"$error": kind.__qualname__, "message": message_of(value)}
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: encode(getattr(value, field.name), depth + 1) for field in fields(value) if field.init}
        return {"$": kind_id(kind), "fields": parts}
    raise UsageError(f"a {kind.__qualname__} cannot be recorded; make the event a dataclass of plain values")


def _tell_dict(value: dict[Any, Any], depth: int) -> Json:
    if all(type(key) is str and not key.startswith("$") for key in value):
        return {key: encode(one, depth) for key, one in value.items()}
    return {"$dict": [[encode(key, depth), encode(one, depth)] for key, one in value.items()]}


def _teller(mark: str) -> Callable[[Iterable[object], int], Json]:
    return lambda value, depth: {mark: [encode(one, depth) for one in value]}


_TOLD: dict[type, Callable[[Any, int], Json]] = {  # the value is of that very class
    **dict.fromkeys((NoneType, bool, int, str), lambda value, _: value),
    float: lambda value, _: value if isfinite(value) else {"$float": repr(value)},
    bytes: lambda value, _: {"$bytes": b64encode(value).decode("ascii")},
    datetime: lambda value, _: {"$datetime": value.isoformat()},
    date: lambda value, _: {"$date": value.isoformat()},
    list: lambda value, depth: [encode(one, depth) for one in value],
    tuple: _teller("$tuple"),
    set: _teller("$set"),
    frozenset: _teller("$frozenset"),
    dict: _tell_dict,
}


def kind_id(kind: type) -> str:
    """Return what a recording calls a class."""
    return f"{kind.__module__}:{kind.__qualname__}"


_SIMPLE: dict[str, Callable[[Any], object]] = {  # JSON
    "$float": float,
    "$bytes": b64decode,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
}
_MANY: dict[str, Callable[[Iterable[object]], object]] = {"$tuple": tuple, "$set": set, "$frozenset": frozenset}


class Decoder:
    """Makes values of what `encode` returned; of the caller's classes it makes those only that it is given.

    Args:
        kinds: Dataclasses and enumerations; their subclasses are known too.
    """

    def __init__(self, kinds: Iterable[type]) -> None:
        self._kinds: dict[str, type] = {}
        waiting = [kind for kind in kinds if kind is not object]
        while waiting:
            kind = waiting.pop()
            if self._kinds.setdefault(kind_id(kind), kind) is kind:
                waiting += type.__subclasses__(kind)

    def decode(self, told: Json) -> object:
        """Return the value that was told.

        Raises:
            UsageError: If it is of a class that is not known, or no longer as it was.
        """
        if isinstance(told, list):
            return [self.decode(one) for one in told]
        if not isinstance(told, dict):
            return told
        mark = next(iter(told), "")
        if not mark.startswith("$"):
            return {key: self.decode(one) for key, one in told.items()}
        return self._marked(mark, told[mark], told)

    def _marked(self, mark: str, inner: Json, told: dict[str, Json]) -> object:
        if mark == "$":
            return self._made(inner, {name: self.decode(one) for name, one in told["fields"].items()})
        if mark == "$enum":
            return self._kind(inner)[told["name"]]  # type: ignore[index]  # it is an enumeration
        if mark == "$error":
            return RemoteError(inner, told["message"])
        if mark == "$dict":
            return {self.decode(key): self.decode(one) for key, one in inner}
        if mark in _SIMPLE:
            return _SIMPLE[mark](inner)
        if mark in _MANY:
            return _MANY[mark](map(self.decode, inner))
        raise UsageError(f"a recording of this version has no {mark!r}")

    def _made(self, name: str, values: dict[str, object]) -> object:
        kind = self._kind(name)
        try:
            return kind(**values)
        except TypeError as error:
            raise UsageError(f"{kind.__qualname__} is not what it was when it was recorded: {error}") from error

    def _kind(self, name: str) -> type:
        found = self._kinds.get(name)
        if found is not None:
            return found
        bare = name.partition(":")[2]  # a program's own classes are in __main__, or in its module
        alike = [kind for known, kind in self._kinds.items() if known.partition(":")[2] == bare]
        if len(alike) != 1:
            raise UsageError(f"the recording has a {name}, which no handler hears; pass the class in kinds")
        return alike[0]
