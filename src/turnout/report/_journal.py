"""How far a journal is, as text and as plain values."""

from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from turnout.report._paper import paper
from turnout.report._words import percent, plain, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from turnout.pipeline import JournalFailure, JournalProgress

SCHEMA = "turnout-journal/1"
NARROWEST = 60
WIDEST = 160
_ITEM_CHARS = 40
_ERROR_CHARS = 200
_STAGE_CHARS = 20


def journal_text(
    stages: "Sequence[JournalProgress]",
    failures: "Sequence[Sequence[JournalFailure]]",
    width: int = 80,
    *,
    colour: bool = False,
) -> str:
    """Return the progress as lines of at most ``width`` columns.

    Args:
        stages: How far each stage of a pipeline is; one for a single function.
        failures: Those of each stage to show; if they are not all, the text says how many more there are.
        width: Columns; taken as 60 if less, as 160 if more.
        colour: Whether to put in ANSI colours.
    """
    console, sink = paper(min(WIDEST, max(NARROWEST, width)), colour=colour)
    first, several = stages[0], len(stages) > 1
    console.print(Text(f"The journal of {' | '.join(plain(stage.work, 200) for stage in stages)}", style="bold"))
    console.print(Text(f"begun {_moment(first.created)}"))
    console.print()
    console.print(Text(_standing(first, plain(first.work, 60) if several else "")))
    console.print()
    if several:
        console.print(_stages(stages))
        console.print()
    console.print(_runs(first, several=several))
    if any(failures):
        console.print()
        console.print(_failures(stages, failures))
        more = sum(stage.failed for stage in stages) - sum(map(len, failures))
        if more > 0:
            console.print(Text(f"and {plural(more, 'more failure')}; --all shows them", style="dim"))
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines()).strip("\n") + "\n"


def journal_json(
    stages: "Sequence[JournalProgress]", failures: "Sequence[Iterable[JournalFailure]]"
) -> dict[str, Any]:  # JSON's values
    """Return the progress as values that JSON has: that of the first stage, and in it those of the later ones.

    Args:
        stages: At least one.
        failures: Of each stage.
    """
    first, *later = (_stage_json(stage, found) for stage, found in zip(stages, failures, strict=True))
    return {"schema": SCHEMA, **first, "later_stages": later}


def _stage_json(progress: "JournalProgress", failures: "Iterable[JournalFailure]") -> dict[str, Any]:  # likewise
    return {
        "work": progress.work,
        "created": progress.created,
        "item_count": progress.item_count,
        "finished": progress.finished,
        "succeeded": progress.succeeded,
        "failed": progress.failed,
        "runs": [
            {"began": run.began, "ended": run.ended, "finished": run.finished, "failed": run.failed}
            for run in progress.runs
        ],
        "failures": [failure_json(one) for one in failures],
    }


def failure_json(failure: "JournalFailure") -> dict[str, Any]:  # likewise
    """Return a failure as values that JSON has."""
    return {"index": failure.index, "item": failure.item, "error": failure.error, "attempts": failure.attempts}


def _stages(stages: "Sequence[JournalProgress]") -> Table:
    table = _table("stage", "finished", "succeeded", "failed")
    for stage in stages:
        figures = (f"{count:,}" for count in (stage.finished, stage.succeeded, stage.failed))
        table.add_row(*map(Text, (plain(stage.work, 60), *figures)))
    return table


def _runs(progress: "JournalProgress", *, several: bool) -> Table:
    """Return when it was worked on; what each stage did then would be more than can be read."""
    table = _table("run", "began", "ended", *(() if several else ("finished", "failed")))
    for number, run in enumerate(progress.runs, 1):
        cut_off = "was cut off" if number < len(progress.runs) else "goes on, or was cut off"
        ended = cut_off if run.ended is None else _moment(run.ended)
        figures = () if several else (f"{run.finished:,}", f"{run.failed:,}")
        table.add_row(*map(Text, (f"{number}", _moment(run.began), ended, *figures)))
    return table


def _failures(stages: "Sequence[JournalProgress]", failures: "Sequence[Sequence[JournalFailure]]") -> Table:
    several = len(stages) > 1
    table = _table(*(("stage",) if several else ()), "item", "value", "error", "attempts", loose=("value", "error"))
    for stage, found in zip(stages, failures, strict=True):
        name = (plain(stage.work, _STAGE_CHARS),) if several else ()
        for one in found:
            error = plain(" ".join(one.error.split()), _ERROR_CHARS)
            table.add_row(*map(Text, (*name, f"{one.index}", plain(one.item, _ITEM_CHARS), error, f"{one.attempts}")))
    return table


def _standing(progress: "JournalProgress", stage: str) -> str:
    if progress.item_count is None:
        whole = f"{plural(progress.finished, 'item')} finished of an unknown number"
    else:
        share = percent(progress.finished / progress.item_count) if progress.item_count else percent(1)
        if share == percent(1) and progress.finished < progress.item_count:
            share = "almost 100 %"
        whole = f"{progress.finished:,} of {plural(progress.item_count, 'item')} finished ({share})"
    if stage:
        return f"{stage}: {whole}"
    return f"{whole}: {progress.succeeded:,} succeeded, {progress.failed:,} failed"


def _moment(timestamp: str) -> str:
    return plain(timestamp.replace("T", " ", 1), 40)


def _table(*names: str, loose: tuple[str, ...] = ()) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for name in names:
        if name in loose:
            table.add_column(name, overflow="fold")
        else:
            table.add_column(name, no_wrap=True, justify="left" if name in {"stage", "began", "ended"} else "right")
    return table
