"""Calls of a living event loop, told from each other."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from observe.fake_threads import FakeInterpreter, at
from pythons.interpreters import readable
from turnout._diagnose import watch_command
from turnout.advise import diagnose_program
from turnout.observe import Frame, State
from turnout.observe._loop_steps import CALL, LOOP, LoopSteps
from turnout.observe._runtime import find_runtime

IS_KNOWN = sys.platform == "linux" and sys.version_info[:2] in {(3, 11), (3, 12), (3, 13), (3, 14), (3, 15)}

# It waits in a call of its loop, says so each time, and goes on at a word.
SOURCE = """\
import asyncio
import os

def hold():
    os.write(1, b"held\\n")
    os.read(0, 1)

async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(hold)
    loop.call_soon(hold)
    for _ in range(3):
        hold()
        hold()
        await asyncio.sleep(0)
    reader, writer = os.pipe()
    os.write(writer, b"123")
    is_over = asyncio.Event()
    def on_byte():
        hold()
        if os.read(reader, 1) == b"3":
            loop.remove_reader(reader)
            is_over.set()
    loop.add_reader(reader, on_byte)
    await is_over.wait()

asyncio.run(main())
"""
EXPECTED = [2, 1, 1, 2, 2, 1, 1, 1]  # how often each call of the loop holds it

BLOCKS = """\
import asyncio
import time

async def main():
    for _ in range(3):
        time.sleep(0.3)
        await asyncio.sleep(0)

asyncio.run(main())
"""


def pythons() -> Iterator[object]:
    yield pytest.param(Path(sys.executable), id="this one")
    for python in readable():
        yield pytest.param(python, id=python.parent.parent.name)


def steps_of(python: Path, script: Path) -> list[int]:
    """Return the number of the call at each time that the program waits."""
    with subprocess.Popen([python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as program:
        assert program.stdin
        assert program.stdout
        found: list[int] = []
        runtime = steps = None
        while program.stdout.readline():
            runtime = runtime or find_runtime(program.pid)
            steps = steps or LoopSteps(runtime)
            (state,) = runtime.thread_states().values()
            found.append(steps.step(state, runtime.stack(state)))
            assert found[-1] == steps.step(state, runtime.stack(state))
            program.stdin.write(b".")
    return found


@pytest.mark.skipif(not IS_KNOWN, reason="this interpreter's inside is not known")
@pytest.mark.parametrize("python", list(pythons()))
def test_each_call_of_a_loop_has_a_number_of_its_own(python: Path, tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(SOURCE, encoding="utf-8")

    found = steps_of(python, script)

    assert [len(list(same)) for _, same in groupby(found)] == EXPECTED
    assert len(set(found)) == len(EXPECTED)
    assert min(found) == 1


@pytest.mark.skipif(not IS_KNOWN, reason="this interpreter's inside is not known")
def test_blocking_calls_of_one_function_that_follow_each_other_are_told_each_by_itself(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(BLOCKS, encoding="utf-8")

    recording = watch_command([sys.executable, str(script)], lambda running: running.wait())

    found = diagnose_program(recording).blockages
    # under the measuring of coverage, the loop may take long by itself, too: it computes then
    blockages = [one for one in found if one.stack[0].function == "main" and one.state is State.SLEEP]
    assert len(blockages) == 3, found
    assert all(one.end_ns - one.start_ns < 2 * 300_000_000 for one in blockages)


def test_a_thread_in_no_call_of_a_loop_and_one_that_cannot_be_read_have_no_number() -> None:
    steps = LoopSteps(FakeInterpreter(7))

    found = steps.step(7000, at("work")), steps.step(7000, (Frame(CALL, "events.py", 1), Frame(LOOP, "base.py", 2)))

    assert found == (0, 0)
