"""What a process costs, by start method, and a second process to talk to."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import connection, get_all_start_methods, get_context
from typing import Any

from turnout.clock import Clock
from turnout.errors import UnavailableError
from turnout.machine.probes._memory import private_bytes

End = connection.Connection


def start_method(name: str) -> Any:  # a context, whose Process the type stubs leave off
    """Return the `multiprocessing` context of that start method.

    Raises:
        UnavailableError: If this system does not have it.
    """
    if name not in get_all_start_methods():
        raise UnavailableError(f"the start method {name}", "this system has none", "use spawn")
    return get_context(name)


def process_start_ns(clock: Clock, method: str, repeats: int = 9) -> list[float]:
    """Start a process that does nothing, and join it; the first, which starts the forkserver too, is not counted."""
    start = start_method(method)
    samples = []
    for _ in range(repeats + 1):
        before = clock.wall_ns()
        process = start.Process(target=os.getpid)  # of the standard library, so that no module of ours is loaded
        process.start()
        process.join()
        samples.append(float(clock.wall_ns() - before))
        process.close()
    return samples[1:]


def process_memory_bytes(_clock: Clock, method: str, repeats: int = 3) -> list[float]:
    """Start processes that wait, and read the memory that each shares with no other."""
    samples = []
    for _ in range(repeats):
        with partner(_echo, method) as (there, back, pid):
            there.send_bytes(b"?")
            back.recv_bytes()  # by now it has imported what it needs
            samples.append(float(private_bytes(pid)))
    return samples


def round_trip_ns(clock: Clock, repeats: int = 15, trips: int = 100) -> list[float]:
    """Send one byte to another process and have it back."""
    with partner(_echo) as (there, back, _):
        return trips_ns(clock, there, back, repeats, trips)


def trips_ns(clock: Clock, there: End, back: End, repeats: int, trips: int) -> list[float]:
    """Send one byte ``there`` and read one ``back``, over and over; the first batch is not counted."""
    samples = []
    for _ in range(repeats + 1):
        before = clock.wall_ns()
        for _ in range(trips):
            there.send_bytes(b"?")
            back.recv_bytes()
        samples.append((clock.wall_ns() - before) / trips)
    return samples[1:]


def pipe_bytes_per_s(clock: Clock, repeats: int = 9, messages: int = 16, message_bytes: int = 1 << 20) -> list[float]:
    """Send messages to another process, until it has them all."""
    message = bytes(message_bytes)
    samples = []
    with partner(partial(_swallow, messages)) as (there, back, _):
        for _ in range(repeats + 1):
            before = clock.wall_ns()
            for _ in range(messages):
                there.send_bytes(message)
            back.recv_bytes()
            samples.append(messages * message_bytes * 1e9 / max(1, clock.wall_ns() - before))
    return samples[1:]


@contextmanager
def partner(work: Callable[[End, End], None], method: str = "") -> Iterator[tuple[End, End, int]]:
    """Keep another process at ``work`` and yield the pipe to it, the pipe back, and its id.

    Args:
        work: Is given the end to read and the end to write; it is ended with the context.
        method: The start method; the cheapest there is unless named.
    """
    start = start_method(method or ("fork" if "fork" in get_all_start_methods() else "spawn"))
    hears, there = start.Pipe(duplex=False)
    back, says = start.Pipe(duplex=False)
    process = start.Process(target=work, args=(hears, says), daemon=True)
    with there, back:
        with hears, says:
            process.start()
        try:
            yield there, back, process.pid or 0
        finally:
            process.terminate()
            process.join()
            process.close()


def _echo(hears: End, says: End) -> None:  # pragma: no cover  in the other process
    while True:
        says.send_bytes(hears.recv_bytes())


def _swallow(messages: int, hears: End, says: End) -> None:  # pragma: no cover  likewise
    while True:
        for _ in range(messages):
            hears.recv_bytes()
        says.send_bytes(b"!")
