"""Numbers that are equal when two outcomes are, wherever and in whichever process they came to be.

An outcome's value is written as bytes by rules that depend on the value alone, and those bytes are hashed. Python's
own ``hash`` will not do, for it is salted anew in each process; nor will a pickle, whose bytes depend on which equal
objects happened to be one and the same.

What counts as equal is what ``==`` says, with these differences:

    nan                          equals nan
    an object with own state     equals one of the same class with equal state, whatever its ``__eq__`` says;
                                 a dataclass's fields with ``compare=False`` are left out
    an array (buffer)            equals one of the same format and shape with the same bytes, so -0.0 is not 0.0 in it
    a class, a function          equals one of the same name; a function within a function can't be compared
    generators, locks, files     can't be compared
"""

import sys
from array import array
from collections.abc import Callable, Iterable, Mapping
from copyreg import dispatch_table
from datetime import datetime, timedelta, timezone
from hashlib import blake2b
from operator import index
from re import sub
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from turnout.errors import RemoteError, WorkerDiedError
from turnout.outcomes import Failure, Outcome, Success

DEPTH_LIMIT = 100  # containers in containers
PART_LIMIT = 1_000_000  # values in a value; encoding so many takes about 0.5 s
LONG_BYTES = 4096  # longer encodings are replaced by their hash, so that nesting does not copy them again and again
EXPONENT_LIMIT = 4096  # a decimal number beyond 10 to that power is not written out
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017  datetime.UTC is the same, but a longer import


class _IncomparableError(Exception):
    """There is no telling whether two such values are equal."""


def fingerprint(outcome: Outcome[Any]) -> int:  # whatever the user's function returns
    """Return a number that is equal for equal outcomes, and almost surely different for different ones.

    It is even for a success and odd for a failure. A failure is told by its error's type and text, without the
    addresses and process numbers in it.

    Args:
        outcome: What became of an item; it is not changed.

    Returns:
        1 to 2**64 - 1; 0 if the outcome can't be compared: part of it has no value to speak of (a generator, a
        lock), or it is nested more than 100 deep, or has more than 1,000,000 parts.
    """
    try:
        match outcome:
            case Success():
                encoded, odd = _encode(outcome.value, _Walk()), 0
            case Failure():
                encoded, odd = _error_bytes(outcome.error), 1
    except Exception:  # noqa: BLE001  the user's own __reduce__ or __str__ may raise anything; 0 says so, and is counted
        return 0
    number = int.from_bytes(blake2b(encoded, digest_size=8).digest(), "little")
    return (number & ~1 | odd) or 2


def encoding(value: Any) -> bytes | None:  # any value of the user's
    """Return bytes that are equal for equal values in any process; None if ``value`` can't be compared.

    Args:
        value: Anything; it is not changed.
    """
    try:
        return _encode(value, _Walk())
    except Exception:  # noqa: BLE001  as above
        return None


def fingerprints(outcomes: Iterable[Outcome[Any]]) -> bytes:  # see fingerprint
    """Return the fingerprint of each outcome, in order, as packed little-endian uint64."""
    packed = array("Q", [fingerprint(outcome) for outcome in outcomes])
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


class _Walk:
    """Where an encoding stands: the containers around the current value, and how many values there were."""

    __slots__ = ("around", "parts")

    def __init__(self) -> None:
        self.around: dict[int, int] = {}
        self.parts = 0


def _encode(value: Any, walk: _Walk) -> bytes:  # any value of the user's
    """Return bytes that no different value has and that no other encoding starts with."""
    kind = type(value)
    if kind is int:
        return b"n%x;" % value
    encoder = _LEAVES.get(kind)
    if encoder is not None:
        return encoder(value)
    container = _CONTAINERS.get(kind) or _container_for(value)
    if container is None:
        leaf = _leaf(value)
        if leaf is not None:
            return leaf
        container = _object
    around = walk.around
    place = around.get(id(value))
    if place is not None:  # it contains itself
        return b"^%x;" % (len(around) - place)
    if len(around) >= DEPTH_LIMIT:
        raise _IncomparableError
    around[id(value)] = len(around)
    encoded = container(value, walk)
    del around[id(value)]
    return encoded


def _number(value: Any) -> bytes:  # anything with as_integer_ratio
    if value != value:  # noqa: PLR0124  only nan differs from itself
        return b"nnan;"
    adjusted = getattr(value, "adjusted", None)  # a Decimal's exponent, which may be huge
    if adjusted is not None and value and abs(adjusted()) > EXPONENT_LIMIT and value.is_finite():
        sign, digits, exponent = value.as_tuple()
        text = "".join(map(str, digits))
        kept = text.strip("0")
        return b"nd%d,%b,%d;" % (sign, kept.encode(), exponent + len(text) - len(text.rstrip("0")))
    try:
        top, bottom = value.as_integer_ratio()
    except OverflowError:
        return b"ninf;" if value > 0 else b"n-inf;"
    return b"n%x;" % top if bottom == 1 else b"n%x/%x;" % (top, bottom)


def _complex(value: complex) -> bytes:
    return _number(value.real) if value.imag == 0 else b"j" + _number(value.real) + _number(value.imag)


def _text(value: str) -> bytes:
    return _pack(b"s", value.encode("utf-8", "surrogatepass"))


def _bytes(value: bytes | bytearray) -> bytes:
    return _pack(b"b", bytes(value))


def _range(value: range) -> bytes:
    return b"r%x,%x,%x;" % (len(value), value.start if value else 0, value.step if len(value) > 1 else 0)


def _datetime(value: datetime) -> bytes:
    offset = value.utcoffset()
    if offset is None:
        return _pack(b"t", value.replace(fold=0, tzinfo=None).isoformat().encode())
    return b"T" + _timedelta(value - EPOCH)


def _timedelta(value: timedelta) -> bytes:
    return b"d%x,%x,%x;" % (value.days, value.seconds, value.microseconds)


def _named(value: Any) -> bytes:  # a class or function
    if isinstance(value, FunctionType) and "<" in value.__qualname__:
        raise _IncomparableError
    home = "__main__" if value.__module__ == "__mp_main__" else value.__module__  # its name in a spawned process
    return _pack(b"g", f"{home}.{value.__qualname__}".encode())


def _pack(tag: bytes, payload: bytes) -> bytes:
    if len(payload) > LONG_BYTES:
        return b"%b#%x:%b" % (tag, len(payload), blake2b(payload, digest_size=16).digest())
    return b"%b%x:%b" % (tag, len(payload), payload)


def _each(values: Iterable[Any], walk: _Walk) -> list[bytes]:  # any values of the user's
    encoded = [_encode(value, walk) for value in values]
    walk.parts += len(encoded)
    if walk.parts > PART_LIMIT:
        raise _IncomparableError
    return encoded


def _list(value: list[Any], walk: _Walk) -> bytes:  # any values of the user's
    return _pack(b"l", b"".join(_each(value, walk)))


def _tuple(value: tuple[Any, ...], walk: _Walk) -> bytes:  # any values of the user's
    return _pack(b"u", b"".join(_each(value, walk)))


def _set(value: "set[Any] | frozenset[Any]", walk: _Walk) -> bytes:  # any values of the user's
    return _pack(b"e", b"".join(sorted(_each(value, walk))))


def _mapping(value: Mapping[Any, Any], walk: _Walk) -> bytes:  # any values of the user's
    pairs = zip(_each(value.keys(), walk), _each(value.values(), walk), strict=True)
    return _pack(b"m", b"".join(sorted([key + member for key, member in pairs])))


def _object(value: Any, walk: _Walk) -> bytes:  # an object of the user's own class, or a library's
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None:
        state = {name: getattr(value, name) for name, field in fields.items() if field.compare}
        return b"o" + _named(type(value)) + _mapping(state, walk)
    reducer = dispatch_table.get(type(value))
    reduced = value.__reduce_ex__(4) if reducer is None else reducer(value)
    if isinstance(reduced, str):
        return _pack(b"g", f"{type(value).__module__}.{reduced}".encode())
    maker, arguments, state, members, pairs = (*reduced, None, None, None)[:5]
    encoded = [_encode(maker, walk), _encode(arguments, walk), _encode(state, walk)]
    encoded.append(b"".join(_each(members or (), walk)))
    encoded.append(b"".join(sorted(_each(pairs or (), walk))))
    return _pack(b"o", b"".join(encoded))


def _leaf(value: Any) -> bytes | None:  # any value that is not a container
    """Encode a value of a subclass, of another library's number type, or one that lends its memory."""
    for kind in (str, bytes, bytearray, complex, datetime, timedelta, range):
        if isinstance(value, kind):
            return _LEAVES[kind](value)
    if isinstance(value, type | FunctionType | BuiltinFunctionType) and getattr(value, "__self__", None) is None:
        return _named(value)
    if isinstance(value, ModuleType):
        return _pack(b"g", value.__name__.encode())
    if hasattr(value, "as_integer_ratio"):
        return _number(value)
    if hasattr(value, "__index__") and not hasattr(value, "__len__"):
        return b"n%x;" % index(value)
    return _buffer(value)


def _buffer(value: Any) -> bytes | None:  # whatever may lend its memory
    try:
        view = memoryview(value)
    except (TypeError, ValueError, BufferError):
        return None
    with view:
        if "O" in view.format:  # addresses of objects
            return None
        if view.format == "B" and view.ndim == 1:
            return _bytes(view.tobytes())
        return b"a" + _text(view.format) + _text(str(view.shape)) + _bytes(view.tobytes())


def _container_for(value: Any) -> "Callable[[Any, _Walk], bytes] | None":  # any value of the user's
    for kind, encoder in _CONTAINERS.items():
        if isinstance(value, kind):
            return encoder
    return None


def _error_bytes(error: BaseException) -> bytes:
    match error:
        case RemoteError():  # tells of an error that could not cross; it is to equal the error itself
            name, text = error.type_name.rpartition(".")[2], error.message
        case WorkerDiedError():
            name, text = "WorkerDiedError", str(error.exit_code)
        case _:
            name, text = type(error).__name__, str(error)
    return _text(name) + _text(sub(r"\b0x[0-9a-fA-F]{6,}", "0x", text))


_LEAVES: dict[type, Callable[[Any], bytes]] = {  # each encoder takes the type beside it
    type(None): lambda _: b"z;",
    bool: lambda value: b"n%x;" % value,
    int: lambda value: b"n%x;" % value,
    float: _number,
    complex: _complex,
    str: _text,
    bytes: _bytes,
    bytearray: _bytes,
    range: _range,
    datetime: _datetime,
    timedelta: _timedelta,
    type(...): lambda _: b"y;",
}
_CONTAINERS: dict[type, Callable[[Any, _Walk], bytes]] = {  # likewise
    list: _list,
    tuple: _tuple,
    dict: _mapping,
    set: _set,
    frozenset: _set,
}
