"""Values as the bytes of a message: all of them, or those that changed.

    kind    uint32   0 for all, 1 for those that changed
    count   uint32   how many values follow
    time    float64  milliseconds since the epoch
    places  uint32 each, if only those that changed: indexes of sensors
    values  float32 each; NaN where there is no reading

All little endian, as the processors of all browsers have it.
"""

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from turnout.jobs.monitor._numpy import Singles
    from turnout.jobs.monitor.page._board import Board

_HEAD = struct.Struct("<IId")
_ALL, _CHANGED = 0, 1


def frame_of(values: "Singles", time_ns: int) -> bytes:
    """Return all values as a message."""
    return _HEAD.pack(_ALL, len(values), time_ns / 1e6) + values.astype("<f4").tobytes()


def frame_since(board: "Board", revision: int) -> bytes:
    """Return what changed after a revision of the board: nothing, those values, or all if that is shorter."""
    if board.revision == revision:
        return b""
    changed = board.changed_since(revision)
    if 2 * len(changed) >= len(board.values):
        return frame_of(board.values, board.now_ns)
    head = _HEAD.pack(_CHANGED, len(changed), board.now_ns / 1e6)
    return head + changed.astype("<u4").tobytes() + board.values[changed].astype("<f4").tobytes()
