"""Work with NumPy, whose import starts threads: workers are no longer forked by default."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from choice._workload import Workload

Floats = NDArray[np.float32]
SIDE = 1000


def floats(count: int, size: int) -> list[Floats]:
    """Return arrays of random numbers, float32, shape (size,)."""
    chance = np.random.default_rng(1)
    pool = [chance.random(size, dtype=np.float32) for _ in range(8)]
    return [pool[number % len(pool)] for number in range(count)]


def sort(array: Floats) -> float:
    """Sort a copy and tell its median."""
    return float(np.sort(array)[len(array) // 2])


def make(seed: int) -> Floats:
    """Return 4 MB made from a number."""
    return np.full(1_000_000, seed, dtype=np.float32)


def waves(array: Floats) -> Floats:
    """Compute much on each element."""
    for _ in range(8):
        array = np.sin(array) * np.float32(1.5) + np.cos(array)
    return array


def small_steps(seed: int) -> float:
    """Do many steps on 100 elements, of which most is Python."""
    array = np.full(100, seed, dtype=np.float64)
    for _ in range(500):
        array = array * 0.999 + 0.001
    return float(array[0])


def multiply(seed: int) -> float:
    """Multiply two matrices with BLAS, on all cores by itself."""
    matrix: Any = np.full((SIDE, SIDE), seed, dtype=np.float64)
    return float((matrix @ matrix)[0, 0])


WORKLOADS = (
    Workload(
        name="numpy_sort",
        character="60 arrays of 4 MB, sorted",
        reason="drops the GIL, and is large on its way: threads",
        function=sort,
        items=partial(floats, 60, 1_000_000),
        count=60,
    ),
    Workload(
        name="numpy_out",
        character="200 numbers in, arrays of 4 MB out, little computing",
        reason="only results are large: a process would spend its gain on sending them",
        function=make,
        items=lambda: list(range(200)),
        count=200,
    ),
    Workload(
        name="numpy_both",
        character="40 arrays of 1 MB in and out, much computing that drops the GIL",
        reason="arrays go both ways, and computing outweighs that",
        function=waves,
        items=partial(floats, 40, 250_000),
        count=40,
    ),
    Workload(
        name="numpy_small",
        character="500 items of 500 steps on 100 elements",
        reason="NumPy, yet Python holds the GIL most of the time: processes",
        function=small_steps,
        items=lambda: list(range(500)),
        count=500,
    ),
    Workload(
        name="matmul",
        character="16 products of 1,000 x 1,000 matrices",
        reason="each item uses all cores already; more workers only fight",
        function=multiply,
        items=lambda: list(range(16)),
        count=16,
    ),
)
