"""What an emitter and its loop did, as one value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from turnout.measurement import Environment
from turnout.report._report import Report

Stack = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerRow:
    """One handler, and one kind of event that it heard.

    Attributes:
        handler: Its name.
        kind: The kind of event.
        calls: How often it was called.
        failed: How many of the calls raised.
        total_ns: How long all calls took together, about.
        half_ns: What half of the calls did not exceed; at most twice the true time, as is the next.
        most_ns: What 99 of 100 calls did not exceed.
        longest_ns: The longest call.
        counts: How many calls had that many bits in nanoseconds: from 2**(b-1) to 2**b - 1 ns, by b.
        is_removed: Whether it hears nothing any more.
        is_waiting: Whether most of that time is spent waiting, as that of ``async`` handlers is.
    """

    handler: str
    kind: str
    calls: int
    failed: int
    total_ns: int
    half_ns: int
    most_ns: int
    longest_ns: int
    counts: tuple[int, ...]
    is_removed: bool = False
    is_waiting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """One kind of event.

    Attributes:
        kind: Its name.
        count: How many were handled.
        queued: How many of them had to wait.
        half_ns: What half of those did not exceed, waiting; at most twice the true time, as is the next.
        most_ns: What 99 of 100 did not exceed.
        dropped: How many found no room.
        merged: How many were replaced by later ones.
        most_waiting: The most that ever waited; None where the kind is not limited.
    """

    kind: str
    count: int
    queued: int
    half_ns: int
    most_ns: int
    dropped: int = 0
    merged: int = 0
    most_waiting: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLane:
    """The calls of one handler that are long enough to be seen.

    Attributes:
        name: The handler.
        calls: Start and end of each, nanoseconds from the start of the report, in the order of their starts.
        is_elsewhere: Whether they ran off the loop, on workers.
    """

    name: str
    calls: tuple[tuple[int, int], ...]
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowRow:
    """A call that took long, or a stretch of time in which the loop did not come to what was due.

    Attributes:
        handler: Who was called; None for a stretch of time.
        event: What with, as text; empty for a stretch of time.
        start_ns: From the start of the report.
        took_ns: How long.
        stack: Where it was seen most often, outermost first; empty if it was not seen.
    """

    handler: str | None
    event: str
    start_ns: int
    took_ns: int
    stack: Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopRow:
    """How late the loop came to what was due.

    Attributes:
        looks: How often that was measured.
        half_ns: What half of the times did not exceed; at most twice the true one, as is the next.
        most_ns: What 99 of 100 did not exceed.
        longest_ns: The longest.
        interval_ns: How often it is measured.
        block_ns: From when on a lateness is a block.
        blocks: The latest blocks.
    """

    looks: int
    half_ns: int
    most_ns: int
    longest_ns: int
    interval_ns: int
    block_ns: int
    blocks: tuple[SlowRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsReport(Report):
    """Everything that an emitter, and its loop, found out.

    Attributes:
        title: What to call it.
        wall_ns: How long it was there.
        environment: Where; None if nobody asked for it.
        handlers: Those that took most time first.
        kinds: The kinds of events.
        lanes: What the timeline shows.
        most_waiting: The most events that ever waited.
        slow: The latest slow calls.
        slow_ns: From when on a call is slow.
        loop: How late the loop was; None without one.
        notes: What else there is to tell, such as how a handler is run off the loop.
    """

    TITLE: ClassVar[str] = "turnout events"

    title: str
    wall_ns: int
    environment: Environment | None
    handlers: tuple[HandlerRow, ...]
    kinds: tuple[KindRow, ...]
    lanes: tuple[CallLane, ...]
    most_waiting: int
    slow: tuple[SlowRow, ...]
    slow_ns: int
    loop: LoopRow | None = None
    notes: tuple[str, ...] = ()

    def to_text(self, width: int = 80, *, colour: bool = False) -> str:
        """Return a summary for a terminal.

        Args:
            width: Columns, at least 60; narrower ones are taken as 60.
            colour: Whether to put in ANSI colours; leave it off for a file or a pipe.
        """
        from turnout.report._events_text import render_events_text  # noqa: PLC0415  brings in rich

        return render_events_text(self, width, colour=colour)

    def to_html(self) -> str:
        """Return the report as one page that needs no network."""
        from turnout.report._events_html import render_events_html  # noqa: PLC0415  only who asks pays for it

        return render_events_html(self)

    def to_json(self) -> str:
        """Return the report as JSON; the schema is in `turnout.report._events_json`."""
        from turnout.report._events_json import render_events_json  # noqa: PLC0415

        return render_events_json(self)

    def to_chrome_trace(self) -> str:
        """Return the timeline in the Trace Event Format, which Perfetto and Chrome open."""
        from turnout.report._events_json import render_events_chrome_trace  # noqa: PLC0415

        return render_events_chrome_trace(self)

    def __repr__(self) -> str:
        from turnout.report._events_words import headline  # noqa: PLC0415  only who looks at it pays for it

        return f"<EventsReport {self.title!r}: {headline(self)}>"

    def _more_formats(self) -> Mapping[str, Callable[[], str]]:
        return {".trace.json": self.to_chrome_trace}
