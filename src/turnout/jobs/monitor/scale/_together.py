"""Coroutines that run until the first of them ends."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

_AGAIN_S = 5.0  # longer than a goodbye takes; before Python 3.12, `asyncio.wait_for` may swallow a cancellation


async def together(coroutines: Iterable[Coroutine[Any, Any, object]]) -> None:  # of any result
    """Run them side by side until one ends, then end the others, and raise what that one raised."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    ended: list[asyncio.Task[object]] = []
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = [task for task in tasks if task.done()]
        await end(task for task in tasks if not task.done())
    for task in ended:
        task.result()


async def end(tasks: "Iterable[asyncio.Task[Any]]") -> None:  # of any result
    """Cancel tasks until they have ended; what they raise then is of no interest."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=_AGAIN_S)
        for task in done:
            if not task.cancelled():
                task.exception()
