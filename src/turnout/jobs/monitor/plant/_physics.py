"""What a rack and a cooling unit are made of, in SI units."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Physics:
    """The constants of the model; all are above 0.

    The defaults are of the usual size for air-cooled racks of about 5 kW: 0.75 m³/s of air (1.2 kg/m³, 1005 J/kg K)
    carry 900 W/K, some 200 kg of steel, copper and silicon hold 100 kJ/K, and the air of a rack's aisle, with the
    surfaces that follow it at once, 40 kJ/K.

    Attributes:
        equipment_j_per_k: Heat that a rack's equipment holds.
        air_j_per_k: Heat that the air in front of a rack holds, with the surfaces around it.
        coil_j_per_k: Heat that a cooling unit's coil holds, for each rack of its zone.
        equipment_w_per_k: Heat that flows from equipment to air.
        mixing_w_per_k: Heat that flows between the air of two racks side by side.
        airflow_w_per_k: Heat that the air of a unit's fans carries at full speed, for each rack.
        coil_w_per_k: Heat that flows from a coil to its water, for each rack.
        unit_w: The most that a unit takes out, for each rack of its zone.
        water_c: Temperature of the chilled water.
        fan_lag_s: The fans come as near to the speed that is asked for as 63 % in this time.
        load_w: What a rack's equipment takes on average.
        load_spread: The averages of the racks lie so far to both sides, as a share.
        daily_share: The daily curve goes so far up and down, as a share.
        walk_share: The standard deviation of a rack's random walk, as a share.
        walk_s: The time after which the walk has mostly forgotten where it was.
        noise_c: The standard deviation of a sensor's noise.
        step_c: A sensor's readings are multiples of this.
    """

    equipment_j_per_k: float = 100_000.0
    air_j_per_k: float = 40_000.0
    coil_j_per_k: float = 40_000.0
    equipment_w_per_k: float = 500.0
    mixing_w_per_k: float = 60.0
    airflow_w_per_k: float = 900.0
    coil_w_per_k: float = 2_000.0
    unit_w: float = 12_000.0
    water_c: float = 10.0
    fan_lag_s: float = 20.0
    load_w: float = 5_250.0
    load_spread: float = 0.25
    daily_share: float = 0.15
    walk_share: float = 0.05
    walk_s: float = 1_800.0
    noise_c: float = 0.1
    step_c: float = 0.0625

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 < value < float("inf"):
                raise ValueError(f"{field.name} has to be a number above 0, not {value!r}")

    @property
    def stable_step_s(self) -> float:
        """The longest step of time that the explicit integration takes: half the shortest time constant.

        Explicit Euler is stable up to twice the time constant of the quickest part, and does not swing up to once.
        """
        busiest_rack = 1 + self.load_spread  # its air flows faster by as much
        flow = self.airflow_w_per_k * busiest_rack
        return 0.5 * min(
            self.equipment_j_per_k / self.equipment_w_per_k,
            self.air_j_per_k / (self.equipment_w_per_k + 4 * self.mixing_w_per_k + flow),
            self.coil_j_per_k / (self.coil_w_per_k + self.airflow_w_per_k),
        )
