"""Shared memory where a process and its worker lay down what is too large for the socket between them.

Pickle leaves a large buffer out of a pickle (protocol 5, PEP 574). It is then written here once and read once, while
through a pickle and a socket it would be copied four times, in small pieces. The receiver copies it into memory of its
own rather than mapping it: mapped pages cost as much as copied ones (4 MB: 0.5 ms either way, 2-core virtual machine,
Linux 6.18), and only its own memory can be kept for ever, written to and inherited by a fork without a thought.

Nothing has a name, so nothing stays behind, however either side ends.
"""

import mmap
import os
import pickle
from array import array
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

ASIDE_FROM = 1 << 16  # bytes; below, two system calls cost more than the copies they save
HUGE_FROM = 1 << 21  # bytes; from here on memory comes in huge pages: 4 MB then cost 0.6 ms and not 3.6
KEPT_BYTES = 1 << 24  # of a shelf; pages that were used once are five times faster to write than fresh ones
PAGE = mmap.PAGESIZE
SHELF_BYTES = 1 << 40  # how far shelves lie apart in the file, which takes up only what is written
HAS_SHELVES = hasattr(os, "memfd_create")  # a file that must lie on a disk would gain nothing


class Shelf:
    """Room for the large buffers of one message at a time; a call lays down a buffer, as pickle wants it.

    One side lays down and tells the sizes with the message, the other takes. The next message may come when the
    answer to this one is there.

    Args:
        handle: Descriptor of the shared file; it is not closed.
        number: Which shelf of the file.

    Attributes:
        sizes: int64, bytes of each buffer that lies here, in order.
        is_closed: Whether all must stay in the pickle, since that goes on to where this memory is not.
    """

    __slots__ = ("_end", "_handle", "_start", "is_closed", "sizes")

    def __init__(self, handle: int, number: int) -> None:
        self._handle = handle
        self._start = self._end = number * SHELF_BYTES
        self.sizes = array("q")
        self.is_closed = False

    def clear(self) -> None:
        """Begin another message."""
        self._end = self._start
        del self.sizes[:]

    def __call__(self, buffer: pickle.PickleBuffer) -> bool:
        """Lay down a buffer; return whether it must stay in the pickle instead, as all small ones do."""
        if self.is_closed:
            return True
        try:
            view = buffer.raw()
        except BufferError:
            return True  # not in one piece; pickle says so better
        with view:
            if view.nbytes < ASIDE_FROM or not HAS_SHELVES:
                return True
            try:
                _write(self._handle, view, self._end)
            except OSError:
                return True  # no room, or a limit to the size of files
            self.sizes.append(view.nbytes)
            self._end = _after(self._end, view.nbytes)
        return False

    def label(self, data: bytes) -> bytes:
        """Return a pickle with the sizes of its buffers behind it, as `loads` takes it."""
        return data + self.sizes.tobytes() if self.sizes else data

    def loads(self, payload: bytes | bytearray, count: int) -> Any:  # any object of the caller's
        """Load a pickle of whose buffers ``count`` lie here, and whose last bytes tell their sizes."""
        self.clear()
        if not count:
            return pickle.loads(payload)
        self.sizes.frombytes(payload[-self.sizes.itemsize * count :])
        try:
            return pickle.loads(payload, buffers=self._taken())
        finally:
            self._give_back(sum(_after(0, size) for size in self.sizes))

    def _taken(self) -> Iterator[bytearray | memoryview]:
        offset = self._start
        for size in self.sizes:
            buffer = _memory(size)
            with memoryview(buffer) as view:
                _read(self._handle, view, offset)
            yield buffer
            offset = _after(offset, size)

    def _give_back(self, used_bytes: int) -> None:
        """Return memory to the system if it is much."""
        if used_bytes > KEPT_BYTES:
            end = min(self._start + used_bytes, os.fstat(self._handle).st_size)
            with suppress(OSError), mmap.mmap(self._handle, end - self._start, offset=self._start) as mapped:
                mapped.madvise(mmap.MADV_REMOVE)


def _after(offset: int, size: int) -> int:
    """Return where the next buffer goes: at the beginning of a page."""
    return offset + -(-size // PAGE) * PAGE


def _memory(size: int) -> bytearray | memoryview:
    """Return memory to copy a buffer into, which goes back to the system when nobody refers to it any more."""
    if size >= HUGE_FROM:
        with suppress(OSError):  # too many of them; or no huge pages
            mapped = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            with suppress(OSError):
                mapped.madvise(mmap.MADV_HUGEPAGE)
            return memoryview(mapped)
    return bytearray(size)


def _write(handle: int, view: memoryview, offset: int) -> None:
    done = 0
    while done < view.nbytes:  # one call writes 2 GB at most
        done += os.pwrite(handle, view[done:], offset + done)


def _read(handle: int, view: memoryview, offset: int) -> None:
    done = 0
    while done < view.nbytes:
        got = os.preadv(handle, [view[done:]], offset + done)
        if not got:
            raise EOFError(f"{view.nbytes - done} of {view.nbytes} bytes in shared memory are missing")
        done += got
