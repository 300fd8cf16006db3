"""Times contenders in turn (A B A B ...), each run in a fresh process, and says whether a bar is met.

A script gives its contenders as functions that prepare (import, make items) and return the work to be timed. The
harness calls the script again with ``--one NAME`` for each run, so that no contender inherits the threads, workers or
warm caches of another.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

Prepare = Callable[[], Callable[[], object]]
TIMEOUT_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a bar is met.

    Attributes:
        what: What was measured.
        found: The figure, with its unit.
        bar: What it must be.
        met: Whether it is.
        details: The figures behind it.
    """

    what: str
    found: str
    bar: str
    met: bool
    details: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One run.

    Attributes:
        wall_s: Seconds.
        cpu_s: Seconds on a core, of the process and the children it waited for.
    """

    wall_s: float
    cpu_s: float


def environment() -> dict[str, str]:
    """Return the environment of a timed process: compiled modules are kept, as on a user's machine."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run_once(script: str, name: str, python: str = sys.executable) -> Timing:
    """Time one contender in a process of its own."""
    command = [python, script, "--one", name]
    ran = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_S, check=True)
    return Timing(**json.loads(ran.stdout.splitlines()[-1]))


def interleave(
    script: str, names: Sequence[str], *, repeats: int, python: str = sys.executable
) -> dict[str, list[Timing]]:
    """Time each contender ``repeats`` times, one after the other in turn."""
    timings: dict[str, list[Timing]] = {name: [] for name in names}
    for _ in range(repeats):
        for name in names:
            timings[name].append(run_once(script, name, python))
    return timings


def wall_s(timings: Iterable[Timing]) -> float:
    """Return the median wall time, seconds."""
    return median(timing.wall_s for timing in timings)


def cpu_s(timings: Iterable[Timing]) -> float:
    """Return the median CPU time, seconds."""
    return median(timing.cpu_s for timing in timings)


def best_of_each(script: str, names: Sequence[str], *, python: str) -> list[str]:
    """Return the fastest setting of each peer.

    Args:
        script: Whose contenders they are.
        names: ``peer@setting``; each is run once, and the three fastest of a peer once more.
        python: The interpreter that has the peers.
    """
    once = {name: run_once(script, name, python).wall_s for name in names}
    best = []
    for peer in dict.fromkeys(name.partition("@")[0] for name in names):
        ranked = sorted((name for name in names if name.partition("@")[0] == peer), key=once.__getitem__)[:3]
        again = {name: min(once[name], run_once(script, name, python).wall_s) for name in ranked}
        best.append(min(again, key=again.__getitem__))
    return best


def against_peers(
    script: str, what: str, contenders: Mapping[str, Prepare], *, python: str, repeats: int = 5
) -> Verdict:
    """Compare the contender called ``turnout`` with the best setting of the best peer."""
    peers = best_of_each(script, [name for name in contenders if name != "turnout"], python=python)
    timings = interleave(script, ["turnout", *peers], repeats=repeats, python=python)
    medians = {name: wall_s(runs) for name, runs in timings.items()}
    ours = medians.pop("turnout")
    best = min(medians, key=medians.__getitem__)
    details = ", ".join([f"turnout {ours:.3f} s", *(f"{name} {took:.3f} s" for name, took in medians.items())])
    ratio = ours / medians[best]
    found = f"{ratio:.2f} x the time of {best}"
    return Verdict(what=what, found=found, bar="at most 1.00 x the best peer", met=ratio <= 1, details=details)


def show(verdicts: Iterable[Verdict]) -> None:
    """Print verdicts for a reader."""
    for verdict in verdicts:
        print(f"{'met   ' if verdict.met else 'MISSED'}  {verdict.what}: {verdict.found} (bar: {verdict.bar})")
        if verdict.details:
            print(f"        {verdict.details}")


def start(contenders: Mapping[str, Prepare], judge: Callable[[], list[Verdict]]) -> None:
    """Be a script: time one contender, or judge them all."""
    match sys.argv[1:]:
        case ["--one", name]:
            work = contenders[name]()
            cpu, wall = process_time(), perf_counter()
            work()
            print(json.dumps({"wall_s": perf_counter() - wall, "cpu_s": process_time() - cpu}))
        case []:
            show(judge())
        case other:
            sys.exit(f"{Path(sys.argv[0]).name} takes no arguments, not {other}")
