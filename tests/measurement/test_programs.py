"""Whole programs, timed in turn."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from turnout.clock import SystemClock
from turnout.measurement import Harvest, Program, ProgramError, race_programs, run_program

DONE = Harvest(done=1, failed=0, received_bytes=10)


def python(name: str, code: str) -> Program:
    """Run some code that prints what it brought."""

    def words(folder: Path) -> Sequence[str]:
        return [sys.executable, "-c", code, str(folder)]

    return Program(name=name, words=words, harvest=lambda text: Harvest(**json.loads(text)))


TELLS = """print('{"done": 1, "failed": 0, "received_bytes": 10}')"""


def test_a_program_is_timed_and_tells_what_it_brought() -> None:
    heat = run_program(python("one", f"sum(range(300000)); {TELLS}"), limit_s=30, clock=SystemClock())

    assert heat.harvest == DONE
    assert heat.wall_ns > 0
    assert heat.cpu_ns > 0
    assert heat.memory_bytes > 1_000_000


def test_each_heat_has_a_fresh_folder() -> None:
    writes = f"import pathlib, sys; pathlib.Path(sys.argv[1], 'x').touch(exist_ok=False); {TELLS}"

    measured, refusals = race_programs(
        [python("one", writes)], repeats=2, limit_s=30, clock=SystemClock(), tell=lambda _: None
    )

    assert refusals == ()
    assert [heat.harvest for heat in measured[0].heats] == [DONE, DONE]


def test_programs_run_in_turn_and_those_that_fail_are_out() -> None:
    said: list[str] = []
    programs = [python("good", TELLS), python("bad", "import sys; sys.exit('no way')")]

    measured, refusals = race_programs(programs, repeats=2, limit_s=30, clock=SystemClock(), tell=said.append)

    assert said == ["round 1 of 2: good", "round 1 of 2: bad", "round 2 of 2: good"]
    assert [(one.name, len(one.heats)) for one in measured] == [("good", 2)]
    assert [(one.name, one.reason) for one in refusals] == [("bad", "it ended with status 1: no way")]


def test_a_program_that_takes_too_long_is_ended() -> None:
    with pytest.raises(ProgramError, match=r"it took longer than 0\.2 s"):
        run_program(python("slow", "import signal; signal.pause()"), limit_s=0.2, clock=SystemClock())
