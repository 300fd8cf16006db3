"""Halls that are generated: racks in blocks, a block for each zone."""

from math import ceil, isqrt

from turnout.jobs.monitor._types import Layout, Sensor
from turnout.report._words import plural


def grid(*, racks: int, zones: int, rooms: int = 1, kinds: tuple[str, ...] = ("inlet",)) -> Layout:
    """Return a layout of numbered racks: zones are blocks of racks side by side, and rooms blocks of zones.

    Args:
        racks: How many, at least one for each zone; spread over the zones as evenly as can be.
        zones: How many, at least one for each room; spread over the rooms likewise.
        rooms: How many, at least 1.
        kinds: What is measured at each rack.

    Raises:
        ValueError: If there are too few racks or zones, or no room or kind.
    """
    if not 1 <= rooms <= zones <= racks or not kinds:
        asked = f"{plural(racks, 'rack')} in {plural(zones, 'zone')} of {plural(rooms, 'room')}"
        raise ValueError(f"{asked}: each zone and room needs at least one")
    largest = ceil(racks / zones)
    width = _ceiling_root(largest)
    height = ceil(largest / width)
    columns = _ceiling_root(ceil(zones / rooms))
    sensors = []
    for zone in range(zones):
        room = zone * rooms // zones
        place = zone - ceil(room * zones / rooms)  # which of the room's zones it is
        for rack in range(zone * racks // zones, (zone + 1) * racks // zones):
            seat = rack - zone * racks // zones
            name = _numbered("r", rack, racks)
            sensors += [
                Sensor(
                    name=f"{name}/{kind}",
                    rack=name,
                    zone=_numbered("z", zone, zones),
                    room=_numbered("hall-", room, rooms),
                    x=place % columns * width + seat % width,
                    y=place // columns * height + seat // width,
                    kind=kind,
                )
                for kind in kinds
            ]
    return Layout(tuple(sensors))


def _numbered(prefix: str, index: int, count: int) -> str:
    return f"{prefix}{index + 1:0{len(str(count))}}"


def _ceiling_root(number: int) -> int:
    root = isqrt(number)
    return root if root * root == number else root + 1
