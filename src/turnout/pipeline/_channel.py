"""A bounded queue between a thread that makes items and a stream that takes them."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any


class ReaderLeftError(Exception):
    """Nobody takes from the channel any more."""


class Channel:
    """Entries on their way from one thread to a stream, which must not wait for them.

    It has the face of a `Feed`: the stream takes what is there, and is woken when there is more.

    Args:
        limit: How many entries may wait, at least 1; whoever puts more waits.

    Attributes:
        wake: Called when entries have come after the reader found none.
    """

    again_ns: int | None = None

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._is_written = True
        self.wake: Callable[[], None] = _nothing
        self._entries: deque[Any] = deque()
        self._lock = threading.Condition()
        self._error: BaseException | None = None
        self._reader_left = False
        self._told_of_leaving: Callable[[], None] = _nothing
        self._reader_waits = False

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def is_open(self) -> bool:
        """Whether there is, or may be, more to take: an error counts."""
        with self._lock:
            return self._is_written or bool(self._entries) or self._error is not None

    def put_all(self, entries: Sequence[Any]) -> None:  # of the caller's types
        """Put entries in, waiting for room.

        Raises:
            ReaderLeftError: If nobody will take them.
        """
        start = 0
        while start < len(entries):
            with self._lock:
                while len(self._entries) >= self.limit and not self._reader_left:
                    self._lock.wait()
                if self._reader_left:
                    raise ReaderLeftError
                some = entries[start : start + self.limit - len(self._entries)]
                self._entries.extend(some)
                start += len(some)
                wakes, self._reader_waits = self._reader_waits, False
            if wakes:
                self.wake()

    def end(self, error: BaseException | None = None) -> None:
        """Tell that nothing more comes, and why, if it is not the end of the items."""
        with self._lock:
            self._is_written, self._error = False, error
        self.wake()

    def leave(self) -> None:
        """Tell who puts that nobody takes any more."""
        with self._lock:
            self._reader_left = True
            self._entries.clear()
            self._lock.notify_all()
            tell = self._told_of_leaving
        tell()

    def when_left(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called when the reader leaves, or now if it has left: for who waits for something else."""
        with self._lock:
            self._told_of_leaving = tell
            has_left = self._reader_left
        if has_left:
            tell()

    def take(self, count: int) -> Sequence[Any]:  # likewise
        """Return up to ``count`` entries; none if there are none now.

        Raises what the source raised, once its items are taken.
        """
        with self._lock:
            taken = [self._entries.popleft() for _ in range(min(count, len(self._entries)))]
            if taken:
                if len(self._entries) <= self.limit // 2:  # not for each one: waking a thread costs more than an entry
                    self._lock.notify_all()
                return taken
            self._reader_waits = True
            error, self._error = self._error, None
        if error is not None:
            raise error
        return taken

    def remaining(self) -> int | None:
        """Return None: nobody knows."""
        return None


def _nothing() -> None:
    return
