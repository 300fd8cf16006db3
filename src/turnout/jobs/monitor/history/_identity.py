"""The name of a history: it stays the same when its folder is moved, and no other has it."""

import secrets
from contextlib import suppress
from pathlib import Path

_FILE = "history.id"
_DIGITS = 12


def identity_of(folder: Path) -> str:
    """Return the name of the history in a folder; given to it if it has none.

    On a disk that takes nothing, it has a name for now, and is another one's next time.
    """
    path = folder / _FILE
    with suppress(OSError, ValueError):
        known = path.read_text("ascii").strip()
        if len(known) == _DIGITS and not set(known) - set("0123456789abcdef"):
            return known
    given = secrets.token_hex(_DIGITS // 2)
    with suppress(OSError):
        unfinished = path.with_suffix(".new")
        unfinished.write_text(given + "\n", "ascii")
        unfinished.replace(path)
    return given
