"""Other Pythons, as the figures and sentences that every renderer shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from turnout.measurement import Measurement, PythonRun, median_interval
from turnout.report._words import UNKNOWN, duration, listed, percent, plain, plural, significant, times

NAME_LIMIT = 60
_LONG_S = 0.05  # below that, handing items over shows more than other programs do
_COMPUTING = 0.7  # of a core, alone: the items do not wait for anything else
_HAMPERED = 0.9  # of the cores that the workers could keep busy
_LEAST = 0.01  # a ratio that is told exactly
_ALIKE = 1.02  # two per cent: less than a developer can feel


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonCell:
    """What one model took under one Python.

    Attributes:
        measurement: What the figures come from.
        wall_s: Median wall time, seconds; the workers' start is not in it.
        within: Sequential under the same Python over this one; None if that is not known.
        over: Sequential under the first Python over this one, likewise.
        cpu_share: Time on a core over wall time; None if that Python cannot tell.
        failures: How many items failed in the heat with the most failures.
    """

    measurement: Measurement
    wall_s: float
    within: float | None
    over: float | None
    cpu_share: float | None
    failures: int

    @property
    def speedups(self) -> str:
        """Both speed-ups, or how many items failed, which makes them worthless."""
        return f"{self.failures:,} failed" if self.failures else f"{short_times(self.within)} {short_times(self.over)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonRow:
    """One Python's figures.

    Attributes:
        run: What they come from.
        name: What it is called, safe to show.
        traits: Its lock, its compiler and its start, in a few words, safe to show.
        cells: What each model took, by the model's name.
        refused: Why a model did not run, by the model's name; safe to show.
        reason: Why none did; safe to show, and empty if one did.
    """

    run: PythonRun
    name: str
    traits: str
    cells: dict[str, PythonCell]
    refused: dict[str, str]
    reason: str


def short_times(ratio: float | None) -> str:
    """Return a ratio as `times` does, but with two decimals at most."""
    if ratio is None or ratio >= 1:
        return times(ratio)
    return f"{ratio:.2f}x" if ratio >= _LEAST else f"<{_LEAST}x"


def python_rows(runs: Sequence[PythonRun]) -> tuple[PythonRow, ...]:
    """Return the figures of each Python, in the order they were entered."""
    base = _sequential(runs[0]) if runs else None
    return tuple(_row(run, base) for run in runs)


def models_of(rows: Iterable[PythonRow]) -> list[str]:
    """Return the models that ran, or refused to, under some Python."""
    return list(dict.fromkeys(model for row in rows for model in (*row.cells, *row.refused)))


def python_sentences(rows: Sequence[PythonRow]) -> list[str]:
    """Return what is worth knowing about the Pythons; safe to show."""
    cells = [(row, model, cell) for row in rows for model, cell in row.cells.items() if not cell.failures]
    found = []
    if cells:
        row, model, best = min(cells, key=lambda one: one[2].wall_s)
        found.append(f"{model.capitalize()} on {row.name} is the fastest: {duration(best.wall_s)}{_gain(best, rows)}.")
    found += [sentence for row in rows for sentence in (_lock(row), _threads(row)) if sentence]
    return [*found, *_control(rows)]


def python_refusals(rows: Sequence[PythonRow]) -> list[str]:
    """Return what could not run and why, equal reasons together; safe to show."""
    found = [f"{row.name}: {row.reason}." for row in rows if row.reason]
    shared: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for model, reason in row.refused.items():
            shared.setdefault((model, reason), []).append(row.name)
    return found + [f"{model} on {listed(names)}: {reason}." for (model, reason), names in shared.items()]


def caption(rows: Sequence[PythonRow]) -> str:
    """Return how the table is to be read."""
    rounds = sorted({len(cell.measurement.heats) for row in rows for cell in row.cells.values()})
    span = str(rounds[0]) if len(rounds) == 1 else f"{rounds[0]} to {rounds[-1]}" if rounds else "0"
    counted = f"the median of {span} rounds, " if rounds and rounds != [1] else ""
    return (
        f"Above: wall time, {counted}after first passes that are not counted; starting a Python or its workers is not "
        f"in it. Below: speed-up over sequential there, and over sequential on {rows[0].name if rows else UNKNOWN}. "
        "Under each name: its lock, its compiler, and how long its start took."
    )


def _row(run: PythonRun, base: Measurement | None) -> PythonRow:
    own = _sequential(run)
    return PythonRow(
        run=run,
        name=plain(run.entrant.name, NAME_LIMIT),
        traits="" if run.reason else plain(_traits(run), NAME_LIMIT),
        cells={one.contender.model: _cell(one, own, base) for one in run.measurements},
        refused={plain(one.name, NAME_LIMIT): plain(one.reason) for one in run.refusals},
        reason=plain(run.reason),
    )


def _cell(one: Measurement, own: Measurement | None, base: Measurement | None) -> PythonCell:
    heat = one.typical
    wall_s = _wall_s(one)
    return PythonCell(
        measurement=one,
        wall_s=wall_s,
        within=_wall_s(own) / wall_s if own is not None and wall_s > 0 else None,
        over=_wall_s(base) / wall_s if base is not None and wall_s > 0 else None,
        cpu_share=heat.cpu_ns / heat.wall_ns if heat.wall_ns > 0 and heat.cpu_ns > 0 else None,
        failures=max(each.failures for each in one.heats),
    )


def _wall_s(one: Measurement) -> float:
    return median_interval([heat.wall_ns / 1e9 for heat in one.heats])[0]


def _sequential(run: PythonRun) -> Measurement | None:
    return next((one for one in run.measurements if one.contender.executor == "sequential"), None)


def _traits(run: PythonRun) -> str:
    asked = run.entrant.interpreter
    words = [] if run.gil is None else ["GIL" if run.gil else "no GIL"]
    words += ["JIT"] if asked is not None and asked.compiles else []
    return ", ".join([*words, duration(run.startup_s)])


def _gain(best: PythonCell, rows: Sequence[PythonRow]) -> str:
    if best.over is None or best.over < _ALIKE:
        return ""
    return f", {significant(best.over)} times as fast as sequential on {rows[0].name}"


def _lock(row: PythonRow) -> str:
    """Say whether a build that can run without the lock did."""
    asked = row.run.entrant.interpreter
    if asked is None or not asked.free_threaded or row.run.gil is None or not row.cells:
        return ""
    if not row.run.gil:
        return f"{row.name}: the GIL was off all the time."
    if row.run.switched_on_by:
        names = listed([f"'{plain(name, 60)}'" for name in row.run.switched_on_by])
        return f"{row.name}: its GIL is off, but importing {names} switched it on again, so threads took turns."
    return f"{row.name}: it can run without the GIL, but it was on from the start (see -X gil and PYTHON_GIL)."


def _control(rows: Sequence[PythonRow]) -> list[str]:
    """Say so if the machine was too busy for any speed-up to show: processes, which wait for no lock, tell."""
    cells = {cell.measurement.contender.executor: cell for cell in (rows[0].cells.values() if rows else ())}
    alone, control = cells.get("sequential"), cells.get("processes")
    if alone is None or control is None or control.wall_s < _LONG_S:
        return []
    workers = control.measurement.contender.workers
    computing = alone.cpu_share is not None and alone.cpu_share > _COMPUTING
    if not computing or control.cpu_share is None or control.cpu_share > _HAMPERED * workers or workers < 2:  # noqa: PLR2004  a control overlaps
        return []
    had, wanted = percent(control.cpu_share), percent(float(workers))
    words = (
        f"The machine was busy meanwhile: {workers} processes, which share no lock, had a core for {had} of the time "
        f"instead of {wanted}, so the speed-ups here are smaller than they could be."
    )
    return [words]


def _threads(row: PythonRow) -> str:
    """Say what several threads gained, with the cores that they kept busy as evidence."""
    cell = next((one for one in row.cells.values() if one.measurement.contender.executor == "threads"), None)
    if cell is None or cell.within is None or cell.failures or cell.wall_s < _LONG_S:
        return ""
    busy = "" if cell.cpu_share is None else f", with {percent(cell.cpu_share)} of a core busy"
    return f"{row.name}: {plural(cell.measurement.contender.workers, 'thread')} gave {short_times(cell.within)}{busy}."
