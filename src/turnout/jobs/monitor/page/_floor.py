"""Where each sensor is drawn: a floor for each room."""

import hashlib
import json
from collections.abc import Sequence

from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.page._look import Look

_MOST_EMPTY = 8  # times as many places as sensors; a floor with more is drawn without its empty rows and columns


def plan_of(layout: Layout, look: Look) -> tuple[str, str]:
    """Return a mark, and all that the page needs to know once, as JSON; one that was made of another mark is outdated.

    ``sensors`` are columns by index: name, zone (index), kind (index), x and y on the room's floor.
    """
    rooms = []
    xs, ys = [0] * len(layout), [0] * len(layout)
    for room in layout.rooms:
        indexes = [index for index, sensor in enumerate(layout) if sensor.room == room]
        columns, width = _places([layout.sensors[index].x for index in indexes], len(indexes))
        rows, height = _places([layout.sensors[index].y for index in indexes], len(indexes))
        for index, x, y in zip(indexes, columns, rows, strict=True):
            xs[index], ys[index] = x, y
        rooms.append({"name": room, "width": width, "height": height})
    kinds = list(dict.fromkeys(sensor.kind for sensor in layout))
    numbers = {kind: number for number, kind in enumerate(kinds)}
    room_numbers = {room: number for number, room in enumerate(layout.rooms)}
    plan = {
        "title": look.title,
        "unit": look.unit,
        "low": look.low,
        "high": look.high,
        "limits": [[limit.value, limit.label] for limit in look.limits],
        "rooms": rooms,
        "zones": [[zone, room_numbers[layout.room_of_zone[zone]]] for zone in layout.zones],
        "kinds": kinds,
        "sensors": {
            "name": [sensor.rack for sensor in layout],
            "zone": list(layout.zone_of),
            "kind": [numbers[sensor.kind] for sensor in layout],
            "x": xs,
            "y": ys,
        },
    }
    mark = hashlib.blake2b(json.dumps(plan).encode(), digest_size=8).hexdigest()
    return mark, json.dumps({**plan, "mark": mark}, separators=(",", ":"))


def _places(given: Sequence[int], sensors: int) -> tuple[Sequence[int], int]:
    """Return columns or rows from 0 on, and how many there are."""
    first, beyond = min(given), max(given) + 1
    if beyond - first <= max(_MOST_EMPTY, _MOST_EMPTY * sensors // max(1, len(set(given)))):
        return [each - first for each in given], beyond - first
    ranks = {each: rank for rank, each in enumerate(sorted(set(given)))}
    return [ranks[each] for each in given], len(ranks)
