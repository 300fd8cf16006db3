"""Draws from the loop that takes outcomes, and from nowhere else.

A thread of ours would draw while that loop waits, but worker processes can be forked only while there is no second
thread, and a timer's signal would interrupt system calls of the user's own code. So while no outcome comes, nothing
moves, unless whoever waits calls `Progress.update` now and then; an outcome that is due is drawn within a tenth of
a second of its coming.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, Self, TextIO

from turnout.clock import Clock, SystemClock
from turnout.pipeline import RunStatus
from turnout.progress._displays import LogDisplay, TerminalDisplay, View
from turnout.report._rates import RecentRate

_EVERY_NS = 100_000_000  # ten times a second is as often as an eye can read


class Display(Protocol):
    """Where progress is seen."""

    def show(self, view: View) -> None:
        """Draw it, if it is time to."""
        ...

    def say(self, words: str) -> None:
        """Write a line that stays, beside what is drawn."""
        ...

    def end(self, view: View) -> None:
        """Draw it for the last time."""
        ...


class Progress:
    """Shows how a run stands, from when it is entered until it is left.

    Args:
        status: The run's; read while the run writes it.
        clock: In charge of time; the machine's own for None.
        display: Where to draw; by default a notebook if one is running, else standard error.
    """

    def __init__(self, status: RunStatus, clock: Clock | None = None, display: Display | None = None) -> None:
        self._status = status
        self._clock: Clock = clock or SystemClock()
        self._display = display or find_display(sys.stderr)
        self._rate: RecentRate | None = None
        self._due_ns = 0

    def update(self) -> None:
        """Draw, if a tenth of a second is over since it was done; to be called with each outcome, or more often."""
        now_ns = self._clock.wall_ns()
        if now_ns >= self._due_ns:
            self._due_ns = now_ns + _EVERY_NS
            self._display.show(self._view(now_ns))

    def say(self, words: str) -> None:
        """Write a line that stays."""
        self._display.say(words)
        self._due_ns = 0

    @contextmanager
    def printing_above(self) -> Iterator[None]:
        """Have what is printed to a terminal, as long as the block, appear above what is drawn there."""
        display = self._display
        if not isinstance(display, TerminalDisplay):
            yield
            return
        with display.region.printing_above():
            yield

    def __enter__(self) -> Self:
        self.update()
        return self

    def __exit__(self, *_: object) -> None:
        self._display.end(self._view(self._clock.wall_ns()))

    def _view(self, now_ns: int) -> View:
        status = self._status
        done = status.done - status.replayed
        if self._rate is None:
            if not status.start_ns:
                return View(status=status, per_second=None, now_ns=now_ns)
            self._rate = RecentRate(status.start_ns)
        self._rate.add(now_ns, done)
        return View(status=status, per_second=self._rate.per_second(now_ns), now_ns=now_ns)


def show_progress(
    status: RunStatus, stream: TextIO | None = None, clock: Clock | None = None, *, keeps_last: bool = True
) -> Progress:
    """Return a `Progress` that draws where the user looks.

    Args:
        status: The run's.
        stream: A terminal, a file or a pipe; by default a notebook if one is running, else standard error.
        clock: In charge of time; the machine's own for None.
        keeps_last: Whether a terminal keeps what was drawn last.
    """
    display = (
        find_display(sys.stderr, keeps_last=keeps_last)
        if stream is None
        else stream_display(stream, keeps_last=keeps_last)
    )
    return Progress(status, clock, display)


def find_display(stream: TextIO, *, keeps_last: bool = True) -> Display:
    """Return a notebook's display if one is running, else that of the stream."""
    if "IPython" in sys.modules:  # a notebook has imported it long ago
        from turnout.progress._notebook import notebook_display  # noqa: PLC0415  the one module that knows of IPython

        display = notebook_display(stream)
        if display is not None:
            return display
    return stream_display(stream, keeps_last=keeps_last)


def stream_display(stream: TextIO, *, keeps_last: bool) -> Display:
    """Return a display that redraws on a terminal, and writes a line now and then elsewhere."""
    return TerminalDisplay(stream, keeps_last=keeps_last) if stream.isatty() else LogDisplay(stream)
