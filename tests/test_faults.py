"""When something goes wrong in one item, every other item has its outcome, the guilty one tells, and nobody is left.

Each fault happens in a program of its own, started as a user would start it: some end the process that they are in.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import pytest

from _fault_work import COUNT, GROUP, GUILTY, MB
from executors.leftovers import PATIENCE_NS
from fault_work import FEW
from programs import unmeasured
from turnout.clock import wall_ns

ISOLATING = ("processes/fork", "processes/forkserver")
EVERYWHERE = (*ISOLATING, "threads", "auto")

SOON_S = 30  # far less than the 60 s of an item that must not be waited for
MARK = "TURNOUT_TEST_FAULT"  # in the environment of each process of a program, whoever its parent is

isolating = pytest.mark.parametrize("runner", ISOLATING)
everywhere = pytest.mark.parametrize("runner", EVERYWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a program said.

    Attributes:
        outcomes: Index, the error's type or "value", and the error's text.
        pulled: Items that were pulled from its source; 0 if it doesn't count them.
    """

    outcomes: list[tuple[int, str, str]]
    pulled: int

    @property
    def guilty(self) -> tuple[str, str]:
        """What became of the guilty item."""
        return self.outcomes[GUILTY][1:]

    @property
    def others(self) -> list[tuple[int, str]]:
        """What became of all others."""
        return [(index, kind) for index, kind, _text in self.outcomes if index != GUILTY]


OTHERS = [(index, "value") for index in range(COUNT) if index != GUILTY]


@contextmanager
def program(row: str, runner: str, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a program in a session of its own, and see that nobody outlives it."""
    mark = uuid4().hex
    here = Path(__file__).parent
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", f"import fault_work; fault_work.main({row!r}, {runner!r})"],
        cwd=here,
        env=unmeasured(PYTHONPATH=str(here.parent / "bench"), **{MARK: mark}, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
        survivors = survivors_of(mark)
    finally:
        for pid in marked(mark):
            os.kill(pid, signal.SIGKILL)
        process.communicate()
    assert survivors == []


def survivors_of(mark: str) -> list[int]:
    """Return who carries the mark, after giving them time to go."""
    deadline = wall_ns() + PATIENCE_NS
    never = threading.Event()
    while (left := marked(mark)) and wall_ns() < deadline:
        never.wait(0.005)
    return left


def marked(mark: str) -> list[int]:
    """Return the processes that carry the mark; one that has ended shows none."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{MARK}={mark}".encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:  # it has just ended
            continue
    return found


def run_program(row: str, runner: str, **variables: str) -> Told:
    with program(row, runner, **variables) as process:
        output, errors = process.communicate(timeout=SOON_S)
        assert (errors, process.returncode) == ("", 0)
    told = json.loads(output.splitlines()[-1])
    return Told(outcomes=[tuple(outcome) for outcome in told["outcomes"]], pulled=told.get("pulled", 0))


@isolating
@pytest.mark.parametrize(
    ("row", "words"),
    [("exit", "ended with exit status 7"), ("kill", "(SIGKILL)"), ("segv", "(SIGSEGV)")],
    ids=["exit", "kill", "segv"],
)
def test_an_item_that_ends_its_process_is_lost_alone(row: str, words: str, runner: str) -> None:
    told = run_program(row, runner)

    assert told.others == OTHERS
    assert told.guilty[0] == "WorkerDiedError"
    assert words in told.guilty[1]


@contextmanager
def memory_group() -> Iterator[str]:
    """Make a control group of 100 MB, of version 1 or 2."""
    for root, limit in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        if not Path(root, "cgroup.procs").exists() or not os.access(root, os.W_OK):
            continue
        group = Path(mkdtemp(prefix="turnout-test-", dir=root))
        try:
            if (group / limit).exists():
                (group / limit).write_text(str(100 * MB), encoding="ascii")
                yield str(group)
                return
        finally:
            group.rmdir()
    pytest.skip("no control group for memory can be made here")


@isolating
def test_an_item_that_the_kernel_ends_for_its_memory_is_lost_alone(runner: str) -> None:
    with memory_group() as group:
        told = run_program("oom", runner, **{GROUP: group})

    assert told.others == OTHERS
    assert told.guilty[0] == "WorkerDiedError"
    assert "(SIGKILL)" in told.guilty[1]


@everywhere
@pytest.mark.parametrize(
    ("row", "kinds"),
    [
        ("raise", {"ValueError"}),
        ("memory", {"MemoryError"}),
        ("error", {"SecretError", "RemoteError"}),
        ("one-way", {"OneWayError", "RemoteError"}),
    ],
    ids=["raise", "memory", "error that does not pickle", "error that does not unpickle"],
)
def test_an_item_that_raises_fails_alone(row: str, kinds: set[str], runner: str) -> None:
    told = run_program(row, runner)

    assert told.others == OTHERS
    assert told.guilty[0] in kinds


@everywhere
@pytest.mark.parametrize("row", ["argument", "result"])
def test_what_does_not_pickle_fails_alone_where_it_must_be_sent(row: str, runner: str) -> None:
    told = run_program(row, runner)

    assert told.others == OTHERS
    if runner in ISOLATING:
        assert told.guilty[0] == "TransferError"
        assert "a _thread.lock does not pickle" in told.guilty[1]
    elif runner != "auto":  # whose track by then is its own choice
        assert told.guilty[0] == "value"


@everywhere
def test_an_item_that_never_ends_fails_alone_by_its_time_limit(runner: str) -> None:
    told = run_program("hang", runner)

    assert told.others == OTHERS
    assert told.guilty[0] == "TimeLimitError"
    assert "longer than 1 s" in told.guilty[1]


@everywhere
def test_a_slow_endless_source_is_not_read_far_ahead(runner: str) -> None:
    told = run_program("endless", runner)

    assert [(index, kind) for index, kind, _text in told.outcomes] == [(index, "value") for index in range(COUNT)]
    assert COUNT <= told.pulled <= 2 * COUNT


@everywhere
def test_ctrl_c_in_a_long_item_ends_every_process(runner: str) -> None:
    with program("ctrl-c", runner) as process:
        assert process.stdout is not None
        begun = 1 if runner == "auto" else 2  # its pilot may run the first item alone
        assert [process.stdout.readline() for _ in range(begun)] == ["ready\n"] * begun

        os.killpg(process.pid, signal.SIGINT)
        _output, errors = process.communicate(timeout=SOON_S)

    assert process.returncode == -signal.SIGINT
    assert errors.splitlines()[-1] == "KeyboardInterrupt"


@pytest.mark.parametrize("runner", ["processes", *EVERYWHERE[1:]])
def test_a_lock_that_another_thread_holds_is_not_inherited_for_ever(runner: str) -> None:
    told = run_program("lock", runner)

    assert [(index, kind) for index, kind, _text in told.outcomes] == [(index, "value") for index in range(COUNT)]


@everywhere
def test_an_item_may_open_a_pool_of_its_own(runner: str) -> None:
    told = run_program("nested", runner)

    assert [(index, kind) for index, kind, _text in told.outcomes] == [(index, "value") for index in range(FEW)]


def test_a_process_that_stays_behind_is_seen() -> None:
    mark = uuid4().hex
    with subprocess.Popen(
        ["sh", "-c", "echo; read line"],
        env={**os.environ, MARK: mark},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()  # before it has begun, the system may not tell its environment yet
            found: Any = marked(mark)
        finally:
            process.kill()

    assert found == [process.pid]
