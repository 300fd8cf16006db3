"""The section ``[layout]``: where the sensors are, generated, written out, or in a file."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Layout, Sensor
from turnout.jobs.monitor.config._tables import Table

_COLUMNS = ("room", "zone", "rack", "x", "y")
_MOST_SENSORS = 1_000_000
_LARGEST_PLACE = 100_000
_WAYS = ("racks", "rack", "file")


def read_layout(table: Table, folder: Path) -> Layout:
    """Return the layout; what is wrong is noted.

    One of three ways is taken: numbers of racks, zones and rooms; a table ``[[layout.rack]]`` for each rack; or a file
    of comma-separated values with the columns room, zone, rack, x and y.

    Args:
        table: The section.
        folder: Where names of files begin.
    """
    ways = [way for way in _WAYS if table.has(way)]
    kinds = table.texts("sensors", ("inlet",))
    if len(set(kinds)) < len(kinds) or not kinds or not all(_is_name(kind) for kind in kinds):
        table.wrong("sensors", "these are different names, without / + # { or }")
        kinds = ("inlet",)
    try:
        if len(ways) != 1:
            table.wrong(
                ways[-1] if ways else "racks",
                "say where the racks are in one way: racks, zones and rooms as numbers; [[layout.rack]]; or file",
            )
        elif ways == ["racks"]:
            return _generated(table, kinds)
        elif ways == ["rack"]:
            return _placed(map(_row, table.tables("rack")), kinds)
        else:
            return _placed(_rows(table, folder), kinds)
    except ValueError as error:
        table.wrong(ways[0], str(error))
    finally:
        for name in (*_WAYS, "zones", "rooms"):  # so that none of them is called unknown
            table.get(name, None, lambda found: found, "", None)
    return grid(racks=1, zones=1)


def _generated(table: Table, kinds: tuple[str, ...]) -> Layout:
    racks = table.whole("racks", least=1, most=_MOST_SENSORS // max(len(kinds), 1))
    zones = table.whole("zones", 1, least=1)
    rooms = table.whole("rooms", 1, least=1)
    if not table.are_right("racks", "zones", "rooms"):
        return grid(racks=1, zones=1)
    return grid(racks=racks, zones=zones, rooms=rooms, kinds=kinds)


def _row(table: Table) -> Mapping[str, str | int]:
    row: dict[str, str | int] = {name: table.text(name) for name in ("room", "zone", "rack")}
    row |= {name: table.whole(name, most=_LARGEST_PLACE) for name in ("x", "y")}
    table.end()
    return row


def _rows(table: Table, folder: Path) -> Iterable[Mapping[str, str | int]]:
    path = folder / Path(table.text("file")).expanduser()
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise ValueError(f"{str(path)!r} has no column {', '.join(missing)}; it needs {', '.join(_COLUMNS)}")
            for row in rows:
                yield _checked(row, f"{path}:{rows.line_num}")
    except (OSError, UnicodeError, csv.Error) as error:
        raise ValueError(f"{str(path)!r} cannot be read: {error}") from error


def _checked(row: Mapping[str, str | None], place: str) -> Mapping[str, str | int]:
    found: dict[str, str | int] = {name: row[name] or "" for name in ("room", "zone", "rack")}
    for name in ("x", "y"):
        text = (row[name] or "").strip()
        if not text.isascii() or not text.isdigit() or int(text) > _LARGEST_PLACE:
            raise ValueError(f"{place}: {name} is a whole number from 0, and not {text!r}")
        found[name] = int(text)
    return found


def _placed(rows: Iterable[Mapping[str, str | int]], kinds: tuple[str, ...]) -> Layout:
    sensors: list[Sensor] = []
    seats: dict[tuple[str, int, int], str] = {}
    for row in rows:
        room, zone, rack = (str(row[name]) for name in ("room", "zone", "rack"))
        for name in (room, zone, rack):
            if not _is_name(name):
                raise ValueError(f"{name!r} cannot be a name: it is empty, or has one of / + # {{ }}")
        x, y = int(row["x"]), int(row["y"])
        other = seats.setdefault((room, x, y), rack)
        if other != rack:
            raise ValueError(f"racks {other!r} and {rack!r} stand in one place: room {room!r}, x {x}, y {y}")
        sensors += [
            Sensor(name=f"{rack}/{kind}", rack=rack, zone=zone, room=room, x=x, y=y, kind=kind) for kind in kinds
        ]
        if len(sensors) > _MOST_SENSORS:
            raise ValueError(f"there are more than {_MOST_SENSORS:,} sensors")
    if not sensors:
        raise ValueError("there are no racks")
    return Layout(tuple(sensors))


def _is_name(text: str) -> bool:
    return bool(text.strip()) and not any(sign in text for sign in "/+#{}\0")
