"""A day of a modelled data centre with every fault, its monitor in a closed loop, in virtual time.

Beside the plant runs, from the moment of each fault that heats a zone, a twin whose unit cools that zone in full: it
knows of the fault at once, so that no monitor can do better. How long it is too warm is the physical minimum.
"""

from collections import deque
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np

from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Batch, Change, ChangeKind, Severity
from turnout.jobs.monitor.plant import Fault, FaultKind, Plant, Site, Topics, make_fault
from turnout.jobs.monitor.reactions import Cooling, CoolingReaction, Entry
from turnout.jobs.monitor.rules import Deviation, Engine, Limits, Missing, Rule, Stuck, Threshold, Where, ZoneRule

HOUR_S = 3600.0
LIMIT_C = 27.0  # ASHRAE's recommended inlet temperature ends here
_S_NS = 1_000_000_000
_MIDNIGHT_NS = 1_764_028_800 * _S_NS
_AFTERMATH_S = 1_800.0
_NEAR_C = 0.3  # a sensor's noise and step: an alarm at 27.1 may be of air at 26.9
_SILENT = (21 * HOUR_S, 21.25 * HOUR_S)


@dataclass(slots=True)
class Heat:
    """How long a zone was above its limit because of a fault.

    Attributes:
        fault: Which.
        above_s: With the monitor.
        least_s: With full cooling from the moment of the fault.
    """

    fault: Fault
    above_s: float = 0.0
    least_s: float = 0.0


@dataclass(slots=True)
class Result:
    """What a day was like.

    Attributes:
        readings: How many there were.
        changes: What became of alarms.
        missed: Faults without their alarm.
        false: Alarms without a fault, and without heat.
        heats: How long zones were too warm.
        reasons: How often zones got a level, by its reason.
        was_safe: Whether all units cooled in full while the monitor was dead.
        drift_c: How far the mean of any zone was from the target, at most, in the hour before the first fault.
    """

    readings: int = 0
    changes: list[Change] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    heats: list[Heat] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    was_safe: bool = False
    drift_c: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The alarm that a fault must raise.

    Attributes:
        fault: The fault.
        rule: The alarm's rule.
        within_s: How soon after its beginning.
    """

    fault: Fault
    rule: str
    within_s: float


def rules(interval_s: float) -> tuple[Rule, ...]:
    """Return what is watched; a reading comes each ``interval_s``."""
    step_ns = round(interval_s * _S_NS)
    minute_ns = 60 * _S_NS
    inlets = Where(kinds=("inlet",))
    return (
        Threshold(
            name="hot", where=inlets, limits=Limits(at=LIMIT_C, clear=26.0), for_ns=minute_ns, clear_for_ns=minute_ns
        ),
        ZoneRule(
            name="hot-zone",
            severity=Severity.CRITICAL,
            where=inlets,
            limits=Limits(at=25.5, clear=24.5),
            window_ns=step_ns,
            step_ns=step_ns,
        ),
        Missing(name="silent", interval_ns=step_ns, intervals=6, step_ns=step_ns),
        Stuck(name="stuck", window_ns=20 * minute_ns, step_ns=minute_ns),
        Deviation(
            name="odd",
            limits=Limits(at=3.0, clear=2.0),
            window_ns=5 * minute_ns,
            step_ns=max(step_ns, 30 * _S_NS),
            for_ns=minute_ns,
        ),
    )


def faults(sensors: list[str], zones: tuple[str, ...]) -> list[Expected]:
    """Return a day's faults, of each kind; those that heat zones when it is night, and when most is computed."""
    middle = sensors[len(sensors) // 2]
    table = (
        # kind, place, hour, minutes, size, and the alarm that is to come of it, within seconds
        ("fan", zones[0], 3, 20, 0.3, "hot-zone", 600),
        ("stuck", sensors[1], 5, 60, 0.0, "stuck", 1_400),
        ("spike", zones[1], 8, 20, 6_000.0, "hot-zone", 1_000),
        ("drift", sensors[-3], 10, 90, 6.0, "odd", 4_500),
        ("lost", sensors[2], 12, 15, 0.0, "silent", 400),
        ("spike", middle, 15, 30, 6_000.0, "odd", 1_500),
        ("fan", zones[2], 17, 40, 0.2, "hot-zone", 600),
        ("lost", sensors[-1], 19, 30, 0.0, "silent", 400),
    )
    return [
        Expected(
            fault=make_fault(kind, place, start_s=hour * HOUR_S, duration_s=minutes * 60, size=size),
            rule=rule,
            within_s=within_s,
        )
        for kind, place, hour, minutes, size, rule, within_s in table
    ]


class Day:
    """A plant and its monitor.

    Args:
        racks: How many, each with a sensor.
        zones: At least 3.
        interval_s: Between two readings of a sensor.
        seed: Of the plant.
    """

    def __init__(self, *, racks: int, zones: int, interval_s: float, seed: int = 1) -> None:
        self._interval_s = interval_s
        self._layout = grid(racks=racks, zones=zones)
        self._expected = faults([sensor.name for sensor in self._layout.sensors], self._layout.zones)
        self.plant = Plant(self._layout, seed=seed, faults=tuple(one.fault for one in self._expected))
        self._engine = Engine(self._layout, rules(interval_s))
        self._sent: deque[tuple[str, bytes]] = deque()
        self._said: deque[tuple[str, bytes]] = deque()
        self._site = Site(
            self._layout,
            self.plant,
            topics=Topics(),
            publish=lambda topic, payload: self._said.append((topic, payload)),
            patience_s=4 * interval_s,
        )
        self._reaction = CoolingReaction(
            interval_s=interval_s, stale_s=max(30.0, 3 * interval_s), keepalive_s=2 * interval_s
        )
        self._cooling = Cooling(
            self._layout,
            self._reaction,
            send=lambda topic, payload: self._sent.append((topic, payload)),
            log=self._log,
            now_ns=self._now_ns(),
        )
        self._indexes = np.arange(racks, dtype=np.int32)
        self._racks_of_zone = np.bincount(self.plant.places.zone_of_rack, minlength=zones)
        self._twins: list[tuple[Plant, Heat]] = []
        self.result = Result()

    def run(self, hours: float = 24.0) -> Result:
        """Let the day pass, and return what it was like."""
        result = self.result
        before_faults = (2 * HOUR_S, 3 * HOUR_S)
        target_c = 23.0
        while self.plant.time_s < hours * HOUR_S - 1e-6:
            self._begin_twins()
            self._site.advance(self._interval_s, self.plant.time_s)
            self._follow_twins()
            self._exchange(is_dead=_SILENT[0] <= self.plant.time_s < _SILENT[1])
            if before_faults[0] < self.plant.time_s < before_faults[1]:
                drift = float(np.abs(self._means(self.plant) - target_c).max())
                result.drift_c = max(result.drift_c, drift)
        for expected in self._expected:
            if not any(_is_of(change, expected, self._seconds(change)) for change in result.changes):
                fault = expected.fault
                result.missed.append(f"{fault.kind.value} at {fault.place}")
        return result

    def _exchange(self, *, is_dead: bool) -> None:
        """Let sensors speak, the monitor think, and commands and acknowledgements go their ways."""
        now_ns = self._now_ns()
        values = self.plant.read()
        if is_dead:
            self.result.was_safe = bool((self.plant.levels == 1).all())
            return
        speaks = np.isfinite(values)
        count = int(speaks.sum())
        self.result.readings += count
        batch = Batch(
            sensors=self._indexes[speaks], values=values[speaks], times_ns=np.full(count, now_ns, dtype=np.int64)
        )
        changes = (*self._engine.feed(batch), *self._engine.tick(now_ns))
        self._cooling.feed(batch, now_ns)
        for change in changes:
            self._judge(change)
            self._cooling.change(change)
        self._cooling.tick(now_ns)
        while self._sent:
            self._site.message(*self._sent.popleft(), self.plant.time_s)
        while self._said:
            self._cooling.message(*self._said.popleft(), now_ns)

    def _judge(self, change: Change) -> None:
        self.result.changes.append(change)
        if change.kind is not ChangeKind.RAISED:
            return
        alarm, time_s = change.alarm, self._seconds(change)
        sensors = self.plant.places.sensors
        for one in self._expected:
            fault = one.fault
            zone = fault.place if fault.place not in sensors else self._layout.sensors[sensors[fault.place]].zone
            is_its_place = fault.place == alarm.subject or (_heats(fault) and zone == alarm.zone)
            if is_its_place and fault.start_s <= time_s <= fault.end_s + _AFTERMATH_S:
                return
        rack = sensors.get(alarm.subject)
        if alarm.rule == "hot" and rack is not None and self.plant.air_c[rack] > LIMIT_C - _NEAR_C:
            return  # it is hot, whatever the reason
        self.result.false.append(f"{alarm.rule} at {alarm.subject} after {time_s / HOUR_S:.2f} h")

    def _begin_twins(self) -> None:
        for one in self._expected:
            fault = one.fault
            begins = fault.start_s - 1e-6 <= self.plant.time_s < fault.start_s - 1e-6 + self._interval_s
            if begins and _heats(fault) and fault.place in self._layout.zones:
                heat = Heat(fault)
                self.result.heats.append(heat)
                self._twins.append((deepcopy(self.plant), heat))

    def _follow_twins(self) -> None:
        for twin, heat in self._twins:
            zone = self._layout.zones.index(heat.fault.place)
            twin.levels[:] = self.plant.levels
            twin.set_level(zone, 1.0)
            twin.advance(self._interval_s)
            heat.above_s += self._interval_s * (self._means(self.plant)[zone] > LIMIT_C)
            heat.least_s += self._interval_s * (self._means(twin)[zone] > LIMIT_C)
        self._twins = [(twin, heat) for twin, heat in self._twins if twin.time_s < heat.fault.end_s + _AFTERMATH_S]

    def _means(self, plant: Plant) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
        sums = np.bincount(plant.places.zone_of_rack, plant.air_c, len(self._racks_of_zone))
        return sums / self._racks_of_zone

    def _log(self, entry: Entry) -> None:
        if entry.event == "commanded":
            reason = entry.details["reason"]
            self.result.reasons[reason] = self.result.reasons.get(reason, 0) + 1

    def _now_ns(self) -> int:
        return _MIDNIGHT_NS + round(self.plant.time_s * _S_NS)

    def _seconds(self, change: Change) -> float:
        return (change.time_ns - _MIDNIGHT_NS) / _S_NS


def _heats(fault: Fault) -> bool:
    return fault.kind in {FaultKind.FAN, FaultKind.SPIKE}


def _is_of(change: Change, expected: Expected, time_s: float) -> bool:
    fault = expected.fault
    return (
        change.kind is ChangeKind.RAISED
        and (change.alarm.rule, change.alarm.subject) == (expected.rule, fault.place)
        and fault.start_s <= time_s <= fault.start_s + expected.within_s
    )
