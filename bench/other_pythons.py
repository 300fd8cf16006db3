"""What the global lock does, by numbers: ``python bench/other_pythons.py --python PATH ... [--rounds N]``.

The course's factorisation under each Python, by ``turnout race``: what two threads and two subinterpreters gain there
over none. Two processes share no lock and are the control: a round in which they gain less than 1.9 says little, as
other programs had the cores, and is left out for the Pythons that have them, if any round is better. For those that do
not (Jython), the control is that of the other Pythons in the same round.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from _harness import Verdict, show

ROUNDS = 3
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
    "--budget",
    "60",  # seconds, so that all items are run, and Jython has compiled what it runs
)


@dataclass(slots=True)
class Gains:
    """What two workers gained under one Python.

    Attributes:
        has_lock: Whether its threads take turns.
        rounds: What two processes gained, and each executor, times as fast as one after the other.
    """

    has_lock: bool
    rounds: list[tuple[float, dict[str, float]]] = field(default_factory=list)

    @property
    def telling(self) -> list[tuple[float, dict[str, float]]]:
        """The rounds in which no other program had the cores; the best one, if there was none."""
        return [one for one in self.rounds if one[0] >= CONTROL] or [max(self.rounds, key=lambda one: one[0])]


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
            gains.rounds.append((speedups.get("processes", control), speedups))
        print(f"round {number + 1}: two processes gained {control:.2f} x", file=sys.stderr)
    return found


def race(pythons: Sequence[str]) -> list[dict[str, Any]]:  # what JSON tells
    """Race once."""
    words = [word for python in pythons for word in ("--python", python)]
    command = [sys.executable, "-m", "turnout", *COMMAND, *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{' '.join(command)}: {ran.stderr.strip()}")
    return [row for row in json.loads(ran.stdout)["pythons"] if row["contenders"]]


def _speedups(row: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for contender in row["contenders"]:
        if contender["workers"] == 2 and contender["speedup"]:  # noqa: PLR2004  of two workers over none
            yield contender["executor"], contender["speedup"]


def judge(found: dict[str, Gains]) -> Iterator[Verdict]:
    for python, gains in found.items():
        telling = gains.telling
        control = median(gained for gained, _ in telling)
        left_out = len(gains.rounds) - len(telling)
        for executor in ("threads", "interpreters"):
            each = [speedups[executor] for _, speedups in telling if executor in speedups]
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
                details=f"two processes: {control:.2f} x; {len(each)} rounds, {min(each):.2f} to {max(each):.2f}; "
                f"left out as the cores were busy: {left_out}",
            )


if __name__ == "__main__":
    main()
