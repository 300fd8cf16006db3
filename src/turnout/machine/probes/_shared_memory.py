"""How fast bytes pass to another process through shared memory."""

from functools import partial
from multiprocessing.shared_memory import SharedMemory
from typing import Any

from turnout.clock import Clock
from turnout.machine.probes._processes import End, partner


def shared_memory_bytes_per_s(clock: Clock, repeats: int = 9, block_bytes: int = 16 << 20) -> list[float]:
    """Write a block, tell the other process, and wait until it has copied it out.

    Raises:
        OSError: If there is no shared memory, or too little.
    """
    source = bytes(block_bytes)
    samples = []
    block = SharedMemory(create=True, size=block_bytes)
    buffer: Any = block.buf  # the type stubs have None there, for a closed block
    try:
        with partner(partial(_copy_out, block.name, block_bytes)) as (there, back, _):
            for _ in range(repeats + 1):
                before = clock.wall_ns()
                buffer[:block_bytes] = source
                there.send_bytes(b"?")
                back.recv_bytes()
                samples.append(block_bytes * 1e9 / max(1, clock.wall_ns() - before))
    finally:
        block.close()
        block.unlink()
    return samples[1:]  # the first touches each page for the first time


def _copy_out(name: str, block_bytes: int, hears: End, says: End) -> None:  # pragma: no cover  in the other process
    block = SharedMemory(name=name)
    buffer: Any = block.buf  # likewise
    sink = bytearray(block_bytes)
    while True:
        hears.recv_bytes()
        sink[:] = buffer[:block_bytes]
        says.send_bytes(b"!")
