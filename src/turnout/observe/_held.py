"""Which locks a thread holds in ``with`` blocks, read from its frames.

Inside such a block, the frame's stack keeps what will leave it: the lock's ``__exit__``, or from 3.14 on the lock
itself. The code's table of exceptions tells how deep the stack is for certain at each instruction, so that nothing is
read that is left over from a block before.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from turnout.observe._recording import Frame

LOCKS = frozenset({"_thread.lock", "_thread.RLock", "lock", "RLock"})
GAP = 8  # bytes of instructions that cannot fail and belong to no block; leaving one block for the next takes more
EXITS = frozenset({"builtin_function_or_method"})


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock that a thread is known to hold.

    Attributes:
        place: What who waits for it waits at, for 3.11; the lock's own address from 3.13 on.
        has_waiters: Whether somebody waits, as the lock itself says; None before 3.13, where it does not.
        at: Where the thread is now, in the frame that holds it.
        since_line: Where that frame has taken it.
    """

    place: int
    has_waiters: bool | None
    at: Frame
    since_line: int


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the code with the same handler.

    Attributes:
        start: In bytes from the first instruction.
        end: Likewise; not included.
        depth: How many values are on the stack for certain.
    """

    start: int
    end: int
    depth: int


def blocks_of(table: bytes) -> tuple[Block, ...]:
    """Return the blocks of a code object's ``co_exceptiontable``, of Python 3.11 or newer.

    Source: CPython, InternalDocs/exception_handling.md, for the format.
    """
    numbers = list(_numbers(table))
    return tuple(
        Block(start=2 * start, end=2 * (start + size), depth=depth >> 1)
        for start, size, _target, depth in zip(*(numbers[place::4] for place in range(4)), strict=False)
    )


def depth_at(blocks: tuple[Block, ...], place: int) -> int:
    """Return how deep the stack is for certain at an instruction; 0 outside of all blocks."""
    return max((block.depth for block in blocks if block.start <= place < block.end), default=0)


def start_of(blocks: tuple[Block, ...], depth: int, place: int) -> int:
    """Return where the block begins that keeps its last value so deep, and that has this instruction in it.

    What blocks inside of it cut out belongs to it.
    """
    start = place + 1
    for block in sorted(blocks, key=lambda one: -one.start):
        if block.depth >= depth and block.start < start <= block.end + GAP:
            start = block.start
    return min(start, place)


def _numbers(table: bytes) -> Iterator[int]:
    number = 0
    for byte in table:
        number = (0 if byte & 128 else number << 6) | byte & 63
        if not byte & 64:
            yield number
            number = 0
