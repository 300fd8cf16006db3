"""A window that has a loop and nothing to see."""

from collections.abc import Callable
from typing import Any

from turnout.testing import FakeClock


class FakeTk:
    """Tk's timers, in the time of a fake clock."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._timers: dict[str, tuple[int, Callable[[], None]]] = {}
        self._count = 0
        self._destroyed: Callable[[Any], None] = lambda _: None  # takes Tk's event

    def after(self, wait_ms: int, call: Callable[[], None]) -> str:
        self._count += 1
        self._timers[f"after#{self._count}"] = (self._clock.wall_ns() + wait_ms * 1_000_000, call)
        return f"after#{self._count}"

    def after_cancel(self, name: str) -> None:
        self._timers.pop(name, None)

    def bind(self, sequence: str, call: Callable[[Any], None], *, add: str) -> None:
        assert (sequence, add) == ("<Destroy>", "+")
        self._destroyed = call

    @property
    def widget(self) -> "FakeTk":
        return self

    def destroy(self) -> None:
        self._destroyed(self)

    def run_ms(self, wall_ms: int) -> None:
        """Let time pass, and call what is due."""
        for _ in range(wall_ms):
            self._clock.wait(1)
            self.update()

    def update(self) -> None:
        for name, (due_ns, call) in tuple(self._timers.items()):
            if due_ns <= self._clock.wall_ns() and name in self._timers:
                del self._timers[name]
                call()

    @property
    def timers(self) -> int:
        return len(self._timers)
