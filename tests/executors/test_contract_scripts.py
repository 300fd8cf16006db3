"""What executors promise to whole programs: scripts without a guard, Ctrl-C, a sudden end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from executors.subjects import SUBJECTS, Subject, each, every, isolating

ITEM_S = 60  # what an item would take
SOON_S = 20  # everything that must not wait for an item ends much earlier

KINDS = """
    import turnout

    class Point:
        def __init__(self, x):
            self.x = x

    class Trouble(Exception):
        pass

    OFFSET = 10

    def shift(point):
        if point.x == 2:
            raise Trouble(point.x)
        return Point(point.x + OFFSET)

    async def shift_soon(point):
        return shift(point)

    def main():
        local = 100
        asynchronous = EXECUTOR == "asyncio"

        async def lift_soon(x):
            return x + local

        work = shift_soon if asynchronous else shift
        for points in (map(Point, range(4)), list(map(Point, range(4)))):
            for outcome in turnout.run(work, points, executor=EXECUTOR, **OPTIONS):
                if isinstance(outcome, turnout.Success):
                    print(type(outcome.value) is Point, outcome.value.x)
                else:
                    print(type(outcome.error) is Trouble, outcome.error.args)
        lift = lift_soon if asynchronous else lambda x: x + local
        run = turnout.run(lift, range(3), executor=EXECUTOR, **OPTIONS)
        print(*run.values())
        with turnout.executor(EXECUTOR, **OPTIONS) as pool:
            print(pool.submit(lift, 5).result())
            print(type(pool.submit(work, Point(1)).result()) is Point)
            print(type(pool.submit(work, Point(2)).exception()) is Trouble)

    main()
"""

LONG = """
    import asyncio, os, threading
    import turnout

    def wait(item):
        os.write(1, b"%d\\n" % os.getpid())
        for _ in range(ITEM_S * 50):  # in parts: 3.13t tells of a signal that comes just before a wait only after it
            threading.Event().wait(0.02)

    async def wait_soon(item):
        os.write(1, b"%d\\n" % os.getpid())
        await asyncio.sleep(ITEM_S)

    work = wait_soon if EXECUTOR == "asyncio" else wait
"""

STREAMED = """
    workers = None if EXECUTOR == "sequential" else 2
    print(list(turnout.run(work, range(4), executor=EXECUTOR, workers=workers, start_method=START_METHOD)))
"""

SUBMITTED = """
    pool = turnout.executor(EXECUTOR, 2, start_method=START_METHOD)
    futures = [pool.submit(work, item) for item in range(2)]
    for future in futures:
        future.result()
"""

FORGOTTEN = """
    import turnout
    from pathlib import Path

    def write(path):
        Path(path).write_text("written")

    async def write_soon(path):
        write(path)

    pool = turnout.executor(EXECUTOR, **OPTIONS)
    pool.submit(write_soon if EXECUTOR == "asyncio" else write, RESULT)
"""

METHODS = """
    import threading
    import turnout
    from turnout.executors import ProcessCrew

    def method():
        crew = ProcessCrew(abs, [1], 1, start_method=None, recorder=None)
        crew.abort()
        return crew.start_method

    print(method())
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    print(method())
    stop.set()
"""

LATE_THREADS = """
    import os, threading
    import turnout

    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)

    def die_at_three(number):
        if number == 3:
            os._exit(1)
        return number

    seen = 0
    for outcome in turnout.run(die_at_three, list(range(40)), executor="processes", workers=1, batch_size=1):
        seen += 1
        if seen == 1:
            thread.start()
    print(seen)
    stop.set()
"""

IN_A_LOOP = """
    import asyncio
    import turnout

    async def double(number):
        await asyncio.sleep(0)
        return 2 * number

    async def main():
        print(*turnout.run(double, range(5), executor=EXECUTOR, **OPTIONS).values())

    asyncio.run(main())
"""


def command(script: str, subject: Subject, **names: object) -> list[str]:
    known = {
        "EXECUTOR": subject.executor,
        "START_METHOD": subject.start_method,
        "OPTIONS": subject.options,
        "ITEM_S": ITEM_S,
        **names,
    }
    head = "".join(f"{name} = {value!r}\n" for name, value in known.items())
    return [sys.executable, "-W", "error", "-c", head + dedent(script)]


def run_script(tmp_path: Path, script: str, subject: Subject, **names: object) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "script.py"
    path.write_text(command(script, subject, **names)[-1], encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-W", "error", path], capture_output=True, text=True, timeout=SOON_S, check=False
    )


@contextmanager
def started(script: str, subject: Subject) -> Iterator["subprocess.Popen[str]"]:
    """Start a script in a group of its own, as a terminal does."""
    process = subprocess.Popen(
        command(script, subject),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def await_items(process: "subprocess.Popen[str]", count: int) -> None:
    assert process.stdout is not None
    for _ in range(count):
        assert process.stdout.readline().strip().isdigit()


@every
def test_a_script_without_a_guard_may_send_all_that_it_defines(subject: Subject, tmp_path: Path) -> None:
    done = run_script(tmp_path, KINDS, subject)

    assert (done.stdout.splitlines(), done.stderr) == (
        [*["True 10", "True 11", "True (2,)", "True 13"] * 2, "100 101 102", "105", "True", "True"],
        "",
    )


@every
def test_calls_that_were_made_are_finished_at_the_end_of_a_program(subject: Subject, tmp_path: Path) -> None:
    result = tmp_path / "result"

    done = run_script(tmp_path, FORGOTTEN, subject, RESULT=str(result))

    assert (done.stderr, done.returncode) == ("", 0)
    assert result.read_text(encoding="ascii") == "written"


@every
def test_coroutine_functions_run_from_within_an_event_loop(subject: Subject, tmp_path: Path) -> None:
    done = run_script(tmp_path, IN_A_LOOP, subject)

    assert (done.stdout, done.stderr) == ("0 2 4 6 8\n", "")


def test_fork_is_chosen_only_while_there_is_one_thread(tmp_path: Path) -> None:
    done = run_script(tmp_path, METHODS, Subject("processes"))

    assert (done.stdout.split(), done.stderr) == (["fork", "forkserver"], "")


def test_a_dead_worker_is_not_replaced_by_a_fork_when_threads_have_come(tmp_path: Path) -> None:
    done = run_script(tmp_path, LATE_THREADS, Subject("processes"))

    assert (done.stdout, done.stderr) == ("40\n", "")


@each(subject for subject in SUBJECTS if subject.executor != "interpreters")
def test_ctrl_c_ends_a_program_long_before_its_items(subject: Subject) -> None:
    with started(dedent(LONG) + dedent(STREAMED), subject) as process:
        await_items(process, 1 if subject.executor == "sequential" else 2)

        os.killpg(process.pid, signal.SIGINT)
        _output, errors = process.communicate(timeout=SOON_S)  # ends when the last process that can print has ended

    assert process.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1
    assert errors.splitlines()[-1] == "KeyboardInterrupt"


@isolating
@pytest.mark.parametrize("script", [STREAMED, SUBMITTED], ids=["streamed", "submitted"])
def test_the_death_of_a_program_ends_its_workers_in_the_middle_of_an_item(subject: Subject, script: str) -> None:
    with started(dedent(LONG) + dedent(script), subject) as process:
        await_items(process, 2)

        process.kill()
        process.communicate(timeout=SOON_S)  # ends when the last process that can print has ended

    assert process.returncode == -signal.SIGKILL


@each([Subject("processes", "fork"), Subject("processes", "forkserver"), Subject("processes", "spawn")])
def test_the_death_of_a_program_ends_the_workers_of_its_workers(subject: Subject) -> None:
    nested = """
    def outer(item):
        list(turnout.run(work, range(2), executor=EXECUTOR, workers=2, start_method=START_METHOD))

    list(turnout.run(outer, range(1), executor=EXECUTOR, workers=1, start_method=START_METHOD))
    """
    with started(dedent(LONG) + dedent(nested), subject) as process:
        await_items(process, 2)

        process.kill()
        process.communicate(timeout=SOON_S)

    assert process.returncode == -signal.SIGKILL
