"""An append-only log in a folder of segments: what happened, in order, whatever kills the process.

Each segment begins with a magic word and with records that say how everything stood then, so that a reader can begin
at any of them and old ones can be deleted. A record is a head (length, CRC-32 of all that follows, kind, time) and a
body. The last record of a segment may be torn: its writer was killed. Whoever goes on begins a new segment.

What was written outlives the process at once, and a power cut once the system has written it to the disk.
"""

import os
import struct
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

MAGIC = b"turnout monitor 1\n"
SEGMENT_BYTES = 1 << 26
LOG_FOLDER = "log"
"""Where, in a monitor's folder, its log is."""
_SUFFIX = ".log"
HEAD = struct.Struct("<IIBq")
LARGEST = 1 << 30  # of a body; a longer one is a damaged length


class Kind(IntEnum):
    """What a record tells."""

    ABOUT = 1
    STATE = 2
    FEED = 3
    TICK = 4
    ACTION = 5
    CHANGE = 6
    EFFECT = 7


class Record(NamedTuple):
    """One thing that happened.

    Attributes:
        kind: What it tells.
        at_ns: When, nanoseconds since 1970 by the monitor's clock.
        body: The rest, as the kind has it.
    """

    kind: Kind
    at_ns: int
    body: bytes


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a record ends.

    Attributes:
        segment: Its number, from 1.
        offset: Bytes from the segment's beginning.
    """

    segment: int
    offset: int


class LogWriter:
    """Appends to a new segment of a folder.

    A disk that is full or fails ends the segment: what comes is not kept until `renew` succeeds.

    Args:
        folder: Where the segments are; made if need be.
        opening: Called for the records that a segment begins with.
        segment_bytes: How long a segment may become, about.
        keep_bytes: How much of older segments is kept; everything if None.
    """

    def __init__(
        self,
        folder: Path,
        opening: Callable[[], Iterable[Record]],
        *,
        segment_bytes: int = SEGMENT_BYTES,
        keep_bytes: int | None = None,
    ) -> None:
        self._folder = folder
        self._opening = opening
        self._segment_bytes = segment_bytes
        self._keep_bytes = keep_bytes
        self._number = max((number for number, _ in segments(folder)), default=0)
        self._file: int | None = None
        self._offset = 0
        self.trouble: str | None = None
        self.lost = 0
        self.renew()

    @property
    def place(self) -> Place:
        """Where the last record ends."""
        return Place(self._number, self._offset)

    @property
    def is_full(self) -> bool:
        """Whether it is time to `renew`, at a moment at which everything stands as the opening says."""
        return self._offset > self._segment_bytes

    def append(self, kind: Kind, at_ns: int, body: bytes = b"") -> None:
        """Write a record; it is with the system when this returns."""
        if self._file is None:
            self.lost += 1
            return
        self._write(self._file, _framed(Record(kind, at_ns, body)))

    def renew(self) -> None:
        """Begin a new segment, and delete what is older than is to be kept."""
        self.close()
        self._number += 1
        self._offset = 0
        self.trouble = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{self._number:010d}{_SUFFIX}"
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self.trouble = error.strerror or str(error)
            return
        if self._write(self._file, MAGIC + b"".join(map(_framed, self._opening()))):
            self._forget()
        else:
            with suppress(OSError):
                path.unlink()  # or a disk that stays full would have one more with each try

    def close(self) -> None:
        """Stop writing."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, file: int, content: bytes) -> bool:
        """Return whether all of it was written; if not, the segment has ended."""
        try:
            written = os.write(file, content)
            while written < len(content):  # a disk that fills up takes a part, and then refuses
                written += os.write(file, content[written:])
        except OSError as error:
            self.trouble = error.strerror or str(error)
            self.lost += 1
            self.close()
            return False
        self._offset += written
        return True

    def _forget(self) -> None:
        if self._keep_bytes is None:
            return
        kept = 0
        for number, path in sorted(segments(self._folder), reverse=True):
            if number == self._number:
                continue
            try:
                kept += path.stat().st_size
                if kept > self._keep_bytes:
                    path.unlink()
            except OSError:  # another process looked after it, or will another time
                continue


def segments(folder: Path) -> list[tuple[int, Path]]:
    """Return the segments of a folder in order, with their numbers; none if there is no folder."""
    try:
        names = sorted(path for path in folder.iterdir() if path.suffix == _SUFFIX and path.stem.isdecimal())
    except OSError:
        return []
    return [(int(path.stem), path) for path in names]


def _framed(record: Record) -> bytes:
    kind, at_ns, body = record
    tail = HEAD.pack(0, 0, kind, at_ns)[8:]
    return HEAD.pack(len(body), zlib.crc32(body, zlib.crc32(tail)), kind, at_ns) + body
