"""A program of four long items, the first of which ends once there are two workers; its argument is a path."""

import os
import sys
import threading
from pathlib import Path

import psutil

import turnout

GATE = Path(sys.argv[1])


def compute_until_two_are_ready(item: int) -> int:
    """Return how many workers another item found, 0 for the first item."""
    if item == 0:
        for _ in range(1_000):
            sum(range(300_000))  # some milliseconds with the global lock held
            if GATE.exists():
                return 0
        return -1
    if not GATE.exists():
        part = GATE.with_suffix(f".{os.getpid()}")  # both workers may be here
        part.write_text(str(two_or_so(psutil.Process(os.getppid()))), "ascii")
        part.rename(GATE)
    return int(GATE.read_text("ascii"))


def two_or_so(server: psutil.Process) -> int:
    """Wait until two workers were forked, some seconds at most, and return how many there are."""
    for _ in range(500):
        if len(server.children()) > 1:
            break
        threading.Event().wait(0.01)
    return len(server.children())


if __name__ == "__main__":
    run = turnout.run(compute_until_two_are_ready, range(4))
    sys.stdout.write(f"{list(run.values())} {run.choice.tracks[0].executor}\n")
