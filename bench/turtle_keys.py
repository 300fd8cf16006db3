"""400 keys pressed fast, each with a handler of 20 ms: the course's turtle program, and ours.

Both run on a real X display (Xvfb), and xdotool presses the keys. The course's handlers draw with the standard
library's turtle, which handles events while it draws: each key that comes meanwhile is handled inside the handler of
the one before, until Python's stack is full.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from _harness import Verdict, environment, show

KEYS = 400
PROGRAMS = str(Path(__file__).with_name("_turtle_programs.py"))
CLOSED_WITH = {"course": "q", "turnout": "ctrl+q"}
PATIENCE_S = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What became of the keys.

    Attributes:
        depth: How deep handlers were in one another.
        drawn: How many keys were drawn.
        crashes: 1 if a RecursionError ended the program.
        failed: How many handlers failed before.
    """

    depth: int
    drawn: int
    crashes: int
    failed: int


def press_keys(name: str, display: str) -> Keys:
    """Run one of the programs, press the keys, and close it."""
    on_display = {**environment(), "DISPLAY": display}

    def xdotool(*words: str) -> str:
        ran = subprocess.run(["xdotool", *words], env=on_display, capture_output=True, text=True, check=True)  # noqa: S607  found on PATH
        return ran.stdout

    command = [sys.executable, PROGRAMS, name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=on_display, stdout=pipe, stderr=pipe, text=True) as running:
        window = xdotool("search", "--sync", "--onlyvisible", "--name", "Event Handling 101").split()[-1]
        xdotool("windowfocus", "--sync", window)
        xdotool("key", "--delay", "2", *["Up"] * KEYS)
        xdotool("key", CLOSED_WITH[name])
        said, complaints = running.communicate(timeout=PATIENCE_S)
    found = json.loads(said.splitlines()[-1])
    return Keys(**found, failed=complaints.count("Exception in Tkinter callback"))


@contextmanager
def xvfb() -> Iterator[str]:
    """Have an X server that nobody sees, and yield its name."""
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    if missing:
        sys.exit(f"{' and '.join(missing)} must be there; on Debian: apt install xvfb xdotool")
    reading, writing = os.pipe()
    words = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "800x700x24", "-nolisten", "tcp"]
    server = subprocess.Popen(words, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def judge() -> list[Verdict]:
    with xvfb() as display:
        theirs, mine = press_keys("course", display), press_keys("turnout", display)
    return [
        Verdict(
            what=f"{KEYS} fast keys with a handler of 20 ms",
            found=f"{mine.drawn} drawn, handlers at depth {mine.depth}",
            bar=f"all {KEYS} drawn at depth 1",
            met=(mine.drawn, mine.depth, mine.crashes, mine.failed) == (KEYS, 1, 0, 0),
            details=(
                f"the course's program: {theirs.drawn} drawn, handlers at depth {theirs.depth}, {theirs.failed} failed"
                f"{', and a RecursionError ended it' if theirs.crashes else ''}"
            ),
        )
    ]


if __name__ == "__main__":
    show(judge())
