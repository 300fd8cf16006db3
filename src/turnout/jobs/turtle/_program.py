"""The program itself: keys are events, functions handle them, and each change of the drawing is an event, too.

    KeyPressed ──► the key's command ──► Drawn ──► displays: windows and pages
                        └─ count ──► PrimesAsked ──► PrimesCounted      in the loop, or off it

Handlers never run inside each other: what one emits waits until it has returned.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnout.clock import Clock
from turnout.errors import UsageError
from turnout.events import Emitter, Handled, Loop, LoopBlocked
from turnout.jobs.turtle._commands import Command, Verb
from turnout.jobs.turtle._drawing import Change, Drawing
from turnout.jobs.turtle._heavy import Heavy, PrimesAsked, PrimesCounted, count_when_asked
from turnout.jobs.turtle._keymap import Keymap
from turnout.jobs.turtle._strip import Blocked, Counted, Line, Strip

if TYPE_CHECKING:
    from turnout.report import EventsReport

LOOK_MS = 100
"""How often displays show how late the loop is."""

_PAUSE_S = 0.2  # at most


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed:
    """A key of the map was pressed.

    Attributes:
        key: Which.
        command: What it stood for in the key map, so that a recording needs no map.
        waited_ns: How long ago, as far as is known, when Python was told of it.
    """

    key: str
    command: Command
    waited_ns: int = 0

    def __post_init__(self) -> None:
        sound: tuple[tuple[object, type], ...] = ((self.key, str), (self.command, Command), (self.waited_ns, int))
        if not all(isinstance(value, kind) for value, kind in sound):
            raise UsageError(f"{self.key!r} is no key that was pressed")  # of a recording that others have written


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
        heavy: Where primes are counted, if a key of the map asks for that.

    Attributes:
        keymap: As it was given.
        clock: Likewise.
        drawing: What is drawn.
        emitter: Where all events go.
        displays: Where changes go from there. Windows and pages come and go, and a failing one concerns no other; the
            events of the program, and so its recordings, are the same with and without them.
        strip: What the live strip shows.
    """

    def __init__(self, keymap: Keymap, clock: Clock, *, slow_s: float = 0.0, heavy: Heavy = "inline") -> None:
        self.keymap = keymap
        self.drawing = Drawing()
        self.strip = Strip()
        self.emitter = Emitter("turtle", clock=clock)
        self.displays = Emitter("displays", clock=clock)
        self.clock = clock
        self._slow_s = slow_s
        self._loop: Loop | None = None
        self._depth = 0
        self._asked_ns: deque[int] = deque()
        self._heavy = heavy
        self.emitter.on(KeyPressed, self._handle_key)
        self.emitter.on(Drawn, self._show_drawing)
        self.emitter.on(PrimesAsked, self._begin_to_count, priority=1)
        self.emitter.on(PrimesCounted, self._have_counted)
        self.emitter.on(LoopBlocked, self._take_block)
        count_when_asked(self.emitter, heavy)
        self.emitter.watch(self._take_down)

    def press(self, key: str, *, waited_ns: int = 0) -> bool:
        """Emit that a key was pressed, and tell whether it is one of the map; none is once the loop has ended.

        Args:
            key: Its name; see `key_name`.
            waited_ns: See `KeyPressed`.
        """
        if key not in self.keymap and len(key) == 1:  # Caps Lock is on, perhaps
            key = key.lower()
        command = self.keymap.get(key)
        if command is None or (self._loop is not None and self._loop.is_over):
            return False
        self.emitter.emit(KeyPressed(key=key, command=command, waited_ns=waited_ns))
        return True

    def watch(self, show: Callable[[Change], object]) -> Callable[[], object]:
        """Have ``show`` called with each change of the drawing; returns what ends that."""
        return self.displays.on(Change, show).remove

    def look(self, loop: Loop) -> None:
        """Take down how late the loop is that handles the events; displays call this every `LOOK_MS`."""
        self._loop = loop
        self.strip.look(loop.late_ns, loop.lag.late.longest_ns)

    def report(self) -> "EventsReport":
        """Return how long events waited and took so far, with timelines, and how late the loop was."""
        return (self._loop or self.emitter).report("turnout turtle")

    def whole(self) -> Change:
        """Return the drawing as a change of an empty one."""
        return Change(kept=0, added=tuple(self.drawing.segments), turtle=self.drawing.turtle)

    def close(self) -> None:
        """End what is under way."""
        self.emitter.close()

    def _handle_key(self, event: KeyPressed) -> None:
        self._depth += 1
        self.strip.depth = max(self.strip.depth, self._depth)
        try:
            self._hold_up()
            if event.command.verb is Verb.COUNT:
                self.emitter.emit(PrimesAsked(limit=round(event.command.amount)))
            else:
                self.emitter.emit(Drawn(change=self.drawing.do(event.command)))
        finally:
            self._depth -= 1

    def _hold_up(self) -> None:
        """Pause in parts: a Ctrl-C that comes just before a pause is heard after it."""
        left_s = self._slow_s
        while left_s > 0:
            self.clock.pause_s(min(left_s, _PAUSE_S))
            left_s -= _PAUSE_S

    def _show_drawing(self, drawn: Drawn) -> None:
        self.displays.emit(drawn.change)

    def _begin_to_count(self, asked: PrimesAsked) -> None:
        self._asked_ns.append(self.clock.wall_ns())
        self.strip.counted = Counted(limit=asked.limit)

    def _have_counted(self, event: PrimesCounted) -> None:
        took_ns = self.clock.wall_ns() - self._asked_ns.popleft()  # they come back in the order of the questions
        self.strip.counted = Counted(limit=event.limit, count=event.count, took_ns=took_ns)
        if self._heavy == "offload":  # the handler that was called in the loop took no time worth telling
            self.strip.add(Line(command=_count(event.limit), waited_ns=0, took_ns=took_ns, is_offloaded=True))

    def _take_block(self, block: LoopBlocked) -> None:
        place = block.stack[-1].rpartition("/")[2].partition(".<")[0] if block.stack else ""
        self.strip.blocked = Blocked(took_ns=block.took_ns, place=place)

    def _take_down(self, handled: Handled) -> None:
        match handled.event:
            case KeyPressed(key=key, command=command, waited_ns=before_ns):
                waited_ns = before_ns + handled.waited_ns
                self.strip.add(Line(key=key, command=command, waited_ns=waited_ns, took_ns=handled.took_ns))
            case PrimesAsked(limit=limit) if self._heavy == "inline":
                self.strip.add(Line(command=_count(limit), waited_ns=handled.waited_ns, took_ns=handled.took_ns))
            case _:
                return


def _count(limit: int) -> Command:
    return Command(verb=Verb.COUNT, amount=limit)
