"""Which parts of the code keep what on the stack, and who holds the lock that others wait for."""

import dis
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest

from turnout.observe._held import blocks_of, depth_at, start_of
from turnout.observe._lock_reader import LockReader
from turnout.observe._runtime import Runtime, find_runtime

HOLDS = """
import sys, threading

lock, other, past, never = threading.Lock(), threading.RLock(), threading.Lock(), threading.Event()

def hold():
    with past:
        pass
    with lock:
        with other:
            print("held", flush=True)
            never.wait()

def want():
    with lock:
        pass

threading.Thread(target=hold, daemon=True).start()
threading.Thread(target=want, daemon=True).start()
sys.stdin.readline()
"""
WITH_LOCK, WITH_OTHER = 9, 10


def code_objects() -> Iterator[CodeType]:
    for module in (threading, queue, subprocess):
        for owner in (module, *filter(lambda one: isinstance(one, type), vars(module).values())):
            for value in vars(owner).values():
                if isinstance(value, FunctionType):
                    yield value.__code__


def test_blocks_are_those_that_the_interpreter_knows() -> None:
    for code in code_objects():
        known: Any = dis._parse_exception_table(code)  # type: ignore[attr-defined]  # the only other reader there is
        assert [(one.start, one.end, one.depth) for one in blocks_of(code.co_exceptiontable)] == [
            (one.start, one.end, one.depth) for one in known
        ]


@pytest.mark.parametrize("table", [b"", b"\x80", b"\xff" * 9, bytes(range(256))])
def test_a_damaged_table_is_read_as_far_as_it_goes(table: bytes) -> None:
    blocks = blocks_of(table)

    assert depth_at(blocks, 10**9) == 0
    assert start_of(blocks, 1, 4) <= 4


@pytest.fixture
def program() -> Iterator[tuple[int, Runtime]]:
    """Run a program in which one thread holds two locks and another waits for the first."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        yield running.pid, find_runtime(running.pid)
        running.kill()


def test_who_holds_a_lock_is_found_and_where_it_was_taken(program: tuple[int, Runtime]) -> None:
    pid, runtime = program
    states = runtime.thread_states()
    reader = LockReader(runtime)

    held = {native_id: reader.held(state) for native_id, state in states.items()}

    assert [[one.since_line for one in locks] for locks in held.values() if locks] == [[WITH_LOCK, WITH_OTHER]]
    assert pid not in [native_id for native_id, locks in held.items() if locks]
    assert {one.at.function for locks in held.values() for one in locks} == {"hold"}


def test_nobody_holds_a_lock_that_nobody_waits_for(program: tuple[int, Runtime]) -> None:
    _pid, runtime = program

    found = LockReader(runtime).holders(1, {}, os.getpid())

    assert found == {}
