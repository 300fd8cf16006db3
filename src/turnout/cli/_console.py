"""What the command line prints, and where."""

import os
import shutil
import sys
from collections.abc import Callable
from typing import Self, TextIO

from turnout.cli._drafts import Draft, complaining, write_whole
from turnout.cli._streams import write_out
from turnout.report import RaceReport

_WIDTH_WITHOUT_TERMINAL = 100
_ERASE_LINE = "\r\x1b[K"


def print_report(report: RaceReport) -> None:
    """Print a report as a table and sentences, as wide as the terminal; in colour if it can be seen."""
    width = shutil.get_terminal_size((_WIDTH_WITHOUT_TERMINAL, 24)).columns
    write_out(report.to_text(width=width, colour=wants_colour(sys.stdout)))


def print_saved(name: str, what: str) -> None:
    """Tell where a file was written; on standard error, so that what is printed stays the report."""
    print(f"{what}: {name}", file=sys.stderr)


def write_file(name: str, text: str) -> None:
    """Write ``text`` as a whole, or leave what is there and raise a `UsageError` that tells why."""
    draft = Draft(name)
    try:
        with complaining(name):
            write_whole(draft.stream, text.encode("utf-8", "replace"))
        draft.publish()
    finally:
        draft.discard()


class ProgressLine:
    """One line on a terminal that says what is going on, and is gone in the end.

    Args:
        stream: Nothing is written unless it is a terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()

    @property
    def show(self) -> Callable[[str], None] | None:
        """What to call with each new line; None if nobody would see it."""
        return self._show if self._is_terminal else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_terminal:
            self._stream.write(_ERASE_LINE)
            self._stream.flush()

    def _show(self, line: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(f"{_ERASE_LINE}{line[:width]}")
        self._stream.flush()


def wants_colour(stream: TextIO) -> bool:
    """Tell whether colours can be seen, and are wanted, there."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
