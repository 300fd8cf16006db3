"""How a process and its worker talk: frames over a socket, times through shared memory.

    parent -> worker   FUNCTION  what to call with each item from now on; a is the level of the parent's root logger,
                                 and the flag asks for results in one piece
                       CONTEXT   set these context variables, for all that is run from now on
                       SLICE     run items a to b of the sequence that the worker inherited
                       ITEMS     run the pickled items; the flag asks for each item's CPU time, here and in SLICE
                       CALL      make one pickled call; the flag asks for its result in one piece
                       BYE       end; the flag asks what was used, and a, if it is not 0, how much memory too
    worker -> parent   DONE      the pickled results and failures; of a CALL its result, or its failure if a is not 0
                       UNREAD    the items did not load, and why
                       SAID      what item a of the batch has said; b is where, a place in STREAMS
                       USAGE     what the worker used; its last word

In ITEMS and DONE, b is how many large buffers lie on the shelf of the batch and not in the pickle.

The parent writes without waiting (`Outbox`) and reads when there is something to read, so that neither side can
block the other for ever.
"""

import mmap
import os
import socket
from collections import deque
from enum import IntEnum
from struct import Struct
from typing import Literal

from turnout.executors._limits import BATCH_LIMIT
from turnout.executors._shelf import Shelf

HEADER = Struct("<5q")  # kind, a, b, flag, size of the payload


class Kind(IntEnum):
    """What a frame is."""

    FUNCTION = 1
    SLICE = 2
    ITEMS = 3
    CALL = 4
    BYE = 5
    DONE = 6
    UNREAD = 7
    USAGE = 8
    CONTEXT = 9
    SAID = 16


STREAMS: tuple[Literal["stdout", "stderr", "log", "warning"], ...] = ("stdout", "stderr", "log", "warning")

Frame = tuple[int, int, int, int, bytearray]

_KINDS = frozenset(map(int, Kind))
_MEMORY_BYTES = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")  # no frame is greater
_STANDARD_ERROR = 2  # the last number of a standard stream


def send(link: socket.socket, kind: Kind, a: int = 0, payload: bytes = b"", b: int = 0) -> None:
    """Write a frame, waiting until it is taken."""
    head = HEADER.pack(kind, a, b, 0, len(payload))
    if len(payload) < 1 << 14:
        link.sendall(head + payload)
    else:
        link.sendall(head)
        link.sendall(payload)


def receive(link: socket.socket) -> Frame | None:
    """Wait for a frame and return it.

    Returns:
        None when the other side has ended, in the middle of a frame or before, or what comes is no frame: somebody
        else writes to the socket, too, and nothing that follows can be understood.
    """
    head = _exactly(link, HEADER.size)
    if head is None:
        return None
    kind, a, b, flag, size = HEADER.unpack(head)
    if kind not in _KINDS or not 0 <= size <= _MEMORY_BYTES:
        return None
    payload = _exactly(link, size)
    return None if payload is None else (kind, a, b, flag, payload)


def _exactly(link: socket.socket, size: int) -> bytearray | None:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        try:
            got = link.recv_into(view)
        except ConnectionError:
            return None
        if not got:
            return None
        view = view[got:]
    return data


class Outbox:
    """Frames on their way to a worker that may not be reading yet."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._parts: deque[memoryview] = deque()

    def __bool__(self) -> bool:
        return bool(self._parts)

    def put(self, kind: Kind, a: int = 0, b: int = 0, *, flag: bool = False, payload: bytes = b"") -> None:
        """Add a frame, and send what can be sent at once."""
        head = HEADER.pack(kind, a, b, flag, len(payload))
        if len(payload) < 1 << 14:
            self._parts.append(memoryview(head + payload))
        else:
            self._parts += (memoryview(head), memoryview(payload))
        self.push()

    def push(self) -> None:
        """Send what can be sent without waiting; a worker that has died is noticed by who reads from it."""
        while self._parts:
            try:
                sent = self._link.send(self._parts[0], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError:
                self._parts.clear()
                return
            if sent == len(self._parts[0]):
                self._parts.popleft()
            else:
                self._parts[0] = self._parts[0][sent:]


class SharedMarks:
    """Times of one batch, in memory that the worker writes and its parent reads, even when the worker has died.

    The same face as `turnout.executors._worker.Marks`.

    Attributes:
        inbound: Where large buffers of the items lie.
        outbound: Where those of the results lie.
    """

    __slots__ = ("_head", "cpus", "ends", "inbound", "outbound")

    def __init__(self, cells: "memoryview[int]", handle: int, half: int) -> None:
        self.inbound, self.outbound = (Shelf(handle, number) for number in (2 * half + 1, 2 * half + 2))
        base = half * HALF_CELLS
        self._head = cells[base : base + HEAD_CELLS]
        self.ends = cells[base + HEAD_CELLS : base + HEAD_CELLS + BATCH_LIMIT]
        self.cpus = cells[base + HEAD_CELLS + BATCH_LIMIT : base + HALF_CELLS]

    def clear(self, length: int) -> None:
        """Make ready for a batch of ``length`` items; the parent does so before it sends them."""
        self._head[0] = self._head[1] = 0
        self.ends[:length] = ZEROS[:length]  # CPU times are written before they are read, or not read at all

    def begin(self, start_ns: int) -> None:
        """Keep when the batch began."""
        self._head[0] = start_ns

    def finish(self, cpu_ns: int) -> None:
        """Keep what the batch cost in all."""
        self._head[1] = cpu_ns

    @property
    def start_ns(self) -> int:
        """When the batch began; 0 if it has not."""
        return self._head[0]

    @property
    def cpu_ns(self) -> int:
        """Time on a core for the whole batch; 0 until it is done."""
        return self._head[1]

    def finished(self, length: int) -> int:
        """Return how many of the first ``length`` items have ended."""
        ends = self.ends[:length].tolist()
        return ends.index(0) if 0 in ends else length

    def release(self) -> None:
        """Let go of the memory, so that it can be closed."""
        for view in (self._head, self.ends, self.cpus):
            view.release()


ZEROS = memoryview(bytes(8 * BATCH_LIMIT)).cast("q")
HEAD_CELLS = 2
HALF_CELLS = HEAD_CELLS + 2 * BATCH_LIMIT
HALVES = 2  # one for the batch that is running, one for the next


class Board:
    """The shared memory of one worker: marks for the batch that it runs and for the next.

    Args:
        handle: A file descriptor of at least `Board.SIZE` bytes; it is not closed.

    Attributes:
        handle: A descriptor of our own.
        halves: The marks.
    """

    SIZE = 8 * HALVES * HALF_CELLS

    def __init__(self, handle: int) -> None:
        self.handle = os.dup(handle)
        self._memory = mmap.mmap(handle, self.SIZE)
        self._bytes = memoryview(self._memory)
        self._cells = self._bytes.cast("q")
        self.halves = [SharedMarks(self._cells, self.handle, half) for half in range(HALVES)]

    def close(self) -> None:
        """Give the memory back."""
        for half in self.halves:
            half.release()
        self._cells.release()
        self._bytes.release()
        self._memory.close()
        os.close(self.handle)


def fill_standard() -> None:
    """Open the null device at those numbers of the standard streams that are free.

    What is opened next would get them, and whatever is written to standard output, as code in C does, would go there.
    They stay open, in programs that are started, too: given back, they could be another thread's meanwhile.
    """
    while (handle := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
        os.set_inheritable(handle, True)
    os.close(handle)


def shared_file() -> int:
    """Return a descriptor of fresh shared memory for a `Board`."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("turnout")
    else:
        import tempfile  # noqa: PLC0415  only where the system has no anonymous files

        with tempfile.TemporaryFile() as file:
            handle = os.dup(file.fileno())
    os.ftruncate(handle, Board.SIZE)
    return handle
