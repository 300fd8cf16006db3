"""What programs inherit that tests start."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


def unmeasured(**more: str) -> dict[str, str]:
    """Return the environment without coverage, which an interrupt may strike too, and which takes half of the time."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}, **more}


@contextmanager
def programs_unmeasured() -> Iterator[None]:
    """Start programs and workers without coverage, which costs each of them 0.2 s on a core.

    Workers that are forked from the tests are measured all the same.
    """
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COVERAGE")}
    yield
    os.environ.update(kept)
