"""Programs whose stacks are known, and that say so through a pipe."""

import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from turnout.observe import Stack

Read = TypeVar("Read")
_TRIES = 20_000  # a bound for a failure

SOURCE = """\
import sys
import threading

class Käfer:
    def 待つ(self, gate, said):
        said.release()
        gate.wait()

def функция(gate, said):
    (
        Käfer()
        .待つ(gate, said)
    )

def nested():
    def within(gate, said):
        return [функция(gate, said) for _ in range(1)]
    return within

gate, said = threading.Event(), threading.Semaphore(0)
threads = [threading.Thread(target=work, args=(gate, said)) for work in (функция, lambda *both: nested()(*both))]
for thread in threads:
    thread.start()
    said.acquire()

def main():
    print("ready", flush=True)
    sys.stdin.read(1)

main()
gate.set()
for thread in threads:
    thread.join()
"""

# What each thread is at in it, innermost first; a comprehension is a function up to 3.11.
WAITING_IN_3_11 = (
    (("main", 28), ("<module>", 30)),
    (("Käfer.待つ", 7), ("функция", 12)),
    (
        ("Käfer.待つ", 7),
        ("функция", 12),
        ("nested.<locals>.within.<locals>.<listcomp>", 17),
        ("nested.<locals>.within", 17),
        ("<lambda>", 21),
    ),
)
WAITING = tuple(tuple(one for one in stack if "listcomp" not in one[0]) for stack in WAITING_IN_3_11)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that runs.

    Attributes:
        pid: Its number.
        file: Its text.
    """

    pid: int
    file: Path


def read_until(read: Callable[[], Read], expected: Read) -> Read:
    """Return what is read once that is as expected, or after many times: a program that waits soon may not wait yet."""
    for _ in range(_TRIES):
        found = read()
        if found == expected:
            break
    return found


def own_places(stacks: Iterable[Stack], file: Path) -> list[tuple[tuple[str, int], ...]]:
    """Return the functions and lines of each stack that are of this file."""
    return sorted(tuple((one.function, one.line) for one in stack if one.file == str(file)) for stack in stacks)


@contextmanager
def waiting_program(
    python: Path | str, folder: Path, source: str = SOURCE, options: tuple[str, ...] = ()
) -> Iterator[Program]:
    """Run a program up to its word that it is ready; it ends with its input."""
    file = folder / "wärter_看.py"
    file.write_text(source, encoding="utf-8")
    with subprocess.Popen([python, *options, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdin
        assert program.stdout
        try:
            said = program.stdout.readline()
            assert said == b"ready\n"
            yield Program(program.pid, file)
        finally:
            program.stdin.close()
            program.stdout.read()
