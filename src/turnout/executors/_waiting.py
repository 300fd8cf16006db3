"""Waiting in a queue until a moment, and not for a length of time."""

from queue import Empty, SimpleQueue
from typing import TypeVar

from turnout.clock import wall_ns

T = TypeVar("T")
AGAIN_S = 0.5  # a signal that comes just before a wait does not end it, and is heard at the next one


def take_before(queue: "SimpleQueue[T]", until_ns: int) -> T:
    """Return the next entry.

    Raises:
        Empty: If there is none until then, on the clock `wall_ns`.
    """
    return queue.get(timeout=max(0, until_ns - wall_ns()) / 1e9)


def take_until(queue: "SimpleQueue[T | None]", until_ns: int | None) -> T | None:
    """Return the next entry, which may be None; None also if there is none until then, on the clock `wall_ns`."""
    while until_ns is None:
        try:
            return queue.get(timeout=AGAIN_S)
        except Empty:
            continue
    try:
        return take_before(queue, until_ns)
    except Empty:
        return None
