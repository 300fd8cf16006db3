"""Events that wait, and what is done when too many of them do."""

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from threading import Condition
from typing import Any, Literal

from turnout.errors import FloodError, UsageError
from turnout.events._kinds import Named, key_of, kind_name

WhenFull = Literal["block", "drop oldest", "drop newest"]
WHEN_FULL: tuple[WhenFull, ...] = ("block", "drop oldest", "drop newest")
Origin = Literal["outside", "handler", "task", "offload"]
LANES_KEPT = 10_000  # names without end would fill the memory
_GONE = object()  # stands where an event was that has been dropped
_GONE_KEPT = 64  # of which so many may lie about


class Waiting:
    """An event in the queue.

    Attributes:
        event: What waits.
        emitted_ns: Since when; None if it was handled at once.
        origin: Who emitted it.
        lane: Where its kind is limited; None if it is not.
        key: What it is merged by.
    """

    __slots__ = ("emitted_ns", "event", "key", "lane", "origin")

    def __init__(
        self, event: object, emitted_ns: int | None, origin: Origin, lane: "Lane | None" = None, key: Hashable = None
    ) -> None:
        self.event = event
        self.emitted_ns = emitted_ns
        self.origin = origin
        self.lane = lane
        self.key = key


@dataclass(slots=True, kw_only=True, eq=False)
class Lane:
    """The events of one kind that are limited together.

    Attributes:
        kind: The kind, whose subclasses are in the same lane.
        limit: How many may wait; None for any number.
        when_full: What is done with one more.
        key: Of all events with the same key, only the latest waits; None if they are not merged.
        entries: Those that wait, oldest first.
        latest: The one of each key that waits.
        dropped: How many were dropped.
        merged: How many were replaced by later ones.
        most: The most that ever waited.
        callers: Whom to call when there is room.
    """

    kind: type | str
    limit: int | None
    when_full: WhenFull
    key: Callable[[Any], Hashable] | None  # takes the caller's events
    entries: deque[Waiting]
    latest: dict[Hashable, Waiting]
    dropped: int = 0
    merged: int = 0
    most: int = 0
    callers: deque[Callable[[], None]]

    @property
    def is_full(self) -> bool:
        """Whether one more event would be too many."""
        return self.limit is not None and len(self.entries) >= self.limit


class EventQueue:
    """First in, first out, with lanes that are limited; any thread may put, one takes.

    Attributes:
        entries: What waits, dropped ones included.
        most: The most that ever waited.
    """

    def __init__(self) -> None:
        self.entries: deque[Waiting] = deque()
        self.most = 0
        self.lanes: dict[type | str, Lane] = {}
        self._lane_of: dict[type | str, Lane | None] = {}  # of the kinds that were emitted
        self._room = Condition()
        self._is_closed = False
        self._gone = 0  # how many of the entries

    def limit(
        self,
        kind: type | str,
        *,
        limit: int | None,
        when_full: WhenFull = "block",
        key: Callable[[Any], Hashable] | None = None,  # takes the caller's events
    ) -> None:
        """Give a kind of event a lane of its own, in the place of any that it had."""
        if limit is not None and limit < 1:
            raise UsageError(f"at least 1 event of {kind_name(kind)} must be able to wait, not {limit}")
        if when_full not in WHEN_FULL:
            raise UsageError(f"when_full must be one of {', '.join(WHEN_FULL)}, not {when_full!r}")
        with self._room:
            self.lanes[kind] = Lane(
                kind=kind,
                limit=limit,
                when_full=when_full,
                key=key,
                entries=deque(),
                latest={},
                callers=deque(),
            )
            self._lane_of.clear()

    def lane_of(self, event: object) -> Lane | None:
        """Return the lane of an event: that of its class, or else of the nearest base class that has one."""
        if not self.lanes:
            return None
        key = key_of(event)
        if key not in self._lane_of:
            if len(self._lane_of) >= LANES_KEPT:
                self._lane_of.clear()
            kinds = self._kinds_of_name(key) if isinstance(key, str) else key.__mro__
            self._lane_of[key] = next((self.lanes[kind] for kind in kinds if kind in self.lanes), None)
        return self._lane_of[key]

    def _kinds_of_name(self, name: str) -> tuple[type | str, ...]:
        patterns = (kind for kind in self.lanes if isinstance(kind, str) and fnmatchcase(name, kind))
        return (name, *patterns, Named, object)

    def put(self, event: object, lane: Lane | None, emitted_ns: int, origin: Origin, *, may_wait: bool) -> None:
        """Let an event wait.

        Args:
            event: What waits.
            lane: Where its kind is limited.
            emitted_ns: Since when it waits.
            origin: Who emitted it.
            may_wait: Whether the caller may be held up until there is room.

        Raises:
            FloodError: If its lane is full, and neither may an event be dropped nor the caller wait.
        """
        if lane is None and not self.lanes:
            self.entries.append(Waiting(event, emitted_ns, origin))
        else:
            with self._room:
                if lane is None:
                    self.entries.append(Waiting(event, emitted_ns, origin))
                else:
                    self._put(event, lane, emitted_ns, origin, may_wait=may_wait)
        self.most = max(self.most, len(self.entries))

    def take(self) -> Waiting | None:
        """Return the event that has waited longest, and make room for another; None if none waits."""
        if not self.lanes:
            return self.entries.popleft() if self.entries else None
        with self._room:
            while self.entries:
                entry = self.entries.popleft()
                if entry.event is _GONE:
                    self._gone -= 1
                    continue
                if entry.lane is not None:
                    self._leave(entry, entry.lane)
                return entry
        return None

    def when_room(self, lane: Lane, call: Callable[[], None]) -> bool:
        """Tell whether a lane has room now; if not, ``call`` is called once when it may have."""
        with self._room:
            if self._is_closed or not lane.is_full or lane.when_full != "block":
                return True
            lane.callers.append(call)
            return False

    def close(self) -> None:
        """Hold nobody up any more: what would have to wait for room is dropped from now on."""
        with self._room:
            self._is_closed = True
            for lane in self.lanes.values():
                while lane.callers:
                    lane.callers.popleft()()
            self._room.notify_all()

    def _leave(self, entry: Waiting, lane: Lane) -> None:
        lane.entries.popleft()  # the entry itself: lanes keep the order of the queue
        if lane.key is not None:
            del lane.latest[entry.key]
        if lane.callers:
            lane.callers.popleft()()
        self._room.notify_all()

    def _put(self, event: object, lane: Lane, emitted_ns: int, origin: Origin, *, may_wait: bool) -> None:
        key = lane.key(event) if lane.key is not None else None
        if self._is_merged(event, lane, key):
            return
        if lane.is_full:
            match lane.when_full:
                case "drop newest":
                    lane.dropped += 1
                    return
                case "drop oldest":
                    self._drop_oldest(lane)
                case "block" if not may_wait:
                    raise FloodError(kind_name(lane.kind), len(lane.entries))
                case "block":
                    self._room.wait_for(lambda: self._is_closed or not lane.is_full)
                    if self._is_closed:
                        lane.dropped += 1
                        return
                    if self._is_merged(event, lane, key):
                        return
        entry = Waiting(event, emitted_ns, origin, lane, key)
        lane.entries.append(entry)
        lane.most = max(lane.most, len(lane.entries))
        if lane.key is not None:
            lane.latest[key] = entry
        self.entries.append(entry)

    @staticmethod
    def _is_merged(event: object, lane: Lane, key: Hashable) -> bool:
        """Put an event in the place of one with the same key, if that waits, and tell whether it did."""
        earlier = lane.latest.get(key) if lane.key is not None else None
        if earlier is None:
            return False
        earlier.event = event  # which keeps the place, and the waiting time, of the one that it replaces
        lane.merged += 1
        return True

    def _drop_oldest(self, lane: Lane) -> None:
        oldest = lane.entries.popleft()
        if lane.key is not None:
            del lane.latest[oldest.key]
        oldest.event = _GONE
        lane.dropped += 1
        self._gone += 1
        if self._gone > _GONE_KEPT and self._gone > len(self.entries) // 2:  # or a flood would fill the memory
            living = [entry for entry in self.entries if entry.event is not _GONE]
            self.entries.clear()
            self.entries.extend(living)
            self._gone = 0
