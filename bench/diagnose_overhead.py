"""What looking at a program costs it: ``python bench/diagnose_overhead.py [--only WORDS] [--pairs N]``.

A machine that others use too changes its speed from second to second, by more than is to be measured. So each program
repeats a short step without end, and counts its steps in memory that we see, while its observer is stopped (SIGSTOP)
and let go on in turn, each for a part of a second: with, without, without, with. Each two windows that follow each
other make a pair, and the median over all pairs is told, with the interval that has the true one in 95 of 100 cases.
``turnout diagnose`` looks a thousand times a second, ``py-spy record`` a hundred times, as it does by itself.

    its time        how much longer a step takes with the observer than without
    its CPU time    how much more the program itself takes on cores for a step; other programs do not get into that
    looking         what the observer takes on cores, as a share of one: where a core is free, that slows nothing;
                    where none is, it is what the program can lose at most
"""

import argparse
import mmap
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from statistics import median

import _peers
from _harness import Verdict, environment, show

PAIRS = 40
WINDOW_S = 0.15
MOST = 0.03
PATIENCE_S = 20.0
SLOTS = 128
HEAD = """
import mmap, os, socket, sys, threading, time, hashlib
with open(sys.argv[1], "r+b") as file:
    shared = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")
def spin(count):
    total = 0
    for number in range(count):
        total += number
    return total
def again(place):
    while not shared[1]:
        step()
        shared[place] += 1
"""
TAIL = """
threads = [threading.Thread(target=again, args=(place + 2,)) for place in range(COUNT)]
for thread in threads: thread.start()
shared[0] = os.getpid()
for thread in threads: thread.join()
"""
PROGRAMS = {  # how many threads repeat the step, and the step
    "one thread that computes": (1, "def step(): spin(20_000)\n"),
    "four threads that compute": (4, "def step(): spin(20_000)\n"),
    "a thread that asks a socket": (
        1,
        """
ours, theirs = socket.socketpair()
def serve():
    while theirs.recv(1): theirs.send(b"x")
threading.Thread(target=serve, daemon=True).start()
def step():
    ours.send(b"x")
    ours.recv(1)
    time.sleep(0.002)
""",
    ),
    "100 threads that wait and compute": (
        100,
        """
def step():
    time.sleep(0.02)
    spin(2_000)
""",
    ),
    "two threads that keep both cores busy": (
        2,
        """
data = bytes(1_000_000)
def step(): hashlib.sha256(data).digest()
""",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of a second.

    Attributes:
        step_s: How long a step took, of all threads together.
        step_cpu_s: What it took on cores.
        observer: What its observer took on cores meanwhile, as a share of one.
    """

    step_s: float
    step_cpu_s: float
    observer: float


class Shared:
    """Memory that the program writes to: its number, whether it is to stop, and the steps of each thread.

    Args:
        path: A file for it.
    """

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(8 * SLOTS))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)

    @property
    def pid(self) -> int:
        """The program's number; 0 as long as it has not begun."""
        return int(struct.unpack_from("<Q", self._memory)[0])

    @property
    def steps(self) -> int:
        """How many steps it has done."""
        return sum(struct.unpack_from(f"<{SLOTS - 2}Q", self._memory, 16))

    def stop(self) -> None:
        """Have it end."""
        struct.pack_into("<Q", self._memory, 8, 1)


def observers(folder: str) -> dict[str, list[str]]:
    """Return how each observer is started, without the program."""
    spy = str(Path(_peers.python()).parent / "py-spy")
    diagnose = ["-m", "turnout", "diagnose", "--quiet", "--json", f"{folder}/found.json"]
    return {
        "turnout": [sys.executable, *diagnose],
        "py-spy": [spy, "record", "--output", f"{folder}/out.svg", "--", sys.executable],
    }


def cpu_s(pid: int) -> float:
    """Return what a process took on cores so far; what its children took is theirs."""
    return time.clock_gettime(~pid << 3 | 2)  # Linux's clock of a process, in clock_getcpuclockid(3)


def window(shared: Shared, observer: int) -> Window:
    """Watch the program for a part of a second."""
    pid = shared.pid
    steps, took, spent, began = shared.steps, cpu_s(pid), cpu_s(observer), time.perf_counter()
    time.sleep(WINDOW_S)
    passed = time.perf_counter() - began
    done = max(1, shared.steps - steps)
    return Window(
        step_s=passed / done, step_cpu_s=(cpu_s(pid) - took) / done, observer=(cpu_s(observer) - spent) / passed
    )


def measure(command: Sequence[str], program: tuple[int, str], pairs: int) -> list[tuple[Window, Window]]:
    """Return pairs of windows, each with the observer and without it."""
    count, step = program
    with tempfile.TemporaryDirectory() as folder:
        script, shared = Path(folder) / "program.py", Shared(Path(folder) / "shared")
        script.write_text(f"COUNT = {count}\n{HEAD}{step}{TAIL}", encoding="utf-8")
        words = [*command, str(script), f"{folder}/shared"]
        with subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
        ) as started:
            _wait_for(shared, started)
            time.sleep(2 * WINDOW_S)
            found = []
            for number in range(pairs):
                both: dict[bool, Window] = {}
                for is_watched in (True, False) if number % 2 else (False, True):
                    os.kill(started.pid, signal.SIGCONT)
                    if not is_watched:
                        _stop(started.pid, shared.pid)
                    both[is_watched] = window(shared, started.pid)
                found.append((both[True], both[False]))
            os.kill(started.pid, signal.SIGCONT)
            shared.stop()
    return found


def _stop(observer: int, program: int) -> None:
    """Stop the observer, but not while it has stopped the program, as py-spy does at each of its looks."""
    threads = list(Path(f"/proc/{program}/task").iterdir())
    while True:
        os.kill(observer, signal.SIGSTOP)
        time.sleep(0.001)
        stats = [(thread / "stat").read_text(encoding="utf-8", errors="replace") for thread in threads]
        if not any(stat.rpartition(") ")[2][0] in "tT" for stat in stats):
            return
        os.kill(observer, signal.SIGCONT)
        time.sleep(0.003)


def _wait_for(shared: Shared, started: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE_S
    while not shared.pid:
        if started.poll() is not None or time.monotonic() > until:
            sys.exit("the program did not begin")
        time.sleep(0.01)


def interval(figures: Sequence[float], sure: float = 0.95) -> tuple[float, float]:
    """Return the two of the figures between which the true median is, at least so surely; all of them, if too few.

    Source: the sign test; each figure is as likely above the true median as below it.
    """
    ranked, count = sorted(figures), len(figures)
    cut, outside = 0, 2 / 2**count  # figures left out at each end, and how likely the median is among them, or beyond
    while outside + 2 * comb(count, cut + 1) / 2**count <= 1 - sure:
        cut += 1
        outside += 2 * comb(count, cut) / 2**count
    return ranked[cut], ranked[-1 - cut]


def judge_one(name: str, pairs: int) -> Verdict:
    """Measure what looking costs one program."""
    time_of, cpu_of, looking = {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for observer, command in observers(folder).items():
            found = measure(command, PROGRAMS[name], pairs)
            time_of[observer] = [with_it.step_s / without.step_s - 1 for with_it, without in found]
            cpu_of[observer] = [with_it.step_cpu_s / without.step_cpu_s - 1 for with_it, without in found]
            looking[observer] = median(with_it.observer for with_it, _ in found)
    return Verdict(
        what=f"diagnosing {name}",
        found=f"{_words(time_of['turnout'])} of its time, {_words(cpu_of['turnout'])} of its CPU time, "
        f"looking takes {100 * looking['turnout']:.1f} % of a core",
        bar=f"at most {100 * MOST:.0f} %",
        met=max(median(time_of["turnout"]), median(cpu_of["turnout"])) <= MOST,
        details=f"py-spy record: {_words(time_of['py-spy'])} of its time, {_words(cpu_of['py-spy'])} of its CPU time, "
        f"{100 * looking['py-spy']:.1f} % of a core; {pairs} pairs each, in brackets between what the true median is",
    )


def judge() -> list[Verdict]:
    """Measure what looking costs each program."""
    return [judge_one(name, PAIRS) for name in PROGRAMS]


def _words(figures: Sequence[float]) -> str:
    low, high = interval(figures)
    return f"{100 * median(figures):+.1f} % [{100 * low:+.1f}, {100 * high:+.1f}]"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python bench/diagnose_overhead.py", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="WORDS", help="programs whose names have these words")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="of windows for each, at least 6")
    asked = parser.parse_args()
    if asked.pairs < 6:  # noqa: PLR2004  of fewer, not even the least and the greatest tell an interval
        parser.error(f"--pairs must be at least 6, not {asked.pairs}")
    found = []
    for name in PROGRAMS:
        if asked.only in name:
            found.append(judge_one(name, asked.pairs))
            show(found[-1:])
    sys.exit(not all(verdict.met for verdict in found))


if __name__ == "__main__":
    main()
