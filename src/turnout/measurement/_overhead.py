"""What handing an item over and recording it costs, measured with items that do nothing."""

from collections import deque
from typing import TypeVar

from turnout.executors import executor
from turnout.trace import Recorder

T = TypeVar("T")
NOTHINGS = 20_000  # 10 to 70 ms, by executor (2 cores)


def measure_overhead_ns(name: str) -> float:
    """Return the wall time that an item which does nothing takes with one worker of that executor, start-up left out.

    Args:
        name: The executor's.
    """
    recorder = Recorder()
    pool = executor(name, 1)
    function = _nothing_soon if name == "asyncio" else _nothing
    deque(pool.stream(function, range(NOTHINGS), recorder=recorder), maxlen=0)
    trace = recorder.trace()
    return (trace.wall_ns - trace.startup_ns) / NOTHINGS


def _nothing(item: T) -> T:
    return item


async def _nothing_soon(item: T) -> T:
    return item
