"""Where a run's items come from: memory, an iterator, a slow one, or an asynchronous one."""

import threading
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from turnout.clock import wall_ns
from turnout.executors import Feed, feed
from turnout.executors._starting import start_thread
from turnout.pipeline._channel import Channel, ReaderLeftError

if TYPE_CHECKING:
    import asyncio

SLOW_NS = 20_000_000  # a pull that takes longer holds up outcomes that are ready
SLOW_PULLS = 2  # so many of them make a slow source: the first item is often late, and nothing else
READ_AHEAD = 64  # items of a slow source that may wait


class IteratorSource:
    """Items of an iterator, pulled in the caller's thread until it turns out to be slow, and then in one of its own.

    Args:
        items: Any iterable.
        count: How many there are, if that is known.
        clock: Tells by which a pull is slow, in nanoseconds.

    Attributes:
        wake: Called when items have come after there were none.
    """

    again_ns: int | None = None

    def __init__(
        self,
        items: Iterable[Any],  # of the caller's types
        count: int | None = None,
        clock: Callable[[], int] = wall_ns,
    ) -> None:
        self.wake: Callable[[], None] = _nothing
        self._direct: Feed = feed(iter(items))
        self._clock = clock
        self._channel: Channel | None = None
        self._slow_pulls = 0
        self._left = count
        self._puller = 0  # the thread that is in the iterator

    @property
    def is_pulling_here(self) -> bool:
        """Whether this thread is in the iterator, and was interrupted by a signal's handler that asks."""
        return self._puller == threading.get_ident()

    @property
    def is_open(self) -> bool:
        """Whether more may come when there is nothing now."""
        return self._channel is not None and self._channel.is_open

    def take(self, count: int) -> Sequence[Any]:
        """Return up to ``count`` items; none if there are none now."""
        taken = self._take(count)
        if self._left is not None:
            self._left = max(0, self._left - len(taken))
        return taken

    def remaining(self) -> int | None:
        """Return how many are left; None if that is unknown."""
        return self._left

    def leave(self) -> None:
        """Take no more; a thread that waits for the next item ends when it comes."""
        if self._channel is not None:
            self._channel.leave()

    def _take(self, count: int) -> Sequence[Any]:
        if self._channel is not None:
            return self._channel.take(count)
        before = self._clock()
        self._puller = threading.get_ident()
        try:
            taken = self._direct.take(count)
        finally:
            self._puller = 0
        if taken and self._clock() - before > SLOW_NS:
            self._slow_pulls += 1
            if self._slow_pulls >= SLOW_PULLS:
                self._channel = Channel(READ_AHEAD)
                self._channel.wake = self.wake
                start_feeder(self._channel, _one_by_one(self._direct))
        return taken


def _one_by_one(items: Feed) -> Iterator[Any]:  # of the caller's types
    """Yield what is left, and raise what the feed knows to have been raised already."""
    while taken := items.take(1):
        yield taken[0]


def start_feeder(channel: Channel, items: Iterable[Any]) -> None:
    """Move items into the channel in a thread of its own."""

    def move() -> None:
        try:
            for item in items:
                channel.put_all((item,))
        except ReaderLeftError:
            return
        except BaseException as error:  # noqa: BLE001  the user's iterator; who takes from the channel raises it
            channel.end(error)
        else:
            channel.end()

    start_thread(threading.Thread(target=move, name="items", daemon=True))


def start_async_feeder(channel: Channel, items: AsyncIterable[Any]) -> None:
    """Move items into the channel in a thread with an event loop of its own."""
    import asyncio  # noqa: PLC0415  only who has such items pays for it

    async def move() -> None:
        channel.when_left(partial(_cancel, asyncio.get_running_loop(), asyncio.current_task()))
        async for item in items:
            channel.put_all((item,))

    def live() -> None:
        try:
            asyncio.run(move())
        except ReaderLeftError:
            return
        except BaseException as error:  # noqa: BLE001  as above
            channel.end(error)
        else:
            channel.end()

    start_thread(threading.Thread(target=live, name="items", daemon=True))


def _cancel(loop: "asyncio.AbstractEventLoop", task: "asyncio.Task[Any] | None") -> None:  # whatever it returns
    if task is not None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(task.cancel)


def _nothing() -> None:
    return
