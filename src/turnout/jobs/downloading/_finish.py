"""The end of a file: checked, flushed and given its name, in threads beside the event loop."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue

from turnout.clock import wall_ns
from turnout.errors import DownloadError
from turnout.jobs.downloading._digests import Digest, strongest
from turnout.jobs.downloading._intake import write_all
from turnout.jobs.downloading._part import Part
from turnout.jobs.downloading._places import Places

_THREADS = 4  # a disk that flushes slowly does several at once
_QUICK_NS = 1_000_000  # a small file takes 0.05 ms where flushing is quick; to have a thread do it, more than that
_LATE = 16  # how many files count for how long one takes: a single one may be slow because the machine is busy
_NEXT_LOOK = 100
_READ_BYTES = 1 << 20


@dataclass(slots=True, kw_only=True)
class Ready:
    """A file whose bytes are all there.

    Attributes:
        part: Where; or, if ``pieces`` is given, where they are to be.
        name: What it is to be called.
        pieces: Its content, if it is in memory.
        size_bytes: How long it must be.
        digests: What it must hash to.
        modified: When it was changed last, in seconds since 1970.
        flushes: Whether to flush it to the disk.
    """

    part: Part
    name: str
    pieces: list[bytes] | None
    size_bytes: int
    digests: list[Digest] = field(default_factory=list)
    modified: float | None = None
    flushes: bool = True


def finish(ready: Ready, places: Places) -> tuple[str | None, tuple[str, ...]]:
    """Check a file and give it its name.

    Returns:
        Its path, None if that is taken and the file was dropped; and what it was checked against.

    Raises:
        DownloadError: If it is not what it must be; then it is removed.
        OSError: If it cannot be written.
    """
    part = ready.part
    try:
        if ready.pieces is not None:
            part.create(locks=False)
            write_all(part.descriptor, ready.pieces, 0)
        checked = _check(ready)
        if ready.flushes:
            os.fsync(part.descriptor)
        if ready.modified is not None:
            os.utime(part.descriptor, (ready.modified, ready.modified))
        path = places.put(part, ready.name)
    except DownloadError:
        part.remove()  # what is wrong is not gone on with
        raise
    except OSError:
        if ready.pieces is not None:
            part.remove()
        raise
    else:
        if path is None or ready.pieces is None:
            part.remove()
        return path, checked
    finally:
        part.close()
        places.release(part.path)


def _check(ready: Ready) -> tuple[str, ...]:
    part = ready.part
    length = os.fstat(part.descriptor).st_size
    if length != ready.size_bytes:
        raise DownloadError(part.url, "size", f"it has {length:,} bytes, and should have {ready.size_bytes:,}")
    checked = []
    hashes: dict[str, bytes] = {}
    for digest in strongest(ready.digests) if ready.digests else ():
        if digest.algorithm not in hashes:
            hashes[digest.algorithm] = _hash(part.descriptor, digest.algorithm)
        found = hashes[digest.algorithm]
        if found != digest.value:
            told = f"its {digest.algorithm} is {found.hex()}, and {digest.source} says {digest.value.hex()}"
            raise DownloadError(part.url, "digest", told)
        checked.append(f"{digest.algorithm} of {digest.source}")
    return tuple(checked)


def _hash(descriptor: int, algorithm: str) -> bytes:
    import hashlib  # noqa: PLC0415  4 ms, which a download without checksums need not take

    made = hashlib.new(algorithm, usedforsecurity=False)
    place = 0
    while piece := os.pread(descriptor, _READ_BYTES, place):
        made.update(piece)
        place += len(piece)
    return made.digest()


Result = tuple[str | None, tuple[str, ...]]
_Done = tuple["asyncio.Future[Result]", Result | None, BaseException | None]


class Finisher:
    """Finishes files in a few threads, and tells the event loop of those that are done together.

    Args:
        places: Where they come to lie.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._todo: SimpleQueue[tuple[Ready, asyncio.Future[Result]] | None] = SimpleQueue()
        self._done: deque[_Done] = deque()
        self._is_told = False
        self._threads: list[threading.Thread] = []
        self._waiting = 0
        self._took_ns = 0.0  # a file here, on average of the late ones
        self._inline_in = 0  # after how many files it is tried again how long one takes here

    async def finish(self, ready: Ready) -> Result:
        """Do what `finish` does, in another thread, or here if it is a matter of a moment."""
        if ready.pieces is not None and self._inline_in == 0:
            began_ns = wall_ns()
            result = finish(ready, self._places)
            self._took_ns += (wall_ns() - began_ns - self._took_ns) / _LATE
            if self._took_ns > _QUICK_NS:
                self._inline_in, self._took_ns = _NEXT_LOOK, 0.0
            return result
        self._inline_in = max(0, self._inline_in - 1)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Result] = loop.create_future()
        self._waiting += 1
        self._todo.put((ready, answer))
        if self._waiting > len(self._threads) < _THREADS:
            thread = threading.Thread(target=self._run, args=(loop,), name="finisher", daemon=True)
            self._threads.append(thread)
            thread.start()
        try:
            return await answer
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the threads, once they have done what they were given."""
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while (order := self._todo.get()) is not None:
            ready, answer = order
            result, error = None, None
            try:
                result = finish(ready, self._places)
            except BaseException as failure:  # noqa: BLE001  raised where it was asked for
                error = failure
            self._done.append((answer, result, error))
            if not self._is_told:
                self._is_told = True
                _tell(loop, self._answer)

    def _answer(self) -> None:
        self._is_told = False  # before the look, as threads look after they have added: one of the two sees it
        while self._done:
            answer, result, error = self._done.popleft()
            if answer.done():  # its task was cancelled
                continue
            if error is not None:
                answer.set_exception(error)
            elif result is not None:
                answer.set_result(result)


def _tell(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:  # it has ended
        return
