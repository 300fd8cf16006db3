"""A terminal, whose lines are drawn over, and a log, which gets a line now and then."""

import os
from dataclasses import dataclass
from typing import TextIO

from turnout.pipeline import RunStatus
from turnout.progress._region import Region, write_if_seen
from turnout.report._progress import progress_lines, progress_sentence

_LOG_NS = 10_000_000_000
_LOG_SHARE = 0.1


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


class TerminalDisplay:
    """A few lines that are drawn over.

    Args:
        stream: A terminal.
        keeps_last: Whether what is drawn last stays.

    Attributes:
        region: Where they are.
    """

    def __init__(self, stream: TextIO, *, keeps_last: bool = False) -> None:
        self.region = Region(stream)
        self._stream = stream
        self._keeps_last = keeps_last
        self._colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def show(self, view: View) -> None:
        """Draw over what was drawn before."""
        width = self.region.size.columns - 1
        self.region.draw(progress_lines(view.status, view.per_second, view.now_ns, width, colour=self._colour))

    def say(self, words: str) -> None:
        """Put a line in the place of what was drawn, which is then drawn below it."""
        with self.region.room():
            write_if_seen(self._stream, f"{words}\n")

    def end(self, view: View) -> None:
        """Leave the terminal as it was, or what was drawn last above the cursor."""
        if self._keeps_last:
            self.show(view)
            self.region.leave()
        else:
            self.region.erase()


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
