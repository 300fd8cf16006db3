"""A process of which a test says what its threads do, and an interpreter to go with it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from observe.fake_proc import FakeProc, stat_line
from turnout.observe import Frame, Stack
from turnout.observe._layout import PYTHON_3_11, Layout
from turnout.observe._memory import UnreadableError
from turnout.observe._runtime import Gil

PID = 4711
GIL_AT = 0x7000
RUNNING = "running"
SLEEPS = "230 0x0 0x0 0x0 0x0 0x0 0x0 0x7ffc0 0x7f123"  # the numbers are those of x86_64
ENDED = "-1 0x0 0x0"


def waits_for(address: int) -> str:
    """Return the system's line on a thread that waits for a lock."""
    return f"202 {address:#x} 0x80 0x0 0x0 0x0 0x0 0x7ffc0 0x7f123"


def reads(descriptor: int) -> str:
    """Return the system's line on a thread that reads."""
    return f"0 {descriptor:#x} 0x0 0x0 0x0 0x0 0x0 0x7ffc0 0x7f123"


class FakeThreads:
    """The threads of process `PID` under ``root/proc``."""

    def __init__(self, root: Path) -> None:
        self.proc = root / "proc"
        self._fake = FakeProc(root)
        (self.proc / str(PID) / "fd").mkdir(parents=True)

    def add(self, native_id: int, call: str = SLEEPS, *, run_ns: int = 0, queue_ns: int = 0) -> None:
        """Start a thread, or have it do something else."""
        folder = f"{PID}/task/{native_id}"
        self._fake.write(f"{folder}/schedstat", f"{run_ns} {queue_ns} 12\n")
        self._fake.write(f"{folder}/syscall", f"{call}\n")
        self._fake.write(f"{folder}/comm", f"thread {native_id}\n")

    def name(self, native_id: int, name: bytes) -> None:
        """Give a thread a name."""
        self._fake.write(f"{PID}/task/{native_id}/comm", name + b"\n")

    def process_name(self, name: bytes) -> None:
        """Give the process a name."""
        self._fake.write(f"{PID}/comm", name + b"\n")

    def children(self, took_s: int) -> None:
        """Have children of the process have taken so long on cores."""
        self._fake.write(f"{PID}/stat", stat_line(PID, "fake", children_s=took_s))

    def open(self, descriptor: int, target: str) -> None:
        """Give the process a descriptor."""
        (self.proc / str(PID) / "fd" / str(descriptor)).symlink_to(target)

    def end(self, native_id: int) -> None:
        """End a thread: what was opened of it tells nothing more."""
        folder = self.proc / str(PID) / "task" / str(native_id)
        for name in ("schedstat", "syscall", "comm"):
            (folder / name).write_bytes(b"")
            (folder / name).unlink()
        folder.rmdir()

    def end_all(self) -> None:
        """End the process."""
        for native_id in os.listdir(self.proc / str(PID) / "task"):  # noqa: PTH208  only the names are wanted
            self.end(int(native_id))
        (self.proc / str(PID) / "task").rmdir()


class FakeInterpreter:
    """An interpreter whose threads, lock and stacks are set by a test; the state of thread 7 is at 7,000.

    Attributes:
        holder: The thread that has the lock; 0 for none.
        changes: How often it changed hands.
        stacks: By thread.
        states: Thread states by thread, if they are not where they are by default.
        trouble: What each question raises; None for an answer.
        reads: How often a stack was read.
    """

    def __init__(self, *threads: int, layout: Layout = PYTHON_3_11, has_gil: bool = True) -> None:
        self.layout = layout
        self.lost_stacks = 0
        self.threads = list(threads)
        self.states: dict[int, int] = {}
        self.holder = 0
        self.changes = 100
        self.stacks: dict[int, Stack] = {}
        self.trouble: Exception | None = None
        self.reads = 0
        self._has_gil = has_gil

    @property
    def has_gil(self) -> bool:
        self._answer()
        return self._has_gil

    def read(self, address: int, length: int) -> bytes:
        raise UnreadableError(f"nothing of {length} bytes at {address}")

    def read_each(self, addresses: Sequence[int], length: int) -> list[bytes]:
        raise UnreadableError(f"nothing of {length} bytes at {addresses}")

    def text(self, address: int) -> str | None:
        raise UnreadableError(f"no text at {address}")

    @property
    def main_interpreter(self) -> int:
        return 0

    def find_interpreters(self) -> None:
        self._answer()

    def thread_states(self) -> dict[int, int]:
        self._answer()
        return self.states or {native_id: 1000 * native_id for native_id in self.threads}

    def native_id(self, state: int) -> int:
        self._answer()
        return state // 1000

    def gil(self) -> Gil:
        self._answer()
        return Gil(1000 * self.holder, self.changes)

    def is_gil(self, address: int) -> bool:
        return address == GIL_AT

    def stack(self, state: int) -> Stack:
        self._answer()
        self.reads += 1
        return self.stacks.get(state // 1000, ())

    def frames(self, state: int, limit: int) -> Iterator[tuple[int, int, int]]:
        raise UnreadableError(f"no {limit} frames at {state}")

    def frame_at(self, code: int, instruction: int) -> Frame | None:
        raise UnreadableError(f"no code at {code}, nor an instruction at {instruction}")

    def _answer(self) -> None:
        if self.trouble is not None:
            raise self.trouble


def at(function: str, line: int = 1, file: str = "/home/alice/work.py") -> Stack:
    """Return a stack of one frame."""
    return (Frame(function, file, line),)
