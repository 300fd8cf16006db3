"""Tells the calls that an event loop makes from each other, though they may be calls of the same function.

`BaseEventLoop._run_once` waits, and then calls what has become ready. Its local variables tell one call from the next:
``i`` counts those of one round, ``handle`` is what is called, and ``end_time``, a float, is when the round began.
"""

import struct
from collections.abc import Iterator

from turnout.errors import ObserveError
from turnout.observe._interpreter import Interpreter
from turnout.observe._layout import FIRST_LOCAL
from turnout.observe._memory import UnreadableError
from turnout.observe._recording import Stack

LOOP, CALL = "BaseEventLoop._run_once", "Handle._run"
DEEPEST = 200  # frames
_MOST = 32  # local variables
_WORD = struct.Struct("<Q")
_TAG = ~3  # what is kept beside a pointer in its lowest bits
_FLOAT = b"float\0"


class LoopSteps:
    """Numbers the calls of event loops.

    Args:
        runtime: The interpreter.
    """

    def __init__(self, runtime: Interpreter) -> None:
        self._runtime = runtime
        self._first_local = FIRST_LOCAL.get(runtime.layout.version[:2])
        self._loops: dict[int, bool] = {}  # whether a code object is that of loops
        self._floats: dict[int, bool] = {}  # whether a type is that of floats
        self._last: dict[
            int, tuple[int, tuple[int | bytes, ...]]
        ] = {}  # by thread state: the number, and what it is of
        self._count = 0

    def step(self, state: int, stack: Stack) -> int:
        """Return the number of the call that a thread's event loop is in, from 1; 0 for none, or if it is not seen.

        Args:
            state: The thread's.
            stack: Where it is.
        """
        if self._first_local is None or not any(frame.function == CALL for frame in stack):
            return 0
        try:
            found = tuple(self._variables(state, self._first_local))
        except (UnreadableError, ObserveError):
            return 0
        number, known = self._last.get(state, (0, ()))
        if not found or found == known:
            return number if found else 0
        self._count += 1
        self._last[state] = self._count, found
        return self._count

    def _variables(self, state: int, first_local: int) -> Iterator[int | bytes]:
        """Yield the local variables of the innermost loop, and the values of floats among them."""
        layout, read = self._runtime.layout, self._runtime.read
        for frame, code, instruction in self._runtime.frames(state, DEEPEST):
            if not self._is_loop(code, instruction):
                continue
            (count,) = struct.unpack("<i", read(code + layout.first_line + 4, 4))
            data = read(frame + first_local, 8 * min(max(0, count), _MOST))
            for (word,) in _WORD.iter_unpack(data):
                yield word
                if self._is_float(word & _TAG):
                    yield read((word & _TAG) + layout.head, 8)
            return

    def _is_loop(self, code: int, instruction: int) -> bool:
        if code not in self._loops:
            frame = self._runtime.frame_at(code, instruction)
            self._loops[code] = frame is not None and frame.function == LOOP
        return self._loops[code]

    def _is_float(self, value: int) -> bool:
        head, read = self._runtime.layout.head, self._runtime.read
        try:
            (kind,) = _WORD.unpack(read(value + head - 8, 8)) if value else (0,)
            if kind and kind not in self._floats:
                (name,) = _WORD.unpack(read(kind + head + 8, 8))
                self._floats[kind] = read(name, len(_FLOAT)) == _FLOAT
        except UnreadableError:  # it is no object, but what the interpreter keeps beside them
            return False
        return self._floats.get(kind, False)
