"""Work on bytes: large ones on their way, and C code that drops the GIL."""

import hashlib
import zlib
from collections.abc import Iterator
from functools import partial

from _work import payloads
from choice._workload import Workload, compute_ms

MEGABYTE = 1_000_000
SAMPLE = 30_000  # bytes whose sum takes Python about 0.3 ms
UPPER = bytes.maketrans(bytes(range(97, 123)), bytes(range(65, 91)))
PAGE = 4096
BLOCK = 2_000


def sum_some(data: bytes) -> int:
    """Look at a small part, in Python."""
    return sum([byte for byte in data[:SAMPLE] if byte])


def sum_ends(data: bytes) -> int:
    """Look at hardly anything."""
    return data[0] + data[-1]


def upper(data: bytes) -> bytes:
    """Return as much again, by C code that holds the GIL."""
    return data.translate(UPPER)


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def compress(data: bytes) -> bytes:
    return zlib.compress(data)


def compute_and_digest(data: bytes) -> bytes:
    """Hold the GIL for about as long as it is dropped."""
    compute_ms(0.7)
    return hashlib.sha256(data).digest()


def touch(size: int) -> int:
    """Take memory, write to each page of it, and add up some of it."""
    memory = bytearray(size)
    for start in range(0, size, PAGE):
        memory[start] = start % 251
    return sum(memory[::PAGE])


def one_by_one(count: int, size: int) -> Iterator[bytes]:
    """Yield different bytes that must be sent, as no forked worker has them already."""
    pool = payloads(8, size)
    return (pool[number % len(pool)] for number in range(count))


def half_random(count: int) -> list[bytes]:
    """Return small blocks that compress to about half."""
    return [(block[: BLOCK // 2] * 2) for block in payloads(count, BLOCK)]


WORKLOADS = (
    Workload(
        name="payload_in",
        character="300 items of 1 MB in a list, 1 ms of Python on each",
        reason="large items, which forked workers have already",
        function=sum_some,
        items=lambda: payloads(8, MEGABYTE) * 38,
        count=304,
    ),
    Workload(
        name="payload_in_stream",
        character="300 items of 1 MB from a generator, hardly looked at",
        reason="whatever is sent to a process costs more than the work",
        function=sum_ends,
        items=partial(one_by_one, 300, MEGABYTE),
        count=300,
        is_tiny=True,
    ),
    Workload(
        name="payload_both",
        character="300 items of 1 MB from a generator, as much comes back, translated under the GIL",
        reason="computes under the GIL, but sending costs more: sequential wins",
        function=upper,
        items=partial(one_by_one, 300, MEGABYTE),
        count=300,
    ),
    Workload(
        name="sha256",
        character="400 hashes of 1 MB, a list of bytes",
        reason="looks like computing, but drops the GIL: threads gain as much as processes",
        function=digest,
        items=lambda: payloads(8, MEGABYTE) * 50,
        count=400,
    ),
    Workload(
        name="sha256_stream",
        character="400 hashes of 1 MB from a generator",
        reason="likewise, and processes would have to be sent them",
        function=digest,
        items=partial(one_by_one, 400, MEGABYTE),
        count=400,
    ),
    Workload(
        name="zlib_blocks",
        character="6,000 blocks of 2 kB compressed",
        reason="drops the GIL for so short a time that threads hardly gain",
        function=compress,
        items=partial(half_random, 6000),
        count=6000,
    ),
    Workload(
        name="mixed_gil",
        character="300 items, 0.7 ms of Python and then a hash of 1 MB",
        reason="half under the GIL, half not: threads gain some, processes more",
        function=compute_and_digest,
        items=lambda: payloads(8, MEGABYTE) * 38,
        count=304,
    ),
    Workload(
        name="memory",
        character="8 items that touch 50 MB each",
        reason="memory's own speed bounds it, and many at once would take much",
        function=touch,
        items=lambda: [50 * MEGABYTE] * 8,
        count=8,
    ),
)
