"""Finds who holds the locks that others wait for, in the memory of a Python process."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from turnout.observe._held import EXITS, LOCKS, Block, HeldLock, blocks_of, depth_at, start_of
from turnout.observe._interpreter import Interpreter
from turnout.observe._layout import FIRST_LOCAL
from turnout.observe._lines import line_at
from turnout.observe._memory import UnreadableError

DEEPEST = 40  # frames
_MOST = 64  # values of a stack
_WORD = struct.Struct("<Q")
_TAG = ~3  # what is kept beside a pointer in its lowest bits
_EXCEPTIONS, _LOCAL_COUNT = 24, 4  # behind an object's head, and behind the first line
_PARKED = 2  # the bit of a lock that says that somebody waits
_NAME_BYTES = 40


@dataclass(frozen=True, slots=True)
class _Code:
    """What is known of a code object."""

    blocks: tuple[Block, ...]
    local_count: int
    lines: bytes
    first_line: int


class LockReader:
    """Reads which locks threads hold.

    Args:
        runtime: The interpreter.
    """

    def __init__(self, runtime: Interpreter) -> None:
        self._runtime = runtime
        self._locals = FIRST_LOCAL.get(runtime.layout.version[:2])
        self._codes: dict[int, _Code] = {}
        self._types: dict[int, str] = {}

    def holders(self, place: int, states: Mapping[int, int], waiter: int) -> dict[int, HeldLock]:
        """Return who holds the lock that a thread waits for, by the system's number of the thread; several if in doubt.

        Args:
            place: The address that it waits at.
            states: Thread states by the system's numbers.
            waiter: The thread that waits.
        """
        found: dict[int, HeldLock] = {}
        for native_id, state in states.items():
            if native_id == waiter:
                continue
            for lock in self.held(state):
                if lock.place == place if lock.has_waiters is None else lock.has_waiters:
                    found[native_id] = lock
        return found

    def held(self, state: int) -> list[HeldLock]:
        """Return the locks that a thread holds in ``with`` blocks, as far as can be seen."""
        if self._locals is None:
            return []
        found: list[HeldLock] = []
        try:
            for frame, code, instruction in self._runtime.frames(state, DEEPEST):
                found += self._in_frame(frame, code, instruction)
        except (UnreadableError, struct.error):
            return found
        return found

    def _in_frame(self, frame: int, address: int, instruction: int) -> Iterable[HeldLock]:
        code = self._codes.get(address) or self._codes.setdefault(address, self._read_code(address))
        place = instruction - address - self._runtime.layout.instructions
        depth = min(depth_at(code.blocks, place), _MOST)
        if not depth:
            return
        start = frame + (self._locals or 0) + 8 * code.local_count
        for number, (value,) in enumerate(_WORD.iter_unpack(self._runtime.read(start, 8 * depth))):
            lock = self._lock(value & _TAG)
            at = self._runtime.frame_at(address, instruction) if lock else None
            if lock and at is not None:
                since = line_at(code.lines, code.first_line, start_of(code.blocks, number + 1, place))
                yield HeldLock(*self._told(lock), at=at, since_line=since)

    def _lock(self, value: int) -> int:
        """Return the lock that a value of a stack is, or leaves; 0 if it is something else."""
        if not value:
            return 0
        kind = self._type(value)
        if kind in EXITS:
            value = self._word(value + self._runtime.layout.head + 8)
            kind = self._type(value) if value else ""
        return value if kind in LOCKS else 0

    def _told(self, lock: int) -> tuple[int, bool | None]:
        head = self._runtime.layout.head
        if self._runtime.layout.version < (3, 13):
            return self._word(lock + head), None
        return lock, bool(self._runtime.read(lock + head, 1)[0] & _PARKED)

    def _type(self, value: int) -> str:
        """Return the name of an object's type; empty for what is none."""
        head = self._runtime.layout.head
        try:
            kind = self._word(value + head - 8)
            if kind not in self._types:
                name = self._runtime.read(self._word(kind + head + 8), _NAME_BYTES)
                self._types[kind] = name.partition(b"\0")[0].decode("ascii", "replace")
            return self._types[kind]
        except UnreadableError:
            return ""

    def _read_code(self, address: int) -> _Code:
        layout, read = self._runtime.layout, self._runtime.read
        first_line, local_count = struct.unpack("<ii", read(address + layout.first_line, 8))
        return _Code(
            blocks=blocks_of(self._bytes(self._word(address + layout.head + _EXCEPTIONS))),
            local_count=max(0, local_count),
            lines=self._bytes(self._word(address + layout.lines)),
            first_line=first_line,
        )

    def _bytes(self, address: int) -> bytes:
        head = self._runtime.layout.head
        (length,) = struct.unpack("<q", self._runtime.read(address + head, 8))
        return self._runtime.read(address + head + 16, length) if 0 < length < 1 << 20 else b""

    def _word(self, address: int) -> int:
        return int(_WORD.unpack(self._runtime.read(address, 8))[0])
