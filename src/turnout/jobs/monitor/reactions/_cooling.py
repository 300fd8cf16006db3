"""Cools zones: readings and alarms come in, commands go out, acknowledgements come back."""

import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from turnout.jobs.monitor._json import number
from turnout.jobs.monitor._types import Batch, Change, ChangeKind, Layout
from turnout.jobs.monitor.reactions._levels import Levels, Reason, Setting
from turnout.jobs.monitor.reactions._log import Entry, Log
from turnout.jobs.monitor.reactions._options import CoolingReaction
from turnout.jobs.monitor.reactions._orders import UNANSWERED_TRIES, Order, Orders

_ENDS = {ChangeKind.CLEARED, ChangeKind.CALM}  # an alarm that flaps is not cleared in the end, but calm

Send: TypeAlias = Callable[[str, bytes], None]
"""Takes a topic and a payload to publish with QoS 1; returns at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneCooling:
    """How a zone is cooled.

    Attributes:
        zone: Its name.
        level: What it was told, 0 to 1.
        reason: Why: ``"control"``, ``"stale"``, ``"alarm"`` or ``"start"``.
        is_acknowledged: Whether its unit has said that it obeys.
        measured_c: What the level follows; NaN if it is not known.
    """

    zone: str
    level: float
    reason: str
    is_acknowledged: bool
    measured_c: float


class Cooling:
    """One ``[[reaction]]`` that cools. It has no clock and waits for nothing: time is told to it.

    Call `feed` with each batch, `change` with each change of an alarm, `message` with each message of `state_topics`,
    and `tick` at least ten times a second; commands go out from `change` and `tick`.

    Args:
        layout: Where sensors are.
        reaction: What is asked for.
        send: Publishes.
        log: Is told of each command.
        now_ns: The time.

    Attributes:
        state_topics: What to subscribe to, so that acknowledgements come.
    """

    def __init__(self, layout: Layout, reaction: CoolingReaction, *, send: Send, log: Log, now_ns: int) -> None:
        self._reaction = reaction
        self._send, self._log = send, log
        self._levels = Levels(layout, reaction, now_ns=now_ns)
        self._orders = Orders(reaction.patience, reaction.keepalive_s)
        self._zones = [layout.zones[zone] for zone in self._levels.zones]
        self._rows = {zone: row for row, zone in enumerate(self._zones)}
        self._topics = [_filled(reaction.topic, layout, zone) for zone in self._zones]
        state_topics = [_filled(reaction.state_topic, layout, zone) for zone in self._zones]
        self.state_topics = tuple(state_topics)
        self._row_of_topic = {topic: row for row, topic in enumerate(state_topics)}
        self._urgent: list[dict[str, int]] = [{} for _ in self._zones]  # ids of alarms that ask for full cooling
        self._settings: list[Setting | None] = [None] * len(self._zones)

    def feed(self, batch: Batch, now_ns: int) -> None:
        """Note readings that arrived at ``now_ns``."""
        self._levels.feed(batch, now_ns)

    def change(self, change: Change) -> None:
        """Note what became of an alarm; a severe one sends full cooling at once."""
        alarm, row = change.alarm, self._rows.get(change.alarm.zone)
        least = self._reaction.full_on
        if row is None or least is None or alarm.severity < least:
            return
        if change.kind in {ChangeKind.CLEARED, ChangeKind.CALM}:
            self._urgent[row].pop(alarm.id, None)
        elif change.kind is ChangeKind.RAISED:
            was_urgent = bool(self._urgent[row])
            self._urgent[row][alarm.id] = change.time_ns
            if not was_urgent:
                setting = self._levels.urge(row, change.time_ns)
                self._command(row, setting, change.time_ns, change)

    def message(self, topic: str, payload: bytes, now_ns: int) -> bool:
        """Note what a unit says of itself, and return whether the topic is one of `state_topics`."""
        row = self._row_of_topic.get(topic)
        if row is None:
            return False
        try:
            said = json.loads(payload)
        except (ValueError, RecursionError):
            return True
        name = said.get("id") if isinstance(said, dict) else None
        if isinstance(said, dict) and said.get("mode") == "alone":
            self._orders.forgotten(row, now_ns)
        elif isinstance(name, str):
            order = self._orders.acknowledge(row, name)
            if order is not None and order.level == said.get("level"):
                took_ms = round((now_ns - order.sent_ns) / 1e6, 3)
                self._note(row, "acknowledged", now_ns, {"id": name, "level": order.level, "took_ms": took_ms})
        return True

    def tick(self, now_ns: int) -> None:
        """Find levels if it is time to, and send what is to be sent."""
        if now_ns >= self._levels.due_ns:
            for row, setting in enumerate(self._levels.find(now_ns, [bool(ids) for ids in self._urgent])):
                if self._differs(row, setting):
                    self._command(row, setting, now_ns, None)
                else:
                    self._settings[row] = setting
        for row, order in self._orders.due(now_ns):
            if order.tries == UNANSWERED_TRIES:
                self._note(row, "unanswered", now_ns, {"id": order.id, "level": order.level, "tries": order.tries})
            self._send(self._topics[row], _payload(order))

    @property
    def zones(self) -> tuple[ZoneCooling, ...]:
        """How each zone is cooled now."""
        found = []
        for row, (zone, setting) in enumerate(zip(self._zones, self._settings, strict=True)):
            order = self._orders.get(row)
            if setting is not None and order is not None:
                found.append(
                    ZoneCooling(
                        zone=zone,
                        level=order.level,
                        reason=setting.reason.value,
                        is_acknowledged=order.is_acknowledged,
                        measured_c=setting.measured_c,
                    )
                )
        return tuple(found)

    def snapshot(self) -> dict[str, Any]:  # what JSON can hold
        """Return its state: levels, and which alarms ask for full cooling."""
        return {
            "zones": list(self._zones),
            "levels": self._levels.snapshot(),
            "urgent": [dict(ids) for ids in self._urgent],
        }

    def restore(self, state: Mapping[str, Any], active: Container[str]) -> None:  # as above
        """Go on from a state; one of other zones is of another configuration, and is left alone.

        Args:
            state: As `snapshot` returned it.
            active: The ids of alarms that are active: what the rules have forgotten asks for nothing any more.
        """
        if state.get("zones") == self._zones:
            self._levels.restore(state["levels"])
            self._urgent = [
                {name: time_ns for name, time_ns in ids.items() if name in active} for ids in state["urgent"]
            ]

    def _differs(self, row: int, setting: Setting) -> bool:
        order, known = self._orders.get(row), self._settings[row]
        if order is None or known is None:
            return setting.reason is not Reason.START  # before that, the units do what they did
        is_at_end = setting.level in {self._reaction.low, self._reaction.high} and setting.level != order.level
        is_new = setting.reason is not known.reason and setting.level != order.level
        return is_new or is_at_end or abs(setting.level - order.level) >= self._reaction.smallest_change

    def _command(self, row: int, setting: Setting, now_ns: int, change: Change | None) -> None:
        self._settings[row] = setting
        order = self._orders.give(row, setting.level, now_ns)
        self._send(self._topics[row], _payload(order))
        details = {
            "id": order.id,
            "level": order.level,
            "reason": setting.reason.value,
            "measured_c": number(round(setting.measured_c, 4)),
            "fresh": setting.fresh,
        }
        if change is not None:
            details["alarm"] = change.alarm.id
        cause = change.alarm.cause if change is not None else self._levels.cause(row, now_ns)
        self._log(
            Entry(
                time_ns=now_ns,
                reaction=self._reaction.name,
                subject=self._zones[row],
                event="commanded",
                details=details,
                cause=cause,
            )
        )

    def _note(self, row: int, event: str, now_ns: int, details: dict[str, Any]) -> None:  # as in Entry
        zone = self._zones[row]
        self._log(Entry(time_ns=now_ns, reaction=self._reaction.name, subject=zone, event=event, details=details))


def _payload(order: Order) -> bytes:
    return json.dumps({"id": order.id, "level": order.level}).encode()


def _filled(pattern: str, layout: Layout, zone: str) -> str:
    return pattern.replace("{room}", layout.room_of_zone[zone]).replace("{zone}", zone)
