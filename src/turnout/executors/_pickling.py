"""Objects to bytes and back, with an answer when that fails: which object, which part of it, and why."""

import pickle
from collections.abc import Callable
from traceback import format_exception
from typing import Any, Protocol

from turnout.errors import RemoteError, TransferError, message_of, type_name

DEPTH = 5  # how far into an object the part that does not pickle is looked for


class RemoteTraceback(Exception):  # noqa: N818  it tells of an error and is none
    """The traceback of another process, as text; the cause of the exception that came from there."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text}"""'


class Aside(Protocol):
    """Where the large buffers of a pickle are laid, so that it need not hold them."""

    def clear(self) -> None:
        """Begin another pickle."""

    def __call__(self, buffer: pickle.PickleBuffer, /) -> bool:
        """Take a buffer; return whether it must stay in the pickle instead."""


def dumps(value: Any, role: Callable[[], str], aside: Aside | None = None) -> bytes:  # any object of the caller's
    """Pickle ``value``, by value where it belongs to the script that was started.

    Args:
        value: Any object.
        role: Says what it is, if it can't be pickled.
        aside: Takes its large buffers; None to keep them in the pickle.

    Raises:
        TransferError: If it can't be pickled.
    """
    data = _dumps_by_name(value, aside)
    # A worker that was not forked has another `__main__`, so nothing of ours can be found there by name.
    return dumps_by_value(value, role, aside) if data is None or b"__main__" in data else data


def dumps_back(value: Any, role: Callable[[], str], aside: Aside | None = None) -> bytes:  # any object of the caller's
    """Pickle ``value`` for the parent, where ``__main__`` has what this worker was forked with, or sent by value.

    Args:
        value: Any object.
        role: Says what it is, if it can't be pickled.
        aside: Takes its large buffers; None to keep them in the pickle.

    Raises:
        TransferError: If it can't be pickled.
    """
    data = _dumps_by_name(value, aside)
    return dumps_by_value(value, role, aside) if data is None else data


def _dumps_by_name(value: Any, aside: Aside | None) -> bytes | None:  # any object of the caller's
    """Return the plain pickle of ``value``; None if it has none."""
    if aside is not None:
        aside.clear()
    try:
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL, buffer_callback=aside)
    except Exception:  # noqa: BLE001  a pickler runs the object's own code, which may raise anything
        return None


def dumps_by_value(value: Any, role: Callable[[], str], aside: Aside | None = None) -> bytes:  # any of the caller's
    """Pickle ``value`` with the code of what can't be imported by name: lambdas, closures, ``__main__``.

    Args:
        value: Any object.
        role: Says what it is, if it can't be pickled.
        aside: Takes its large buffers; None to keep them in the pickle.

    Raises:
        TransferError: If it can't be pickled.
    """
    import cloudpickle  # noqa: PLC0415  costs 30 ms, and most work does without

    if aside is not None:
        aside.clear()
    try:
        return bytes(cloudpickle.dumps(value, pickle.HIGHEST_PROTOCOL, buffer_callback=aside))
    except Exception as error:
        raise TransferError(role(), *_culprit(value, error, cloudpickle.dumps)) from error


def _culprit(value: Any, error: Exception, pickler: Callable[[Any], bytes]) -> tuple[str, str]:
    path = ""
    for _ in range(DEPTH):
        for name, part in _parts(value):
            try:
                pickler(part)
            except Exception as inner:  # noqa: BLE001  as above
                path, value, error = f"{path}{name}", part, inner
                break
        else:
            break
    kind = type_name(type(value))
    reason = " ".join(message_of(error).split()) or type(error).__name__
    return (f"its part {path.strip()} (a {kind})" if path else f"a {kind}"), reason


def _parts(value: Any) -> list[tuple[str, Any]]:
    match value:
        case dict():
            return [(f"[{key!r}]", part) for key, part in value.items()]
        case list() | tuple():
            return [(f"[{place}]", part) for place, part in enumerate(value)]
    closure = getattr(value, "__closure__", None)
    if closure:
        names = value.__code__.co_freevars
        return [(f" variable {name!r}", cell.cell_contents) for name, cell in zip(names, closure, strict=True)]
    if callable(value) and hasattr(value, "__globals__"):
        used = value.__code__.co_names
        return [(f" global {name!r}", value.__globals__[name]) for name in used if name in value.__globals__]
    return [(f".{name}", part) for name, part in getattr(value, "__dict__", {}).items()]


Packed = tuple[bytes, str]


def pack_error(error: BaseException) -> Packed:
    """Return an exception as bytes that surely load, and its traceback as text."""
    text = "".join(format_exception(error))
    try:
        data = dumps_back(error, lambda: "the exception")
        pickle.loads(data)  # many an exception pickles but doesn't load, when its constructor takes other arguments
    except Exception:  # noqa: BLE001  a pickler runs the object's own code, which may raise anything
        kinds = tuple(map(type_name, type(error).__mro__))
        data = pickle.dumps(RemoteError(kinds[0], message_of(error), kinds))
    return data, text


def unpack_error(packed: Packed) -> BaseException:
    """Return the exception, with the remote traceback as its cause."""
    data, text = packed
    try:
        error: BaseException = pickle.loads(data)
    except Exception as failure:  # noqa: BLE001  loading runs the object's own code, which may raise anything
        error = RemoteError("an exception that doesn't load here", str(failure))
    error.__cause__ = RemoteTraceback(text)
    return error
