"""A display of a download that goes on: drawn over on a terminal, a line now and then in a log."""

import threading
from collections import deque
from typing import Self, TextIO

from turnout.cli._download_lines import overall_line, progress_lines
from turnout.clock import wall_ns
from turnout.jobs.downloading._board import Board

_TERMINAL_S = 0.2
_LOG_S = 10.0
_RATE_NS = 5_000_000_000  # over which a rate is taken
_UP_AND_ERASE = "\x1b[1A\x1b[2K"


class DownloadProgress:
    """Shows how a download stands, from a thread of its own.

    Args:
        board: Tells how it stands.
        stream: Where.
        known: How many files there are; None if that is not known.

    Attributes:
        taken: How many have ended.
        failed: How many of them have failed.
        is_terminal: Whether it is drawn over.
    """

    def __init__(self, board: Board, stream: TextIO, known: int | None) -> None:
        self.taken = 0
        self.failed = 0
        self._board = board
        self._stream = stream
        self._known = known
        self.is_terminal = stream.isatty()
        self._height = 0
        self._seen: deque[tuple[int, int]] = deque()
        self._end = threading.Event()
        self._lock = threading.RLock()  # a signal's handler speaks in our midst
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)

    def say(self, words: str) -> None:
        """Put a line above what is drawn."""
        with self._lock:
            self._erase()
            self._write(f"{words}\n")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        with self._lock:
            self._erase()

    def _run(self) -> None:
        while not self._end.wait(_TERMINAL_S if self.is_terminal else _LOG_S):
            rate = self._rate()
            with self._lock:
                self._erase()
                if self.is_terminal:
                    from shutil import get_terminal_size  # noqa: PLC0415  loads compressors

                    size = get_terminal_size()
                    lines = progress_lines(
                        self._board,
                        taken=self.taken,
                        known=self._known,
                        failed=self.failed,
                        rate=rate,
                        width=size.columns - 1,
                        height=size.lines - 1,
                    )
                    self._height = len(lines)
                    self._write("".join(f"{line}\n" for line in lines))
                else:
                    line = overall_line(self._board, taken=self.taken, known=self._known, failed=self.failed, rate=rate)
                    self._write(f"{line}\n")

    def _rate(self) -> float | None:
        now_ns = wall_ns()
        self._seen.append((now_ns, self._board.received_bytes))
        while len(self._seen) > 2 and now_ns - self._seen[0][0] > _RATE_NS:  # noqa: PLR2004  two make a rate
            self._seen.popleft()
        then_ns, then = self._seen[0]
        return (self._seen[-1][1] - then) / (now_ns - then_ns) * 1e9 if now_ns > then_ns else None

    def _erase(self) -> None:
        self._write(_UP_AND_ERASE * self._height)
        self._height = 0

    def _write(self, text: str) -> None:
        if not text:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # the terminal is gone, which is no reason to end the work
            return
