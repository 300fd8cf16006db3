"""Iterating in a thread, for callers that must not wait."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from turnout.pipeline._channel import Channel, ReaderLeftError

T = TypeVar("T")
AHEAD = 256  # items that may wait for the reader


async def iterate_in_thread(groups: Iterator[Sequence[T]], stop: Callable[[], None]) -> AsyncGenerator[T, None]:
    """Yield the items of ``groups``, which may block, without blocking the event loop.

    Args:
        groups: Items that are there together, which cost one change of threads and not one each; pulled in one thread,
            a few items and a group ahead.
        stop: Called when the reader leaves early; it makes ``groups`` end.
    """
    loop = asyncio.get_running_loop()
    channel = Channel(AHEAD)
    more = asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(more.set)

    channel.wake = wake
    with ThreadPoolExecutor(1, thread_name_prefix="outcomes") as thread:
        pulled = loop.run_in_executor(thread, _pull, groups, channel)
        try:
            while channel.is_open:
                if not (taken := channel.take(AHEAD)):
                    await more.wait()
                    more.clear()
                for item in taken:
                    yield item
        finally:
            if channel.is_open:
                stop()
                channel.leave()
            await pulled


def _pull(groups: Iterator[Sequence[object]], channel: Channel) -> None:
    try:
        for group in groups:
            channel.put_all(group)
    except ReaderLeftError:
        with suppress(Exception):  # nobody is there to be told
            for _ in groups:  # which was told to end
                continue
    except BaseException as error:  # noqa: BLE001  whoever takes from the channel raises it
        channel.end(error)
    else:
        channel.end()
