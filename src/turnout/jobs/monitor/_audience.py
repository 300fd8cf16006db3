"""Those who want to know what comes, and how they are told: one that fails harms no other."""

from collections.abc import Callable, Iterable, Sequence

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


class Audience:
    """Tells sinks.

    Args:
        sinks: In the order in which they are told; those whose speed matters come first.
        complain: Called with a sentence when a sink fails, which does not harm the others.
    """

    def __init__(self, sinks: Iterable[Sink], complain: Callable[[str], None]) -> None:
        self._sinks = tuple(sinks)
        # A sink that does not care for readings costs nothing at each batch.
        self._seers = tuple(sink for sink in self._sinks if type(sink).see is not Sink.see)
        self._complain = complain
        self._has_failed: set[str] = set()

    def see(self, batch: Batch, now_ns: int) -> None:
        """Show them readings."""
        for sink in self._seers:
            try:
                sink.see(batch, now_ns)
            except Exception as error:  # noqa: BLE001  one part's mistake must not stop the others
                self._failed(sink, error)

    def tell(self, changes: Iterable[Change], now_ns: int) -> None:
        """Tell them what became of alarms."""
        self._tell(changes, now_ns, self._sinks)

    def tell_again(self, changes: Iterable[Change], now_ns: int) -> None:
        """Tell what the process before this one may have told, to those that know whether they have heard it."""
        self._tell(changes, now_ns, [sink for sink in self._sinks if sink.takes_again])

    def tick(self, now_ns: int) -> None:
        """Let them do what is due."""
        for sink in self._sinks:
            try:
                sink.tick(now_ns)
            except Exception as error:  # noqa: BLE001  as above
                self._failed(sink, error)

    def close(self) -> None:
        """End them."""
        for sink in self._sinks:
            try:
                sink.close()
            except Exception as error:  # noqa: BLE001  as above
                self._failed(sink, error)

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
