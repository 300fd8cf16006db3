"""Other Pythons as JSON; the schema is in `turnout.report._json`."""

from collections.abc import Sequence
from typing import Any

from turnout.measurement import PythonRun
from turnout.report._python_rows import PythonCell, python_rows

Json = dict[str, Any]  # what json.dumps takes


def pythons_document(runs: Sequence[PythonRun]) -> list[Json]:
    """Return what each Python did as what `json.dumps` takes."""
    return [
        {
            "name": row.run.entrant.name,
            "path": row.run.entrant.path,
            "implementation": asked and asked.implementation,
            "version": asked and asked.version,
            "build": asked and asked.build,
            "free_threaded": asked and asked.free_threaded,
            "jit": asked and asked.jit,
            "gil": row.run.gil,
            "gil_switched_on_by": list(row.run.switched_on_by),
            "startup_s": row.run.startup_s,
            "load_s": row.run.load_s,
            "first_s": row.run.first_s,
            "reason": row.run.reason,
            "contenders": [_cell(cell) for cell in row.cells.values()],
            "refusals": [{"name": one.name, "reason": one.reason} for one in row.run.refusals],
        }
        for row in python_rows(runs)
        for asked in [row.run.entrant.interpreter]
    ]


def _cell(cell: PythonCell) -> Json:
    contender = cell.measurement.contender
    return {
        "executor": contender.executor,
        "workers": contender.workers,
        "label": contender.label,
        "wall_s": cell.wall_s,
        "speedup": cell.within,
        "speedup_over_first": cell.over,
        "cpu_share": cell.cpu_share,
        "failures": cell.failures,
        "first_failure": cell.measurement.typical.first_failure,
        "startup_s": cell.measurement.typical.startup_ns / 1e9,
        "walls_s": [heat.wall_ns / 1e9 for heat in cell.measurement.heats],
    }
