"""Files that results go to: at once, or under their name only when they are complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from turnout.errors import UsageError


class Draft:
    """A file that is written beside its place, and takes it in the end.

    Args:
        name: Where it shall be; if that is a link, where the link leads.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._place = Path(os.path.realpath(name))
        self.path = self._place.with_name(f".{self._place.name}.{token_hex(4)}.part")
        with complaining(name):
            self.stream: BinaryIO = self.path.open("xb")

    def publish(self) -> None:
        """Put the file in its place, over what is there."""
        with complaining(self.name):
            self.stream.close()
            self.path.replace(self._place)

    @contextmanager
    def anew(self) -> Iterator[Path]:
        """Begin the file anew; what was written is in another one as long as the block, and comes back if it fails."""
        former = self.path.with_suffix(".former")
        self.stream.close()
        self.path.replace(former)
        self.stream = self.path.open("xb")
        try:
            yield former
        except BaseException:
            self.stream.close()
            former.replace(self.path)
            raise
        former.unlink()

    def discard(self) -> None:
        """Leave nothing behind, unless it was published."""
        self.stream.close()
        self.path.unlink(missing_ok=True)


def write_whole(stream: BinaryIO, data: bytes) -> None:
    """Write all of ``data`` to an unbuffered file, which may take it in parts."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


@contextmanager
def complaining(name: str) -> Iterator[None]:
    """Turn what the system says about a file into a `UsageError`."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = getattr(error, "strerror", None) or error
        remedy = "name another file, or make room" if getattr(error, "errno", None) else "name another file"
        raise UsageError(f"the results cannot be written to {name!r} ({reason}); {remedy}") from None
