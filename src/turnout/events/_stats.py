"""What an emitter counted, as values."""

from dataclasses import dataclass

from turnout.events._histogram import Histogram


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """One event that has just been handled, for those who watch.

    Attributes:
        event: The event.
        kind: What reports call its kind.
        waited_ns: How long it was in the queue.
        start_ns: When its first handler was called, on the emitter's clock.
        took_ns: How long its handlers took together; what ``async`` ones do later is not in it.
        handlers: The names of those called, in that order.
    """

    event: object
    kind: str
    waited_ns: int
    start_ns: int
    took_ns: int
    handlers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowCall:
    """A call that took long.

    Attributes:
        handler: Who was called.
        kind: The kind of event.
        event: The event's text, shortened.
        start_ns: When it began, on the emitter's clock.
        took_ns: How long it took.
        stack: Where it was seen most often, outermost first: ``"file.py:12 in name"``; empty if nobody looked.
    """

    handler: str
    kind: str
    event: str
    start_ns: int
    took_ns: int
    stack: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerStats:
    """What was counted for one handler and one kind of event.

    Attributes:
        handler: Its name.
        kind: The kind of event.
        latency: How long its calls took; for an ``async`` one until it was done.
        failed: How many of them raised.
        is_removed: Whether it hears nothing any more.
        is_async: Whether its calls go on while others run, as those of ``async`` and off-loaded handlers do.
    """

    handler: str
    kind: str
    latency: Histogram
    failed: int
    is_removed: bool
    is_async: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KindStats:
    """What was counted for one kind of event.

    Attributes:
        kind: Its name.
        count: How many were handled.
        waited: How long those that were queued waited.
        dropped: How many found no room.
        merged: How many were replaced by later ones.
        most_waiting: The most that ever waited, where the kind is limited; None where it is not.
    """

    kind: str
    count: int
    waited: Histogram
    dropped: int = 0
    merged: int = 0
    most_waiting: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmitterStats:
    """What an emitter counted so far.

    Attributes:
        handlers: For each handler and kind of event that it heard; those that took most time first.
        kinds: For each kind of event, and each kind that is limited.
        most_waiting: The most events that ever waited.
        failed: How many calls raised.
        slow: The latest calls that took long, oldest first.
    """

    handlers: tuple[HandlerStats, ...]
    kinds: tuple[KindStats, ...]
    most_waiting: int
    failed: int
    slow: tuple[SlowCall, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of time in which a loop did not come to what was due.

    Attributes:
        start_ns: When it began, on the emitter's clock, to within half the time between two rings of the probe.
        took_ns: How long it was, to within the same.
        stack: Where its thread was seen most often, outermost first; empty if nobody looked.
    """

    start_ns: int
    took_ns: int
    stack: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LagStats:
    """How late a loop came to what was due.

    Attributes:
        late: How late, each time that the probe rang.
        interval_ns: How often it rings.
        block_ns: From when on a lateness is a block.
        blocks: The latest blocks, oldest first.
    """

    late: Histogram
    interval_ns: int
    block_ns: int
    blocks: tuple[Block, ...]
