"""What moves the machine of a part, as messages of a stream.

A machine is a function of its moves: whoever goes on from a state that was kept after one of them, and makes those that
follow, finds the same changes.
"""

import struct

from turnout.jobs.monitor._log import Kind, Record

_HEAD = struct.Struct("<Bq")


def to_bytes(record: Record) -> bytes:
    """Return a move as the body of a message."""
    return _HEAD.pack(record.kind, record.at_ns) + record.body


def from_bytes(content: bytes) -> Record:
    """Return the move that a message brings.

    Raises:
        ValueError: If it is none.
    """
    try:
        kind, at_ns = _HEAD.unpack_from(content)
        return Record(Kind(kind), at_ns, content[_HEAD.size :])
    except struct.error:
        raise ValueError("a message of the stream is no move") from None
