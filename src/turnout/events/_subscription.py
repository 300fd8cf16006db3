"""What removes a handler again."""

from collections.abc import Callable
from types import TracebackType
from typing import Self


class Subscription:
    """A handler that listens, until it is removed or this is left as a context.

    Args:
        remove: Removes it, and tells whether it was there.
    """

    __slots__ = ("_remove",)

    def __init__(self, remove: Callable[[], bool]) -> None:
        self._remove = remove

    def remove(self) -> bool:
        """Let it hear nothing any more, and return whether it did until now."""
        return self._remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.remove()
