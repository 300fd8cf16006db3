"""Reading messages as a configuration says: numbers, or values somewhere in JSON."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from math import isfinite
from typing import Any

from turnout.jobs.monitor._types import COLDEST_C
from turnout.jobs.monitor.config._values import Payload, TimeUnit, Unit

_NS_PER: dict[TimeUnit, int] = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_NS = 1 << 62
_LONGEST_TEXT = 64

Read = Callable[[bytes], tuple[float, int | None]]
"""Returns the value, degrees Celsius, and when it was measured, nanoseconds since 1970, or None if it does not say."""


def reader_of(payload: Payload) -> Read | None:
    """Return what reads payloads; it raises `ValueError` with a reason where it cannot.

    Returns:
        None if payloads are plain numbers in degrees Celsius.
    """
    to_celsius = partial(_temperature, _CELSIUS[payload.unit])
    if payload.value is None:
        return None if payload.unit == "C" else lambda body: (to_celsius(_plain(body)), None)
    value_at = _keys(payload.value)
    time_at = None if payload.time is None else _keys(payload.time)

    def read(body: bytes) -> tuple[float, int | None]:
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            raise ValueError("the payload is not JSON") from None
        value = to_celsius(_number(_at(found, value_at), payload.value))
        return value, None if time_at is None else _time(_at(found, time_at), payload.time_unit)

    return read


def _temperature(to_celsius: Callable[[float], float], number: float) -> float:
    value = to_celsius(number)
    if value < COLDEST_C:
        raise ValueError(f"{number:g} is lower than any temperature")
    return value


def _plain(body: bytes) -> float:
    try:
        text = body.decode("ascii")
    except UnicodeError:
        raise ValueError("the payload is not a number") from None
    return _number(text, "the payload")


def _number(found: Any, place: str | None) -> float:  # whatever JSON has
    if (
        isinstance(found, str) and "_" not in found and len(found) <= _LONGEST_TEXT
    ):  # many devices put numbers in quotes
        try:
            found = float(found)
        except ValueError:
            raise ValueError(f"{place} is not a number") from None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ValueError(f"{place} is not a number")  # noqa: TRY004  it is the payload that is wrong
    try:
        number = float(found)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise ValueError(f"{place} is not a finite number")
    return number


def _time(found: Any, unit: TimeUnit) -> int:  # whatever JSON has
    try:
        if unit == "iso":
            moment = datetime.fromisoformat(found)
            since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
            time_ns = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
        else:
            number = found if isinstance(found, int) and not isinstance(found, bool) else _number(found, "the time")
            time_ns = round(number * _NS_PER[unit])
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"the time is not as {unit} has it") from None
    if not 0 < time_ns < _LATEST_NS:
        raise ValueError("the time is out of range")
    return time_ns


def _keys(pointer: str) -> tuple[str, ...]:
    """Return the steps of a pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _at(found: Any, keys: tuple[str, ...]) -> Any:  # whatever JSON has
    for key in keys:
        try:
            found = found[int(key) if isinstance(found, list) else key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise ValueError(f"the payload has no {'/'.join(('', *keys))}") from None
    return found


_CELSIUS: dict[Unit, Callable[[float], float]] = {
    "C": lambda value: value,
    "F": lambda value: (value - 32) / 1.8,
    "K": lambda value: value - 273.15,
}
