"""A terminal, whose lines are drawn over, and a log, which gets a line now and then."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from turnout.pipeline import RunStatus
from turnout.report._progress import progress_lines, progress_sentence

_LOG_NS = 10_000_000_000
_LOG_SHARE = 0.1
_SIZE = os.terminal_size((80, 24))


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What there is to show.

    Attributes:
        status: How the run stands.
        per_second: How many items are done in a second now; None if that is not known yet.
        now_ns: The time, on the clock `wall_ns`.
    """

    status: RunStatus
    per_second: float | None
    now_ns: int


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


class TerminalDisplay:
    """A few lines that are drawn over.

    They are written here, and not by ``rich.live``, which would put objects of its own in the place of standard output
    and error: a forked worker that prints would then draw them too.

    Args:
        stream: A terminal.
        keeps_last: Whether what is drawn last stays.
    """

    def __init__(self, stream: TextIO, *, keeps_last: bool = False) -> None:
        self._stream = stream
        self._keeps_last = keeps_last
        self._colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._height = 0
        self._lock = threading.RLock()  # threads of the work print beside us, and a signal's handler in our midst

    def show(self, view: View) -> None:
        """Draw over what was drawn before."""
        size = self._size()
        lines = progress_lines(view.status, view.per_second, view.now_ns, size.columns - 1, colour=self._colour)
        lines = lines[: max(1, size.lines - 1)]
        with self._lock:
            erasure, self._height = self._erasure(), len(lines)
            self._write(erasure + "\n".join(lines))

    def say(self, words: str) -> None:
        """Put a line in the place of what was drawn, which is then drawn below it."""
        with self.room():
            self._write(f"{words}\n")

    @contextmanager
    def room(self) -> Iterator[None]:
        """Erase what was drawn, and draw nothing as long as the block."""
        with self._lock:
            erasure, self._height = self._erasure(), 0
            if erasure:
                self._write(erasure)
            yield

    def end(self, view: View) -> None:
        """Leave the terminal as it was, or what was drawn last above the cursor."""
        if self._keeps_last:
            self.show(view)
            self._write("\n")
        else:
            self._write(self._erasure())
        self._height = 0

    def _erasure(self) -> str:
        if not self._height:
            return ""
        up = f"\x1b[{self._height - 1}A" if self._height > 1 else ""
        return f"\r{up}\x1b[J"

    def _write(self, text: str) -> None:
        write_if_seen(self._stream, text)

    def _size(self) -> os.terminal_size:
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):  # it only looks like a terminal
            return _SIZE
        return size if size.columns > 1 else _SIZE


class LogDisplay:
    """A line every ten seconds or ten per cent of the items, whichever is later.

    Where the number of items is unknown, it is ten per cent of the time so far.

    Args:
        stream: A file or a pipe.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last: View | None = None
        self._last_done = 0

    def show(self, view: View) -> None:
        """Write a line, if it is time to."""
        if self._last is None:
            self._last = view
        if view.now_ns - self._last.now_ns < _LOG_NS:
            return
        status = view.status
        if status.item_count is not None:
            is_due = status.done - self._last_done >= _LOG_SHARE * status.item_count
        else:
            is_due = view.now_ns - self._last.now_ns >= _LOG_SHARE * (view.now_ns - status.start_ns)
        if is_due:
            self._last, self._last_done = view, status.done
            self.say(progress_sentence(status, view.per_second, view.now_ns))

    def say(self, words: str) -> None:
        """Write a line."""
        write_if_seen(self._stream, f"{words}\n")

    def end(self, view: View) -> None:
        """Write nothing more: what follows is the summary."""
