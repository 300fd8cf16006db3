"""Programs of which it is known what they do, for as long as a second or so.

Each is told as source text, since it runs under whatever Python is looked at. What its threads spend is stated as
shares of their wall time; a sum of states, where the machine's other work decides between them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent

Shares = dict[tuple[str, ...], float]

SPIN = """
import time
def spin(seconds):
    end = time.thread_time() + seconds
    total = 0
    while time.thread_time() < end:
        for number in range(1000):
            total += number
    return total
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program and the truth about it.

    Attributes:
        name: What it is called.
        source: Its text.
        causes: Verdicts that are right.
        main: Shares of the main thread; sums of states.
        workers: Shares of all other threads together; None for any.
        needs: A module that it needs.
    """

    name: str
    source: str
    causes: tuple[str, ...] | Callable[[bool], tuple[str, ...]]
    main: Shares
    workers: Shares | None = None
    needs: str = ""

    def verdicts(self, *, has_gil: bool) -> tuple[str, ...]:
        """Return the verdicts that are right with or without a global lock."""
        return self.causes(has_gil) if callable(self.causes) else self.causes


def _threads(work: str, count: int) -> str:
    return dedent(work) + dedent(f"""
        import threading
        threads = [threading.Thread(target=work) for _ in range({count})]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """)


PROGRAMS = (
    Program(name="one thread computes", source=SPIN + "spin(1)", causes=("cpu",), main={("run", "core"): 1.0}),
    Program(
        name="four threads compute",
        source=_threads(SPIN + "def work(): spin(0.3)\n", 4),
        causes=lambda has_gil: ("gil",) if has_gil else ("cores", "cpu"),
        main={("lock", "gil", "run", "core"): 1.0},
        workers={("run", "core", "gil"): 1.0},
    ),
    Program(
        name="it sleeps",
        source="import time\nfor _ in range(10): time.sleep(0.1)",
        causes=("sleep",),
        main={("sleep",): 1.0},
    ),
    Program(
        name="it waits for a socket",
        source="""
import socket, threading, time
ours, theirs = socket.socketpair()
def serve():
    for _ in range(20):
        theirs.recv(1)
        time.sleep(0.05)
        theirs.send(b"x")
thread = threading.Thread(target=serve)
thread.start()
for _ in range(20):
    ours.send(b"x")
    ours.recv(1)
thread.join()
""",
        causes=("io",),
        main={("socket",): 1.0},
        workers={("sleep",): 1.0},
    ),
    Program(
        name="it waits for a pipe",
        source="""
import os, threading, time
reader, writer = os.pipe()
def feed():
    for _ in range(10):
        time.sleep(0.1)
        os.write(writer, b"x")
threading.Thread(target=feed).start()
for _ in range(10):
    os.read(reader, 1)
""",
        causes=("io",),
        main={("pipe",): 1.0},
        workers={("sleep",): 1.0},
    ),
    Program(
        name="it waits for a file that is locked",
        source="""
import fcntl, os, subprocess, sys, tempfile
with tempfile.NamedTemporaryFile() as file:
    code = "import fcntl, sys, time; f = open(sys.argv[1]); fcntl.flock(f, 2); print(flush=True); time.sleep(1)"
    other = subprocess.Popen([sys.executable, "-S", "-c", code, file.name], stdout=subprocess.PIPE)
    other.stdout.readline()
    fcntl.flock(file, fcntl.LOCK_EX)
    other.wait()
""",
        causes=("io",),
        main={("file", "pipe", "child", "run", "core"): 1.0},
    ),
    Program(
        name="threads pass a lock round",
        source=_threads(
            """
            import threading, time
            lock = threading.Lock()
            def work():
                for _ in range(20):
                    with lock:
                        time.sleep(0.01)
            """,
            5,
        ),
        causes=("lock",),
        main={("lock", "gil", "run", "core"): 1.0},
        workers={("sleep", "lock"): 1.0},
    ),
    Program(
        name="two threads hash without the lock",
        source=_threads(
            """
            import hashlib
            data = bytes(40_000_000)
            def work():
                for _ in range(20):
                    hashlib.sha256(data).digest()
            """,
            2,
        ),
        causes=("cpu", "cores"),
        main={("lock", "gil", "run", "core"): 1.0},
        workers={("run", "core"): 1.0},
    ),
    Program(
        name="more threads than cores",
        source=_threads(
            """
            import hashlib
            data = bytes(25_000_000)
            def work():
                for _ in range(12):
                    hashlib.sha256(data).digest()
            """,
            8,
        ),
        causes=("cores",),
        main={("lock", "gil", "run", "core"): 1.0},
        workers={("run", "core"): 1.0},
    ),
    Program(
        name="NumPy multiplies",
        source="""
import numpy as np
a = np.random.default_rng(1).random((700, 700))
for _ in range(40): a @ a
""",
        causes=("cpu", "cores"),
        main={("run", "core", "lock"): 1.0},
        needs="numpy",
    ),
    Program(
        name="it waits for other programs",
        source="import subprocess\nfor _ in range(3): subprocess.run(['sleep', '0.4'])",
        causes=("child",),
        main={("child",): 1.0},
    ),
    Program(
        name="a call blocks the event loop",
        source="""
import asyncio, time
async def rude():
    for _ in range(12):
        time.sleep(0.15)
        await asyncio.sleep(0.05)
async def polite():
    while True: await asyncio.sleep(0.01)
async def main():
    task = asyncio.create_task(polite())
    await rude()
asyncio.run(main())
""",
        causes=("loop",),
        main={("sleep",): 0.74, ("poll", "run", "core"): 0.26},  # and Python's start
    ),
    Program(
        name="it computes and sleeps, 4 to 6",
        source=SPIN + "for _ in range(12):\n    spin(0.04)\n    time.sleep(0.06)",
        causes=("sleep", "cpu"),
        main={("run",): 0.4, ("sleep",): 0.6},
    ),
    Program(
        name="an I/O thread behind one that computes",
        source=SPIN
        + """
import threading
def work(): spin(1)
thread = threading.Thread(target=work)
thread.start()
while thread.is_alive(): time.sleep(0.005)
""",
        causes=("cpu", "gil"),
        main={("sleep", "gil", "core"): 1.0},
        workers={("run", "core", "gil"): 1.0},
    ),
)
