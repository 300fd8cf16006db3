"""A race of programs as JSON.

schema        "turnout.ways/1"
title         string
noun          string                what was wanted, in the singular
wanted        integer
verdict       [string]              headline first
programs      [{name, chosen, wall_s, interval: {low_s, high_s, confidence}, speedup, cpu_s, memory_bytes,
                heats: [{wall_s, cpu_s, memory_bytes, done, failed, received_bytes}]}]
refusals      [{name, reason}]
notes         [string]
environment   {timestamp, turnout, python, gil, platform, usable_cpus, load}
"""

import json
from dataclasses import asdict
from typing import Any

from turnout.measurement import ProgramHeat
from turnout.report._ways_rows import way_rows, ways_verdict
from turnout.report._ways_types import WaysReport

SCHEMA = "turnout.ways/1"


def ways_json(report: WaysReport) -> str:
    """Return the race in the schema above, indented, ended by a newline."""
    environment = asdict(report.environment)
    del environment["overhead_ns"]  # of executors, which had no part in it
    told: dict[str, Any] = {  # what json.dumps takes
        "schema": SCHEMA,
        "title": report.title,
        "noun": report.noun,
        "wanted": report.wanted,
        "verdict": ways_verdict(report),
        "programs": [
            {
                "name": one.name,
                "chosen": row.chosen,
                "wall_s": row.wall_s,
                "interval": {
                    "low_s": row.interval.low,
                    "high_s": row.interval.high,
                    "confidence": row.interval.confidence,
                },
                "speedup": row.speedup,
                "cpu_s": row.cpu_s,
                "memory_bytes": row.memory_bytes,
                "heats": list(map(_heat, one.heats)),
            }
            for one, row in zip(report.measurements, way_rows(report), strict=True)
        ],
        "refusals": [{"name": one.name, "reason": one.reason} for one in report.refusals],
        "notes": list(report.notes),
        "environment": environment,
    }
    return json.dumps(told, indent=2, allow_nan=False) + "\n"


def _heat(heat: ProgramHeat) -> dict[str, float]:
    return {
        "wall_s": heat.wall_ns / 1e9,
        "cpu_s": heat.cpu_ns / 1e9,
        "memory_bytes": heat.memory_bytes,
        **asdict(heat.harvest),
    }
