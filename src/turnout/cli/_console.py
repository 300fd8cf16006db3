"""What the command line prints, and where."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Self, TextIO

from turnout.cli._streams import write_out
from turnout.errors import UsageError
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
    """Write ``text``, or raise a `UsageError` that tells why it cannot be written."""
    try:
        Path(name).write_text(text, encoding="utf-8", errors="replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{name!r} cannot be written ({reason}); name another file") from None


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
