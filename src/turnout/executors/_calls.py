"""Calling a coroutine function from a worker that knows only plain calls."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def plain_calls(function: Callable[[Any], Any], *, is_async: bool) -> Iterator[Callable[[Any], Any]]:
    """Give a plain callable for ``function``; a coroutine runs to its end in an event loop of this worker's own."""
    if not is_async:
        yield function
        return
    import asyncio  # noqa: PLC0415  a worker that needs no event loop doesn't load one

    with asyncio.Runner() as runner:
        yield lambda item: runner.run(function(item))
