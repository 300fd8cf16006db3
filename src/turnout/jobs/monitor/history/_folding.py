"""From readings to summaries, and from fine ones to coarse ones.

A commit marks the steps of 10 s that its readings belong to as stale. Once such a step is over, its summary is made of
all readings in it and put in place of whatever is there, and the minute around it becomes stale, and so on. It is the
same work for a reading in time, for one that comes an hour late, and after a ``kill -9``: what is stale stands in the
file.
"""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

from turnout.jobs.monitor.history._body import (
    Summary,
    group_body,
    readings_of,
    summary_body,
    summary_of,
    summary_of_readings,
    summary_of_summaries,
)
from turnout.jobs.monitor.history._levels import BUCKET_S, STEPS_S
from turnout.jobs.monitor.history._numbers import Numbers

_Row = TypeVar("_Row")
_GRACE_S = 2.0  # after a step, for readings that are under way
MOST_AT_ONCE = 50  # steps made in one go, so that a day that comes late does not hold up the rest for long


def fold(connection: sqlite3.Connection, numbers: Numbers, now_s: float, complain: Callable[[str], None]) -> int:
    """Make the summaries that are due, within the transaction of the caller.

    Args:
        connection: To the file.
        numbers: What is in it.
        now_s: The time, seconds since 1970.
        complain: Called with a sentence for each step of which a row is damaged: it is summed up without it.

    Returns:
        How many were made; as many as there may be at once tells that there may be more.
    """
    made = 0
    for level, step in enumerate(STEPS_S):
        due = connection.execute(
            "SELECT start FROM stale WHERE step = ? AND start <= ? ORDER BY start LIMIT ?",
            (step, now_s - step - _GRACE_S, MOST_AT_ONCE - made),
        ).fetchall()
        for (start,) in due:
            summary = _summary_of(connection, numbers, level, start, complain)
            if summary is not None:
                groups = group_body(summary, numbers.group_of, numbers.groups)
                connection.execute(
                    "INSERT OR REPLACE INTO summaries (step, start, groups, body) VALUES (?, ?, ?, ?)",
                    (step, start, groups, summary_body(summary)),
                )
            if level + 1 < len(STEPS_S):
                above = STEPS_S[level + 1]
                connection.execute("INSERT OR IGNORE INTO stale VALUES (?, ?)", (above, start // above * above))
        connection.executemany("DELETE FROM stale WHERE step = ? AND start = ?", ((step, start) for (start,) in due))
        made += len(due)
    return made


def _summary_of(
    connection: sqlite3.Connection, numbers: Numbers, level: int, start: int, complain: Callable[[str], None]
) -> Summary | None:
    def whole(rows: Iterable[tuple[bytes]], read: Callable[[bytes], _Row]) -> list[_Row]:
        found = []
        for (body,) in rows:
            try:
                found.append(read(body))
            except ValueError as error:
                moment = datetime.fromtimestamp(start, UTC)
                complain(f"the history has lost something of {moment:%Y-%m-%d %H:%M:%S} UTC: {error}")
        return found

    if level == 0:
        rows = connection.execute("SELECT body FROM readings WHERE bucket = ?", (start // BUCKET_S,)).fetchall()
        batches = whole(rows, readings_of)
        return summary_of_readings(batches, numbers.sensors) if batches else None
    rows = connection.execute(
        "SELECT body FROM summaries WHERE step = ? AND start >= ? AND start < ?",
        (STEPS_S[level - 1], start, start + STEPS_S[level]),
    ).fetchall()
    parts = whole(rows, summary_of)
    return summary_of_summaries(parts, numbers.sensors) if parts else None
