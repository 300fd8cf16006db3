"""What goes from one stage of the monitor to the next: places, readings, alarms and what becomes of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLDEST_C = -273.15
"""No temperature is lower; devices say -999 and the like where they have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """A place that sends readings.

    Attributes:
        name: Unlike that of any other sensor: ``rack/kind``.
        rack: Where it hangs; unlike any other rack of the layout.
        zone: What is cooled together; a zone lies in one room.
        room: Where the zone is.
        x: Column on the room's floor, from 0.
        y: Row on the room's floor, from 0.
        kind: What it measures; sensors are compared with neighbours of the same kind only.
    """

    name: str
    rack: str
    zone: str
    room: str
    x: int
    y: int
    kind: str = "inlet"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Readings in the order in which they arrived; one is a legal batch, and so is none.

    Attributes:
        sensors: int32, shape (n,): indexes into `Layout.sensors`.
        values: float64, shape (n,): degrees Celsius, unless the configuration says otherwise; may be NaN or infinite.
        times_ns: int64, shape (n,): when each was measured, nanoseconds since the Unix epoch.
    """

    sensors: "NDArray[np.int32]"
    values: "NDArray[np.float64]"
    times_ns: "NDArray[np.int64]"

    def __len__(self) -> int:
        return len(self.sensors)


class Reading(NamedTuple):
    """One reading, as an alarm's cause.

    Attributes:
        sensor: Its name.
        value: As it was measured.
        time_ns: When.
    """

    sensor: str
    value: float
    time_ns: int


class Severity(IntEnum):
    """How bad an alarm is."""

    INFO = 0
    WARNING = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that a rule found, from when it was raised.

    Attributes:
        id: The same whenever the same rule finds the same thing: made of rule, subject and moment.
        rule: The rule's name.
        subject: The sensor's or the zone's name.
        zone: The zone, or that of the sensor.
        room: Likewise.
        severity: As the rule says.
        raised_ns: When it was raised: the moment from which the rule's words were fulfilled.
        value: What the rule looked at, at that moment: a temperature, a mean, degrees per hour, seconds of silence.
        cause: Readings that made it so; the newest comes last.
        labels: As the rule says: ``(("team", "facilities"), ...)``.
    """

    id: str
    rule: str
    subject: str
    zone: str
    room: str
    severity: Severity
    raised_ns: int
    value: float
    cause: tuple[Reading, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


class ChangeKind(StrEnum):
    """What became of an alarm.

    The engine raises and clears. The rest is told by the notifier: that an alarm comes and goes so often that it is
    treated as one until it is calm; that somebody has seen to it; and, for people, that alarms are announced, together
    and unless somebody wants to hear nothing of them, and that all that were announced are over.
    """

    RAISED = "raised"
    CLEARED = "cleared"
    FLAPPING = "flapping"
    CALM = "calm"
    ACKNOWLEDGED = "acknowledged"
    ANNOUNCED = "announced"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of an alarm, and when.

    Attributes:
        kind: What happened.
        alarm: To which alarm; of several that are announced or resolved, the worst.
        time_ns: When; that of raising is the alarm's own.
        value: What the rule looked at, at that moment.
        group: All that are announced or resolved together, the worst first.
    """

    kind: ChangeKind
    alarm: Alarm
    time_ns: int
    value: float
    group: tuple[Alarm, ...] = ()


class Layout:
    """Where all sensors are.

    Args:
        sensors: In the order of their indexes; names differ, and a zone lies in one room.

    Attributes:
        sensors: The same.
        zones: Names of zones, in the order of their first sensors.
        rooms: Names of rooms, likewise.
        zone_of: The index of each sensor's zone.

    Raises:
        ValueError: If two sensors have one name, or a zone lies in two rooms.
    """

    __slots__ = ("_indexes", "_neighbours", "room_of_zone", "rooms", "sensors", "zone_of", "zones")

    def __init__(self, sensors: tuple[Sensor, ...]) -> None:
        self.sensors = sensors
        self._indexes = {sensor.name: index for index, sensor in enumerate(sensors)}
        if len(self._indexes) < len(sensors):
            names = [sensor.name for sensor in sensors]
            raise ValueError(f"two sensors are called {next(name for name in names if names.count(name) > 1)!r}")
        rooms: dict[str, str] = {}
        for sensor in sensors:
            if rooms.setdefault(sensor.zone, sensor.room) != sensor.room:
                raise ValueError(f"zone {sensor.zone!r} lies in rooms {rooms[sensor.zone]!r} and {sensor.room!r}")
        self.zones = tuple(rooms)
        self.rooms = tuple(dict.fromkeys(rooms.values()))
        self.room_of_zone = rooms
        numbers = {zone: number for number, zone in enumerate(self.zones)}
        self.zone_of = tuple(numbers[sensor.zone] for sensor in sensors)
        self._neighbours: dict[tuple[str, str, int, int], list[int]] | None = None

    def __len__(self) -> int:
        return len(self.sensors)

    def __iter__(self) -> Iterator[Sensor]:
        return iter(self.sensors)

    def index_of(self, name: str) -> int:
        """Return the index of a sensor.

        Raises:
            KeyError: If there is none of that name.
        """
        return self._indexes[name]

    def neighbours(self, index: int) -> tuple[int, ...]:
        """Return the indexes of sensors of the same kind on the places around a sensor, at most eight, ascending."""
        if self._neighbours is None:
            self._neighbours = {}
            for number, sensor in enumerate(self.sensors):
                self._neighbours.setdefault((sensor.kind, sensor.room, sensor.x, sensor.y), []).append(number)
        sensor = self.sensors[index]
        places = ((sensor.x + dx, sensor.y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy)
        around = (self._neighbours.get((sensor.kind, sensor.room, *place), ()) for place in places)
        return tuple(sorted(number for numbers in around for number in numbers))
