"""Other Pythons on a race's page."""

from collections.abc import Sequence

from turnout.measurement import PythonRun
from turnout.report._markup import Markup, tag
from turnout.report._parts import paragraphs, part, table
from turnout.report._python_rows import PythonRow, caption, models_of, python_rows, python_sentences
from turnout.report._words import MISSING, duration, percent, plain


def pythons_part(runs: Sequence[PythonRun]) -> Markup:
    """Return the table of Python x model, and what it tells; nothing if no other Python was asked for."""
    rows = python_rows(runs)
    if not rows:
        return Markup()
    models = models_of(rows)
    finished = [cell.wall_s for row in rows for cell in row.cells.values() if not cell.failures]
    best_s = min(finished, default=0.0)
    body = [_row(row, models, best_s) for row in rows]
    return part(
        "Under other Pythons",
        [
            table("Pythons", caption(rows), ("Python", *models), body, "pythons"),
            paragraphs(python_sentences(rows)),
        ],
    )


def _row(row: PythonRow, models: Sequence[str], best_s: float) -> Markup:
    asked = row.run.entrant.interpreter
    place = row.run.entrant.path if asked is None or not asked.build else f"{row.run.entrant.path}: {asked.build}"
    head = tag("th", tag("bdi", row.name), tag("small", row.traits), scope="row", title=plain(place, 300))
    if row.reason:
        return tag("tr", head, tag("td", f"{row.reason}.", colspan=max(1, len(models)), class_="refused", dir="auto"))
    return tag("tr", head, (_cell(row, model, best_s) for model in models))


def _cell(row: PythonRow, model: str, best_s: float) -> Markup:
    cell = row.cells.get(model)
    if cell is None:
        reason = row.refused.get(model)
        return tag("td", MISSING if reason is None else f"{reason}.", class_="refused", dir="auto")
    busy = "" if cell.cpu_share is None else f"{percent(cell.cpu_share)} CPU"
    return tag(
        "td",
        tag("b", duration(cell.wall_s)),
        tag("small", cell.speedups),
        tag("small", busy),
        class_="chosen" if cell.wall_s == best_s else None,
    )
