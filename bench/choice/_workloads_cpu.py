"""Work in Python that holds the GIL: processes gain, if there is enough of it."""

from collections.abc import Iterator

from _work import noop, spin
from choice._workload import Workload, compute_ms

NOOPS = 100_000
TINY_ROUNDS = 200  # 8 µs


def noops_of_unknown_number() -> Iterator[int]:
    """Yield numbers, and tell nobody how many there are."""
    yield from range(NOOPS)


WORKLOADS = (
    Workload(
        name="noops",
        character="100,000 no-ops, a list",
        reason="anything but a plain loop costs more than the work",
        function=noop,
        items=lambda: list(range(NOOPS)),
        count=NOOPS,
    ),
    Workload(
        name="noops_unknown",
        character="100,000 no-ops from a generator",
        reason="how much is left is not known, so a pilot can't be weighed against it",
        function=noop,
        items=noops_of_unknown_number,
        count=NOOPS,
    ),
    Workload(
        name="noops_few",
        character="50 no-ops",
        reason="over before a pilot has begun",
        function=noop,
        items=lambda: list(range(50)),
        count=50,
        is_tiny=True,
    ),
    Workload(
        name="tiny_few",
        character="200 items of 8 µs",
        reason="parallel by nature, but shorter than a worker's start",
        function=spin,
        items=lambda: [TINY_ROUNDS] * 200,
        count=200,
        is_tiny=True,
    ),
    Workload(
        name="short_few",
        character="20 items of 100 µs",
        reason="likewise, with items worth sending",
        function=compute_ms,
        items=lambda: [0.1] * 20,
        count=20,
        is_tiny=True,
    ),
    Workload(
        name="tiny_many",
        character="50,000 items of 8 µs",
        reason="the same items are worth processes in such numbers, in large batches",
        function=spin,
        items=lambda: [TINY_ROUNDS] * 50_000,
        count=50_000,
    ),
    Workload(
        name="cpu_1ms",
        character="400 items, 1 ms of Python each",
        reason="the plain case for processes",
        function=compute_ms,
        items=lambda: [1] * 400,
        count=400,
    ),
    Workload(
        name="cpu_long",
        character="6 items, 0.3 s of Python each",
        reason="a pilot of two items is a third of the work",
        function=compute_ms,
        items=lambda: [300] * 6,
        count=6,
    ),
    Workload(
        name="skewed_late",
        character="200 items of 2 ms, the 61st of 200 ms",
        reason="the long one comes after any pilot, and must not sit in a large batch",
        function=compute_ms,
        items=lambda: [2] * 60 + [200] + [2] * 139,
        count=200,
    ),
    Workload(
        name="skewed_first",
        character="200 items of 2 ms, the first of 200 ms",
        reason="the pilot's first item is 100 times what the others are",
        function=compute_ms,
        items=lambda: [200] + [2] * 199,
        count=200,
    ),
    Workload(
        name="growing",
        character="300 items, from 10 µs to 3 ms of Python, growing",
        reason="the pilot sees items that are not worth sending; the last ones are",
        function=compute_ms,
        items=lambda: [0.01 * place for place in range(1, 301)],
        count=300,
    ),
    Workload(
        name="cpu_few",
        character="4 items, 100 ms of Python each",
        reason="few items, so each that the pilot runs alone is a quarter of the work",
        function=compute_ms,
        items=lambda: [100] * 4,
        count=4,
    ),
    Workload(
        name="cpu_two",
        character="2 items, 100 ms of Python each",
        reason="to try one first leaves nothing to run at once",
        function=compute_ms,
        items=lambda: [100] * 2,
        count=2,
    ),
    Workload(
        name="cpu_one",
        character="1 item, 50 ms of Python",
        reason="nothing can gain; only costs can be had",
        function=compute_ms,
        items=lambda: [50],
        count=1,
    ),
)
