"""What the monitor sees, for programs of others: a stream of readings and one of alarms.

Each subscriber has a thread and a bounded buffer of its own: one that is slow loses the oldest of what it has not yet
taken, which is counted, and one that raises loses its subscription. Neither holds up the monitor. As long as nobody
subscribes, the monitor pays for looking at one attribute.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from turnout.errors import message_of
from turnout.jobs.monitor._types import Batch, Change, Layout, Reading

if TYPE_CHECKING:
    from reactivex import Observable

T = TypeVar("T")
BUFFERED = 100_000  # readings, or changes, that may wait for a subscriber
_CLOSING_S = 0.5

Complain = Callable[[str], None]


class Outlet(Generic[T]):
    """One stream.

    Args:
        name: What it is called in complaints.
        most: How many items may wait for each subscriber.
        complain: Called with a sentence when a subscriber fails.

    Attributes:
        is_wanted: Whether anybody subscribes.
        dropped: How many items were lost by subscribers that were too slow.
    """

    def __init__(self, name: str, complain: Complain, *, most: int = BUFFERED) -> None:
        self._name = name
        self._complain = complain
        self._most = most
        self._lock = threading.Lock()
        self._subscribers: tuple[_Subscriber[T], ...] = ()
        self._lost_before = 0
        self.is_wanted = False

    @property
    def dropped(self) -> int:
        """How many items were lost by subscribers that were too slow."""
        return self._lost_before + sum(one.dropped for one in self._subscribers)

    def subscribe(
        self,
        on_item: Callable[[T], None],
        on_end: Callable[[], None] = lambda: None,
        on_error: Callable[[Exception], None] = lambda _: None,
    ) -> Callable[[], None]:
        """Have a function called for each item, on a thread of its own; return what ends that.

        Args:
            on_item: If it raises, it is not called again.
            on_end: Called when the monitor ends.
            on_error: Called with what ``on_item`` raised.
        """

        def failed(error: Exception) -> None:
            self._complain(f"an observer of {self._name} failed, and is left out: {describe(error)}")
            end()
            on_error(error)

        def end() -> None:
            with self._lock:
                if one in self._subscribers:
                    self._lost_before += one.dropped
                    self._subscribers = tuple(other for other in self._subscribers if other is not one)
                self.is_wanted = bool(self._subscribers)
            one.stop()

        one: _Subscriber[T] = _Subscriber(f"turnout {self._name}", self._most, on_item, on_end, failed)
        with self._lock:
            self._subscribers = (*self._subscribers, one)
            self.is_wanted = True
        one.thread.start()
        return end

    def offer(self, piece: Iterable[T], count: int) -> None:
        """Hand on items, and do not wait.

        Args:
            piece: Is looped over once for each subscriber, on its thread.
            count: How many it has.
        """
        for one in self._subscribers:
            one.offer(piece, count)

    def close(self) -> None:
        """Let each subscriber finish what it has, for a moment, and tell it that this is the end."""
        for one in self._subscribers:
            one.finish()
        for one in self._subscribers:
            one.thread.join(_CLOSING_S)


class _Subscriber(Generic[T]):
    """A buffer, and the thread that empties it."""

    def __init__(
        self,
        name: str,
        most: int,
        on_item: Callable[[T], None],
        on_end: Callable[[], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        self._most = most
        self._on_item, self._on_end, self._on_error = on_item, on_end, on_error
        self._pieces: deque[tuple[Iterable[T], int]] = deque()
        self._waiting = 0
        self._is_last = False
        self._is_over = False
        self._changed = threading.Condition()
        self.dropped = 0
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def offer(self, piece: Iterable[T], count: int) -> None:
        with self._changed:
            self._pieces.append((piece, count))
            self._waiting += count
            while self._waiting > self._most and len(self._pieces) > 1:
                lost = self._pieces.popleft()[1]
                self._waiting -= lost
                self.dropped += lost
            self._changed.notify()

    def finish(self) -> None:
        with self._changed:
            self._is_last = True
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify()

    def _run(self) -> None:
        try:
            while (piece := self._next()) is not None:
                for item in piece:
                    if self._is_over:
                        return
                    self._on_item(item)
            if not self._is_over:
                self._on_end()
        except Exception as error:  # noqa: BLE001  it is the subscriber's code
            self._on_error(error)

    def _next(self) -> Iterable[T] | None:
        with self._changed:
            while not self._pieces:
                if self._is_last or self._is_over:
                    return None
                self._changed.wait()
            if self._is_over:
                return None
            piece, count = self._pieces.popleft()
            self._waiting -= count
            return piece


class Streams:
    """What observers may subscribe to.

    Args:
        layout: Where the sensors are.
        complain: Called with a sentence when an observer fails; from any thread.

    Attributes:
        layout: The same.
        of_readings: All readings that were kept.
        of_alarms: What becomes of alarms.
    """

    def __init__(self, layout: Layout, complain: Complain) -> None:
        self.layout = layout
        self._names = tuple(sensor.name for sensor in layout.sensors)
        self.of_readings: Outlet[Reading] = Outlet("readings", complain)
        self.of_alarms: Outlet[Change] = Outlet("alarms", complain)

    @property
    def readings(self) -> "Observable[Reading]":
        """All readings, as ReactiveX has it.

        Raises:
            UnavailableError: If reactivex is not installed.
        """
        from turnout.jobs.monitor._reactivex import observable  # noqa: PLC0415  only who asks pays for it

        return observable(self.of_readings)

    @property
    def alarms(self) -> "Observable[Change]":
        """What becomes of alarms, likewise."""
        from turnout.jobs.monitor._reactivex import observable  # noqa: PLC0415  likewise

        return observable(self.of_alarms)

    @property
    def dropped(self) -> int:
        """How many items were lost by observers that were too slow."""
        return self.of_readings.dropped + self.of_alarms.dropped

    def see(self, batch: Batch) -> None:
        """Hand on readings, if anybody wants them."""
        if self.of_readings.is_wanted:
            self.of_readings.offer(_Readings(self._names, batch), len(batch))

    def tell(self, change: Change) -> None:
        """Hand on what became of an alarm, likewise."""
        if self.of_alarms.is_wanted:
            self.of_alarms.offer((change,), 1)

    def close(self) -> None:
        """End both streams."""
        self.of_readings.close()
        self.of_alarms.close()


class _Readings:
    """The readings of a batch, one by one, made where they are looked at."""

    def __init__(self, names: Sequence[str], batch: Batch) -> None:
        self._names = names
        self._batch = batch

    def __iter__(self) -> Iterator[Reading]:
        batch, names = self._batch, self._names
        columns = zip(batch.sensors.tolist(), batch.values.tolist(), batch.times_ns.tolist(), strict=True)
        return (Reading(names[sensor], value, time_ns) for sensor, value, time_ns in columns)


def describe(error: Exception) -> str:
    """Return what an exception of somebody else's code says."""
    return f"{type(error).__name__}: {message_of(error)}"
