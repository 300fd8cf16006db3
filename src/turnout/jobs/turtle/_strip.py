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
        key: That was pressed; empty if it was no key.
        command: What was to be done.
        waited_ns: From then to its handler's start.
        took_ns: What its handler took.
        is_offloaded: Whether that was off the loop, so that the loop went on meanwhile.
    """

    key: str = ""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """The loop was held up.

    Attributes:
        took_ns: For how long.
        place: Where it was seen most often: ``"file.py:12 in name"``; empty if nobody looked.
    """

    took_ns: int
    place: str


class Strip:
    """What the strip shows now.

    Attributes:
        lines: The latest first, eight at most.
        handled: How many events were handled in all.
        depth: How deep handlers ever were in one another: 1, unless they re-enter.
        lag_ns: How late the loop was at the latest look.
        worst_lag_ns: How late it ever was.
        counted: The latest count of primes, if any.
        blocked: The latest time that the loop was held up, if it was.
    """

    def __init__(self) -> None:
        self.lines: deque[Line] = deque(maxlen=LINES)
        self.handled = 0
        self.depth = 0
        self.lag_ns = 0
        self.worst_lag_ns = 0
        self.counted: Counted | None = None
        self.blocked: Blocked | None = None

    def add(self, line: Line) -> None:
        """Put a line on top."""
        self.lines.appendleft(line)
        self.handled += 1

    def look(self, lag_ns: int, worst_lag_ns: int) -> None:
        """Take down how late the loop is, and ever was."""
        self.lag_ns = lag_ns
        self.worst_lag_ns = worst_lag_ns

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

    def block(self, words: Words) -> str:
        """Return what held the loop up at the latest; empty if nothing did."""
        if self.blocked is None:
            return ""
        took = words.milliseconds(self.blocked.took_ns)
        sentence = words.blocked_at if self.blocked.place else words.blocked
        return sentence.format(took=took, place=self.blocked.place)


def _event(line: Line, words: Words) -> str:
    return f"{shown_key(line.key)} {words.command(line.command)}".lstrip()


def _handling(line: Line, words: Words) -> str:
    took = words.milliseconds(line.took_ns)
    return f"{took}, {words.offloaded}" if line.is_offloaded else took
