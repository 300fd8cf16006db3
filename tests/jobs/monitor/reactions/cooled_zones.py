"""Two zones of four sensors, readings for them, and what was sent and logged."""

import json
from typing import Any

import numpy as np

from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Alarm, Batch, Change, ChangeKind, Reading, Severity
from turnout.jobs.monitor.reactions import Cooling, CoolingReaction, Entry

S_NS = 1_000_000_000
START_NS = 1_764_000_000 * S_NS
LAYOUT = grid(racks=8, zones=2)
NAMES = [sensor.name for sensor in LAYOUT.sensors]


def at(seconds: float) -> int:
    """Return the moment ``seconds`` after the start."""
    return START_NS + round(seconds * S_NS)


def batch(*readings: tuple[int, float, float]) -> Batch:
    """Return readings of (sensor, value, seconds)."""
    return Batch(
        sensors=np.array([sensor for sensor, _, _ in readings], dtype=np.int32),
        values=np.array([value for _, value, _ in readings], dtype=np.float64),
        times_ns=np.array([at(seconds) for _, _, seconds in readings], dtype=np.int64),
    )


def change(
    kind: ChangeKind, seconds: float, *, zone: str = "z1", rule: str = "hot", severity: Severity = Severity.CRITICAL
) -> Change:
    """Return what became of an alarm."""
    alarm = Alarm(
        id=f"{rule}/{zone}",
        rule=rule,
        subject=zone,
        zone=zone,
        room="hall-1",
        severity=severity,
        raised_ns=at(seconds),
        value=31.0,
        cause=(Reading("r1/inlet", 31.0, at(seconds)),),
        labels=(("team", "facilities"),),
    )
    return Change(kind=kind, alarm=alarm, time_ns=at(seconds), value=31.0)


class Bench:
    """A cooling reaction with its receiver in hand."""

    def __init__(self, reaction: CoolingReaction) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []  # as JSON has it
        self.log: list[Entry] = []
        self.reaction = reaction
        self.cooling = self.begin()

    def begin(self, seconds: float = 0.0) -> Cooling:
        """Return a new process of the same configuration."""
        self.cooling = Cooling(LAYOUT, self.reaction, send=self._send, log=self.log.append, now_ns=at(seconds))
        return self.cooling

    def say(self, seconds: float, *values: float) -> None:
        """Let the sensors say their values, in order of their indexes, and time be ``seconds``."""
        said = [(sensor, value, seconds) for sensor, value in enumerate(values)]
        self.cooling.feed(batch(*said), at(seconds))
        self.cooling.tick(at(seconds))

    def answer(self, seconds: float, zone: str = "z1", **more: object) -> None:
        """Let a unit acknowledge what was sent to it last."""
        told = [said for topic, said in self.sent if topic == f"cooling/hall-1/{zone}/set"][-1]
        payload = json.dumps({"mode": "commanded", **told, **more}).encode()
        self.cooling.message(f"cooling/hall-1/{zone}/state", payload, at(seconds))

    def levels(self, zone: str = "z1") -> list[float]:
        """Return the levels that a zone was commanded, without those that were sent again."""
        told = {said["id"]: said["level"] for topic, said in self.sent if topic == f"cooling/hall-1/{zone}/set"}
        return list(told.values())

    def events(self, zone: str = "z1") -> list[str]:
        """Return what was logged of a zone."""
        return [entry.event for entry in self.log if entry.subject == zone]

    def _send(self, topic: str, payload: bytes) -> None:
        self.sent.append((topic, json.loads(payload)))
