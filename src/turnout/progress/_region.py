"""Some lines of a terminal that are drawn over, and room above them for lines that stay."""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO

from turnout.progress._beside import Beside

_SIZE = os.terminal_size((80, 24))


def write_if_seen(stream: TextIO, text: str) -> None:
    """Write to a stream, unless nobody can see it any more: that is no reason to end the work.

    Raises:
        BrokenPipeError: If its reader has left, who may have seen enough.
    """
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError:  # the terminal is gone, or the disk of a log is full
        return


class Region:
    """The lines below the last one that was printed.

    They are written here, and not by ``rich.live``, which would put objects of its own in the place of standard output
    and error: a forked worker that prints would then draw them too.

    Args:
        stream: A terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._height = 0
        self._lock = threading.RLock()  # threads of the work print beside us, and a signal's handler in our midst

    @property
    def size(self) -> os.terminal_size:
        """How large the terminal is now."""
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):  # it only looks like a terminal
            return _SIZE
        return size if size.columns > 1 else _SIZE

    def draw(self, lines: Sequence[str]) -> None:
        """Draw lines, none wider than the terminal, over those that were drawn before; not more than it has room for.

        The last column has to stay free, or some terminals begin another line.
        """
        lines = lines[: max(1, self.size.lines - 1)]
        with self._lock:
            erasure, self._height = self._erasure(), len(lines)
            write_if_seen(self._stream, erasure + "\n".join(lines))

    @contextmanager
    def room(self) -> Iterator[None]:
        """Erase what was drawn, and draw nothing as long as the block: what it prints stays."""
        with self._lock:
            self.erase()
            yield

    def erase(self) -> None:
        """Leave the terminal as it was."""
        with self._lock:
            erasure, self._height = self._erasure(), 0
            if erasure:
                write_if_seen(self._stream, erasure)

    def leave(self) -> None:
        """Leave what was drawn last, above the cursor."""
        with self._lock:
            self._height = 0
            write_if_seen(self._stream, "\n")

    @contextmanager
    def printing_above(self) -> Iterator[None]:
        """Have what is printed to a terminal, as long as the block, appear above what is drawn there."""
        with ExitStack() as stood_for:
            for redirect, stream in ((redirect_stdout, sys.stdout), (redirect_stderr, sys.stderr)):
                if stream.isatty():
                    beside = Beside(stream, self.room)
                    stood_for.enter_context(redirect(beside))
                    stood_for.callback(beside.end)
            yield

    def _erasure(self) -> str:
        if not self._height:
            return ""
        up = f"\x1b[{self._height - 1}A" if self._height > 1 else ""
        return f"\r{up}\x1b[J"
