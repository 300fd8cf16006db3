"""A file that is not complete: its bytes in ``NAME.part``, and how they may be completed in ``NAME.part.json``."""

import fcntl
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from turnout.errors import PassingError
from turnout.jobs.downloading._stretches import Span, joined

PART = ".part"
STATE = ".part.json"
_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Which version of a file a server has; what is there of one may be completed with the same only.

    Attributes:
        size_bytes: Its length; None if the server does not tell.
        etag: Its strong entity tag.
        modified: Its Last-Modified date.
    """

    size_bytes: int | None = None
    etag: str | None = None
    modified: str | None = None

    @property
    def validator(self) -> str | None:
        """What an If-Range header says of it; None if nothing tells it from another version."""
        return self.etag or self.modified

    def may_be(self, other: "Version") -> bool:
        """Tell whether a response may be of this version, given what it says of its own.

        An entity tag that is left out tells against it: whoever sends a part must send it (RFC 9110, section 15.3.7).
        """
        if self.etag is not None:
            same = other.etag == self.etag
        else:
            same = other.modified in {None, self.modified} and other.etag is None
        return same and other.size_bytes in {None, self.size_bytes}


UNKNOWN = Version()


class Part:
    """The part of a file that is there.

    Args:
        path: Of the part.

    Attributes:
        path: Of the part.
        url: Where it comes from.
        version: Of what it is a part.
        spans: Which of its bytes are there.
        descriptor: Of the open file; -1 if it is not open.
        is_given: Whether it belongs to the finisher now, who closes it.
    """

    __slots__ = ("descriptor", "is_given", "path", "spans", "url", "version")

    def __init__(self, path: str) -> None:
        self.path = path
        self.url = ""
        self.version = UNKNOWN
        self.spans: list[Span] = []
        self.descriptor = -1
        self.is_given = False

    @property
    def state_path(self) -> str:
        """Where its state is."""
        return self.path.removesuffix(PART) + STATE

    @property
    def size_bytes(self) -> int:
        """How many bytes are there."""
        return sum(end - start for start, end in self.spans)

    @property
    def may_be_completed(self) -> bool:
        """Whether more can be asked for, and be told from another version."""
        return bool(self.spans) and self.version.validator is not None

    def create(self, *, locks: bool = True) -> None:
        """Make the file, which must not be there.

        Args:
            locks: Whether to keep others from going on with it, which they only do with what has a state.

        Raises:
            PassingError: If it is: another program was faster.
        """
        try:
            self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except FileExistsError:
            raise PassingError(self.url, "file", f"{self.path!r} is being written by another program") from None
        if locks:
            self._lock()

    def take_up(self) -> bool:
        """Open a file that an earlier run has left; return False if it cannot be, as another program writes it."""
        try:
            self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        except OSError:
            return False
        try:
            if self._lock() and os.path.samestat(Path(self.path).stat(), os.fstat(self.descriptor)):
                return True
        except FileNotFoundError:  # its writer has given it its final name meanwhile
            pass
        self.close()
        return False

    def _lock(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # some network file systems have no locks
            return True
        return True

    def read_state(self, urls: Sequence[str]) -> bool:
        """Find out what is there; return False if it belongs to something else.

        Args:
            urls: Where it may have come from.
        """
        state = _read_json(self.state_path)
        if state is None or state.get("url") not in urls:
            return False
        self.url = state["url"]
        try:
            self.version = Version(**state["version"])
            length = Path(self.path).stat().st_size
            spans = (
                [(0, length)] if state["spans"] is None else [(int(start), int(end)) for start, end in state["spans"]]
            )
        except (OSError, TypeError, ValueError, KeyError):
            self.spans = []
            return True
        size = self.version.size_bytes
        self.spans = joined((start, min(end, length)) for start, end in spans)
        if size is not None and length > size:
            self.spans = []
        return True

    def write_state(self, *, in_order: bool) -> None:
        """Keep what is known for a later run.

        Args:
            in_order: Whether the file grows from its start on, so that its length tells what is there.
        """
        spans = None if in_order else joined(self.spans)
        state = {"schema": _SCHEMA, "url": self.url, "version": asdict(self.version), "spans": spans}
        beside = self.state_path + "~"
        with open(beside, "w", encoding="utf-8") as file:  # noqa: PTH123  Path has no cheaper way
            json.dump(state, file)
        os.replace(beside, self.state_path)  # noqa: PTH105  likewise

    def empty(self) -> None:
        """Forget all that is there."""
        self.spans = []
        self.version = UNKNOWN
        if self.descriptor >= 0:
            os.ftruncate(self.descriptor, 0)
        with suppress(FileNotFoundError):
            os.unlink(self.state_path)  # noqa: PTH108  likewise

    def close(self) -> None:
        """Close the file, and let it lie."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def remove(self) -> None:
        """Close the file and remove it, with its state; what was never opened may be another program's."""
        if self.descriptor < 0:
            return
        for path in (self.state_path, self.path):
            with suppress(FileNotFoundError):
                os.unlink(path)  # noqa: PTH108  likewise
        self.close()


def _read_json(path: str) -> dict[str, Any] | None:  # of whoever wrote it
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  as above
            state = json.load(file)
    except (OSError, ValueError):
        return None
    is_ours = isinstance(state, dict) and state.get("schema") == _SCHEMA and isinstance(state.get("url"), str)
    return state if is_ours else None
