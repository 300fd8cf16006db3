"""Who held the global lock, from look to look."""

from turnout.errors import ObserveError
from turnout.observe._interpreter import Interpreter
from turnout.observe._memory import UnreadableError
from turnout.observe._recording import Hold

HOLDS_KEPT = 200_000


class GilTrack:
    """Keeps who held the global lock.

    Args:
        runtime: The interpreter.

    Attributes:
        owners: Threads by the address of their state; others are asked for once.
        holds: Who held it from when to when, one after the other; thread 0 for nobody.
        is_full: Whether more was seen than is kept.
    """

    def __init__(self, runtime: Interpreter) -> None:
        self._runtime = runtime
        self._changes: tuple[int, int] | None = None  # at first, and by now
        self.owners: dict[int, int] = {}
        self.holds: list[Hold] = []
        self.is_full = False

    @property
    def handoffs(self) -> int | None:
        """How often it changed hands; None if that was not seen."""
        return None if self._changes is None else self._changes[1] - self._changes[0]

    def look(self, now_ns: int) -> int:
        """Return the thread that has it; 0 for nobody, or if that cannot be seen."""
        try:
            gil = self._runtime.gil()
            holder = self._owner(gil.holder) if gil.holder else 0
        except (UnreadableError, ObserveError):
            return 0
        self._changes = (self._changes[0] if self._changes else gil.changes, gil.changes)
        if not self.is_full:
            self._keep(now_ns, holder)
        return holder

    def _keep(self, now_ns: int, holder: int) -> None:
        last = self.holds[-1] if self.holds else None
        if last is not None and last.thread == holder:
            self.holds[-1] = Hold(start_ns=last.start_ns, end_ns=now_ns, thread=holder)
        elif len(self.holds) == HOLDS_KEPT:
            self.is_full = True
        else:
            start_ns = last.end_ns if last is not None else now_ns
            self.holds.append(Hold(start_ns=start_ns, end_ns=now_ns, thread=holder))

    def _owner(self, state: int) -> int:
        if state not in self.owners:
            self.owners[state] = self._runtime.native_id(state)
        return self.owners[state]
