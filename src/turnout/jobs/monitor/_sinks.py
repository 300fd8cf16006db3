"""Those who want to know what comes: reactions, history, streams, people."""

from collections.abc import Callable, Iterable

from turnout.jobs.monitor._hub import Sink
from turnout.jobs.monitor._streams import Streams
from turnout.jobs.monitor._types import Batch, Change
from turnout.jobs.monitor.history import History
from turnout.jobs.monitor.reactions import Cooling, Deliveries, ZoneCooling

_EVERY_NS = 10**9


class CoolingSink(Sink):
    """Cools zones."""

    takes_again = True

    def __init__(self, cooling: Cooling) -> None:
        self._cooling = cooling

    def see(self, batch: Batch, now_ns: int) -> None:
        """Note how warm it is."""
        self._cooling.feed(batch, now_ns)

    def change(self, change: Change, now_ns: int) -> None:
        """Cool in full if it is severe."""
        del now_ns
        self._cooling.change(change)

    def tick(self, now_ns: int) -> None:
        """Find and send levels."""
        self._cooling.tick(now_ns)


class DeliverySink(Sink):
    """Publishes, posts and runs programs."""

    takes_again = True

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    def change(self, change: Change, now_ns: int) -> None:
        """Begin what the change asks for."""
        del now_ns
        self._deliveries.take(change)


class HistorySink(Sink):
    """Remembers.

    Args:
        history: Where.
        zones: Called for how zones are cooled.
    """

    takes_again = True

    def __init__(self, history: History, zones: Callable[[], Iterable[ZoneCooling]] = tuple) -> None:
        self._history, self._zones = history, zones
        self._due_ns = 0

    def see(self, batch: Batch, now_ns: int) -> None:
        """Keep readings."""
        del now_ns
        self._history.add(batch)

    def change(self, change: Change, now_ns: int) -> None:
        """Keep what became of an alarm."""
        del now_ns
        self._history.note(change)

    def tick(self, now_ns: int) -> None:
        """Keep how zones are cooled."""
        if now_ns >= self._due_ns:
            self._due_ns = now_ns + _EVERY_NS
            self._history.cool(now_ns, {zone.zone: zone.level for zone in self._zones()})


class StreamSink(Sink):
    """Hands on to observers."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def see(self, batch: Batch, now_ns: int) -> None:
        """Hand on readings."""
        del now_ns
        self._streams.see(batch)

    def change(self, change: Change, now_ns: int) -> None:
        """Hand on what became of an alarm."""
        del now_ns
        self._streams.tell(change)


class VoiceSink(Sink):
    """Tells people of alarms."""

    def __init__(self, say: Callable[[Change], None]) -> None:
        self._say = say

    def change(self, change: Change, now_ns: int) -> None:
        """Say what became of an alarm."""
        del now_ns
        self._say(change)
