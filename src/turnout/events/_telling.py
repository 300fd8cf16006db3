"""What an emitter tells: to watchers, into a recording, as counts and as a report."""

from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from logging import getLogger
from pathlib import Path
from typing import TYPE_CHECKING

from turnout.errors import UsageError
from turnout.events._listening import Listening
from turnout.events._recording import LIMIT_BYTES, Recording
from turnout.events._stats import EmitterStats, Handled
from turnout.events._subscription import Subscription

if TYPE_CHECKING:
    from turnout.report import EventsReport

_log = getLogger("turnout.events")


class Telling(Listening):
    """The part of an emitter that others learn from."""

    name: str
    now_ns: Callable[[], int]
    _watchers: list[Callable[[Handled], object]]
    _recording: Recording | None

    def watch(self, observer: Callable[[Handled], object]) -> Subscription:
        """Tell ``observer`` of each event after it was handled; what it raises is logged.

        Emitting costs more while somebody watches.
        """
        self._watchers.append(observer)
        self._guard()

        def leave() -> bool:
            with suppress(ValueError):
                self._watchers.remove(observer)
                self._guard()
                return True
            return False

        return Subscription(leave)

    def record(self, path: str | Path, *, limit_bytes: int = LIMIT_BYTES) -> Recording:
        """Keep each event in a file as it is handled, until the recording is closed; see `turnout.events.replay`.

        Events are dataclasses, or else values, that hold plain values. An event that cannot be recorded is handled
        all the same; the recording tells that it is missing. Emitting costs some microseconds more.

        Args:
            path: The file; it must not be there.
            limit_bytes: How long it may become; then it is ended, and what comes later is counted as lost.

        Raises:
            UsageError: If the file is there, or something is recorded already.
            OSError: If it cannot be written.
        """
        if self._recording is not None:
            raise UsageError(f"events are recorded in {self._recording.path} already; close that first")
        self._recording = Recording(path, self.name, self.now_ns, limit_bytes=limit_bytes, left=self._stop_recording)
        self._guard()
        return self._recording

    def is_heard(self, event: object) -> bool:
        """Tell whether a handler would be called with an event."""
        return bool(self._registry.plan(event)[1])

    def kinds_heard(self) -> set[type | str]:
        """Return the classes and names that handlers listen to."""
        return {handler.kind for handler in self._registry.handlers}

    @abstractmethod
    def stats(self) -> EmitterStats:
        """Return what was counted so far."""

    @abstractmethod
    def report(self, title: str | None = None) -> "EventsReport":
        """Return what was found out so far."""

    @abstractmethod
    def _guard(self) -> None:
        """Work out whether events that nothing stands before can be handled at once."""

    def _stop_recording(self, recording: Recording) -> None:
        if self._recording is recording:
            self._recording = None
            self._guard()

    def _tell(self, told: Handled) -> None:
        for observer in tuple(self._watchers):
            try:
                observer(told)
            except Exception:  # noqa: BLE001  it is the user's code
                _log.exception("the observer %r failed", observer)
