"""Which process of several looks after which sensors: parts of a layout that no rule looks beyond."""

from collections import defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from turnout.errors import UsageError
from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Batch, Layout
from turnout.report._words import plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

Unit = Literal["room", "zone"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Some rooms or zones, with all that is in them.

    Attributes:
        number: Counted from 0.
        layout: The part's own.
        places: int32, shape (n,): the index of each of its sensors in the whole layout.
    """

    number: int
    layout: Layout
    places: "NDArray[np.int32]"

    def in_whole(self, batch: Batch) -> Batch:
        """Return a batch of the part with the sensors' numbers in the whole layout."""
        return Batch(sensors=self.places[batch.sensors], values=batch.values, times_ns=batch.times_ns)


class Division:
    """A layout, divided into parts of about the same size: the same parts wherever it is computed.

    Rooms stay whole where there are enough of them, because a sensor is compared with its neighbours, which may be of
    another zone but not of another room. Else zones stay whole, because rules about zones need all of their sensors;
    a sensor at the border of its zone then has neighbours on one side only.

    Args:
        layout: What is divided.
        count: How many parts.

    Attributes:
        unit: What stays whole.
        parts: All of them.

    Raises:
        UsageError: If there are fewer zones than parts.
    """

    def __init__(self, layout: Layout, count: int) -> None:
        if not 1 <= count <= len(layout.zones):
            raise UsageError(
                f"{count} partitions were asked for, and the layout has {plural(len(layout.zones), 'zone')}, "
                f"none of which is divided; ask for 1 to {len(layout.zones)}"
            )
        self.unit: Unit = "room" if len(layout.rooms) >= count else "zone"
        units: dict[str, list[int]] = defaultdict(list)
        for index, sensor in enumerate(layout):
            units[sensor.room if self.unit == "room" else sensor.zone].append(index)
        members: list[list[int]] = [[] for _ in range(count)]
        for _, indexes in sorted(units.items(), key=lambda unit: (-len(unit[1]), unit[0])):
            min(members, key=len).extend(indexes)
        self._part_of = np.empty(len(layout), np.int32)
        self._place_in_part = np.empty(len(layout), np.int32)
        parts = []
        for number, indexes in enumerate(members):
            places = np.array(sorted(indexes), np.int32)
            self._part_of[places] = number
            self._place_in_part[places] = np.arange(len(places), dtype=np.int32)
            own = Layout(tuple(layout.sensors[place] for place in places.tolist()))
            parts.append(Part(number=number, layout=own, places=places))
        self.parts = tuple(parts)
        text = repr((count, self.unit, layout.sensors))
        self.fingerprint = blake2b(text.encode(), digest_size=8).hexdigest()

    def split(self, batch: Batch) -> list[tuple[int, Batch]]:
        """Return the readings of each part that has some, in their order, with the sensors' numbers in the part."""
        owners = self._part_of[batch.sensors]
        split = []
        for number in np.unique(owners).tolist():
            mine = owners == number
            sensors = self._place_in_part[batch.sensors[mine]]
            split.append((number, Batch(sensors=sensors, values=batch.values[mine], times_ns=batch.times_ns[mine])))
        return split
