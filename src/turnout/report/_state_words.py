"""What threads do, in words and marks: one set for all renderers."""

from turnout.observe import IO_STATES, Frame, Stack, State, short_path
from turnout.report._words import plain

GROUPS = (
    ("run", (State.RUN,)),
    ("GIL", (State.GIL,)),
    ("lock", (State.LOCK,)),
    ("I/O", IO_STATES),
    ("core", (State.CORE,)),
    ("unknown", (State.UNKNOWN,)),
)
"""The states as a table has room for them, in the order in which they are drawn."""

ORDER = tuple(state for _, states in GROUPS for state in states)
"""All states in that order."""

DOES = {
    State.RUN: "on a core",
    State.GIL: "waiting for the GIL",
    State.LOCK: "waiting for a lock",
    State.SOCKET: "waiting for the network",
    State.PIPE: "waiting for a pipe",
    State.FILE: "waiting for a file",
    State.POLL: "polling descriptors",
    State.SLEEP: "asleep",
    State.CHILD: "waiting for a child process",
    State.CORE: "waiting for a core",
    State.UNKNOWN: "unknown",
}
"""What a thread in a state does, as it stands after "it is"."""

_NAME_LIMIT = 120


def function_of(frame: Frame) -> str:
    """Return a frame's function; safe to show."""
    return plain(frame.function, _NAME_LIMIT) or "?"


def place_of(file: str, line: int, limit: int = 160) -> str:
    """Return where code stands, ``"app.py:42"``, cut from the left to ``limit`` characters; safe to show.

    Files of a Python's library are told without the folder that it is in: ``"asyncio/events.py:80"``.
    """
    number = f":{line}" if line > 0 else ""
    shown = plain(short_path(file), 4_000) or "?"
    room = limit - len(number)
    return f"{shown if len(shown) <= room else f'…{shown[1 - room :]}'}{number}"


def frame_words(frame: Frame, limit: int = 160) -> str:
    """Return a frame in one line: ``"factor, app.py:42"``; safe to show."""
    return f"{function_of(frame)}, {place_of(frame.file, frame.line, limit)}"


def stack_words(stack: Stack, depth: int) -> list[str]:
    """Return the innermost ``depth`` frames, a line each, and a line that counts the others; safe to show."""
    left = len(stack) - depth
    return [*map(frame_words, stack[:depth]), *([f"and {left:,} more"] if left > 0 else [])]
