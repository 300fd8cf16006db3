"""The program itself: keys are events, functions handle them, and each change of the drawing is an event, too.

    KeyPressed ──► the key's command ──► Drawn ──► windows and pages
                        └─ count ──► PrimesAsked ──► PrimesCounted      in the loop, or off it

Handlers never run inside each other: what one emits waits until it has returned.
"""

from collections.abc import Callable
from dataclasses import dataclass

from turnout.clock import Clock
from turnout.events import Emitter, Handled
from turnout.jobs.turtle._commands import Verb
from turnout.jobs.turtle._drawing import Change, Drawing
from turnout.jobs.turtle._keymap import Keymap
from turnout.jobs.turtle._lateness import Lag
from turnout.jobs.turtle._strip import Line, Strip


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed:
    """A key of the map was pressed.

    Attributes:
        key: Which.
        waited_ns: How long ago, as far as is known, when Python was told of it.
    """

    key: str
    waited_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The drawing, or the turtle, is another one now."""

    change: Change


class Program:
    """A turtle that keys move.

    Args:
        keymap: Which key does what; other keys are no events.
        clock: In charge of time.
        slow_s: How long each key's handler is held up, to see what slow handlers do.

    Attributes:
        keymap: As it was given.
        clock: Likewise.
        drawing: What is drawn.
        emitter: Where all events go.
        strip: What the live strip shows.
    """

    def __init__(self, keymap: Keymap, clock: Clock, *, slow_s: float = 0.0) -> None:
        self.keymap = keymap
        self.drawing = Drawing()
        self.strip = Strip()
        self.emitter = Emitter("turtle", clock=clock)
        self.clock = clock
        self._lag = Lag(clock)
        self._slow_s = slow_s
        self._depth = 0
        self.emitter.on(KeyPressed, self._handle)
        self.emitter.watch(self._take_down)

    def press(self, key: str, *, waited_ns: int = 0) -> bool:
        """Emit that a key was pressed, and tell whether it is one of the map.

        Args:
            key: Its name; see `key_name`.
            waited_ns: See `KeyPressed`.
        """
        is_known = key in self.keymap
        if is_known:
            self.emitter.emit(KeyPressed(key=key, waited_ns=waited_ns))
        return is_known

    def watch(self, show: Callable[[Change], object]) -> Callable[[], object]:
        """Have ``show`` called with each change of the drawing; returns what ends that."""
        return self.emitter.on(Drawn, lambda drawn: show(drawn.change)).remove

    def look(self) -> None:
        """Take down how late the loop is; whatever loop there is calls this every `LOOK_MS`."""
        self.strip.look(self._lag.look_ns())

    def whole(self) -> Change:
        """Return the drawing as a change of an empty one."""
        return Change(kept=0, added=tuple(self.drawing.segments), turtle=self.drawing.turtle)

    def close(self) -> None:
        """End what is under way."""
        self.emitter.close()

    def _handle(self, event: KeyPressed) -> None:
        self._depth += 1
        self.strip.depth = max(self.strip.depth, self._depth)
        try:
            command = self.keymap[event.key]
            if self._slow_s:
                self.clock.pause_s(self._slow_s)
            if command.verb is not Verb.COUNT:
                self.emitter.emit(Drawn(change=self.drawing.do(command)))
        finally:
            self._depth -= 1

    def _take_down(self, handled: Handled) -> None:
        event = handled.event
        if isinstance(event, KeyPressed):
            line = Line(
                key=event.key,
                command=self.keymap[event.key],
                waited_ns=event.waited_ns + handled.waited_ns,
                took_ns=handled.took_ns,
            )
            self.strip.add(line)
