"""What a subinterpreter costs, where this Python has them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Protocol, cast

from turnout.clock import Clock
from turnout.errors import UnavailableError
from turnout.machine.probes._memory import grown_bytes, in_fresh_children


class Interpreter(Protocol):
    """What is used of a subinterpreter."""

    def close(self) -> None:
        """End it."""
        ...


class Interpreters(Protocol):
    """What is used of `concurrent.interpreters`."""

    def create(self) -> Interpreter:
        """Start a subinterpreter."""
        ...


def interpreter_start_ns(clock: Clock, repeats: int = 9, interpreters: Interpreters | None = None) -> list[float]:
    """Create a subinterpreter and close it; the first is not counted."""
    interpreters = interpreters or _interpreters()
    samples = []
    for _ in range(repeats + 1):
        before = clock.wall_ns()
        interpreters.create().close()
        samples.append(float(clock.wall_ns() - before))
    return samples[1:]


def interpreter_memory_bytes(
    _clock: Clock, repeats: int = 3, count: int = 4, interpreters: Interpreters | None = None
) -> list[float]:
    """Create subinterpreters, and see by how much the process grows.

    Each sample is taken in a forked child, so no subinterpreter may live in this process yet.
    """
    create = (interpreters or _interpreters()).create

    @contextmanager
    def one() -> Iterator[None]:
        interpreter = create()
        try:
            yield
        finally:
            interpreter.close()

    return in_fresh_children(lambda: grown_bytes(one, count), repeats)


def _interpreters() -> Interpreters:
    try:
        return cast("Interpreters", import_module("concurrent.interpreters"))  # a module fits by its names
    except ImportError as error:
        running = ".".join(map(str, sys.version_info[:2]))
        raise UnavailableError(
            "a subinterpreter", f"it needs CPython 3.14 or later, this is {running}", "use a newer Python"
        ) from error
