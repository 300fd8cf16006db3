"""What a monitor that runs is made of, and how it stands."""

import os
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace

from turnout.jobs.monitor._core import Core, Machine
from turnout.jobs.monitor._deeds import standing_json
from turnout.jobs.monitor._hub import Hub
from turnout.jobs.monitor._inflow import Inflow
from turnout.jobs.monitor._ingest import Ingest, Intake
from turnout.jobs.monitor._outflow import Outflow
from turnout.jobs.monitor._reacting import Reacting
from turnout.jobs.monitor._streams import Streams
from turnout.jobs.monitor.notices import Watch
from turnout.jobs.monitor.page import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What runs."""

    watch: Watch
    core: Core
    hub: Hub
    inflow: Inflow
    ingest: Ingest
    reacting: Reacting
    outflow: Outflow


def figures_of(parts: Parts, streams: Streams) -> Figures:
    """Return what the page and Prometheus show of the monitor itself."""
    log, received = parts.core.log, figures_of_intake(parts.ingest.intake, parts.inflow)
    totals = {
        **received.totals,
        "late": parts.watch.counts.late,
        "reactions_failed": parts.reacting.failed,
        "observers_dropped": streams.dropped,
        "log_lost": log.lost if log is not None else 0,
    }
    return replace(received, totals=totals)


def figures_of_intake(intake: Intake, inflow: Inflow) -> Figures:
    """Return the same of what is received only."""
    names = ("messages", "malformed", "strange", "again", "retained")
    totals = {name: getattr(intake, name) for name in names}
    client = inflow.client
    return Figures(totals=totals, waiting=client.pending, lag_s=inflow.lag_s, is_connected=client.is_connected)


def status_of(parts: Parts, streams: Streams) -> Mapping[str, object]:
    """Return what ``turnout monitor status`` shows."""
    log = parts.core.log
    return {
        **standing_of([parts.watch], [parts.reacting], parts.ingest.intake, streams),
        "broker": "connected" if parts.inflow.client.is_connected else "looked for",
        "history": {"trouble": parts.outflow.scribe.trouble},
        "log": {"trouble": log.trouble, "lost": log.lost} if log is not None else None,
    }


def standing_of(
    machines: Collection[Machine], reacting: Collection[Reacting], intake: Intake, streams: Streams
) -> Mapping[str, object]:
    """Return the same of what every monitor has: one machine and its reactions, or those of each of its partitions."""
    return {
        "pid": os.getpid(),
        "intake": {**asdict(intake), "samples": list(intake.samples)},
        "alarms": [standing_json(machine, alarm) for machine in machines for alarm in machine.alarms],
        # a silence is the same in all partitions
        "silences": list({silence.id: asdict(silence) for one in machines for silence in one.silences}.values()),
        "cooling": [asdict(zone) for one in reacting for zone in one.zones],
        "pending": sum(one.pending for one in reacting),
        "failed": sum(one.failed for one in reacting),
        "dropped": streams.dropped,
    }
