"""Tasks of living event loops, read from outside."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from observe.programs_to_read import read_until, waiting_program
from pythons.interpreters import interpreters_of, readable
from turnout.observe import TaskState
from turnout.observe._memory import UnreadableError
from turnout.observe._runtime import find_runtime
from turnout.observe._task_reader import TaskReader

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a call to read another process")
IS_KNOWN = sys.version_info[:2] in {(3, 11), (3, 12), (3, 13), (3, 14), (3, 15)}

# While one task holds the loop, the others stay as they are.
SOURCE = """\
import asyncio
import sys

async def suspends(event):
    await event.wait()

async def yields():
    while True:
        await asyncio.sleep(0)

async def inner(future):
    return await future

async def wakes(future):
    await inner(future)

async def holds(future):
    future.set_result(None)
    await done()

async def done():
    print("ready", flush=True)
    sys.stdin.read(1)
    sys.exit()

async def main():
    event, future = asyncio.Event(), asyncio.get_running_loop().create_future()
    tasks = [
        asyncio.create_task(suspends(event), name="Käfer"),
        asyncio.create_task(suspends(event)),
        asyncio.create_task(yields(), name="yields"),
        asyncio.create_task(wakes(future), name="wakes"),
        asyncio.create_task(asyncio.sleep(0), name="is done"),
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    holder = asyncio.create_task(holds(future), name="holds")
    await asyncio.gather(holder, *tasks)

asyncio.run(main())
"""
EXPECTED = [
    ("Käfer", "suspends", TaskState.SUSPENDED, ("suspends", 5)),
    ("holds", "holds", TaskState.RUN, ("holds", 19)),
    ("main", "main", TaskState.SUSPENDED, ("main", 38)),
    ("numbered", "suspends", TaskState.SUSPENDED, ("suspends", 5)),
    ("wakes", "wakes", TaskState.READY, ("wakes", 15)),
    ("yields", "yields", TaskState.READY, ("yields", 9)),
]


def pythons() -> Iterator[object]:
    yield pytest.param(Path(sys.executable), id="this one")
    known = readable()
    for version in ((3, 12), (3, 13), (3, 14), (3, 15)):
        found = [one for one in interpreters_of(version) if one in known]
        missing = pytest.mark.skip(reason=f"no interpreter {version} is here; see `make pythons`")
        yield from [pytest.param(one, id=one.parent.parent.name) for one in found] or [
            pytest.param(Path(), id=str(version), marks=missing)
        ]


def tasks_of(pid: int) -> list[tuple[str, str, TaskState, tuple[str, int]]]:
    runtime = find_runtime(pid)
    reader = TaskReader(runtime)
    assert reader.knows
    found = []
    try:
        for task in reader.look(reader.addresses(runtime.thread_states().values())):
            name, function = reader.names(task)
            if name.startswith("Task-"):
                name = "main" if function == "main" else "numbered"
            place = (task.at.function, task.at.line) if task.at is not None else ("", 0)
            found.append((name, function, task.state, place))
    except UnreadableError:
        return []
    return sorted(found)


@pytest.mark.parametrize("python", list(pythons()))
@pytest.mark.skipif(not IS_KNOWN, reason="this interpreter's inside is not known")
def test_each_task_is_seen_as_it_is_with_its_name_and_place(python: Path, tmp_path: Path) -> None:
    with waiting_program(python, tmp_path, SOURCE) as program:
        assert read_until(lambda: tasks_of(program.pid), EXPECTED) == EXPECTED


@pytest.mark.skipif(not IS_KNOWN, reason="this interpreter's inside is not known")
def test_a_program_without_an_event_loop_has_no_tasks(tmp_path: Path) -> None:
    for imports in ("import sys", "import asyncio, sys"):
        source = f"{imports}\nprint('ready', flush=True)\nsys.stdin.read(1)\n"
        with waiting_program(sys.executable, tmp_path, source) as program:
            assert tasks_of(program.pid) == []
