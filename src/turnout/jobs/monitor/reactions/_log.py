"""Every reaction on a line of its own, with the readings that caused it."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Self, TypeAlias

from turnout.errors import UsageError
from turnout.jobs.monitor._json import number
from turnout.jobs.monitor._types import Reading
from turnout.report._words import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a reaction did, tried or gave up.

    Attributes:
        time_ns: When, nanoseconds since the Unix epoch.
        reaction: Its name.
        subject: The zone, or the alarm's subject.
        event: What happened: ``"commanded"``, ``"acknowledged"``, ``"unanswered"``, ``"done"``, ``"failed"`` ...
        details: Figures and words.
        cause: The readings that made it so.
    """

    time_ns: int
    reaction: str
    subject: str
    event: str
    details: Mapping[str, Any] = field(default_factory=dict)  # what JSON can hold
    cause: tuple[Reading, ...] = ()

    def to_json(self) -> str:
        """Return it as one line of JSON."""
        said = {
            "time": iso(self.time_ns),
            "reaction": self.reaction,
            "subject": self.subject,
            "event": self.event,
            **self.details,
            "cause": readings(self.cause),
        }
        return json.dumps(said, ensure_ascii=False, allow_nan=False)


Log: TypeAlias = Callable[[Entry], None]
"""Is told of each reaction."""


class ReactionLog:
    """A file of entries, one a line; the one that grew too large is kept under its name with ``.1``.

    Each line is handed to the system at once, so that it is there after the monitor was killed. A line that cannot be
    written, as on a full disk, is counted and keeps nobody from cooling.

    Args:
        path: The file; it is appended to.
        most_bytes: About how large it may become.
        say: Called with a sentence when lines are lost, and when they are written again.

    Attributes:
        lost: How many lines could not be written.

    Raises:
        UsageError: If it cannot be written at the beginning.
    """

    def __init__(
        self, path: str | Path, *, most_bytes: int = 50_000_000, say: Callable[[str], None] = lambda _: None
    ) -> None:
        self._path = Path(path)
        self._most_bytes = most_bytes
        self._say = say
        self._is_well = True
        self.lost = 0
        try:
            self._file: IO[bytes] = self._open()
        except OSError as error:
            raise UsageError(
                f"the log of reactions {str(self._path)!r} cannot be written ({error.strerror}); name another file"
            ) from None

    def __call__(self, entry: Entry) -> None:
        """Write an entry."""
        try:
            if not self._file.closed and self._file.tell() > self._most_bytes:
                self._file.close()
                with suppress(FileNotFoundError):  # somebody has put it aside already
                    self._path.replace(f"{self._path}.1")
            if self._file.closed:
                self._file = self._open()
            self._file.write(entry.to_json().encode(errors="backslashreplace") + b"\n")
        except OSError as error:
            self.lost += 1
            if self._is_well:
                self._say(f"reactions are not logged: {self._path} cannot be written ({error.strerror})")
            self._is_well = False
        else:
            if not self._is_well:
                self._say(f"reactions are logged again, without {plural(self.lost, 'line')}")
            self._is_well = True

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> IO[bytes]:
        return self._path.open("ab", buffering=0)


def iso(time_ns: int) -> str:
    """Return a moment as ISO 8601 in UTC, to the millisecond: ``"2025-11-28T17:00:00.250Z"``."""
    seconds, rest_ns = divmod(time_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns // 1_000_000:03}Z"


def readings(cause: Iterable[Reading]) -> list[dict[str, Any]]:  # what JSON can hold
    """Return readings as JSON has them; a value that is no finite number becomes null."""
    return [
        {"sensor": one.sensor, "value": number(one.value), "time": iso(one.time_ns), "time_ns": one.time_ns}
        for one in cause
    ]
