"""Holds diagnoses to programs of known truth: ``python bench/diagnose [--python PATH ...] [--only NAME]``.

Each program runs under each Python. Of each thread's shares, none may be more than five points from the truth, and the
verdict must be a right one. Shares that other work on the machine decides between are summed.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from diagnose._programs import PROGRAMS, Program, Shares
from turnout._diagnose import watch_command
from turnout.advise import ProgramDiagnosis, diagnose_program
from turnout.observe import Recording, ThreadRecord

TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one program under one Python."""

    program: str
    python: str
    cause: str
    is_right: bool
    worst: float
    shares: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="python bench/diagnose", description=__doc__)
    parser.add_argument("--python", action="append", metavar="PATH", help="a Python to look at; this one by default")
    parser.add_argument("--only", default="", metavar="WORDS", help="programs whose names have these words")
    asked = parser.parse_args()
    found: list[Found] = []
    for python in asked.python or [sys.executable]:
        for program in PROGRAMS:
            if asked.only in program.name and _has(python, program.needs):
                found.append(judged(python, program))
                one = found[-1]
                print(f"{one.python}: {one.program}: {one.cause}, {100 * one.worst:.1f} points off", file=sys.stderr)
    print("| program | Python | verdict | | worst share, points off | |\n|---|---|---|---|---|---|")
    for one in found:
        shares = "met" if one.worst <= TOLERANCE else f"**missed**: {one.shares}"
        print(
            f"| {one.program} | {one.python} | {one.cause} | {'right' if one.is_right else '**wrong**'} "
            f"| {100 * one.worst:.1f} | {shares} |"
        )
    met = sum(one.is_right and one.worst <= TOLERANCE for one in found)
    print(f"\n{met} of {len(found)} met both.")
    sys.exit(met < len(found))


def judged(python: str, program: Program) -> Found:
    """Run a program, look at it, and hold what was found to the truth."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "program.py"
        script.write_text(program.source, encoding="utf-8")
        recording = watch_command([python, str(script)], lambda running: running.wait())
    diagnosis: ProgramDiagnosis = diagnose_program(recording)
    has_gil = recording.has_gil is not False
    main_thread = [one for one in recording.threads if one.native_id == recording.pid]
    others = [one for one in recording.threads if one.native_id != recording.pid and one.is_python]
    worst = _off(main_thread, program.main)
    if program.workers is not None:
        worst = max(worst, _off(others, program.workers))
    return Found(
        program=program.name,
        python=recording.python or "unread",
        cause=diagnosis.cause,
        is_right=diagnosis.cause in program.verdicts(has_gil=has_gil),
        worst=worst,
        shares=_words(recording),
    )


def _off(threads: Sequence[ThreadRecord], truth: Shares) -> float:
    """Return how far the farthest sum of shares is from the truth, 0 to 1."""
    if not threads:
        return 1.0
    whole = sum(one.wall_ns for one in threads)
    return max(
        abs(
            sum(one.state_ns.get(state, 0) for one in threads for state in one.state_ns if state in states) / whole
            - share
        )
        for states, share in truth.items()
    )


def _words(recording: Recording) -> str:
    return "; ".join(
        " ".join(f"{state} {100 * spent / one.wall_ns:.0f}" for state, spent in one.state_ns.items() if one.wall_ns)
        for one in sorted(recording.threads, key=lambda one: one.native_id)[:4]
    )


def _has(python: str, module: str) -> bool:
    if not module:
        return True
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0
