"""A machine that is easy to foresee: each sensor above 30 raises an alarm, and clears it at its next reading below."""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from turnout.errors import UsageError
from turnout.jobs.monitor._types import Alarm, Batch, Change, ChangeKind, Reading, Severity
from turnout.jobs.monitor.notices import Silence


class HotMachine:
    """Raises and clears as above, and remembers what it was told."""

    def __init__(self) -> None:
        self.active: dict[int, Alarm] = {}
        self.readings = 0
        self.ticks = 0
        self.seen: list[str] = []

    @property
    def alarms(self) -> Sequence[Alarm]:
        return list(self.active.values())

    @property
    def silences(self) -> Sequence[Silence]:
        return ()

    def acknowledged_by(self, alarm: Alarm) -> str | None:
        return "ada" if alarm.id in self.seen else None

    def feed(self, batch: Batch, _now_ns: int) -> Sequence[Change]:
        changes = []
        self.readings += len(batch)
        for sensor, value, time_ns in zip(
            batch.sensors.tolist(), batch.values.tolist(), batch.times_ns.tolist(), strict=True
        ):
            if value > 30 and sensor not in self.active:
                alarm = self.active[sensor] = Alarm(
                    id=f"hot-{sensor}-{time_ns}",
                    rule="hot",
                    subject=f"r{sensor}/inlet",
                    zone="z1",
                    room="hall-1",
                    severity=Severity.CRITICAL,
                    raised_ns=time_ns,
                    value=value,
                    cause=(Reading(f"r{sensor}/inlet", value, time_ns),),
                )
                changes.append(Change(kind=ChangeKind.RAISED, alarm=alarm, time_ns=time_ns, value=value))
            elif value <= 30 and sensor in self.active:
                alarm = self.active.pop(sensor)
                changes.append(Change(kind=ChangeKind.CLEARED, alarm=alarm, time_ns=time_ns, value=value))
        return changes

    def tick(self, _now_ns: int) -> Sequence[Change]:
        self.ticks += 1
        return ()

    def act(self, action: Mapping[str, object], now_ns: int) -> Sequence[Change]:
        for alarm in self.active.values():
            if alarm.id == action["alarm"]:
                self.seen.append(alarm.id)
                return (Change(kind=ChangeKind.ACKNOWLEDGED, alarm=alarm, time_ns=now_ns, value=alarm.value),)
        raise UsageError(f"there is no active alarm {action['alarm']!r}")

    def snapshot(self) -> bytes:
        active = [[sensor, alarm.raised_ns, alarm.value] for sensor, alarm in self.active.items()]
        return json.dumps([active, self.readings, self.ticks, self.seen]).encode()

    def restore(self, state: bytes) -> None:
        active, readings, ticks, seen = json.loads(state)
        self.active = {}
        for sensor, raised_ns, value in active:
            self.feed(batch([sensor], [value], [raised_ns]), 0)
        self.readings, self.ticks, self.seen = readings, ticks, seen


def batch(sensors: Sequence[int], values: Sequence[float], times_ns: Sequence[int]) -> Batch:
    """Return a batch of plain numbers."""
    return Batch(
        sensors=np.array(sensors, "int32"), values=np.array(values, "float64"), times_ns=np.array(times_ns, "int64")
    )


def rows(readings: Batch) -> list[tuple[int, float, int]]:
    """Return a batch as rows."""
    return list(zip(readings.sensors.tolist(), readings.values.tolist(), readings.times_ns.tolist(), strict=True))
