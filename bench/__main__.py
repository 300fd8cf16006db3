"""Measures every bar; ``python bench docs/bench.md`` also keeps the results in a file."""

import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import psutil

import _peers
import faults
import peers_table
from _harness import Verdict, show

SCRIPTS = (
    "noop_threads",
    "noop_processes",
    "payload",
    "large_arrays",
    "factor",
    "start",
    "memory",
    "recording",
    "journal",
    "diagnose_overhead",
    "download",
    "download_faults",
    "crawl",
    "search",
    "mqtt",
    "mqtt_broker",
    "events_emit",
    "events_lag",
    "monitor_day",
    "monitor_rules",
    "monitor_ingest",
    "monitor_history",
    "monitor_page",
)
HEAD = """# The bars, measured

Ratios hold on other machines of the kind, seconds do not. Each figure comes from one run of one script in `bench/`;
contenders ran in turn (A B A B), each run in a fresh process, and the medians are compared. Peers had the best of
several chunk sizes, tried beforehand; turnout was given none. `make bench` measures again. What the automatic
choice costs is on a page of its own: [choice.md](choice.md).

{date}, {machine}, CPython {python}; {peers}.
Others use the machine too: its load average was {load:.1f} in the last quarter of an hour.

| what | found | bar | |
|---|---|---|---|
"""


def page(verdicts: list[Verdict], tables: dict[str, str]) -> str:
    """Return the results, and the tables by their headings, as Markdown."""
    peers = ", ".join(f"{name} {version}" for name, version in _peers.versions().items())
    head = HEAD.format(
        date=datetime.now(UTC).date(),
        machine=f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} shared cores",
        python=platform.python_version(),
        peers=peers,
        load=os.getloadavg()[2],
    )
    rows = [f"| {v.what} | {v.found} | {v.bar} | {'met' if v.met else '**missed**'} |\n" for v in verdicts]
    details = [f"- {v.what}: {v.details}.\n" for v in verdicts if v.details]
    sections = [f"\n## {heading}\n\n{table}" for heading, table in tables.items()]
    return head + "".join(rows) + "\nBehind them:\n\n" + "".join(details) + "".join(sections)


def main() -> None:
    verdicts: list[Verdict] = []
    for name in SCRIPTS:
        found: list[Verdict] = import_module(name).judge()
        show(found)
        verdicts += found
    tables: dict[str, str] = {}
    for heading, judge in (
        ("Every peer at every workload", peers_table.judge),
        ("When something goes wrong", faults.judge),
    ):
        found, tables[heading] = judge()
        verdicts += found
    if sys.argv[1:]:
        Path(sys.argv[1]).write_text(page(verdicts, tables), encoding="utf-8")
    sys.exit(not all(verdict.met for verdict in verdicts))


if __name__ == "__main__":
    main()
