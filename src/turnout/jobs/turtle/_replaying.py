"""Keys that come from a recording: live into a window or page, or without one, held against what happened then."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from turnout.errors import UsageError
from turnout.events import Replayed, read_recording, replay
from turnout.jobs.turtle._commands import Command, Verb
from turnout.jobs.turtle._drawing import Change, Segment, Turtle
from turnout.jobs.turtle._heavy import PrimesAsked, PrimesCounted
from turnout.jobs.turtle._program import Drawn, KeyPressed, Program

CallLater = Callable[[float, Callable[[], None]], object]
"""Calls something after so many seconds, in the loop's thread."""

_KINDS = (KeyPressed, Command, Verb, Drawn, Change, Segment, Turtle, PrimesAsked, PrimesCounted)


class Player:
    """Presses the keys of a recording again, at the times that they were pressed.

    Args:
        path: The recording, made by ``program.emitter.record``.
        speed: How many times as fast; infinity for one right after the other.

    Raises:
        UsageError: If it cannot be read.
    """

    def __init__(self, path: str, speed: float) -> None:
        try:
            events = [(one.at_ns, one.event) for one in read_recording(path, _KINDS) if one.origin == "outside"]
        except OSError as error:
            raise _unreadable(path, error) from None
        self._keys = deque((at_ns, event) for at_ns, event in events if isinstance(event, KeyPressed))
        self._speed = speed

    def start(self, program: Program, call_later: CallLater) -> None:
        """Press the first key when it is due, and each of the others after it."""
        began_ns = program.clock.wall_ns()

        def wait() -> None:
            if self._keys:
                due_ns = began_ns + self._keys[0][0] / self._speed
                call_later(max(0.0, (due_ns - program.clock.wall_ns()) / 1e9), press)

        def press() -> None:
            program.emitter.emit(replace(self._keys.popleft()[1], waited_ns=0))
            wait()

        wait()


def replay_alone(program: Program, path: str, speed: float = math.inf) -> Replayed:
    """Handle all events of a recording without a display, and compare what handlers do with what they did.

    Args:
        program: Whose handlers are called; new.
        path: The recording.
        speed: See `Player`.

    Raises:
        UsageError: If it cannot be read.
    """
    try:
        return replay(program.emitter, path, speed=None if math.isinf(speed) else speed, kinds=_KINDS)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: OSError) -> UsageError:
    return UsageError(f"the recording {path} cannot be read ({error.strerror}); name another file")
