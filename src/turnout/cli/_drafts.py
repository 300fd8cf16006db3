"""Files that are written: at once, or under their name only when they are complete."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from turnout.errors import UsageError


class Draft:
    """A file that is written beside its place, and takes it in the end, with the mode of the file that was there.

    A device or a pipe is written into at once: it is not what we put in its place that is read.

    Args:
        name: Where it shall be; if that is a link, where the link leads.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        with complaining(name):
            self._place = Path(os.path.realpath(name))
            self._former = _status(self._place)
            self.is_in_place = self._former is not None and not stat.S_ISREG(self._former.st_mode)
            beside = self._place.with_name(f".{self._place.name}.{token_hex(4)}.part")
            self.path = self._place if self.is_in_place else beside
            self.stream: BinaryIO = self.path.open("wb") if self.is_in_place else self._begun()

    def publish(self) -> None:
        """Put the file in its place, over what is there."""
        with complaining(self.name):
            self.stream.close()
            if not self.is_in_place:
                self.path.replace(self._place)

    @contextmanager
    def anew(self) -> Iterator[Path]:
        """Begin the file anew; what was written is in another one as long as the block, and comes back if it fails.

        It must not be one that is written in its place.
        """
        former = self.path.with_suffix(".former")
        self.stream.close()
        self.path.replace(former)
        self.stream = self._begun()
        try:
            yield former
        except BaseException:
            self.stream.close()
            former.replace(self.path)
            raise
        former.unlink()

    def discard(self) -> None:
        """Leave nothing behind, unless it was published."""
        with suppress(OSError):  # what it holds is not to be kept, and may find no room
            self.stream.close()
        if not self.is_in_place:
            self.path.unlink(missing_ok=True)

    def _begun(self) -> BinaryIO:
        stream = self.path.open("xb")
        if self._former is not None:
            with suppress(PermissionError):  # it is another's, who lets us write it
                os.chown(stream.fileno(), self._former.st_uid, self._former.st_gid)
            os.chmod(stream.fileno(), stat.S_IMODE(self._former.st_mode))  # noqa: PTH101  of the open file
        return stream


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


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
        raise UsageError(f"{name!r} cannot be written ({reason}); {remedy}") from None
