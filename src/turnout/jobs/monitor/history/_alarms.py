"""Alarms and what becomes of them, as rows."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from turnout.jobs.monitor._json import number
from turnout.jobs.monitor._types import Alarm, Change, ChangeKind

_BEGINS = frozenset({ChangeKind.RAISED, ChangeKind.FLAPPING})
_ENDS = frozenset({ChangeKind.CLEARED, ChangeKind.CALM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """All alarms of some zones that stand at a moment.

    Attributes:
        time_ns: The moment.
        zones: Which.
        alarms: They.
    """

    time_ns: int
    zones: tuple[str, ...]
    alarms: tuple[Alarm, ...]


def write_alarms(connection: sqlite3.Connection, taken: Iterable[Change | Stock]) -> None:
    """Write what became of alarms, in its order."""
    for each in taken:
        if isinstance(each, Change):
            _write_change(connection, each)
        else:
            _write_stock(connection, each)


def _write_change(connection: sqlite3.Connection, change: Change) -> None:
    if change.kind in _BEGINS:
        _begin(connection, change.alarm)
    elif change.kind in _ENDS:
        ended = (change.time_ns, change.alarm.id)
        connection.execute("UPDATE alarms SET cleared_ns = ? WHERE id = ?", ended)
    connection.execute(  # OR IGNORE, since a monitor that was killed tells its last changes again
        "INSERT OR IGNORE INTO changes (time_ns, alarm, kind, value) VALUES (?, ?, ?, ?)",
        (change.time_ns, change.alarm.id, str(change.kind), number(change.value)),
    )


def _write_stock(connection: sqlite3.Connection, stock: Stock) -> None:
    for alarm in stock.alarms:
        _begin(connection, alarm)
    standing = {alarm.id for alarm in stock.alarms}
    rows = connection.execute("SELECT id, zone FROM alarms WHERE cleared_ns IS NULL").fetchall()
    over = [(stock.time_ns, name) for name, zone in rows if zone in stock.zones and name not in standing]
    connection.executemany("UPDATE alarms SET cleared_ns = ? WHERE id = ?", over)


def _begin(connection: sqlite3.Connection, alarm: Alarm) -> None:
    connection.execute("INSERT OR IGNORE INTO alarms VALUES (?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, ?)", _row_of(alarm))


def _row_of(alarm: Alarm) -> tuple[object, ...]:
    cause = [[reading.sensor, number(reading.value), reading.time_ns] for reading in alarm.cause]
    return (
        alarm.id,
        alarm.raised_ns,
        int(alarm.severity),
        alarm.rule,
        alarm.subject,
        alarm.zone,
        alarm.room,
        number(alarm.value),
        json.dumps(cause),
        json.dumps(dict(alarm.labels)),
    )
