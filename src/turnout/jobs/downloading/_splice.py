"""Bytes from a socket into a file without a detour through this process (Linux)."""

import asyncio
import os
import select
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from turnout.errors import ExchangeError
from turnout.jobs.downloading._board import Board, Line
from turnout.jobs.downloading._stretches import Stretch
from turnout.jobs.downloading._terms import Terms

CAN_SPLICE = hasattr(os, "splice")
_PIPE_BYTES = 1 << 20  # the most that a user's pipe may have by default
_F_SETPIPE_SZ = 1031
_LOOK_S = 0.1


class Splice:
    """Moves the rest of a body; made in the event loop, run in a thread.

    Args:
        url: What complaints call it.
        source: The socket; a copy is kept.
        target: The file; a copy is kept.
        stretch: Where the bytes go.
        stall_s: How long nothing may come; None for any time.
        board: Counts what has come.
        line: Of the file.
    """

    def __init__(
        self, url: str, source: int, target: int, stretch: Stretch, *, stall_s: float | None, board: Board, line: Line
    ) -> None:
        self._url = url
        self._source, self._target = os.dup(source), os.dup(target)
        self._stretch = stretch
        self._stall_s = stall_s
        self._board = board
        self._line = line
        self.is_stopped = False

    def run(self) -> None:
        """Move bytes until the stretch is complete, or `is_stopped` is set.

        Raises:
            ExchangeError: If the connection ends before, or nothing comes.
        """
        out, into = os.pipe()
        try:
            _enlarge(into)
            self._move(out, into)
        finally:
            for descriptor in (out, into, self._source, self._target):
                os.close(descriptor)

    def _move(self, out: int, into: int) -> None:
        poll = select.poll()
        poll.register(self._source, select.POLLIN)
        stretch = self._stretch
        while not self.is_stopped:
            missing = stretch.missing_bytes
            if missing == 0:
                return
            try:
                count = os.splice(self._source, into, min(missing or _PIPE_BYTES, _PIPE_BYTES), flags=_MOVE)
            except BlockingIOError:
                self._wait(poll.poll)
                continue
            except OSError as error:
                raise ExchangeError(self._url, "cut", f"the connection broke ({error.strerror})") from None
            if count == 0:
                raise ExchangeError(self._url, "cut", f"the connection ended with {missing:,} bytes missing")
            self._board.received_bytes += count
            self._line.grow(count)
            while count:
                moved = os.splice(out, self._target, count, offset_dst=stretch.place)
                stretch.place += moved
                count -= moved

    def _wait(self, poll: Callable[[float], list[tuple[int, int]]]) -> None:
        waited_s = 0.0
        while not self.is_stopped and not poll(_LOOK_S * 1e3):
            waited_s += _LOOK_S
            if self._stall_s is not None and waited_s >= self._stall_s:
                raise ExchangeError(self._url, "stall", f"nothing arrived for {self._stall_s:g} s")


_MOVE = (os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK) if CAN_SPLICE else 0


def _enlarge(pipe: int) -> None:
    try:
        import fcntl  # noqa: PLC0415  where there is splice, there is fcntl

        fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)
    except OSError:  # this user has used up what it may
        pass


class HasThreads(Protocol):
    """What a splice uses."""

    @property
    def splices(self) -> ThreadPoolExecutor:
        """Threads."""
        ...

    @property
    def terms(self) -> Terms:
        """How long it may be silent."""
        ...

    @property
    def board(self) -> Board:
        """Counts."""
        ...

    @property
    def line(self) -> Line:
        """Of this file."""
        ...


async def spliced(url: str, source: int, target: int, stretch: Stretch, context: HasThreads) -> None:
    """Run a `Splice` in a thread, and have it stopped if this task is cancelled."""
    stall_s = context.terms.manner.stall_s
    splice = Splice(url, source, target, stretch, stall_s=stall_s, board=context.board, line=context.line)
    moving = asyncio.get_running_loop().run_in_executor(context.splices, splice.run)
    try:
        await asyncio.shield(moving)
    except asyncio.CancelledError:
        splice.is_stopped = True
        moving.add_done_callback(_forget)
        raise


def _forget(moving: "asyncio.Future[None]") -> None:
    """Take notice of how it ended, which nobody waits for."""
    if not moving.cancelled():
        moving.exception()
