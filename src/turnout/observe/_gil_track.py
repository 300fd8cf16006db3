"""Who held the global lock, from look to look."""

from array import array
from typing import TYPE_CHECKING

from turnout.errors import ObserveError
from turnout.observe._interpreter import Interpreter
from turnout.observe._memory import UnreadableError
from turnout.observe._recording import Hold

if TYPE_CHECKING:
    from turnout.observe._runtime import Gil

HOLDS_KEPT = 200_000


class GilTrack:
    """Keeps who held the global lock.

    Args:
        runtime: The interpreter.

    Attributes:
        owners: Threads by the address of their state; others are asked for once.
        is_full: Whether more was seen than is kept.
    """

    def __init__(self, runtime: Interpreter) -> None:
        self._runtime = runtime
        self._gil: Gil | None = None  # at the look before
        self._holder = 0
        self._changes: tuple[int, int] | None = None  # at first, and by now
        self.owners: dict[int, int] = {}
        self._words = array("q")  # of each hold its start, its end and its thread
        self.is_full = False

    @property
    def handoffs(self) -> int | None:
        """How often it changed hands; None if that was not seen."""
        return None if self._changes is None else self._changes[1] - self._changes[0]

    def look(self, now_ns: int) -> int:
        """Return the thread that has it; 0 for nobody, or if that cannot be seen."""
        try:
            gil = self._runtime.gil()
            if gil is not self._gil:
                self._holder = self._owner(gil.holder) if gil.holder else 0
                self._changes = (self._changes[0] if self._changes else gil.changes, gil.changes)
                self._gil = gil
        except (UnreadableError, ObserveError):
            self._gil = None
            return 0
        if not self.is_full:
            self._keep(now_ns, self._holder)
        return self._holder

    def holds(self) -> tuple[Hold, ...]:
        """Return who held it from when to when, one after the other; thread 0 for nobody."""
        words = self._words
        return tuple(
            Hold(start_ns=words[at], end_ns=words[at + 1], thread=words[at + 2]) for at in range(0, len(words), 3)
        )

    def _keep(self, now_ns: int, holder: int) -> None:
        words = self._words
        if words and words[-1] == holder:
            words[-2] = now_ns
        elif len(words) == 3 * HOLDS_KEPT:
            self.is_full = True
        else:
            words.extend((words[-2] if words else now_ns, now_ns, holder))

    def _owner(self, state: int) -> int:
        if state not in self.owners:
            self.owners[state] = self._runtime.native_id(state)
        return self.owners[state]
