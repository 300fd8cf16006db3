"""What the global lock does, by numbers: ``python bench/other_pythons.py --python PATH ... [--rounds N]``.

The course's factorisation under each Python, by ``turnout race``: what two threads and two subinterpreters gain there
over none. Two processes share no lock and are the control: a round in which they gain less than 1.9 says nothing, as
other programs had the cores, and is left out for the Pythons that have them. For those that do not (Jython), the
control is that of the other Pythons in the same round.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from _harness import Verdict, show

ROUNDS = 5
CONTROL = 1.9
GAINS = 1.9
NOTHING = (0.9, 1.1)
COMMAND = (
    "race",
    "turnout.jobs:prime_factors",
    "--items-from",
    "turnout.jobs:random_numbers",
    "--json",
    "-",
    "--quiet",
)


@dataclass(slots=True)
class Gains:
    """What two workers gained under one Python, of each round that counts.

    Attributes:
        has_lock: Whether its threads take turns.
        by_executor: Times as fast as one after the other.
        left_out: Rounds in which other programs had the cores.
    """

    has_lock: bool
    by_executor: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    left_out: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python bench/other_pythons.py", description=__doc__)
    parser.add_argument("--python", action="append", metavar="PATH", default=[], help="besides this one; or `all`")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="races, at least 1")
    asked = parser.parse_args()
    if asked.rounds < 1:
        parser.error(f"--rounds must be at least 1, not {asked.rounds}")
    verdicts = list(judge(measure(asked.python, asked.rounds)))
    show(verdicts)
    sys.exit(not all(verdict.met for verdict in verdicts))


def measure(pythons: Sequence[str], rounds: int) -> dict[str, Gains]:
    """Return what was gained under each Python, by its name."""
    found: dict[str, Gains] = {}
    for number in range(rounds):
        rows = race(pythons)
        controls = [gain for row in rows for name, gain in _speedups(row) if name == "processes"]
        control = median(controls) if controls else float("inf")
        for row in rows:
            gains = found.setdefault(row["name"], Gains(row["gil"] is not False and row["implementation"] != "Jython"))
            speedups = dict(_speedups(row))
            if speedups.get("processes", control) < CONTROL:
                gains.left_out += 1
                continue
            for name, gain in speedups.items():
                gains.by_executor[name].append(gain)
        print(f"round {number + 1}: two processes gained {control:.2f} x", file=sys.stderr)
    return found


def race(pythons: Sequence[str]) -> list[dict[str, Any]]:  # what JSON tells
    """Race once."""
    words = [word for python in pythons for word in ("--python", python)]
    command = [sys.executable, "-m", "turnout", *COMMAND, *words]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ)
    return [row for row in json.loads(ran.stdout)["pythons"] if row["contenders"]]


def _speedups(row: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for contender in row["contenders"]:
        if contender["workers"] == 2 and contender["speedup"]:  # noqa: PLR2004  of two workers over none
            yield contender["executor"], contender["speedup"]


def judge(found: dict[str, Gains]) -> Iterator[Verdict]:
    for python, gains in found.items():
        left_out = f"; {gains.left_out} left out, as other programs had the cores" if gains.left_out else ""
        for executor in ("threads", "interpreters"):
            each = gains.by_executor.get(executor, [])
            if not each:
                continue
            middle = median(each)
            takes_turns = executor == "threads" and gains.has_lock
            low, high = NOTHING if takes_turns else (GAINS, float("inf"))
            yield Verdict(
                what=f"2 {executor} under {python}",
                found=f"{middle:.2f} x",
                bar=f"{low} to {high} x" if takes_turns else f"at least {low} x",
                met=low <= middle <= high,
                details=f"{len(each)} rounds, {min(each):.2f} to {max(each):.2f}{left_out}",
            )
        if not gains.by_executor:
            yield Verdict(what=f"2 workers under {python}", found="nothing", bar="a round", met=False, details=left_out)


if __name__ == "__main__":
    main()
