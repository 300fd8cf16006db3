"""Keeps each event in a file as it is handled: a line of JSON each, whole as soon as it is written.

    {"turnout": "events", "version": 1, "emitter": "events", "when": "2026-11-28T12:00:00+0000"}
    {"t": 1200, "from": "outside", "event": {...}, "calls": ["draw"]}    ns since the start, who emitted, who was called
    {"t": 1300, "from": "handler", "lost": "a socket cannot be recorded; ..."}
    {"end": "the recording is full"}

A line goes to the system in one call, so that a program that is killed loses none that was written before.
"""

import json
import os
from logging import getLogger
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from turnout.clock import timestamp
from turnout.errors import UsageError
from turnout.events._codec import Json, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnout.events._queue import Origin

VERSION = 1
LIMIT_BYTES = 100_000_000
_ENDING_BYTES = 100  # which the last line takes at most
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)  # which Windows needs
_log = getLogger("turnout.events")


class Recording:
    """A file that events are kept in, until it is closed or full.

    Args:
        path: The file; it must not be there.
        emitter: The emitter's name.
        now_ns: Tells the time.
        limit_bytes: How long the file may become.
        left: Called when it is closed.

    Attributes:
        path: The file.
        kept: How many events are in it.
        lost: How many are not, as they cannot be told or it was full.
    """

    def __init__(
        self,
        path: str | Path,
        emitter: str,
        now_ns: "Callable[[], int]",
        *,
        limit_bytes: int,
        left: "Callable[[Recording], None]",
    ) -> None:
        self.path = Path(path)
        self.kept = 0
        self.lost = 0
        self._left = left
        self._now_ns = now_ns
        self._room = limit_bytes - _ENDING_BYTES
        try:
            self._file: int | None = os.open(self.path, _NEW, 0o666)
        except FileExistsError:
            raise UsageError(
                f"{self.path} is there already; name another file for the recording, or delete it"
            ) from None
        self._start_ns = now_ns()
        self._write({"turnout": "events", "version": VERSION, "emitter": emitter, "when": timestamp()})

    def keep(self, event: object, origin: "Origin", calls: list[str]) -> None:
        """Keep an event that is about to be handled.

        Args:
            event: The event.
            origin: Who emitted it.
            calls: The names of those who will be called.
        """
        if self._file is None:
            self.lost += 1
            return
        line: dict[str, Json] = {"t": self._now_ns() - self._start_ns, "from": origin}
        try:
            line["event"] = encode(event)
        except UsageError as error:
            line["lost"] = f"{type(event).__qualname__}: {error}"
            self.lost += 1
            if self.lost == 1:
                _log.warning("an event is missing in %s: %s", self.path, line["lost"])
        else:
            line["calls"] = calls
            self.kept += 1
        self._write(line)

    def close(self) -> None:
        """Keep no more."""
        self._left(self)
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, line: Json) -> None:
        text = json.dumps(line, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        file = self._file
        if file is None:
            return
        self._room -= len(text)
        try:
            if self._room < 0:
                os.write(file, b'{"end":"the recording is full"}\n')
                raise OSError(f"it has reached {LIMIT_BYTES:,} bytes or what else it may have")  # noqa: TRY301  as of a full disk
            os.write(file, text)
        except OSError as error:  # the program goes on without
            if "event" in line:
                self.kept -= 1
                self.lost += 1
            _log.error("nothing more is recorded in %s: %s", self.path, error)
            os.close(file)
            self._file = None
