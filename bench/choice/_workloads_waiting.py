"""Work that waits: for time, servers, files, locks."""

import asyncio
import fcntl
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import sleep

from choice._server import ask, ask_blocking, serving
from choice._workload import Workload, compute_ms

KNEE = 8  # callers whom the limited server serves without a delay


async def sleep_coroutine(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def compute_coroutine(milliseconds: float) -> int:
    return compute_ms(milliseconds)


def compute_and_sleep(times: tuple[float, float]) -> None:
    """Compute so many milliseconds, then sleep so many seconds."""
    milliseconds, seconds = times
    compute_ms(milliseconds)
    sleep(seconds)


def under_a_lock(path: str) -> None:
    """Sleep for 5 ms while no other item does; a file lock, which holds between processes, too."""
    with Path(path).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        sleep(0.005)


def count_lines(path: str) -> int:
    """Open, read and count."""
    return len(Path(path).read_bytes().splitlines())


def asking(count: int, *, delay_s: float, knee: int | None = None) -> Callable[[], list[int]]:
    """Return what starts a server and makes so many items, each its port."""
    return lambda: [serving(delay_s, knee)] * count


def locks(count: int) -> list[str]:
    """Make a file to lock."""
    _, path = tempfile.mkstemp()
    return [path] * count


def small_files(count: int) -> list[str]:
    """Write files of 8 kB."""
    folder = Path(tempfile.mkdtemp())
    for number in range(count):
        (folder / str(number)).write_bytes(b"a line of text\n" * 550)
    return [str(folder / str(number)) for number in range(count)]


WORKLOADS = (
    Workload(
        name="sleep_10ms",
        character="1,000 sleeps of 10 ms",
        reason="the plain case for many threads",
        function=sleep,
        items=lambda: [0.01] * 1000,
        count=1000,
        waits=True,
    ),
    Workload(
        name="sleep_200ms",
        character="20 sleeps of 200 ms",
        reason="each item that a pilot runs alone costs as much as the whole",
        function=sleep,
        items=lambda: [0.2] * 20,
        count=20,
        waits=True,
    ),
    Workload(
        name="sleep_1ms",
        character="2,000 sleeps of 1 ms",
        reason="waits so short that the hand-over counts",
        function=sleep,
        items=lambda: [0.001] * 2000,
        count=2000,
        waits=True,
    ),
    Workload(
        name="sleep_few",
        character="4 sleeps of 100 ms",
        reason="to try one first doubles the time",
        function=sleep,
        items=lambda: [0.1] * 4,
        count=4,
        waits=True,
    ),
    Workload(
        name="sockets",
        character="500 questions to a local server that answers after 20 ms, a blocking client",
        reason="real waiting, with some computing for the connection",
        function=ask_blocking,
        items=asking(500, delay_s=0.02),
        count=500,
        waits=True,
    ),
    Workload(
        name="sockets_async",
        character="500 questions to the same server, a coroutine function",
        reason="an event loop can have more of them under way than threads can",
        function=ask,
        items=asking(500, delay_s=0.02),
        count=500,
        waits=True,
        is_async=True,
    ),
    Workload(
        name="coroutine_sleep",
        character="1,000 coroutines that sleep 20 ms",
        reason="the plain case for an event loop with as many tasks as there are items",
        function=sleep_coroutine,
        items=lambda: [0.02] * 1000,
        count=1000,
        waits=True,
        is_async=True,
    ),
    Workload(
        name="coroutine_compute",
        character="400 coroutines that compute 1 ms and never wait",
        reason="the keyword says event loop, the work says processes",
        function=compute_coroutine,
        items=lambda: [1] * 400,
        count=400,
        is_async=True,
    ),
    Workload(
        name="compute_and_sleep",
        character="300 items, 1.5 ms of Python and then 10 ms of sleep",
        reason="threads hide the sleep and then hit the GIL; many processes hide both",
        function=compute_and_sleep,
        items=lambda: [(1.5, 0.01)] * 300,
        count=300,
        waits=True,
    ),
    Workload(
        name="locked",
        character="100 items that sleep 5 ms under one lock",
        reason="it waits, so workers seem to help, and none does",
        function=under_a_lock,
        items=partial(locks, 100),
        count=100,
        waits=True,
    ),
    Workload(
        name="limited_server",
        character="200 questions to a server that answers after 20 ms, and ever later beyond 8 at once",
        reason="some workers gain, many lose",
        function=ask_blocking,
        items=asking(200, delay_s=0.02, knee=KNEE),
        count=200,
        waits=True,
    ),
    Workload(
        name="small_files",
        character="4,000 files of 8 kB, read and split into lines",
        reason="input by name, but from the page cache: it hardly waits",
        function=count_lines,
        items=partial(small_files, 4000),
        count=4000,
    ),
)
