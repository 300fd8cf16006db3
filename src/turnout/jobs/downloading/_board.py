"""How a download stands: what those who show it may look at while it goes on, from another thread."""

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Line:
    """A file under way.

    Attributes:
        name: What it is called, as far as is known.
        size_bytes: Its length; None while it is not known.
        done_bytes: How much is there.
        received_bytes: How much came now; the rest was there from an earlier run.
        parts: Over how many connections it comes.
    """

    name: str
    size_bytes: int | None = None
    done_bytes: int = 0
    received_bytes: int = 0
    parts: int = 1

    def grow(self, count: int) -> None:
        """Take notice of further bytes."""
        self.done_bytes += count
        self.received_bytes += count


@dataclass(slots=True, kw_only=True)
class Board:
    """All files.

    Attributes:
        lines: Those under way, in the order in which they were begun.
        received_bytes: What came in all, tries that failed included.
        saved: How many are there, as far as they came now.
        saved_bytes: Their length.
        failed_tries: How often one was begun in vain.
    """

    lines: dict[int, Line] = field(default_factory=dict)
    received_bytes: int = 0
    saved: int = 0
    saved_bytes: int = 0
    failed_tries: int = 0

    def begin(self, name: str) -> Line:
        """Enter a file."""
        line = Line(name=name)
        self.lines[id(line)] = line
        return line

    def end(self, line: Line) -> None:
        """Take a file out."""
        self.lines.pop(id(line), None)
