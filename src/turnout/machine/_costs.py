"""Have the costs measured by a fresh process, and make sense of what it writes."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from turnout.clock import Clock
from turnout.machine._bounded import Answer, ask
from turnout.machine._types import Cost, CostKind, Unmeasured

TIMEOUT_S = 30.0

# -c and not -m: spawned children then have no main module of ours to import, and cost what a bare one costs.
_PROGRAM = """
import sys
sys.path.append(sys.argv[1])
from turnout.clock import SystemClock
from turnout.machine.probes._main import measure
measure(sys.argv[2:], SystemClock(), sys.stdout)
"""

Run = Callable[[Sequence[str], float], Answer]


@dataclass(slots=True)
class Found:
    """What came of the measurements.

    Attributes:
        measured: The costs.
        unmeasured: What has none.
        lasting: Whether measuring again would find the same gaps: none of them is an accident.
    """

    measured: dict[CostKind, Cost] = field(default_factory=dict)
    unmeasured: dict[CostKind, Unmeasured] = field(default_factory=dict)
    lasting: bool = True

    def give_up(self, kind: CostKind, reason: str, *, lasting: bool) -> None:
        """Note that ``kind`` could not be measured."""
        self.unmeasured[kind] = Unmeasured(kind=kind, reason=reason)
        self.lasting = self.lasting and lasting


def measure_costs(clock: Clock, kinds: Sequence[CostKind], run: Run | None = None) -> Found:
    """Measure ``kinds`` in fresh processes: one, and another for the rest each time that a probe kills it.

    Args:
        clock: Bounds the whole to `TIMEOUT_S`.
        kinds: In the order in which they are to be measured.
        run: Runs the measuring program with the names of kinds as its arguments, for at most some seconds.
    """
    found = Found()
    left = list(kinds)
    end_ns = clock.wall_ns() + int(TIMEOUT_S * 1e9)
    while left:
        seconds = (end_ns - clock.wall_ns()) / 1e9
        if seconds <= 0:
            for kind in left:
                found.give_up(kind, f"the {TIMEOUT_S:.0f} seconds for all measurements were over", lasting=False)
            break
        try:
            answer = (run or _run)([kind.value for kind in left], seconds)
        except OSError as error:
            for kind in left:
                found.give_up(kind, f"the measuring process did not start: {error}", lasting=False)
            break
        read(answer.output.splitlines(), found)
        rest = [kind for kind in left if kind not in found.measured and kind not in found.unmeasured]
        if rest:
            found.give_up(rest[0], answer.failure or "the measuring process fell silent", lasting=False)
        left = rest[1:]
    return found


def read(lines: Iterable[str], found: Found) -> None:
    """Add what the measuring process wrote to ``found``; a line that is cut off or foreign is passed over."""
    for line in lines:
        try:
            said: Any = json.loads(line)  # what a process wrote has any shape
            kind = CostKind(said["kind"])
            match said["event"]:
                case "samples":
                    found.measured[kind] = summary(kind, [float(sample) for sample in said["samples"]])
                case "unavailable" | "failed" as event:
                    found.give_up(kind, str(said["reason"]), lasting=event == "unavailable")
        except (ValueError, KeyError, TypeError):
            continue  # a library's greeting on standard output; what it stands for is reported as not measured


def summary(kind: CostKind, samples: Sequence[float]) -> Cost:
    """Return the median of the samples and the quartiles around it.

    Raises:
        ValueError: If there are no samples.
    """
    if not samples:
        raise ValueError(f"{kind} has no samples")
    ranked = sorted(samples)
    low, median, high = (_quantile(ranked, share) for share in (0.25, 0.5, 0.75))
    return Cost(kind=kind, median=median, low=low, high=high, repeats=len(ranked))


def _quantile(ranked: Sequence[float], share: float) -> float:
    """Source: Hyndman & Fan (1996), The American Statistician 50, definition 7."""
    place = share * (len(ranked) - 1)
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (ranked[above] - ranked[below]) * (place - below)


def _run(kinds: Sequence[str], timeout_s: float) -> Answer:
    if not sys.executable:
        raise FileNotFoundError("this Python does not know its own executable")
    chosen = sys._xoptions.items()  # noqa: SLF001  documented; -X gil=0 changes what is measured
    options = [f"-X{name}" if value is True else f"-X{name}={value}" for name, value in chosen]
    home = str(Path(__file__).parents[2])
    return ask([sys.executable, "-P", *options, "-c", _PROGRAM, home, *kinds], timeout_s=timeout_s)
