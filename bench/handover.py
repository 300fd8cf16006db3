"""What one handover to a thread and back costs here, by the standard library alone: ``python bench/handover.py``.

An automatic choice watches a first item in one thread, so it cannot add less than that to work that is over at once.
On a virtual machine, most of it is the wake-up of an idle core; so it is measured once more while other processes keep
all cores awake with short turns of computing.
"""

import subprocess
import sys
from contextlib import ExitStack
from queue import SimpleQueue
from statistics import median
from threading import Thread
from time import perf_counter, sleep

import psutil

ROUNDS = 200
AWAKE = "import time\nwhile True:\n    sum(range(2000))\n    time.sleep(0)"


def handover_s() -> float:
    """Start a thread, hand it one thing to do, and wait for the answer and for the thread's end."""
    todo: SimpleQueue[int] = SimpleQueue()
    done: SimpleQueue[int] = SimpleQueue()
    thread = Thread(target=lambda: done.put(todo.get()))

    began = perf_counter()
    todo.put(1)
    thread.start()
    done.get()
    took = perf_counter() - began

    thread.join()
    sleep(0.005)  # the cores fall asleep again
    return took


def main() -> None:
    idle = median(handover_s() for _ in range(ROUNDS))
    with ExitStack() as awake:
        for _ in range(max(1, (psutil.cpu_count() or 1) - 1)):
            process = awake.enter_context(subprocess.Popen([sys.executable, "-c", AWAKE]))
            awake.callback(process.kill)
        sleep(0.2)
        busy = median(handover_s() for _ in range(ROUNDS))
    print(f"a thread's start, one item and its answer: {idle * 1e3:.2f} ms with the other cores idle,")
    print(f"{busy * 1e3:.2f} ms with one of them left to this process and the others awake")


if __name__ == "__main__":
    main()
