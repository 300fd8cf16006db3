"""Where everything meets: what comes in goes through the core, and then to all who want to know.

messages ──► ingest ──► core (log, rules) ──► sinks: reactions, history, page, streams, terminal
                              │
                              └──► acknowledged
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from turnout.jobs.monitor._audience import Audience, Sink
from turnout.jobs.monitor._core import Core
from turnout.jobs.monitor._types import Batch, Change

__all__ = ["Hub", "Sink"]


class Hub:
    """Hands on what comes.

    Args:
        core: Logs and judges.
        sinks: In the order in which they are told; those whose speed matters come first.
        complain: Called with a sentence when a sink fails, which harms neither the core nor the others.
    """

    def __init__(self, core: Core, sinks: Iterable[Sink], complain: Callable[[str], None]) -> None:
        self._core = core
        self._audience = Audience(sinks, complain)

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
            self._audience.see(batch, now_ns)
        self._audience.tell(changes, now_ns)

    def tick(self, now_ns: int) -> None:
        """Let time pass."""
        self._audience.tell(self._core.tick(now_ns), now_ns)
        self.remind(now_ns)

    def remind(self, now_ns: int) -> None:
        """Let the sinks do what is due, without a move of the core."""
        self._audience.tick(now_ns)

    def act(self, action: Mapping[str, object], now_ns: int) -> Sequence[Change]:
        """Do what somebody asked for, and return what it changed.

        Raises:
            UsageError: If it cannot be done.
        """
        changes = self._core.act(action, now_ns)
        self._audience.tell(changes, now_ns)
        return changes

    def tell_again(self, changes: Iterable[Change], now_ns: int) -> None:
        """Tell what became of alarms before a restart, to those sinks that know whether they have heard it."""
        self._audience.tell_again(changes, now_ns)

    def close(self) -> None:
        """End the sinks, and then the log, which keeps how far they got."""
        self._audience.close()
        self._core.close()
