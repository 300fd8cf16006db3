"""What cooling units do with commands: obey each once, and cool in full when nobody commands any more."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from turnout.errors import UsageError

_LONGEST_ID = 200  # characters; what is longer is no id of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a unit is told.

    Attributes:
        level: 0 to 1.
        id: Names the command in its acknowledgement; empty for one that was typed by hand.
    """

    level: float
    id: str = ""


def parse_order(payload: bytes) -> Order:
    """Return the order in a payload: ``{"id": "...", "level": 0.7}``, or a plain ``0.7``.

    Raises:
        UsageError: If it is neither.
    """
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        raise UsageError('neither JSON nor a number; send {"id": "1", "level": 0.7} or 0.7') from None
    level, name = (found.get("level"), found.get("id", "")) if isinstance(found, dict) else (found, "")
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 <= level <= 1:
        raise UsageError(f"the level is a number from 0 to 1, not {str(level)[:40]}")
    if not isinstance(name, str) or len(name) > _LONGEST_ID:
        raise UsageError(f"the id is a text of at most {_LONGEST_ID} characters")
    return Order(level=float(level), id=name)


class Desk:
    """Where the orders for all units arrive.

    Args:
        zones: How many units there are.
        patience_s: A unit that was commanded, and then hears nothing for so long, goes to full cooling.
        now_s: The time.

    Attributes:
        levels: What each unit does, 0 to 1.
        alone: Whether each unit decides for itself, since nobody commands it.
    """

    def __init__(self, zones: int, *, patience_s: float, now_s: float) -> None:
        self.levels = [1.0] * zones
        self.alone = [True] * zones
        self._ids = [""] * zones
        self._heard_s = [now_s] * zones
        self._patience_s = patience_s

    def take(self, zone: int, order: Order, now_s: float) -> bool:
        """Note an order, and return whether it is new; the same id again is only acknowledged again."""
        self._heard_s[zone] = now_s
        if order.id and order.id == self._ids[zone] and not self.alone[zone]:
            return False
        self._ids[zone] = order.id
        self.levels[zone] = order.level
        self.alone[zone] = False
        return True

    def lose_all(self) -> Sequence[int]:
        """Let all units cool in full, since whoever commanded them is gone; return those that did not."""
        return [zone for zone in range(len(self.levels)) if self._cool_in_full(zone)]

    def look(self, now_s: float) -> Sequence[int]:
        """Let units that have heard nothing for too long cool in full, and return which ones begin to."""
        return [
            zone
            for zone, heard_s in enumerate(self._heard_s)
            if not self.alone[zone] and now_s - heard_s > self._patience_s and self._cool_in_full(zone)
        ]

    def acknowledgement(self, zone: int, **more: float) -> bytes:
        """Return what a unit says of itself.

        Args:
            zone: Its index.
            more: Figures to add.
        """
        mode = "alone" if self.alone[zone] else "commanded"
        said = {"id": self._ids[zone], "level": self.levels[zone], "mode": mode, **more}
        return json.dumps(said).encode()

    def _cool_in_full(self, zone: int) -> bool:
        if self.alone[zone]:
            return False
        self.levels[zone] = 1.0
        self.alone[zone] = True
        return True
