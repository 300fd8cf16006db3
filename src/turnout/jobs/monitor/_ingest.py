"""From messages to a batch of readings: which sensor a topic is, which number a payload is, and what came twice.

The quick way takes all messages of one socket read at once, and is for those that are as they should be: a known
topic, a payload that is a plain number, delivered for the first time. Anything else goes message by message.

A broker delivers a message of QoS 1 again if it does not know that it has arrived. What came twice is told by the
sensor's own time, where payloads have one: a reading with the sensor, time and value of an earlier one is that reading.
Without such a time only messages that the broker marks as sent again are suspect; they are dropped if they equal one of
the last readings that were kept before the connection began.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import COLDEST_C, Batch
from turnout.mqtt import Message

MOST_UNACKNOWLEDGED = 65_535  # messages that a broker may hold to be under way: the greatest receive maximum
_AHEAD_NS = 300 * 10**9  # a sensor's clock that is further ahead than this is not believed
_MOST_SAMPLES = 20
_SHOWN_BYTES = 80


Parse = Callable[[bytes], tuple[float, int | None]]
"""Returns the value and when it was measured, nanoseconds since 1970, or None if the payload does not say.

Raises `ValueError` with a reason if it cannot."""


@dataclass(slots=True)
class Intake:
    """What came, in numbers.

    Attributes:
        messages: All of them.
        kept: That were readings.
        malformed: Whose payload could not be read.
        strange: Whose topic is no sensor's.
        again: That had come before.
        retained: That the broker kept from an unknown moment, without a time of their own.
        ahead: Whose sensor's clock is wrong, so that the time of arrival was taken.
        samples: The latest malformed and strange messages: topic, payload, reason.
    """

    messages: int = 0
    kept: int = 0
    malformed: int = 0
    strange: int = 0
    again: int = 0
    retained: int = 0
    ahead: int = 0
    samples: deque[tuple[str, str, str]] = field(default_factory=lambda: deque(maxlen=_MOST_SAMPLES))


class Ingest:
    """Makes batches of messages.

    Args:
        topics: The index of each sensor, by its topic.
        parse: Reads a payload; payloads are plain numbers if it is None.
        recall: Called for the last readings that were kept, at least as many as may be under way: by the process before
            this one, and by this one.
        on_odd: Called for a message that is no reading, with topic, payload and reason.
        most_again: How many readings with times of their own are remembered at least.
    """

    def __init__(
        self,
        topics: Mapping[bytes, int],
        parse: Parse | None = None,
        recall: Callable[[], Iterable[Batch]] = tuple,
        on_odd: Callable[[str, str, str], None] | None = None,
        most_again: int = MOST_UNACKNOWLEDGED,
    ) -> None:
        self._topics = topics
        self._parse = parse or plain_number
        self._is_plain = parse is None
        self._recall = recall
        self._on_odd = on_odd
        self._known = _Recent(most_again)
        self._suspects: Counter[tuple[int, float]] | None = None
        self.intake = Intake()
        if not self._is_plain:
            for batch in recall():
                for reading in _rows(batch):
                    self._known.add(reading)

    def read(self, messages: Sequence[Message], arrived_ns: int) -> Batch:
        """Return the readings in messages, in their order.

        Args:
            messages: As they came.
            arrived_ns: The time now, which is that of readings without their own: each is a nanosecond after the one
                before, so that two of one sensor differ.
        """
        self.intake.messages += len(messages)
        batch = self._quickly(messages, arrived_ns) if self._is_plain and messages else None
        if batch is None:
            batch = self._one_by_one(messages, arrived_ns)
        self.intake.kept += len(batch)
        return batch

    def disconnected(self) -> None:
        """Note that the connection has ended: what the broker sends again over the next one may be known."""
        self._suspects = None

    def _quickly(self, messages: Sequence[Message], arrived_ns: int) -> Batch | None:
        """Return the batch, or None if there is anything to look at more closely."""
        topics, payloads, _, _, retained, again, _ = zip(*messages, strict=True)
        if True in again or True in retained:
            return None
        places = list(map(self._topics.get, topics))
        if None in places or b"_" in b"".join(payloads):  # which Python's numbers may have
            return None
        try:
            values = np.array(list(map(float, payloads)))
        except ValueError:
            return None
        if not (values.min() >= COLDEST_C and values.max() < inf):  # nor if one is NaN
            return None
        times_ns = np.arange(arrived_ns, arrived_ns + len(values))
        return Batch(sensors=np.array(places, "int32"), values=values, times_ns=times_ns)

    def _one_by_one(self, messages: Sequence[Message], arrived_ns: int) -> Batch:
        sensors: list[int] = []
        values: list[float] = []
        times_ns: list[int] = []
        latest_ns = arrived_ns + _AHEAD_NS
        for number, message in enumerate(messages):
            place = self._topics.get(message.topic)
            if place is None:
                self.intake.strange += 1
                self._tell(message, "no sensor has this topic")
                continue
            try:
                value, time_ns = self._parse(message.payload)
            except ValueError as error:
                self.intake.malformed += 1
                self._tell(message, str(error))
                continue
            if time_ns is not None and time_ns > latest_ns:
                self.intake.ahead += 1
                time_ns = None
            if time_ns is None and message.retain:
                self.intake.retained += 1
            elif self._came_before(place, value, time_ns, is_again=message.is_again):
                self.intake.again += 1
            else:
                sensors.append(place)
                values.append(value)
                times_ns.append(arrived_ns + number if time_ns is None else time_ns)
        return Batch(
            sensors=np.array(sensors, "int32"), values=np.array(values, "float64"), times_ns=np.array(times_ns, "int64")
        )

    def _came_before(self, place: int, value: float, time_ns: int | None, *, is_again: bool) -> bool:
        if time_ns is not None:
            return not self._known.add((place, time_ns, value))
        if not is_again:
            return False
        if self._suspects is None:
            self._suspects = Counter((row[0], row[2]) for batch in self._recall() for row in _rows(batch))
        if self._suspects[place, value] <= 0:
            return False
        self._suspects[place, value] -= 1
        return True

    def _tell(self, message: Message, reason: str) -> None:
        topic = message.topic.decode("utf-8", "replace")
        payload = message.payload[:_SHOWN_BYTES].decode("utf-8", "backslashreplace")
        self.intake.samples.append((topic, payload, reason))
        if self._on_odd is not None:
            self._on_odd(topic, payload, reason)


def plain_number(payload: bytes) -> tuple[float, int | None]:
    """Read a payload that is a number and nothing else.

    Raises:
        ValueError: If it is not.
    """
    try:
        value = float(payload)
    except ValueError:
        raise ValueError("the payload is not a number") from None
    if not COLDEST_C <= value < inf or b"_" in payload:
        raise ValueError("the payload is not a temperature")
    return value, None


def _rows(batch: Batch) -> Iterable[tuple[int, int, float]]:
    return zip(batch.sensors.tolist(), batch.times_ns.tolist(), batch.values.tolist(), strict=True)


class _Recent:
    """The last readings that were seen, at least as many as may be under way and at most twice as many.

    Only their hashes are kept: that a reading has one of the 131,070 hashes of 64 bits by chance is less likely than a
    broken disk.

    Args:
        least: How many.
    """

    def __init__(self, least: int) -> None:
        self._least = least
        self._new: set[int] = set()
        self._old: set[int] = set()

    def add(self, reading: tuple[int, int, float]) -> bool:
        """Take a reading for seen; return whether it was not."""
        key = hash(reading)
        if key in self._new or key in self._old:
            return False
        self._new.add(key)
        if len(self._new) >= self._least:
            self._old, self._new = self._new, set()
        return True
