"""Processes that were forked, and how they end.

One that an item's own code forks ends with the item, and never answers in its worker's place.
"""

import os
import sys
from typing import Any, NoReturn

forks = [0]
"""How often this process, and those that it was forked from, were forked: another number tells a copy of itself."""


def end_copy(error: BaseException | None) -> NoReturn:
    """End this process as Python ends one whose program has come to its end, or raised.

    The rest of what was copied, such as a worker's loop or the caller's program, is not run a second time.

    Args:
        error: What the item raised; None if it returned.
    """
    status = 0
    try:
        if isinstance(error, SystemExit):
            status = _status(error.code)
        elif error is not None:
            status = 1
            sys.excepthook(type(error), error, error.__traceback__)
        flush_quietly()
    finally:
        os._exit(status)


def flush_quietly() -> None:
    """Write out what was printed, unless nobody listens any more."""
    stream: Any  # a script may have put anything there
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue


def _status(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stderr.write(f"{code}\n")
    return 1


def _count() -> None:
    forks[0] += 1


os.register_at_fork(after_in_child=_count)
