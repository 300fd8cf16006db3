"""The regret of ``turnout.run(f, items, executor="auto")``: its wall time over that of the best fixed choice.

Each run is made in a fresh process, the contenders in turn (A B A B ...), and medians are compared. The pilot is part
of the automatic run's time; what turnout loads lazily is loaded before, for all alike.
"""

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from choice._busy import hogs
from choice._catalogue import AUTO, chosen, fixed_choices, missing
from choice._measure import as_json, in_turn
from choice._table import Row, fixed, nature, regrets
from choice._workload import Workload

REPEATS = 3


def options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python bench/choice", description=__doc__)
    parser.add_argument("--only", metavar="NAME,NAME", default="", help="these workloads")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="runs of each contender, at least 1")
    parser.add_argument("--busy", action="store_true", help="keep all cores busy with other processes meanwhile")
    parser.add_argument("--fixed-only", action="store_true", help="leave out the automatic choice")
    parser.add_argument("--quick", action="store_true", help="one run of each, and fewer fixed choices")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep all figures in a file")
    parser.add_argument("--list", action="store_true", help="list the workloads, and why each is there")
    asked = parser.parse_args(words)
    if asked.repeats < 1:
        parser.error(f"--repeats must be at least 1, not {asked.repeats}")
    return asked


def main() -> None:
    asked = options(sys.argv[1:])
    try:
        workloads = chosen(filter(None, asked.only.split(",")))
    except ValueError as error:
        sys.exit(str(error))
    for library in missing():
        print(f"left out what needs {library}; python -m pip install {library}", file=sys.stderr)
    if asked.list:
        for _, workload in workloads:
            print(f"{workload.name}: {workload.character}; {workload.reason}")
        return
    with hogs() if asked.busy else nullcontext():
        rows = [measured(module, workload, asked) for module, workload in workloads]
    print(heading(busy=asked.busy))
    if not asked.fixed_only:
        print(regrets(rows))
    print(fixed(rows))
    print(nature(rows))
    if asked.json:
        asked.json.write_text(json.dumps(figures(rows, busy=asked.busy), indent=1) + "\n", encoding="utf-8")


def measured(module: str, workload: Workload, asked: argparse.Namespace) -> Row:
    """Measure all contenders of a workload, and say on the error stream that it is done."""
    contenders = [*fixed_choices(workload, quick=asked.quick), *([] if asked.fixed_only else [AUTO])]
    row = Row(workload, in_turn(module, workload, contenders, 1 if asked.quick else asked.repeats))
    found = row.regret
    auto = "" if asked.fixed_only else f", auto {found.auto_s:.3f} s"
    print(f"{workload.name}: {found.best} {found.best_s:.3f} s{auto}", file=sys.stderr)
    return row


def heading(*, busy: bool) -> str:
    load = ", all cores kept busy by others" if busy else ""
    machine = f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} cores{load}"
    return f"{datetime.now(UTC).date()}, {machine}, CPython {platform.python_version()}\n"


def figures(rows: Sequence[Row], *, busy: bool) -> dict[str, Any]:  # what JSON can tell
    """Return everything that was measured."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": psutil.cpu_count(),
        "busy": busy,
        "workloads": {
            row.workload.name: {
                "character": row.workload.character,
                "reason": row.workload.reason,
                "runs": as_json(row.runs),
            }
            for row in rows
        },
    }
