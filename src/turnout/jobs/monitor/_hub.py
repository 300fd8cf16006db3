"""Where everything meets: what comes in goes through the core, and then to all who want to know.

messages ──► ingest ──► core (log, rules) ──► sinks: reactions, history, page, streams, terminal
                              │
                              └──► acknowledged
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from turnout.jobs.monitor._core import Core
from turnout.jobs.monitor._streams import describe
from turnout.jobs.monitor._types import Batch, Change

_MOST_COMPLAINTS = 100


class Sink:
    """Wants to know what comes and what becomes of it. Nothing here waits.

    Attributes:
        takes_again: Whether it is told of changes that the process before this one may have told it of already; it
            knows them then.
    """

    takes_again = False

    def see(self, batch: Batch, now_ns: int) -> None:
        """Take readings; the arrays must not be changed."""

    def change(self, change: Change, now_ns: int) -> None:
        """Take what became of an alarm."""

    def tick(self, now_ns: int) -> None:
        """Do what is due; called several times a second."""

    def close(self) -> None:
        """End."""


class Hub:
    """Hands on what comes.

    Args:
        core: Logs and judges.
        sinks: In the order in which they are told; those whose speed matters come first.
        complain: Called with a sentence when a sink fails, which harms neither the core nor the others.
    """

    def __init__(self, core: Core, sinks: Iterable[Sink], complain: Callable[[str], None]) -> None:
        self._core = core
        self._sinks = tuple(sinks)
        # A sink that does not care for readings costs nothing at each batch.
        self._seers = tuple(sink for sink in self._sinks if type(sink).see is not Sink.see)
        self._complain = complain
        self._has_failed: set[str] = set()

    def take(self, batch: Batch, now_ns: int, settle: Callable[[], None] = lambda: None) -> None:
        """Take readings.

        Args:
            batch: What came.
            now_ns: The time.
            settle: Called when they cannot be lost any more.
        """
        changes = self._core.feed(batch, now_ns) if len(batch) else ()
        settle()
        if len(batch):
            for sink in self._seers:
                try:
                    sink.see(batch, now_ns)
                except Exception as error:  # noqa: BLE001  one part's mistake must not stop the others
                    self._failed(sink, error)
        self._tell(changes, now_ns, self._sinks)

    def tick(self, now_ns: int) -> None:
        """Let time pass."""
        self._tell(self._core.tick(now_ns), now_ns, self._sinks)
        self.remind(now_ns)

    def remind(self, now_ns: int) -> None:
        """Let the sinks do what is due, without a move of the core."""
        for sink in self._sinks:
            try:
                sink.tick(now_ns)
            except Exception as error:  # noqa: BLE001  as above
                self._failed(sink, error)

    def act(self, action: Mapping[str, object], now_ns: int) -> Sequence[Change]:
        """Do what somebody asked for, and return what it changed.

        Raises:
            UsageError: If it cannot be done.
        """
        changes = self._core.act(action, now_ns)
        self._tell(changes, now_ns, self._sinks)
        return changes

    def tell_again(self, changes: Iterable[Change], now_ns: int) -> None:
        """Tell what became of alarms before a restart, to those sinks that know whether they have heard it."""
        self._tell(changes, now_ns, [sink for sink in self._sinks if sink.takes_again])

    def close(self) -> None:
        """End the sinks, and then the log, which keeps how far they got."""
        for sink in self._sinks:
            try:
                sink.close()
            except Exception as error:  # noqa: BLE001  as above
                self._failed(sink, error)
        self._core.close()

    def _tell(self, changes: Iterable[Change], now_ns: int, sinks: Sequence[Sink]) -> None:
        for change in changes:
            for sink in sinks:
                try:
                    sink.change(change, now_ns)
                except Exception as error:  # noqa: BLE001  as above
                    self._failed(sink, error)

    def _failed(self, sink: Sink, error: Exception) -> None:
        said = f"{type(sink).__name__} failed: {describe(error)}"
        if (
            said not in self._has_failed and len(self._has_failed) < _MOST_COMPLAINTS
        ):  # at 100,000 readings a second, once is enough
            self._has_failed.add(said)
            self._complain(said)
