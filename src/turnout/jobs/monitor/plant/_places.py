"""Where the racks of a layout stand, as arrays."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnout.errors import UsageError
from turnout.jobs.monitor._numpy import Bools, Ints, np
from turnout.jobs.monitor.plant._faults import Fault, FaultKind

if TYPE_CHECKING:
    from turnout.jobs.monitor._types import Layout

_BEHIND = ("outlet", "exhaust")  # kinds of sensors that are behind a rack; all others are in front


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Racks, zones and which stands beside which.

    Attributes:
        rack_of_sensor: intp, shape (sensors,): the rack whose air a sensor is in.
        zone_of_rack: intp, shape (racks,).
        zones: The names of the zones; a zone's index is its place here.
        beside: intp, shape (2, pairs): racks that stand side by side in one room, each pair once.
        sensors: The index of each sensor, by its name.
        is_behind: bool, shape (sensors,): whether a sensor is in the air that leaves a rack.
    """

    rack_of_sensor: "Ints"
    zone_of_rack: "Ints"
    zones: tuple[str, ...]
    beside: "Ints"
    sensors: dict[str, int]
    is_behind: "Bools"

    def racks_in(self, place: str) -> "Ints":
        """Return the racks of a zone, or the one rack of a sensor."""
        if place in self.zones:
            return np.flatnonzero(self.zone_of_rack == self.zones.index(place))
        return self.rack_of_sensor[[self.sensors[place]]]

    def check(self, fault: Fault) -> Fault:
        """Return the fault if its place is there.

        Raises:
            UsageError: If it isn't, or is not of the kind that the fault needs.
        """
        is_zone, is_sensor = fault.place in self.zones, fault.place in self.sensors
        match fault.kind:
            case FaultKind.FAN:
                needed, is_there = "zone", is_zone
            case FaultKind.SPIKE:
                needed, is_there = "zone or sensor", is_zone or is_sensor
            case _:
                needed, is_there = "sensor", is_sensor
        if not is_there:
            example = self.zones[0] if needed.startswith("zone") else next(iter(self.sensors))
            raise UsageError(f"there is no {needed} {fault.place!r} for a fault {fault.kind.value!r}; try {example!r}")
        return fault


def find_places(layout: "Layout") -> Places:
    """Return the racks of a layout."""
    racks: dict[str, int] = {}
    at: dict[tuple[str, int, int], int] = {}
    rack_of_sensor: list[int] = []
    zone_of_rack: list[int] = []
    for sensor, zone in zip(layout.sensors, layout.zone_of, strict=True):
        rack = racks.setdefault(sensor.rack, len(racks))
        if rack == len(zone_of_rack):
            zone_of_rack.append(zone)
            at.setdefault((sensor.room, sensor.x, sensor.y), rack)
        rack_of_sensor.append(rack)
    pairs = [
        (rack, at[beside])
        for (room, x, y), rack in at.items()
        for beside in ((room, x + 1, y), (room, x, y + 1))
        if beside in at
    ]
    return Places(
        rack_of_sensor=np.array(rack_of_sensor, dtype=np.intp),
        zone_of_rack=np.array(zone_of_rack, dtype=np.intp),
        zones=layout.zones,
        is_behind=np.array([sensor.kind in _BEHIND for sensor in layout.sensors], dtype=np.bool_),
        beside=np.array(pairs, dtype=np.intp).reshape(-1, 2).T.copy(),
        sensors={sensor.name: index for index, sensor in enumerate(layout.sensors)},
    )
