"""Keeps all cores busy with other processes, as a shared machine does."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

# Each looks now and then whether the one that started it is still there.
HOG = """
import os
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""


@contextmanager
def hogs(count: int | None = None) -> Iterator[list[int]]:
    """Run processes that do nothing but compute.

    Args:
        count: How many; as many as cores are usable by default.

    Yields:
        Their process ids.
    """
    wanted = len(os.sched_getaffinity(0)) if count is None else count
    with ExitStack() as stack:
        started = [subprocess.Popen([sys.executable, "-c", HOG]) for _ in range(wanted)]
        for hog in started:
            stack.callback(hog.wait)
            stack.callback(hog.kill)
        yield [hog.pid for hog in started]
