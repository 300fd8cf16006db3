"""The numbers under which sensors, groups and zones are kept: they stay, whatever a later layout leaves out or adds."""

import sqlite3
from collections.abc import Mapping

from turnout.jobs.monitor._numpy import Ints, np
from turnout.jobs.monitor._types import Layout


class Numbers:
    """Gives each sensor of a layout its number in the file, and makes those that are missing.

    Args:
        connection: To the file, outside of a transaction.
        layout: The sensors as they are now; a sensor that moved to another zone is told so from now on.

    Attributes:
        of_sensor: int32, shape (n,): the number of each sensor of the layout.
        of_zone: The number of each zone of the layout.
        group_of: The group of each sensor that the file knows, by number.
        sensors: How many numbers of sensors are given; those of groups and zones likewise.
    """

    def __init__(self, connection: sqlite3.Connection, layout: Layout) -> None:
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            pairs = dict.fromkeys((sensor.zone, sensor.kind) for sensor in layout)
            connection.executemany("INSERT OR IGNORE INTO groups (zone, kind) VALUES (?, ?)", pairs)
            connection.executemany("INSERT OR IGNORE INTO zones (name) VALUES (?)", ((zone,) for zone in layout.zones))
            groups = {(zone, kind): number for number, zone, kind in connection.execute("SELECT * FROM groups")}
            connection.executemany(
                "INSERT INTO sensors (name, rack, zone, room, kind, in_group) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET rack = excluded.rack, zone = excluded.zone, room = excluded.room,"
                " kind = excluded.kind, in_group = excluded.in_group",
                (
                    (sensor.name, sensor.rack, sensor.zone, sensor.room, sensor.kind, groups[sensor.zone, sensor.kind])
                    for sensor in layout
                ),
            )
        rows = connection.execute("SELECT id, name, in_group FROM sensors").fetchall()
        numbers = {name: number for number, name, _ in rows}
        zones = {name: number for number, name in connection.execute("SELECT id, name FROM zones")}
        self.sensors = 1 + max(numbers.values(), default=0)  # SQLite counts from 1
        self.groups = 1 + max(groups.values(), default=0)
        self.zones = 1 + max(zones.values(), default=0)
        self.of_sensor = np.array([numbers[sensor.name] for sensor in layout], np.int32)
        self.of_zone = {zone: zones[zone] for zone in layout.zones}
        self.group_of: Ints = np.zeros(self.sensors, np.intp)
        for number, _, group in rows:
            self.group_of[number] = group

    def cooling_body(self, levels: Mapping[str, float]) -> bytes:
        """Return how much zones are cooled, as the bytes of a row: NaN for those that are not given."""
        body = np.full(self.zones, np.nan, "<f4")
        for zone, level in levels.items():
            body[self.of_zone[zone]] = level
        return body.tobytes()
