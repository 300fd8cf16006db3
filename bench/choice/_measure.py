"""Runs contenders in turn, each run in a fresh process, and keeps what each said."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from _harness import environment
from choice._catalogue import AUTO, SEQUENTIAL, Contender
from choice._regret import best_of, median_of
from choice._workload import Workload

ROOT = Path(__file__).parents[1]  # which has the package
LIMIT_S = 60.0
OUT_OF_THE_RACE = 4  # times the best: a contender so far behind is not measured again


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run.

    Attributes:
        wall_s: From the call of turnout.run to the last outcome; None if it did not get so far.
        problem: Why it does not count; empty if it does.
        chose: What ran in the end, where the run tells.
        cpu_s: Seconds on a core, of the process and the children it waited for; None likewise.
        ready: Workers that were on a core or ready for one, on the average; None where that is not known.
        details: All that the run said.
    """

    wall_s: float | None = None
    problem: str = ""
    chose: str = ""
    cpu_s: float | None = None
    ready: float | None = None
    details: dict[str, Any] | None = None  # what JSON can tell


Measure = Callable[[str, Workload, Contender], Measured]
Runs = dict[str, list[Measured]]


def measure_once(module: str, workload: Workload, contender: Contender, limit_s: float = LIMIT_S) -> Measured:
    """Run a workload once in a process of its own, which is ended if it takes too long."""
    workers = [] if contender.workers is None else [str(contender.workers)]
    command = [sys.executable, "-m", "choice._one", module, workload.name, contender.executor, *workers]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.Popen(
            command,
            env=environment() | {"PYTHONPATH": path, "TMPDIR": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        try:
            said, complained = child.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            _end_group(child.pid)
            child.communicate()
            return Measured(problem=f"over {limit_s:g} s")
        except BaseException:
            _end_group(child.pid)
            raise
    if child.returncode:
        last = (complained.strip().splitlines() or ["no message"])[-1]
        return Measured(problem=f"ended with {child.returncode}: {last}")
    return read(workload, said)


def read(workload: Workload, said: str) -> Measured:
    """Return what a run said, in the last line that it printed, and whether it did what it should."""
    lines = said.splitlines()
    if not lines:
        return Measured(problem="said nothing")
    facts = json.loads(lines[-1])
    if "raised" in facts:
        return Measured(problem=facts["raised"], details=facts)
    choice = facts["choice"]
    measured = Measured(
        wall_s=facts["wall_s"],
        cpu_s=facts["cpu_s"],
        ready=facts["ready"],
        chose=_words(choice) if choice else "",
        details=facts,
    )
    if facts["count"] != workload.count:
        return replace(measured, problem=f"{facts['count']} outcomes of {workload.count}")
    if facts["failed"] != workload.failing:
        return replace(measured, problem=f"{facts['failed']} failed, not {workload.failing}: {facts['error']}")
    return measured


def in_turn(
    module: str, workload: Workload, contenders: Sequence[Contender], repeats: int, measure: Measure = measure_once
) -> Runs:
    """Measure each contender in turn, several times.

    One that fails is not run again, nor is one that is far behind the best, unless it is automatic: a sequential run of
    sleeps takes a hundred times the best, and its exact time tells nothing.
    """
    runs: Runs = {}
    for _ in range(repeats):
        times = {name: median_of([run.wall_s for run in done]) for name, done in runs.items() if usable(done)}
        best = best_of(times)
        for contender in contenders:
            name = str(contender)
            is_close = best is None or times.get(name, float("inf")) <= OUT_OF_THE_RACE * times[best]
            if name not in runs or (name in times and (is_close or contender == AUTO)):
                runs.setdefault(name, []).append(measure(module, workload, contender))
    return runs


def usable(runs: Sequence[Measured]) -> bool:
    """Tell whether all runs of a contender count."""
    return bool(runs) and not any(run.problem for run in runs)


def as_json(runs: Runs) -> dict[str, list[dict[str, Any]]]:  # what JSON can tell
    """Return all figures."""
    return {name: [asdict(run) for run in done] for name, done in runs.items()}


def _words(choice: dict[str, Any]) -> str:  # what JSON can tell
    found = Contender(executor=choice["executor"], workers=choice["workers"])
    return str(SEQUENTIAL) if found.executor == SEQUENTIAL.executor else str(found)


def _end_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
