"""What it costs to emit an event to one handler that does nothing: measured by turnout, unmeasured by its peers.

All contenders run in one process, 500 emissions each in turn, so that whatever slows the machine hits them alike; what
is measured is the thread's time on a core, so that others who are given the core do not count. Of each round the ratio
to pyee is taken, and the median over all rounds of five fresh processes is told.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from statistics import median
from time import thread_time_ns

import _peers
from _harness import TIMEOUT_S, Verdict, environment, show

PEERS = ("pyee", "blinker", "psygnal")
EMISSIONS = 500
ROUNDS = 400
PROCESSES = 5
MOST = 0.35


@dataclass(frozen=True)
class KeyPressed:
    """The event."""

    key: str


Emissions = Callable[[int], None]


def loop_of(code: str, **names: object) -> Emissions:
    """Return a loop around an emission, written out, as a function of its own would cost a call more."""
    scope = dict(names)
    exec(f"def emit(count):\n    for _ in range(count):\n        {code}\n", scope)  # noqa: S102  our own words
    made: Emissions = scope["emit"]  # type: ignore[assignment]  # the words above say so
    return made


def ours() -> Iterator[tuple[str, Emissions]]:
    """Yield turnout's contenders."""
    from turnout.events import Emitter  # noqa: PLC0415  the judge has no need of it

    event = KeyPressed("Up")
    events = Emitter()
    events.on(KeyPressed, nothing)
    yield "turnout", loop_of("events.emit(event)", events=events, event=event)
    named = Emitter()
    named.on("key", nothing)
    yield "turnout, by name", loop_of("events.emit('key', event)", events=named, event=event)
    bound = Emitter()
    bound.on(KeyPressed, nothing)
    bound.bind(lambda: None)
    yield "turnout, bound to a loop", loop_of("events.emit(event)", events=bound, event=event)


def theirs() -> Iterator[tuple[str, Emissions]]:
    """Yield the peers, and a plain call."""
    # only the peers' interpreter has them
    blinker, psygnal, pyee = map(import_module, ("blinker", "psygnal", "pyee"))
    event = KeyPressed("Up")
    emitter = pyee.EventEmitter()
    emitter.on("key", nothing)
    yield "pyee", loop_of("emitter.emit('key', event)", emitter=emitter, event=event)
    signal = blinker.Signal()
    signal.connect(nothing)
    yield "blinker", loop_of("signal.send(event)", signal=signal, event=event)

    class Source:
        pressed = psygnal.Signal(KeyPressed)

    source = Source()
    source.pressed.connect(nothing)
    yield "psygnal", loop_of("pressed.emit(event)", pressed=source.pressed, event=event)
    yield "a plain call", loop_of("call(event)", call=nothing, event=event)


def nothing(_event: object) -> None:
    pass


def measure() -> dict[str, list[float]]:
    """Return the nanoseconds of an emission by each contender, round by round."""
    contenders = dict([*ours(), *theirs()])
    for emit in contenders.values():
        emit(EMISSIONS)
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, emit in contenders.items():
            begin = thread_time_ns()
            emit(EMISSIONS)
            times[name].append((thread_time_ns() - begin) / EMISSIONS)
    return times


def judge() -> list[Verdict]:
    python = _peers.python(PEERS)
    rounds: dict[str, list[float]] = {}
    for _ in range(PROCESSES):
        command = [python, __file__, "--measure"]
        ran = subprocess.run(
            command, env=environment(), stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_S, check=True
        )
        for name, times in json.loads(ran.stdout).items():
            rounds.setdefault(name, []).extend(times)
    ratio = median(mine / peer for mine, peer in zip(rounds["turnout"], rounds["pyee"], strict=True))
    told = ", ".join(f"{name} {median(times):.0f} ns" for name, times in rounds.items())
    return [
        Verdict(
            what="emitting to one handler, measured, against pyee, unmeasured",
            found=f"{ratio:.3f} x the time of pyee",
            bar=f"at most {MOST} x",
            met=ratio <= MOST,
            details=told,
        )
    ]


if __name__ == "__main__":
    if sys.argv[1:] == ["--measure"]:
        print(json.dumps(measure()))
    else:
        show(judge())
