"""What sensors say of the air they are in, also when something is wrong with them."""

from typing import TYPE_CHECKING

from turnout.jobs.monitor._numpy import Floats, np
from turnout.jobs.monitor.plant._faults import Fault, FaultKind
from turnout.jobs.monitor.plant._physics import Physics
from turnout.jobs.monitor.plant._places import Places

if TYPE_CHECKING:
    from numpy.random import Generator

_HOUR_S = 3600.0


class Sensing:
    """The sensors of a plant.

    Args:
        physics: Their noise and step.
        places: Where they are.
        seed: The same seed, read as often, gives the same noise.
    """

    def __init__(self, physics: Physics, places: Places, seed: int) -> None:
        self._random: Generator = np.random.default_rng((seed, 2))
        self._physics = physics
        self._places = places
        self._stuck: dict[int, float] = {}

    def read(self, air_c: "Floats", equipment_c: "Floats", time_s: float, faults: list[Fault]) -> "Floats":
        """Return what each sensor says, °C; NaN for one that says nothing.

        Args:
            air_c: The air in front of each rack.
            equipment_c: The equipment of each rack; the air leaves about as warm.
            time_s: The plant's time.
            faults: Those that hold at that time.
        """
        physics, sensors = self._physics, self._places.sensors
        racks = self._places.rack_of_sensor
        said: Floats = np.where(self._places.is_behind, equipment_c[racks], air_c[racks])
        said += physics.noise_c * self._random.standard_normal(len(said))
        for fault in faults:
            if fault.kind is FaultKind.DRIFT:
                said[sensors[fault.place]] += fault.size * (time_s - fault.start_s) / _HOUR_S
        np.round(said / physics.step_c, out=said)
        said *= physics.step_c
        stuck = [sensors[fault.place] for fault in faults if fault.kind is FaultKind.STUCK]
        self._stuck = {sensor: self._stuck.get(sensor, float(said[sensor])) for sensor in stuck}
        for sensor, value in self._stuck.items():
            said[sensor] = value
        said[[sensors[fault.place] for fault in faults if fault.kind is FaultKind.LOST]] = np.nan
        return said
