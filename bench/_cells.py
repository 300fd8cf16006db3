"""Runs one cell of a table in a process of its own, so that a peer that hangs or leaves processes spoils no other cell.

Every process of a cell carries a mark in its environment, by which it is found in ``/proc`` whoever its parent is.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from uuid import uuid4

from _harness import environment

MARK = "TURNOUT_BENCH_CELL"
LOOK_S = 0.01
SETTLE_S = 0.3  # after the first item has begun: then the others have
GRACE_S = 1.0  # what a process may take to leave after its cell has ended
IDLE_TICKS = 5  # of 10 ms in a second: somebody who polls
GONE = "ZX"  # a process that has ended and was not waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What became of a command.

    Attributes:
        text: What it wrote.
        code: What it left with; None if it did not end within its limit.
        wall_s: Seconds until it ended, or its limit.
        gone_s: Seconds from the interrupt until no process of it was left; None if some stayed or none was sent.
        idle: Whether it was given up while no process of it used a core: it hangs, and is not just slow.
        survivors: How many of its processes were left.
        complaint: The last line of its error output.
    """

    text: str
    code: int | None
    wall_s: float
    gone_s: float | None
    idle: bool
    survivors: int
    complaint: str


def run_cell(command: Sequence[str], *, limit_s: float, interrupt_at: str | None = None) -> Cell:
    """Run a command in a session of its own, and end whatever it leaves behind.

    Args:
        command: The program and its arguments.
        limit_s: How long it may take; with an interrupt, from then on.
        interrupt_at: A line; once it is written, Ctrl-C is sent to the whole group.
    """
    mark = uuid4().hex
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = perf_counter()
        process = subprocess.Popen(
            command, env={**environment(), MARK: mark}, stdout=out, stderr=err, start_new_session=True
        )
        interrupted = None
        if interrupt_at is not None:
            while process.poll() is None and perf_counter() - began < limit_s:
                if f"{interrupt_at}\n".encode() in _written(out.fileno()):
                    break
                sleep(LOOK_S)
            sleep(SETTLE_S)
            interrupted = perf_counter()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
        code = _wait(process, limit_s)
        wall_s = perf_counter() - began
        idle = code is None and _is_idle(mark)
        gone_s = _wait_for_all(mark, limit_s if interrupted else GRACE_S)
        left = marked(mark)
        end(left, mark)
        process.wait()
        complaint = _written(err.fileno()).decode(errors="replace").strip().rpartition("\n")[2]
        return Cell(
            text=_written(out.fileno()).decode(errors="replace"),
            code=code,
            wall_s=wall_s,
            gone_s=gone_s - interrupted if gone_s and interrupted else None,
            idle=idle,
            survivors=0 if code is None and not interrupted else len(left),  # one that was given up has left nobody yet
            complaint=complaint,
        )


def marked(mark: str) -> list[int]:
    """Return the processes that carry the mark and run."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0") and _state(folder) not in GONE:
                found.append(int(folder.name))
        except OSError:  # it has just ended, or is not ours
            continue
    return found


def end(pids: Sequence[int], mark: str) -> None:
    """End these processes, and those that carry the mark and were started meanwhile."""
    while pids:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        sleep(LOOK_S)
        pids = marked(mark)


def _wait(process: subprocess.Popen[bytes], limit_s: float) -> int | None:
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return None


def _wait_for_all(mark: str, limit_s: float) -> float | None:
    deadline = perf_counter() + limit_s
    while perf_counter() < deadline:
        if not marked(mark):
            return perf_counter()
        sleep(LOOK_S)
    return None


def _is_idle(mark: str) -> bool:
    before = _ticks(mark)
    sleep(1)
    return _ticks(mark) - before <= IDLE_TICKS


def _ticks(mark: str) -> int:
    """Return the time on a core of all processes of a cell, in clock ticks."""
    total = 0
    for pid in marked(mark):
        try:
            words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        total += int(words[11]) + int(words[12])
    return total


def _state(folder: Path) -> str:
    return (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]


def _written(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
