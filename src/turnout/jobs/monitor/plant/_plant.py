"""A data centre's racks, air and cooling units, as heat that flows."""

from math import ceil, exp, isfinite
from typing import TYPE_CHECKING

from turnout.jobs.monitor._numpy import Floats, np
from turnout.jobs.monitor.plant._faults import Fault, FaultKind
from turnout.jobs.monitor.plant._loads import Loads
from turnout.jobs.monitor.plant._physics import Physics
from turnout.jobs.monitor.plant._places import find_places
from turnout.jobs.monitor.plant._sensing import Sensing

if TYPE_CHECKING:
    from turnout.jobs.monitor._types import Layout

USUAL = Physics()
_BEGINNING_LEVEL = 0.6


class Plant:
    """A data centre in which time passes only when it is told to.

    Heat goes from equipment to the air of its rack, between the air of neighbours, with the air that the fans of the
    zone's cooling unit move to its coil, and from the coil to the water::

        C_e dT_e/dt = P - G_e (T_e - T_a)
        C_a dT_a/dt = G_e (T_e - T_a) + sum G_m (T_beside - T_a) - F (T_a - T_s)
        C_s dT_s/dt = sum F (T_a - T_s) - Q             Q = min(G_s (T_s - T_w), the most that the unit can)

    F follows the level that the unit was told, with a lag. It is integrated by explicit Euler, in which each flow
    leaves one place and enters another, so that no heat is lost or made but by rounding.

    Args:
        layout: Where its racks and sensors are.
        physics: What it is made of.
        seed: The same seed and the same steps give the same loads and noise, whatever the cooling does.
        faults: What will go wrong.

    Attributes:
        time_s: Seconds since its beginning, which is a midnight.
        equipment_c: float64, shape (racks,), °C.
        air_c: float64, shape (racks,), °C.
        supply_c: float64, shape (zones,), °C: the air that leaves the coils.
        levels: float64, shape (zones,), 0 to 1: what the units were told.
        airflow: float64, shape (zones,), 0 to 1: how fast their fans really turn.
        heat_in_j: What the equipment has turned into heat so far.
        heat_out_j: What the water has taken away so far.
    """

    def __init__(
        self, layout: "Layout", *, physics: Physics = USUAL, seed: int = 0, faults: tuple[Fault, ...] = ()
    ) -> None:
        self.physics = physics
        self.places = find_places(layout)
        self.time_s = 0.0
        self._faults = [self.places.check(fault) for fault in faults]
        zone_of_rack, zones = self.places.zone_of_rack, len(layout.zones)
        self._loads = Loads(physics, zone_of_rack, seed)
        self._sensing = Sensing(physics, self.places, seed)
        # Tiles are opened as far as racks need, so that a rack that takes more gets more of the air.
        self._full_flow: Floats = physics.airflow_w_per_k * self._loads.average_w / physics.load_w
        racks_of_zone: Floats = np.bincount(zone_of_rack, minlength=zones).astype(np.float64)
        self._coil_j_per_k: Floats = physics.coil_j_per_k * racks_of_zone
        self._coil_w_per_k: Floats = physics.coil_w_per_k * racks_of_zone
        self._unit_w: Floats = physics.unit_w * racks_of_zone
        self.levels: Floats = np.full(zones, _BEGINNING_LEVEL)
        self.airflow: Floats = self.levels.copy()
        supply = physics.water_c + physics.load_w / physics.coil_w_per_k
        self.supply_c: Floats = np.full(zones, supply)
        self.air_c: Floats = np.full(
            len(zone_of_rack), supply + physics.load_w / (_BEGINNING_LEVEL * physics.airflow_w_per_k)
        )
        self.equipment_c: Floats = self.air_c + self._loads.average_w / physics.equipment_w_per_k
        self.heat_in_j = self.heat_out_j = 0.0

    def set_level(self, zone: int, level: float) -> None:
        """Tell a zone's cooling unit how fast its fans are to turn, 0 to 1; more or less is taken as 1 or 0."""
        if not isfinite(level):
            raise ValueError(f"a cooling unit takes a level from 0 to 1, not {level!r}")
        self.levels[zone] = min(max(level, 0.0), 1.0)

    def inject(self, fault: Fault) -> None:
        """Let something go wrong, from ``fault.start_s`` on.

        Raises:
            UsageError: If there is no such place.
        """
        self._faults.append(self.places.check(fault))

    def clear(self, place: str | None = None) -> int:
        """Repair what is wrong with a zone or sensor, or with everything, and return how many faults that were."""
        kept = [] if place is None else [fault for fault in self._faults if fault.place != place]
        count = len(self._faults) - len(kept)
        self._faults = kept
        return count

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What goes wrong now."""
        return tuple(self._holding())

    def read(self) -> "Floats":
        """Return what each sensor says now, °C, shape (sensors,); NaN for one that says nothing."""
        return self._sensing.read(self.air_c, self.equipment_c, self.time_s, self._holding())

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        count = max(1, ceil(seconds / self.physics.stable_step_s))
        for _ in range(count):
            self._step(seconds / count)

    def stored_j(self) -> float:
        """Return the heat that everything holds, counted from 0 °C."""
        physics = self.physics
        return float(
            physics.equipment_j_per_k * self.equipment_c.sum()
            + physics.air_j_per_k * self.air_c.sum()
            + (self._coil_j_per_k * self.supply_c).sum()
        )

    def _step(self, step_s: float) -> None:
        physics, zone_of_rack, zones = self.physics, self.places.zone_of_rack, len(self.levels)
        self.time_s += step_s
        load_w = self._loads.advance(step_s, self.time_s)
        wanted = self.levels
        for fault in self._holding():
            if fault.kind is FaultKind.SPIKE:
                load_w[self.places.racks_in(fault.place)] += fault.size
            elif fault.kind is FaultKind.FAN:
                wanted = wanted.copy()
                wanted[self.places.zones.index(fault.place)] *= fault.size
        self.airflow += (wanted - self.airflow) * (1 - exp(-step_s / physics.fan_lag_s))

        given_w = physics.equipment_w_per_k * (self.equipment_c - self.air_c)
        removed_w = self._full_flow * self.airflow[zone_of_rack] * (self.air_c - self.supply_c[zone_of_rack])
        one, other = self.places.beside
        mixed_w = physics.mixing_w_per_k * (self.air_c[one] - self.air_c[other])
        racks = len(self.air_c)
        mixed_in_w = np.bincount(other, mixed_w, racks) - np.bincount(one, mixed_w, racks)
        to_coil_w = np.bincount(zone_of_rack, removed_w, zones)
        could_w = self._coil_w_per_k * (self.supply_c - physics.water_c)
        taken_w = np.maximum(np.minimum(could_w, self._unit_w), 0.0)

        self.equipment_c += (load_w - given_w) * (step_s / physics.equipment_j_per_k)
        self.air_c += (given_w + mixed_in_w - removed_w) * (step_s / physics.air_j_per_k)
        self.supply_c += (to_coil_w - taken_w) * step_s / self._coil_j_per_k
        self.heat_in_j += float(load_w.sum()) * step_s
        self.heat_out_j += float(taken_w.sum()) * step_s

    def _holding(self) -> list[Fault]:
        if not self._faults:
            return self._faults
        self._faults = [fault for fault in self._faults if fault.end_s > self.time_s]
        return [fault for fault in self._faults if fault.start_s <= self.time_s]
