"""Any value as one that JSON, or a table's cell, can hold."""

import dataclasses
import math
import os
from base64 import b64encode
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import singledispatch
from typing import Any
from uuid import UUID

from turnout.errors import RemoteError, message_of, repr_of
from turnout.report import plain as harmless

_DEEPEST = 200  # levels; far beyond them json.dumps would end in a RecursionError
_REPR_CHARS = 10_000
_INT_BITS = 13_000  # some 3,900 digits: Python writes no number of more than 4,300 in decimal unless told to
_AS_IT_IS = frozenset({str, bool, type(None)})

VALUES_HELP = """\
values become JSON as they are if they can. Dates and times are written in ISO 8601, durations in seconds, bytes in
base64, decimals, UUIDs and paths as text; sets, NumPy arrays and other arrays become lists, dataclasses, named tuples
and models objects. What is left becomes its repr, and that is said once.
"""


class Plainer:
    """Makes values plain, and says which ones it could only write as their ``repr``.

    Args:
        say: Called with one sentence for the first value of each type that has no plain form.
        keeps: Types whose values stay as they are, since the file can hold them; a NaN too if `float` is among them.
    """

    def __init__(self, say: Callable[[str], None], keeps: tuple[type, ...] = ()) -> None:
        self._say = say
        self._keeps = keeps
        self._told: set[str] = set()

    def plain(self, value: Any) -> Any:  # any value in, a JSON value or one of the kept types out
        """Return ``value`` without anything that JSON lacks."""
        if type(value) in _AS_IT_IS:
            return value
        try:
            return self._plain(value, _DEEPEST)
        except Exception:  # noqa: BLE001  the value's own code may raise anything, and its item is done all the same
            return self._as_repr(value)

    def _plain(self, value: Any, room: int) -> Any:  # as above
        kind = type(value)
        if kind in _AS_IT_IS or (kind is int and value.bit_length() < _INT_BITS):
            return value
        if isinstance(value, self._keeps) or (kind is float and math.isfinite(value)):
            return value
        if kind is list and room:
            return [part if type(part) in _AS_IT_IS else self._plain(part, room - 1) for part in value]
        if kind is dict and room:
            return self._mapping(value, room - 1)
        simpler = _simpler(value) if room else value
        return self._as_repr(value) if simpler is value else self._plain(simpler, room - 1)

    def _mapping(self, value: dict[Any, Any], room: int) -> Any:  # the user's
        keys = [key if type(key) is str else _key(key) for key in value]
        if len(set(keys)) < len(keys):  # 1 and "1": pairs lose neither
            return [[self._plain(key, room), self._plain(part, room)] for key, part in value.items()]
        return {key: self._plain(part, room) for key, part in zip(keys, value.values(), strict=True)}

    def _as_repr(self, value: object) -> str:
        name, text = type(value).__qualname__, repr_of(value)
        if name not in self._told:
            self._told.add(name)
            what = text if isinstance(value, float) else f"a value of type {harmless(name, 60)}"
            self._say(f"JSON has no form for {what}; its repr is written instead")
        return text if len(text) <= _REPR_CHARS else f"{text[:_REPR_CHARS]}..."


@singledispatch
def _simpler(value: Any) -> Any:  # any value in, and out one that is nearer to JSON
    """Return what says the same in simpler terms; the value itself if nothing does."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    attributes = getattr(type(value), "__attrs_attrs__", None)
    if attributes is not None:
        return {attribute.name: getattr(value, attribute.name) for attribute in attributes}
    dump = getattr(type(value), "model_dump", None)  # pydantic's
    if callable(dump):
        return dump(value)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # NumPy's arrays and scalars, and what looks like them
        is_moment = getattr(value.dtype, "kind", "") in {"M", "m"}  # else its dates would come as nanoseconds
        return (value.astype(str) if is_moment else value).tolist()
    return value


@_simpler.register(str)
def _(value: str) -> str:
    return str.__str__(value)


@_simpler.register(int)
def _(value: int) -> int | str:
    exact = int(value)
    return exact if exact.bit_length() < _INT_BITS else hex(exact)


@_simpler.register(float)
def _(value: float) -> float:
    return value if type(value) is float else float(value)


@_simpler.register(Enum)
def _(value: Enum) -> Any:  # the user's
    return value.value


@_simpler.register(date)
@_simpler.register(time)
def _(value: date | time) -> str:
    return value.isoformat()


@_simpler.register(timedelta)
def _(value: timedelta) -> float:
    return value.total_seconds()


@_simpler.register(bytes)
@_simpler.register(bytearray)
@_simpler.register(memoryview)
def _(value: bytes | bytearray | memoryview) -> str:
    return b64encode(value).decode("ascii")


@_simpler.register(Decimal)
@_simpler.register(UUID)
def _(value: Decimal | UUID) -> str:
    return str(value)


@_simpler.register(os.PathLike)
def _(value: "os.PathLike[Any]") -> Any:  # text or bytes
    return os.fspath(value)


@_simpler.register(Mapping)
def _(value: Mapping[Any, Any]) -> dict[Any, Any]:  # the user's
    return dict(value)


@_simpler.register(list)
@_simpler.register(tuple)
def _(value: Any) -> Any:  # the user's
    names = getattr(value, "_fields", None)
    return list(value) if names is None else dict(zip(names, value, strict=True))


@_simpler.register(AbstractSet)
def _(value: AbstractSet[Any]) -> list[Any]:  # the user's
    try:
        return sorted(value)
    except TypeError:
        return sorted(value, key=repr)


def error_words(error: BaseException) -> tuple[str, str]:
    """Return the qualified name of an error's class, and its text: ``("http.client.BadStatusLine", "...")``."""
    if isinstance(error, RemoteError):
        return error.type_name, error.message
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return name, message_of(error)


def _key(key: object) -> str:
    match key:
        case Enum():
            return _key(key.value)
        case str():
            return str.__str__(key)
        case None | bool():
            return {None: "null", True: "true", False: "false"}[key]
        case date() | time():
            return key.isoformat()
        case int() | float() | Decimal() | UUID() | os.PathLike():
            return str(key)
        case _:
            return repr(key)
