"""A plant as those see it who can only send and receive messages: readings, cooling commands, faults."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from turnout.errors import UsageError
from turnout.jobs.monitor.plant._desk import Desk, parse_order
from turnout.jobs.monitor.plant._faults import fault_from
from turnout.jobs.monitor.plant._plant import Plant
from turnout.jobs.monitor.plant._writing import Write, writer_of

if TYPE_CHECKING:
    from turnout.jobs.monitor._types import Layout
    from turnout.jobs.monitor.config._values import Payload

Publish: TypeAlias = Callable[[str, bytes], None]

_OFFLINE = b"offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """Where messages go and come from; ``{room}``, ``{zone}``, ``{rack}`` and ``{sensor}`` stand for names.

    Attributes:
        reading: Of a sensor; ``{sensor}`` is its kind.
        command: Where a zone's cooling unit is told what to do.
        state: Where it says what it does.
        faults: Where faults are injected; answers come on the same topic with ``/state`` added.
        monitors: Where monitors say that they are there, and the broker that they are not any more.
    """

    reading: str = "dc/{room}/{zone}/{rack}/{sensor}"
    command: str = "cooling/{room}/{zone}/set"
    state: str = "cooling/{room}/{zone}/state"
    faults: str = "plant/faults"
    monitors: str = "turnout/monitor/+/state"


class Site:
    """A plant with its cooling units' desk. Time passes only in `advance`.

    Args:
        layout: Where its racks are.
        plant: What happens there.
        topics: Where messages go.
        publish: Publishes what units and faults have to say.
        patience_s: A unit that was commanded, and hears nothing for so long, cools in full.
        now_s: The time of whoever commands, which need not be the plant's.
        payload: How readings are written; None for plain numbers.
    """

    def __init__(
        self,
        layout: "Layout",
        plant: Plant,
        *,
        topics: Topics,
        publish: Publish,
        patience_s: float = 30.0,
        now_s: float = 0.0,
        payload: "Payload | None" = None,
    ) -> None:
        self.plant = plant
        self.desk = Desk(len(layout.zones), patience_s=patience_s, now_s=now_s)
        self._topics = topics
        self._publish = publish
        self._payload = payload
        self._readings = [
            filled(topics.reading, room=one.room, zone=one.zone, rack=one.rack, sensor=one.kind)
            for one in layout.sensors
        ]
        names = [{"room": layout.room_of_zone[zone], "zone": zone} for zone in layout.zones]
        self._zone_of = {filled(topics.command, **name): zone for zone, name in enumerate(names)}
        self._states = [filled(topics.state, **name) for name in names]
        self._set_levels(range(len(names)))

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        command = self._topics.command.replace("{room}", "+").replace("{zone}", "+")
        return (command, self._topics.faults, self._topics.monitors)

    def message(self, topic: str, payload: bytes, now_s: float) -> None:
        """Do what a message on one of `filters` asks for."""
        zone = self._zone_of.get(topic)
        if zone is not None:
            self._command(zone, payload, now_s)
        elif topic == self._topics.faults:
            self._fault(payload)
        elif payload == _OFFLINE and topic.startswith(self._topics.monitors.partition("+")[0]):
            self._set_levels(self.desk.lose_all())

    def advance(self, seconds: float, now_s: float) -> None:
        """Let time pass; units that were left alone cool in full from now on."""
        self._set_levels(self.desk.look(now_s))
        self.plant.advance(seconds)

    def readings(self, now_ns: int) -> "Readings":
        """Return what the sensors say now.

        Args:
            now_ns: The time, for payloads that tell it.
        """
        values: list[float] = self.plant.read().tolist()
        write = _write_number if self._payload is None else writer_of(self._payload, now_ns)
        return Readings(self._readings, values, write)

    def _command(self, zone: int, payload: bytes, now_s: float) -> None:
        try:
            order = parse_order(payload)
        except UsageError as error:
            self._publish(self._states[zone], json.dumps({"error": str(error)}).encode())
            return
        if self.desk.take(zone, order, now_s):
            self.plant.set_level(zone, self.desk.levels[zone])
        self._tell(zone)

    def _set_levels(self, zones: Sequence[int]) -> None:
        for zone in zones:
            self.plant.set_level(zone, self.desk.levels[zone])
            self._tell(zone)

    def _tell(self, zone: int) -> None:
        plant = self.plant
        figures = {"airflow": round(float(plant.airflow[zone]), 4), "supply_c": round(float(plant.supply_c[zone]), 3)}
        self._publish(self._states[zone], self.desk.acknowledgement(zone, **figures))

    def _fault(self, payload: bytes) -> None:
        """Inject or clear faults: ``{"kind": "fan", "place": "z1", "duration_s": 600}``, ``{"clear": "z1"}``."""
        plant = self.plant
        try:
            said = json.loads(payload)
            if not isinstance(said, dict):
                raise UsageError("a fault is an object of JSON")
            if "clear" in said:
                place = said["clear"]
                plant.clear(place if isinstance(place, str) else None)
            else:
                fault = fault_from(said)
                plant.inject(replace(fault, start_s=fault.start_s + plant.time_s))
        except (ValueError, RecursionError) as error:
            answer: dict[str, object] = {"error": str(error)}
        else:
            answer = {"faults": [{"kind": one.kind.value, "place": one.place} for one in plant.faults]}
        self._publish(f"{self._topics.faults}/state", json.dumps(answer).encode())


def filled(pattern: str, **names: str) -> str:
    """Return a topic with names in the place of their words in braces."""
    for word, name in names.items():
        pattern = pattern.replace(f"{{{word}}}", name)
    return pattern


class Readings:
    """What all sensors of a site said at one moment.

    Args:
        topics: Of each sensor.
        values: What each said; NaN for nothing.
        write: Writes one.
    """

    def __init__(self, topics: Sequence[str], values: Sequence[float], write: Write) -> None:
        self._topics = topics
        self._values = values
        self._write = write

    def part(self, first: int, step: int) -> Iterator[tuple[str, bytes]]:
        """Return topic and payload of every ``step``-th sensor from ``first`` on that says something."""
        for topic, value in zip(self._topics[first::step], self._values[first::step], strict=True):
            if value == value:  # noqa: PLR0124  NaN is not itself
                yield topic, self._write(value)


def _write_number(value: float) -> bytes:
    return b"%.4f" % value
