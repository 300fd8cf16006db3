"""What a thread costs, and a lock."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import repeat

from turnout.clock import Clock


def thread_start_ns(clock: Clock, repeats: int = 15, batch: int = 20) -> list[float]:
    """Start a thread that does nothing, and join it."""
    samples = []
    for _ in range(repeats):
        before = clock.wall_ns()
        for _ in range(batch):
            thread = threading.Thread(target=os.getpid)
            thread.start()
            thread.join()
        samples.append((clock.wall_ns() - before) / batch)
    return samples


def free_lock_ns(clock: Clock, repeats: int = 15, batch: int = 50_000) -> list[float]:
    """Acquire and release a lock that nobody else wants, less what the bare loop takes."""
    lock = threading.Lock()
    samples = []
    for _ in range(repeats):
        before = clock.wall_ns()
        for _ in repeat(None, batch):
            pass
        between = clock.wall_ns()
        for _ in repeat(None, batch):
            lock.acquire()
            lock.release()
        after = clock.wall_ns()
        samples.append(max(0.0, (after - between) - (between - before)) / batch)
    return samples


def contended_lock_ns(clock: Clock, repeats: int = 9, batch: int = 100_000) -> list[float]:
    """Let two threads acquire and release one lock as fast as they can."""
    return [_contest_ns(clock, batch) for _ in range(repeats)]


def _contest_ns(clock: Clock, batch: int) -> float:
    lock, start = threading.Lock(), threading.Barrier(2)

    def contend() -> None:
        start.wait()
        for _ in repeat(None, batch):
            lock.acquire()
            lock.release()

    with _running(contend):
        before = clock.wall_ns()
        contend()
    return (clock.wall_ns() - before) / (2 * batch)


@contextmanager
def _running(work: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()
