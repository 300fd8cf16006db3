"""The queue between a thread that makes entries and a stream that takes them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.executors import Feed
from turnout.pipeline._channel import Channel, ReaderLeftError

PATIENCE_S = 20  # a bound for a hang


@contextmanager
def thread(work: Callable[[], None]) -> Iterator[threading.Thread]:
    """Run ``work`` in a thread, and see it end."""
    one = threading.Thread(target=work, daemon=True)
    one.start()
    yield one
    one.join(PATIENCE_S)
    assert not one.is_alive()


class Reader:
    """Takes until the end, and waits only where it was promised to be woken."""

    def __init__(self, channel: Feed) -> None:
        self.taken: list[Any] = []
        self.longest = 0
        self.woken = threading.Event()
        channel.wake = self.woken.set  # type: ignore[attr-defined]  # each of those that are read here has one
        self._channel = channel

    def read(self, count: int) -> None:
        while True:
            some = self._channel.take(count)
            self.longest = max(self.longest, len(some))
            self.taken += some
            if not some:
                if not self._channel.is_open:
                    return
                assert self.woken.wait(PATIENCE_S)
                self.woken.clear()


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(), max_size=9), max_size=9), st.integers(1, 5), st.integers(1, 7))
def test_all_entries_arrive_in_order_whatever_the_bounds(groups: list[list[int]], limit: int, count: int) -> None:
    channel = Channel(limit)
    reader = Reader(channel)

    def write() -> None:
        for group in groups:
            channel.put_all(group)
        channel.end()

    with thread(write):
        reader.read(count)

    assert reader.taken == [entry for group in groups for entry in group]
    assert reader.longest <= min(limit, count)


def test_whoever_puts_more_than_the_limit_waits() -> None:
    channel = Channel(3)
    seen: list[int] = []
    done = threading.Event()

    def write() -> None:
        channel.put_all((1, 2, 3))
        done.set()
        for entry in range(4, 50):
            channel.put_all((entry,))
            seen.append(len(channel))
        channel.end()

    reader = Reader(channel)
    with thread(write):
        assert done.wait(PATIENCE_S)
        assert len(channel) == 3
        reader.read(2)

    assert reader.taken == list(range(1, 50))
    assert max(seen) <= 3


def test_the_reader_is_woken_once_for_each_time_that_it_found_nothing() -> None:
    channel = Channel(9)
    rings: list[str] = []
    channel.wake = lambda: rings.append("ring")

    channel.put_all((1,))
    assert rings == []  # nobody has looked yet
    assert channel.take(9) == [1]
    assert channel.take(9) == []
    channel.put_all((2,))
    channel.put_all((3,))

    assert rings == ["ring"]
    assert channel.take(9) == [2, 3]


def is_open(channel: Channel) -> bool:
    return channel.is_open  # asked anew each time


def test_the_end_is_told_after_the_last_entry() -> None:
    channel = Channel(2)
    rings: list[str] = []
    channel.wake = lambda: rings.append("ring")

    channel.put_all("ab")
    channel.end()

    assert rings == ["ring"]
    assert is_open(channel)
    assert channel.take(5) == ["a", "b"]
    assert not is_open(channel)
    assert channel.take(5) == []
    assert channel.remaining() is None


def test_an_error_is_raised_after_the_entries_before_it_and_once() -> None:
    channel = Channel(2)

    channel.put_all("ab")
    channel.end(OSError("the disk is gone"))

    assert channel.take(1) == ["a"]
    assert channel.take(5) == ["b"]
    assert is_open(channel)
    with pytest.raises(OSError, match="the disk is gone"):
        channel.take(1)
    assert not is_open(channel)
    assert channel.take(1) == []


def test_a_writer_that_waits_is_told_that_its_reader_left() -> None:
    channel = Channel(1)
    full = threading.Event()
    told: list[BaseException] = []

    def write() -> None:
        channel.put_all((1,))
        full.set()
        try:
            channel.put_all((2, 3))
        except ReaderLeftError as error:
            told.append(error)

    with thread(write):
        assert full.wait(PATIENCE_S)
        channel.leave()

    assert len(told) == 1
    assert len(channel) == 0
    with pytest.raises(ReaderLeftError):
        channel.put_all((4,))


def test_nothing_put_in_is_nothing_to_wait_for() -> None:
    channel = Channel(1)
    channel.put_all((1,))

    channel.put_all(())

    assert channel.take(9) == [1]
