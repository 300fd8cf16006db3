"""Whole programs that do the same, timed in turn from their start to their end."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from turnout.clock import Clock
from turnout.errors import TurnoutError
from turnout.measurement._types import Refusal

_KIB = 1 if sys.platform == "darwin" else 1024  # of what the system counts memory in
_LONGEST_COMPLAINT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What a program brought.

    Attributes:
        done: How many of what it was sent for.
        failed: How many it could not get.
        received_bytes: Of them.
    """

    done: int
    failed: int
    received_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One way to do it.

    Attributes:
        name: What it is called.
        words: Gives the command; told an empty folder to write to, another one each time.
        harvest: Reads from standard output what it brought. A ValueError tells that it cannot.
    """

    name: str
    words: Callable[[Path], Sequence[str]]
    harvest: Callable[[str], Harvest]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramHeat:
    """One timed run.

    Attributes:
        wall_ns: From its start to its end.
        cpu_ns: On a core, with the processes that it waited for.
        memory_bytes: The most that it held.
        harvest: What it brought.
    """

    wall_ns: int
    cpu_ns: int
    memory_bytes: int
    harvest: Harvest


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramMeasurement:
    """All heats of a program.

    Attributes:
        name: What it is called.
        heats: At least one.
    """

    name: str
    heats: tuple[ProgramHeat, ...]


class ProgramError(TurnoutError):
    """A program did not do what it was sent for."""


def race_programs(
    programs: Sequence[Program], *, repeats: int, limit_s: float, clock: Clock, tell: Callable[[str], None]
) -> tuple[tuple[ProgramMeasurement, ...], tuple[Refusal, ...]]:
    """Run programs in turn (A B A B), each in a fresh folder; return what they cost, and who came to no end.

    Args:
        programs: All that take part.
        repeats: How often each runs.
        limit_s: How long a heat may take; then it is ended, and the program is out.
        clock: Tells the time.
        tell: Is told, in a few words, what goes on.
    """
    heats: dict[str, list[ProgramHeat]] = {program.name: [] for program in programs}
    refusals: dict[str, Refusal] = {}
    for lap in range(repeats):
        for program in programs:
            if program.name in refusals:
                continue
            tell(f"round {lap + 1} of {repeats}: {program.name}")
            try:
                heats[program.name].append(run_program(program, limit_s=limit_s, clock=clock))
            except (ProgramError, OSError) as error:
                refusals[program.name] = Refusal(name=program.name, reason=str(error))
    measured = tuple(
        ProgramMeasurement(name=name, heats=tuple(found)) for name, found in heats.items() if name not in refusals
    )
    return measured, tuple(refusals.values())


def run_program(program: Program, *, limit_s: float, clock: Clock) -> ProgramHeat:
    """Run a program once.

    Raises:
        ProgramError: If it takes too long, or does not tell what it brought.
        OSError: If it cannot be started.
    """
    with (
        tempfile.TemporaryDirectory(prefix="turnout-") as folder,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as complaints,
    ):
        words = program.words(Path(folder))
        start_ns = clock.wall_ns()
        process = subprocess.Popen(  # noqa: S603  commands of ours
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=complaints
        )
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(limit_s, end)
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            timer.cancel()
            if process.returncode is None:  # Ctrl-C
                process.kill()
                process.wait()
        wall_ns = clock.wall_ns() - start_ns
        if late.is_set():
            raise ProgramError(f"it took longer than {limit_s:g} s")
        try:
            harvest = program.harvest(_text(output))
        except (ValueError, KeyError, TypeError):
            told = _text(complaints).strip().splitlines()
            why = f": {told[-1][:_LONGEST_COMPLAINT]}" if told else ""
            raise ProgramError(f"it ended with status {process.returncode}{why}") from None
        return ProgramHeat(
            wall_ns=wall_ns,
            cpu_ns=round((usage.ru_utime + usage.ru_stime) * 1e9),
            memory_bytes=usage.ru_maxrss * _KIB,
            harvest=harvest,
        )


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
