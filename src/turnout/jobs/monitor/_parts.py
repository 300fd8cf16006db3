"""What a monitor that runs is made of, and how it stands."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from turnout.jobs.monitor._changes import alarm_json
from turnout.jobs.monitor._core import Core
from turnout.jobs.monitor._hub import Hub
from turnout.jobs.monitor._inflow import Inflow
from turnout.jobs.monitor._ingest import Ingest
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


def figures_of(parts: Parts, streams: Streams) -> Figures:
    """Return what the page and Prometheus show of the monitor itself."""
    intake, log, client = parts.ingest.intake, parts.core.log, parts.inflow.client
    totals = {
        "messages": intake.messages,
        "malformed": intake.malformed,
        "strange": intake.strange,
        "again": intake.again,
        "retained": intake.retained,
        "late": parts.watch.counts.late,
        "reactions_failed": parts.reacting.failed,
        "observers_dropped": streams.dropped,
        "log_lost": log.lost if log is not None else 0,
    }
    return Figures(totals=totals, waiting=client.pending, lag_s=parts.inflow.lag_s, is_connected=client.is_connected)


def status_of(parts: Parts, streams: Streams) -> Mapping[str, object]:
    """Return what ``turnout monitor status`` shows."""
    log, watch = parts.core.log, parts.watch
    intake = asdict(parts.ingest.intake)
    intake["samples"] = list(intake["samples"])
    return {
        "pid": os.getpid(),
        "broker": "connected" if parts.inflow.client.is_connected else "looked for",
        "intake": intake,
        "alarms": [
            {**alarm_json(alarm), "acknowledged_by": watch.notifier.acknowledged_by(alarm)} for alarm in watch.alarms
        ],
        "silences": [asdict(silence) for silence in watch.silences],
        "cooling": [asdict(zone) for zone in parts.reacting.zones],
        "pending": parts.reacting.pending,
        "failed": parts.reacting.failed,
        "dropped": streams.dropped,
        "log": {"trouble": log.trouble, "lost": log.lost} if log is not None else None,
    }
