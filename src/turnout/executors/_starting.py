"""Threads that have to be there, where the system may start no more."""

import threading
from collections.abc import Callable

from turnout.errors import UnavailableError


def start_thread(thread: threading.Thread, start: Callable[[threading.Thread], None] = threading.Thread.start) -> None:
    """Start a thread that nothing can go on without.

    Args:
        thread: A fresh one.
        start: Starts it, or raises.

    Raises:
        UnavailableError: If the system starts none.
    """
    try:
        start(thread)
    except (RuntimeError, MemoryError) as error:
        raise no_thread(error) from None


def no_thread(error: BaseException) -> UnavailableError:
    """Return what tells that there is no thread, with what the system said."""
    return UnavailableError("a thread", f"the system starts none ({error})", "raise its limits (ulimit -u, -v)")
