"""Several calls sent to a worker at once, for `ProcessExecutor.map`."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def call_each(function: Callable[..., T], calls: Iterable[tuple[Any, ...]]) -> list[T]:  # the caller's arguments
    """Return the result of each call; the first that fails fails them all."""
    return [function(*arguments) for arguments in calls]
