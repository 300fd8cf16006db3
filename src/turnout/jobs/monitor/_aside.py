"""Files that are damaged: they are kept, under another name."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_PARTS = ("", "-wal", "-shm")  # what SQLite keeps beside a file belongs to it


def move_aside(path: Path, now_ns: int) -> Path:
    """Give a file, and what SQLite keeps beside it, a name that says so and that no file has; return that.

    Args:
        path: The file.
        now_ns: When it was found damaged, nanoseconds since 1970: it is in the name.

    Raises:
        OSError: If that is not possible.
    """
    name = f"{path}.damaged-{datetime.fromtimestamp(now_ns // 10**9, UTC):%Y%m%dT%H%M%SZ}"
    aside, count = Path(name), 1
    while aside.exists():
        count += 1
        aside = Path(f"{name}-{count}")
    for part in _PARTS:
        with suppress(FileNotFoundError):
            Path(f"{path}{part}").rename(f"{aside}{part}")
    return aside
