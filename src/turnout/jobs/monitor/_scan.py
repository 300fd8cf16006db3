"""Reads a segment of the log, over what is damaged in it: a disk's flipped bit must not hide all that comes after.

The checksum of a record tells that it is whole. Where one is not, the next one that is whole is looked for, and what
lies between is told. A torn end is no damage: its writer was killed, and nobody was told that it is there.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from turnout.errors import UsageError
from turnout.jobs.monitor._log import HEAD, LARGEST, MAGIC, Kind, Record
from turnout.report._words import plural

_KIND_AT = 8  # of a head: after the length and the checksum
_KNOWN = frozenset(map(int, Kind))
_KINDS = re.compile(b"[" + re.escape(bytes(sorted(_KNOWN))) + b"]")
_LONG = 1 << 16
_YEAR_NS = 366 * 86_400 * 10**9
_LATEST_NS = 1 << 62  # the year 2116


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A part of a segment that cannot be read.

    Attributes:
        path: The segment.
        record: Which record it begins with, from 1.
        offset: At which byte, from 0.
        length: How many bytes.
    """

    path: Path
    record: int
    offset: int
    length: int

    def __str__(self) -> str:
        place = f"{str(self.path)!r} is damaged at record {self.record:,}, byte {self.offset:,}"
        return f"{place}: {plural(self.length, 'byte')} cannot be read"


def scan(path: Path) -> Iterator[Record | Damage]:
    """Read the whole records of a segment in order, and what is damaged between them.

    Raises:
        UsageError: If it is not a segment, or cannot be read.
    """
    content = _content(path)
    number, offset, about_ns = 1, len(MAGIC), None
    if not MAGIC.startswith(content[: len(MAGIC)]):  # a part of it, or nothing, is a torn beginning
        if _record_at(content, offset) is None:
            raise UsageError(f"{str(path)!r} is not a recording of turnout monitor, or one of another version")
        yield Damage(path=path, record=0, offset=0, length=offset)
    while offset < len(content):
        found = _record_at(content, offset)
        if found is None:
            following = _whole_after(content, offset, about_ns)
            if following is None and _is_torn(content, offset):
                return
            end = len(content) if following is None else following
            yield Damage(path=path, record=number, offset=offset, length=end - offset)
        else:
            record, end = found
            if record.kind != Kind.CHANGE:  # the others have the monitor's own time
                about_ns = record.at_ns
            yield record
        number, offset = number + 1, end


def read_segment(path: Path) -> Iterator[Record]:
    """Read the whole records of a segment, wherever they are; see `scan`.

    Raises:
        UsageError: If it is not a segment, or cannot be read.
    """
    return (entry for entry in scan(path) if isinstance(entry, Record))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read ({error.strerror})") from None


def _record_at(content: bytes, offset: int) -> tuple[Record, int] | None:
    """Return the record that begins somewhere, and where it ends; None if it is not whole."""
    if offset + HEAD.size > len(content):
        return None
    length, checksum, kind, at_ns = HEAD.unpack_from(content, offset)
    start = offset + HEAD.size
    if length > min(LARGEST, len(content) - start) or _checksum(content, offset, start + length) != checksum:
        return None
    if kind not in _KNOWN:
        raise UsageError(f"the log holds a record of kind {kind}, which this version of turnout does not know")
    return Record(Kind(kind), at_ns, content[start : start + length]), start + length


def _whole_after(content: bytes, offset: int, about_ns: int | None) -> int | None:
    """Return where the next whole record begins after a place; None if there is none.

    Args:
        content: Of the segment.
        offset: The place.
        about_ns: The time of the last record before it.
    """
    for sign in _KINDS.finditer(content, offset + 1 + _KIND_AT):
        place = sign.start() - _KIND_AT
        if place + HEAD.size > len(content):
            return None
        length, _, _, at_ns = HEAD.unpack_from(content, place)
        if length > len(content) - place - HEAD.size:
            continue
        if length > _LONG and about_ns is not None and abs(at_ns - about_ns) > _YEAR_NS:
            continue  # nearly all that looks like a long record by chance; to sum up each would take minutes
        if _record_at(content, place) is not None:
            return place
    return None


def _is_torn(content: bytes, offset: int) -> bool:
    """Tell whether what is not whole at the end is the beginning of a record, whose writer was killed."""
    if offset + HEAD.size > len(content):
        return True
    length, checksum, kind, at_ns = HEAD.unpack_from(content, offset)
    is_long = len(content) - offset - HEAD.size < length <= LARGEST
    is_sound = kind in _KNOWN and 0 <= at_ns < _LATEST_NS
    # if all that is there has the checksum, nothing is missing, and it is the length that is damaged
    return is_long and is_sound and _checksum(content, offset, len(content)) != checksum


def _checksum(content: bytes, offset: int, end: int) -> int:
    """Return that of the record which begins at ``offset`` and ends at ``end``: of its kind, time and body."""
    return zlib.crc32(memoryview(content)[offset + _KIND_AT : end])
