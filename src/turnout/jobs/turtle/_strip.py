"""The live strip: the latest events, how long each waited and was handled, and how late the loop is."""

from collections import deque
from dataclasses import dataclass

from turnout.jobs.turtle._commands import Command
from turnout.jobs.turtle._words import Words, shown_key

LINES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event that was handled.

    Attributes:
        key: That was pressed.
        command: What it stands for.
        waited_ns: From the key to its handler's start.
        took_ns: What its handler took.
        is_offloaded: Whether that was off the loop, so that the loop went on meanwhile.
    """

    key: str
    command: Command
    waited_ns: int
    took_ns: int
    is_offloaded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What counting primes came to.

    Attributes:
        limit: Below which.
        count: How many; None while they are counted.
        took_ns: How long; 0 while they are counted.
    """

    limit: int
    count: int | None = None
    took_ns: int = 0


class Strip:
    """What the strip shows now.

    Attributes:
        lines: The latest first, eight at most.
        handled: How many events were handled in all.
        depth: How deep handlers ever were in one another: 1, unless they re-enter.
        lag_ns: How late the loop was at the latest look.
        worst_lag_ns: How late it ever was.
        counted: The latest count of primes, if any.
    """

    def __init__(self) -> None:
        self.lines: deque[Line] = deque(maxlen=LINES)
        self.handled = 0
        self.depth = 0
        self.lag_ns = 0
        self.worst_lag_ns = 0
        self.counted: Counted | None = None

    def add(self, line: Line) -> None:
        """Put a line on top."""
        self.lines.appendleft(line)
        self.handled += 1

    def look(self, lag_ns: int) -> None:
        """Take down how late the loop is."""
        self.lag_ns = lag_ns
        self.worst_lag_ns = max(self.worst_lag_ns, lag_ns)

    def rows(self, words: Words) -> list[tuple[str, str, str]]:
        """Return each line as event, wait and handling, in words."""
        return [
            (_event(line, words), words.milliseconds(line.waited_ns), _handling(line, words)) for line in self.lines
        ]

    def note(self, words: Words) -> str:
        """Return what became of counting primes; empty if nobody asked."""
        if self.counted is None:
            return ""
        limit = words.number(self.counted.limit)
        if self.counted.count is None:
            return words.counting.format(limit=limit)
        took = words.milliseconds(self.counted.took_ns)
        return words.counted.format(count=words.number(self.counted.count), limit=limit, took=took)


def _event(line: Line, words: Words) -> str:
    return f"{shown_key(line.key)} {words.command(line.command)}"


def _handling(line: Line, words: Words) -> str:
    took = words.milliseconds(line.took_ns)
    return f"{took}, {words.offloaded}" if line.is_offloaded else took
