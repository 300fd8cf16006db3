"""How a part of the sensors stands, as one message: what its owner tells those that show the whole.

length of the head, uint32 little endian ──► head: JSON, deflated ──► readings, as `pack` has them
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any

from turnout.jobs.monitor._json import number
from turnout.jobs.monitor._packing import pack, unpack
from turnout.jobs.monitor._types import Alarm, Batch, Severity
from turnout.jobs.monitor.page import Cooled, Quiet, Standing

_LENGTH = struct.Struct("<I")
_MOST_HEAD_BYTES = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A part now, or what changed in it.

    Attributes:
        owner: Which process tells it.
        counts: What it has counted since it owns the part, by name.
        batch: The last readings of sensors, numbered as in the part.
        standing: All alarms, the worst first, without their causes; None if they are as they were told before.
        quiet: All silences, likewise.
        cooling: How zones are cooled.
    """

    owner: str
    counts: Mapping[str, int]
    batch: Batch
    standing: tuple[Standing, ...] | None = None
    quiet: tuple[Quiet, ...] = ()
    cooling: Mapping[str, Cooled] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return it as a message."""
        head = {
            "owner": self.owner,
            "counts": dict(self.counts),
            "standing": None if self.standing is None else [_standing_row(one) for one in self.standing],
            "quiet": [[one.id, dict(one.what), one.until_ns, one.comment] for one in self.quiet],
            "cooling": {zone: [number(cooled.level), cooled.note] for zone, cooled in self.cooling.items()},
        }
        deflated = zlib.compress(json.dumps(head, separators=(",", ":")).encode(), 1)
        return _LENGTH.pack(len(deflated)) + deflated + pack(self.batch)

    @classmethod
    def from_bytes(cls, content: bytes) -> "View":
        """Return what `to_bytes` made a message of.

        Raises:
            ValueError: If it did not.
        """
        try:
            (length,) = _LENGTH.unpack_from(content)
            end = _LENGTH.size + length
            head: Any = json.loads(  # checked by what is made of it
                zlib.decompressobj().decompress(content[_LENGTH.size : end], _MOST_HEAD_BYTES)
            )
            rows = head["standing"]
            return cls(
                owner=str(head["owner"]),
                counts={str(name): int(count) for name, count in head["counts"].items()},
                batch=unpack(content[end:]),
                standing=None if rows is None else tuple(map(_standing_of, rows)),
                quiet=tuple(
                    Quiet(id=name, what=what, until_ns=until_ns, comment=comment)
                    for name, what, until_ns, comment in head["quiet"]
                ),
                cooling={
                    zone: Cooled(level=nan if level is None else float(level), note=str(note))
                    for zone, (level, note) in head["cooling"].items()
                },
            )
        except (struct.error, zlib.error, LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"a message is no view of a part: {error}") from None


def alarm_row(alarm: Alarm) -> list[object]:
    """Return what pages show of an alarm, as JSON has it: without its cause and labels."""
    place = [alarm.subject, alarm.zone, alarm.room]
    return [alarm.id, alarm.rule, *place, int(alarm.severity), alarm.raised_ns, number(alarm.value)]


def alarm_of(row: list[Any]) -> Alarm:  # values of JSON
    """Return what `alarm_row` made a row of.

    Raises:
        ValueError: If it did not; or `TypeError`.
    """
    name, rule, subject, zone, room, severity, raised_ns, value = row
    return Alarm(
        id=str(name),
        rule=str(rule),
        subject=str(subject),
        zone=str(zone),
        room=str(room),
        severity=Severity(severity),
        raised_ns=int(raised_ns),
        value=nan if value is None else float(value),
    )


def _standing_row(one: Standing) -> list[object]:
    return [*alarm_row(one.alarm), one.is_acknowledged, one.is_flapping, one.is_quiet]


def _standing_of(row: list[Any]) -> Standing:  # values of JSON
    *alarm, is_acknowledged, is_flapping, is_quiet = row
    return Standing(
        alarm=alarm_of(alarm),
        is_acknowledged=bool(is_acknowledged),
        is_flapping=bool(is_flapping),
        is_quiet=bool(is_quiet),
    )
