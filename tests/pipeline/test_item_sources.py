"""Where a run's items come from: an iterator, a slow one, an asynchronous one."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from typing import Any

import pytest

import turnout
from pipeline.test_channel import PATIENCE_S, Reader
from turnout.outcomes import Success
from turnout.pipeline._channel import Channel
from turnout.pipeline._source import READ_AHEAD, SLOW_NS, IteratorSource, start_async_feeder


class Ticks:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


class Slow:
    """Items that take as long as is said for each, on the clock given, and tell in which thread they were pulled."""

    def __init__(self, clock: Ticks, took_ns: list[int], error: Exception | None = None) -> None:
        self._clock = clock
        self._took_ns = took_ns
        self._error = error
        self.threads: list[int] = []

    def __iter__(self) -> Iterator[int]:
        for item, took_ns in enumerate(self._took_ns):
            self.threads.append(threading.get_ident())
            self._clock.now_ns += took_ns
            yield item
        if self._error is not None:
            self._clock.now_ns += 2 * SLOW_NS
            raise self._error


def source_of(items: Any, clock: Callable[[], int], length: int | None = None) -> tuple[IteratorSource, Reader]:
    source = IteratorSource(items, length, clock)
    return source, Reader(source)


def test_items_that_come_fast_are_pulled_in_the_callers_thread() -> None:
    clock = Ticks()
    items = Slow(clock, [0] * 500)
    source, reader = source_of(items, clock)

    reader.read(7)

    assert reader.taken == list(range(500))
    assert set(items.threads) == {threading.get_ident()}
    assert not source.is_open


def test_one_slow_item_is_no_slow_source() -> None:
    clock = Ticks()
    items = Slow(clock, [2 * SLOW_NS] + [0] * 50)

    _source, reader = source_of(items, clock)
    reader.read(3)

    assert set(items.threads) == {threading.get_ident()}


def test_after_two_slow_items_a_thread_reads_ahead() -> None:
    clock = Ticks()
    items = Slow(clock, [2 * SLOW_NS] * 2 + [0] * 500)

    source, reader = source_of(items, clock)
    reader.read(1)

    here = threading.get_ident()
    assert reader.taken == list(range(502))
    assert items.threads[:2] == [here, here]
    assert here not in items.threads[2:]
    assert len(set(items.threads[2:])) == 1
    assert not source.is_open


def test_a_thread_reads_a_bounded_number_ahead_and_ends_when_nobody_takes_any() -> None:
    clock = Ticks()
    threads: list[threading.Thread] = []
    is_ahead = threading.Event()

    def items() -> Iterator[int]:
        for item in count():
            threads.append(threading.current_thread())
            clock.now_ns += 2 * SLOW_NS
            if item == READ_AHEAD:
                is_ahead.set()
            yield item

    source, _reader = source_of(items(), clock)
    assert [*source.take(1), *source.take(1)] == [0, 1]
    assert is_ahead.wait(PATIENCE_S)
    source.leave()
    threads[-1].join(PATIENCE_S)

    assert not threads[-1].is_alive()
    assert len(threads) <= 2 + READ_AHEAD + 1  # one more, for which there was no room


@pytest.mark.parametrize("slow", [0, 1, 2, 3])
@pytest.mark.parametrize("at_once", [1, 2, 64])
def test_a_source_that_breaks_tells_so_after_its_items_whichever_thread_pulls_them(slow: int, at_once: int) -> None:
    clock = Ticks()
    items = Slow(clock, [0] * (3 - slow) + [2 * SLOW_NS] * slow, OSError("the disk is gone"))
    _source, reader = source_of(items, clock)

    with pytest.raises(OSError, match="the disk is gone"):
        reader.read(at_once)

    assert reader.taken == [0, 1, 2]


def test_what_is_left_is_told_where_it_is_known() -> None:
    clock = Ticks()
    source, _reader = source_of({"a": 1, "b": 2, "c": 3}, clock, 3)

    assert source.remaining() == 3
    assert source.take(2) == ["a", "b"]
    assert source.remaining() == 1
    assert source_of(iter("abc"), clock)[0].remaining() is None


def test_leaving_a_fast_source_is_nothing_to_do() -> None:
    source, reader = source_of("abc", Ticks())

    source.leave()
    reader.read(9)

    assert reader.taken == ["a", "b", "c"]


async def numbers(end: int, error: Exception | None = None) -> AsyncIterator[int]:
    for number in range(end):
        yield number
    if error is not None:
        raise error


def test_asynchronous_items_come_in_order() -> None:
    channel = Channel(3)
    reader = Reader(channel)

    start_async_feeder(channel, numbers(100))
    reader.read(2)

    assert reader.taken == list(range(100))


def test_asynchronous_items_that_break_tell_so_after_what_came() -> None:
    channel = Channel(3)
    reader = Reader(channel)

    start_async_feeder(channel, numbers(10, OSError("the line is dead")))
    with pytest.raises(OSError, match="the line is dead"):
        reader.read(2)

    assert reader.taken == list(range(10))


def test_asynchronous_items_are_closed_when_nobody_takes_any_more() -> None:
    closed = threading.Event()

    async def endless() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    with turnout.run(str, endless(), executor="sequential") as run:
        assert next(iter(run)) == Success("1", 1, 0)

    assert closed.wait(PATIENCE_S)


@pytest.mark.parametrize("taken", [0, 1])
def test_asynchronous_items_that_are_still_waited_for_are_cancelled_then(taken: int) -> None:
    waits, closed = threading.Event(), threading.Event()

    async def silent() -> AsyncIterator[int]:
        try:
            for number in range(taken):
                yield number
            waits.set()
            await asyncio.sleep(3600)
        finally:
            closed.set()

    channel = Channel(3)
    reader = Reader(channel)
    start_async_feeder(channel, silent())
    assert waits.wait(PATIENCE_S)
    reader.taken += channel.take(1)
    channel.leave()

    assert reader.taken == list(range(taken))
    assert closed.wait(PATIENCE_S)


def test_who_is_told_of_leaving_too_late_is_told_at_once() -> None:
    channel = Channel(1)
    told: list[str] = []

    channel.leave()
    channel.when_left(lambda: told.append("left"))

    assert told == ["left"]
