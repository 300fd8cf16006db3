"""What a switch costs, between threads and between processes: the same exchange of bytes, held on one core.

    round trip between two = two sends + two receipts + two switches
    send and receipt alone = one send  + one receipt

Half of the first less the second is one switch. A lock as the messenger would measure how long it spins first: on a
free-threaded build ten times the switch.

Source: McVoy & Staelin (1996), lmbench, USENIX, section 6.6.
"""

import os
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe

from turnout.clock import Clock
from turnout.errors import UnavailableError
from turnout.machine.probes._processes import round_trip_ns, trips_ns


def thread_switch_ns(clock: Clock, repeats: int = 15, trips: int = 200) -> list[float]:
    """Let two threads on one core answer each other."""
    with _one_core():
        return _switches(_threads_ns(clock, repeats, trips), _alone_ns(clock, repeats, trips))


def process_switch_ns(clock: Clock, repeats: int = 15, trips: int = 200) -> list[float]:
    """Let two processes on one core answer each other."""
    with _one_core():
        return _switches(round_trip_ns(clock, repeats, trips), _alone_ns(clock, repeats, trips))


def _switches(pairs_ns: list[float], alone_ns: list[float]) -> list[float]:
    without = statistics.median(alone_ns)
    return [max(0.0, pair_ns / 2 - without) for pair_ns in pairs_ns]


def _threads_ns(clock: Clock, repeats: int, trips: int) -> list[float]:
    hears, there = Pipe(duplex=False)
    back, says = Pipe(duplex=False)

    def answer() -> None:
        for _ in range((repeats + 1) * trips):
            says.send_bytes(hears.recv_bytes())

    with hears, there, back, says:
        thread = threading.Thread(target=answer)
        thread.start()
        samples = trips_ns(clock, there, back, repeats, trips)
        thread.join()
    return samples


def _alone_ns(clock: Clock, repeats: int, trips: int) -> list[float]:
    receiver, sender = Pipe(duplex=False)
    with receiver, sender:
        return trips_ns(clock, sender, receiver, repeats, trips)


@contextmanager
def _one_core() -> Iterator[None]:
    """Hold this thread, and whatever it starts, on one core.

    Raises:
        UnavailableError: If this system cannot.
    """
    if not hasattr(os, "sched_setaffinity"):
        raise UnavailableError("a switch", "this system cannot hold two threads on one core", "measure on Linux")
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
