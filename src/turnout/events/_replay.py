"""Handles what a recording has, in the same order, and tells whether the handlers did the same."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnout.errors import UsageError, repr_of
from turnout.events._codec import Decoder, encode
from turnout.events._kinds import HandlerFailed, LoopBlocked, Named
from turnout.events._offload import OffloadDone
from turnout.events._recording import VERSION

if TYPE_CHECKING:
    from turnout.events._emitter import Emitter
    from turnout.events._queue import Origin

DIFFERENCES_KEPT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """An event of a recording.

    Attributes:
        line: Its line in the file, from 1.
        at_ns: When it was handled, from the start of the recording.
        origin: Who emitted it: ``"outside"``, or a ``"handler"``, its ``"task"``, or one that is off-loaded
            (``"offload"``).
        event: The event.
        calls: The names of the handlers that were called.
    """

    line: int
    at_ns: int
    origin: "Origin"
    event: object
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of a replay.

    Attributes:
        count: How many events were handled.
        ignored: How many were emitted meanwhile by others than handlers, such as timers, and left out.
        differences: The first things that were not as recorded: other handlers called, or other events emitted.
    """

    count: int
    ignored: int
    differences: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether handlers were called, and emitted events, as recorded."""
        return not self.differences


def read_recording(path: str | Path, kinds: Iterable[type] = ()) -> Iterator[RecordedEvent]:
    """Yield the events of a recording, in the order in which they were handled.

    A last line that is not whole, as a killed program may leave it, is left out.

    Args:
        path: The file.
        kinds: The classes of the events in it; what is in no such class is refused.

    Raises:
        UsageError: If it is no recording, or an event in it cannot be made again.
        OSError: If the file cannot be read.
    """
    decoder = Decoder((*kinds, Named, HandlerFailed, LoopBlocked, OffloadDone))
    with Path(path).open("rb") as file:
        _check_head(_read(file.readline(), path, 1), path)
        for number, line in enumerate(file, 2):
            if not line.endswith(b"\n"):
                return
            told = _read(line, path, number)
            if "end" in told:
                return
            yield _event(told, decoder, path, number)


def replay(emitter: "Emitter", path: str | Path, *, speed: float | None = None, kinds: Iterable[type] = ()) -> Replayed:
    """Handle the events of a recording in the same order, each by the handlers that hear it now.

    All events come from the recording: what handlers, their tasks, timers and other threads emit meanwhile is not
    handled, and off-loaded handlers do not run, since what they brought back is in the recording. What plain handlers
    emit is compared with what they emitted then.

    Args:
        emitter: Whose handlers to call; in the state in which it was when the recording began.
        path: The file.
        speed: How much faster than it was, such as 2; None for as fast as possible.
        kinds: Classes of events that no handler names, such as those that only a base class hears in other modules.

    Raises:
        UsageError: If the recording cannot be read, or something is being handled, or the speed is not above 0.
        OSError: If the file cannot be read.
    """
    if speed is not None and not speed > 0:
        raise UsageError(f"the speed of a replay must be above 0, not {speed!r}")
    heard = [kind for kind in emitter.kinds_heard() if isinstance(kind, type)]
    comparison = Comparison()
    start_ns = emitter.now_ns()
    with emitter.replaying(comparison) as handle:
        for recorded in read_recording(path, (*heard, *kinds)):
            if speed is not None:
                left_s = (start_ns + recorded.at_ns / speed - emitter.now_ns()) / 1e9
                if left_s > 0:
                    emitter.pause_s(left_s)
            comparison.begin(recorded)
            comparison.end(recorded, handle(recorded.event))
    return comparison.result()


class Comparison:
    """Holds what handlers do against what they did."""

    def __init__(self) -> None:
        self._emitted: deque[tuple[int, object]] = deque()  # by handlers, and not yet seen in the recording
        self._line = 0
        self._count = 0
        self._ignored = 0
        self._differences: list[str] = []

    def emitted(self, event: object, origin: "Origin") -> None:
        """Take note of an event that is not handled, as the recording has it."""
        if origin == "handler":
            self._emitted.append((self._line, event))
        elif origin == "outside":
            self._ignored += 1

    def begin(self, recorded: RecordedEvent) -> None:
        """Take note of an event that is about to be handled."""
        self._line = recorded.line
        self._count += 1
        if recorded.origin != "handler":
            return
        told = _comparable(recorded.event)
        for place, (_, event) in enumerate(self._emitted):
            if _comparable(event) == told:
                del self._emitted[place]
                return
        self._differ(f"line {recorded.line}: no handler emitted {_short(recorded.event)} this time")

    def end(self, recorded: RecordedEvent, calls: tuple[str, ...]) -> None:
        """Take note of who was called."""
        if calls != recorded.calls:
            now, then = (", ".join(names) or "nobody" for names in (calls, recorded.calls))
            self._differ(f"line {recorded.line}: {_short(recorded.event)} went to {now}, and to {then} then")

    def result(self) -> Replayed:
        """Return what became of it."""
        for line, event in self._emitted:
            self._differ(f"line {line}: a handler emitted {_short(event)}, which the recording does not have")
        return Replayed(count=self._count, ignored=self._ignored, differences=tuple(self._differences))

    def _differ(self, sentence: str) -> None:
        if len(self._differences) < DIFFERENCES_KEPT:
            self._differences.append(sentence)


def _comparable(event: object) -> Any:  # JSON
    """Return what two events that are alike have in common, though they hold errors or other classes' objects."""
    try:
        return _without_errors(encode(event))
    except UsageError:
        return repr_of(event)


def _without_errors(told: Any) -> Any:  # JSON
    if isinstance(told, dict):
        if "$error" in told or told.get("$") == "turnout.errors:RemoteError":
            return "$error"
        return {key: _without_errors(one) for key, one in told.items()}
    return [_without_errors(one) for one in told] if isinstance(told, list) else told


def _short(event: object) -> str:
    text = repr_of(event)
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004  a line


def _read(line: bytes, path: str | Path, number: int) -> dict[str, Any]:
    try:
        told = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}, line {number}: this is not JSON: {error}") from error
    if not isinstance(told, dict):
        raise UsageError(f"{path}, line {number}: this is no line of a recording")
    return told


def _check_head(told: dict[str, Any], path: str | Path) -> None:
    if told.get("turnout") != "events":
        raise UsageError(f"{path} is no recording of events; make one with emitter.record(path)")
    if told.get("version") != VERSION:
        raise UsageError(f"{path} is of version {told.get('version')}, and this turnout knows version {VERSION} only")


def _event(told: dict[str, Any], decoder: Decoder, path: str | Path, number: int) -> RecordedEvent:
    if "lost" in told:
        raise UsageError(f"{path}, line {number}: the event was not recorded: {told['lost']}")
    try:
        return RecordedEvent(
            line=number,
            at_ns=int(told["t"]),
            origin=told["from"],
            event=decoder.decode(told["event"]),
            calls=tuple(map(str, told["calls"])),
        )
    except UsageError as error:
        raise UsageError(f"{path}, line {number}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path}, line {number}: this is no line of a recording: {error!r}") from error
