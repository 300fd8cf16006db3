"""How a crawl stands, read from its folder, also while it goes on."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from turnout.jobs.crawl._frontier_file import cannot_be_read, open_to_read
from turnout.jobs.crawl._types import State
from turnout.pages import shard_folders
from turnout.report._crawl_types import CrawlHost, CrawlReport, CrawlRun, CrawlSpan

_SHOWN = 20
_HOSTS = """
SELECT hosts.origin, count(*), sum(state = 2), sum(state = 3), sum(state = 0), coalesce(sum(bytes), 0),
       coalesce(avg(CASE WHEN status > 0 THEN ms END), 0), hosts.note
FROM urls JOIN hosts ON hosts.id = urls.host LEFT JOIN fetches ON fetches.id = urls.id
GROUP BY hosts.id ORDER BY 2 DESC, 1 LIMIT ?
"""

_NOTES = "SELECT note, count(*) FROM fetches WHERE note != '' GROUP BY note ORDER BY 2 DESC, 1 LIMIT ?"
_FAILURES = """
SELECT url, coalesce(nullif(fetches.note, ''), 'status ' || nullif(status, 0), hosts.note)
FROM urls JOIN hosts ON hosts.id = urls.host LEFT JOIN fetches ON fetches.id = urls.id
WHERE state = 3 ORDER BY fetched_s DESC LIMIT ?
"""


def read_standing(folder: str | Path, *, details: bool = True, hosts: int = _SHOWN) -> CrawlReport:
    """Return how a crawl stands.

    Args:
        folder: Its folder.
        details: Whether all rows are read, for hosts, statuses, notes, the slowest and failures.
        hosts: How many hosts, those with the most addresses.

    Raises:
        UsageError: If there is no crawl.
    """
    shards = shard_folders(folder)
    if shards:
        return _merged(str(folder), [read_standing(shard, details=details, hosts=hosts) for shard in shards], hosts)
    with closing(open_to_read(Path(folder))) as connection:
        try:
            connection.execute("BEGIN")  # all of it is of one moment
            return _read(connection, str(folder), hosts, details=details)
        except sqlite3.DatabaseError as error:
            raise cannot_be_read(folder, error) from None


def _merged(folder: str, reports: Sequence[CrawlReport], hosts: int) -> CrawlReport:
    statuses, notes = Counter[int](), Counter[str]()
    for report in reports:
        statuses.update(report.statuses)
        notes.update(report.notes)
    return CrawlReport(
        folder=folder,
        seeds=reports[0].seeds,
        waiting=sum(report.waiting for report in reports),
        done=sum(report.done for report in reports),
        failed=sum(report.failed for report in reports),
        left_out=sum(report.left_out for report in reports),
        statuses=dict(sorted(statuses.items())),
        notes=dict(notes.most_common(_SHOWN)),
        hosts=sorted((host for one in reports for host in one.hosts), key=lambda host: -host.found)[:hosts],
        slowest=sorted((page for one in reports for page in one.slowest), key=lambda page: -page[1])[:10],
        failures=[failure for one in reports for failure in one.failures][:_SHOWN],
        runs=[],
        timeline=[],
    )


def _read(connection: sqlite3.Connection, folder: str, hosts: int, *, details: bool) -> CrawlReport:
    ask = connection.execute

    def look(query: str, values: tuple[int, ...] = ()) -> list[Any]:  # rows are as the query says
        return ask(query, values).fetchall() if details else []

    counts = dict.fromkeys(State, 0)
    for state, count in ask("SELECT state, count(*) FROM urls GROUP BY state"):
        counts[State(state)] = count
    seeds = ask("SELECT value FROM about WHERE name = 'seeds'").fetchone()
    runs = [
        CrawlRun(began=row[0], ended=row[1], wall_s=row[2], cpu_s=row[3], fetched=row[4], indexed=row[5],
                 stages=json.loads(row[6]))
        for row in ask("SELECT began, ended, wall_s, cpu_s, fetched, indexed, stages FROM runs ORDER BY id")
    ]  # fmt: skip
    spans = ask(
        "SELECT start_s, span_s, fetched, failed, waiting, bytes FROM timeline "
        "WHERE run = (SELECT max(run) FROM timeline) ORDER BY start_s"
    )
    return CrawlReport(
        folder=folder,
        seeds=json.loads(seeds[0]) if seeds else [],
        waiting=counts[State.WAITING],
        done=counts[State.DONE],
        failed=counts[State.FAILED],
        left_out=counts[State.LEFT_OUT],
        statuses=dict(look("SELECT status, count(*) FROM fetches GROUP BY status ORDER BY 1")),
        notes=dict(look(_NOTES, (_SHOWN,))),
        hosts=[_host(row) for row in look(_HOSTS, (hosts,))],
        slowest=look("SELECT url, ms FROM fetches JOIN urls USING (id) ORDER BY ms DESC LIMIT 10"),
        failures=look(_FAILURES, (_SHOWN,)),
        runs=runs,
        timeline=[
            CrawlSpan(
                start_s=row[0], span_s=row[1], fetched=row[2], failed=row[3], waiting=row[4], received_bytes=row[5]
            )
            for row in spans
        ],
    )


def _host(row: tuple[str, int, int, int, int, int, float, str]) -> CrawlHost:
    return CrawlHost(
        origin=row[0],
        found=row[1],
        done=row[2],
        failed=row[3],
        waiting=row[4],
        received_bytes=row[5],
        mean_ms=row[6],
        note=row[7],
    )


def _span(row: tuple[float, float, int, int, int, int]) -> CrawlSpan:
    return CrawlSpan(
        start_s=row[0],
        span_s=row[1],
        fetched=row[2],
        failed=row[3],
        waiting=row[4],
        received_bytes=row[5],
    )
