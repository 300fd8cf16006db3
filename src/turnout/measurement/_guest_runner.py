"""One Python in a race: started, asked for heats, started again where one ended it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from typing import Protocol

from turnout.measurement._guest_entrants import guest_environment
from turnout.measurement._guest_heats import heat_of
from turnout.measurement._guest_process import LEAVE_S, Guest, Reply
from turnout.measurement._guest_types import Entrant, Place, PythonRun
from turnout.measurement._guest_words import culprits, why_it_refused, why_not_loaded
from turnout.measurement._heat import HeatError
from turnout.measurement._types import Contender, Heat, Measurement, Refusal

START_LIMIT_S = 60.0  # Jython takes 2 s on two busy cores


class Talking(Protocol):
    """What is asked of a guest; see `Guest`, which does it."""

    @property
    def age_s(self) -> float:
        """Seconds since its start."""
        ...

    def hear(self, limit_s: float) -> Reply:
        """Return the next reply."""
        ...

    def ask(self, request: str, argument: object, limit_s: float) -> Reply:
        """Send a request and return its reply."""
        ...

    def quit(self) -> None:
        """Ask it to leave by itself."""
        ...

    def close(self, leave_s: float = 0.0) -> None:
        """End it."""
        ...


Start = Callable[[Entrant, Mapping[str, str]], Talking]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What every Python is to do."""

    place: Place
    pickled: bytes
    item_count: int
    limit_s: float


class Runner:
    """One Python: starts it, lets it run heats, starts it again where one ended it, and keeps what came of all that."""

    def __init__(self, entrant: Entrant, task: Task, start: Start) -> None:
        self.entrant = entrant
        self.reason = entrant.silence
        self._task, self._start = task, start
        self._guest: Talking | None = None
        self._heats: dict[Contender, list[Heat]] = {}
        self._refused: dict[Contender, str] = {}
        self._gil: bool | None = None
        self._switched: tuple[str, ...] = ()
        self._startup_s = self._load_s = self._first_s = 0.0

    def begin(self) -> None:
        """Start it and let it make the first pass."""
        if self.reason:
            return
        try:
            guest = self._ready()
            reply = guest.ask("run", ("sequential", 1), self._task.limit_s)
        except HeatError as error:
            self.reason = error.reason
            return
        if "outcomes" not in reply:
            self.reason = why_it_refused(reply)
            return
        self._note(reply)
        self._first_s = heat_of(reply).wall_ns / 1e9

    @property
    def compiles(self) -> bool:
        """Whether it runs, and compiles what it has seen to be hot."""
        asked = self.entrant.interpreter
        return not self.reason and asked is not None and asked.compiles

    def heat(self, contender: Contender, *, is_kept: bool = True) -> None:
        """Run all items once, unless that was refused before.

        Args:
            contender: By which model.
            is_kept: Whether its times count.
        """
        if self.reason or contender in self._refused:
            return
        try:
            reply = self._ready().ask("run", (contender.executor, contender.workers), self._task.limit_s)
        except HeatError as error:
            self._refused[contender] = error.reason
            self.close()
            return
        if "outcomes" in reply:
            self._note(reply)
            if is_kept:
                self._heats.setdefault(contender, []).append(heat_of(reply))
        else:
            self._refused[contender] = why_it_refused(reply)

    def leave(self) -> None:
        """Let it end by itself, for a moment."""
        if self._guest is not None:
            self._guest.quit()
            self._guest.close(LEAVE_S)
            self._guest = None

    def close(self) -> None:
        """End it at once."""
        if self._guest is not None:
            self._guest.close()
            self._guest = None

    def result(self) -> PythonRun:
        """Return what came of it."""
        kept = {one: heats for one, heats in self._heats.items() if one not in self._refused}
        return PythonRun(
            entrant=self.entrant,
            measurements=tuple(
                Measurement(contender=one, item_count=self._task.item_count, heats=tuple(heats))
                for one, heats in kept.items()
            ),
            refusals=tuple(Refusal(name=one.model, reason=reason) for one, reason in self._refused.items()),
            reason=self.reason,
            gil=self._gil,
            switched_on_by=self._switched,
            startup_s=self._startup_s,
            load_s=self._load_s,
            first_s=self._first_s,
        )

    def _ready(self) -> Talking:
        if self._guest is None:
            guest = self._guest = self._start(self.entrant, guest_environment(self.entrant.path, os.environ))
            self._gil = guest.hear(START_LIMIT_S)["gil"]
            self._startup_s = self._startup_s or guest.age_s
            loaded = guest.ask("load", astuple(self._task.place), START_LIMIT_S)
            if "load_ns" not in loaded:
                raise HeatError(why_not_loaded(loaded, self.entrant))
            self._note(loaded)
            self._load_s = self._load_s or loaded["load_ns"] / 1e9
            given = guest.ask("items", self._task.pickled, START_LIMIT_S)
            if "count" not in given:
                raise HeatError(f"it cannot read the items: {why_it_refused(given)}")
        return self._guest

    def _note(self, reply: Reply) -> None:
        self._gil = reply["gil"]
        self._switched = tuple(dict.fromkeys((*self._switched, *culprits(reply["switched"]))))


def start_guest(entrant: Entrant, environment: Mapping[str, str]) -> Talking:
    """Start a Python."""
    return Guest([entrant.path], environment)
