"""The journals of a pipeline: a file for each stage, the later ones with their number behind the name."""

import os
from contextlib import ExitStack, suppress
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from turnout.errors import JournalError, UsageError
from turnout.pipeline._stages import Stage

if TYPE_CHECKING:
    from turnout.pipeline._journal import Journal


def open_journals(stages: tuple[Stage, ...], path: str | Path | None, *, retry_failed: bool) -> "list[Journal]":
    """Open the journal of each stage; none without a path."""
    if path is None:
        return []
    if any(not stage.ordered for stage in stages[:-1]):
        raise UsageError("a journal knows items by their place: leave ordered=False out of all stages but the last")
    if any(stage.linger_s < inf for stage in stages):
        raise UsageError(
            "a journal knows items by their place: leave linger_s out, which lets time decide what goes together"
        )
    from turnout.pipeline._journal import Journal  # noqa: PLC0415  SQLite and all that, for those who keep a journal
    from turnout.pipeline._journal_file import journal_path  # noqa: PLC0415  likewise

    with ExitStack() as opened:
        made = [
            opened.enter_context(
                Journal(
                    journal_path(path, number),
                    work=_work(stage),
                    retry_failed=retry_failed,
                    runs_unknown=number > 0,
                )
            )
            for number, stage in enumerate(stages)
        ]
        if retry_failed:
            check_places(stages, made)
        opened.pop_all()
    return made


def let_go(journals: "list[Journal]", owner: int) -> None:
    """Close the journals of a run that nobody holds any more and that was never begun.

    Args:
        journals: Nothing was put into them.
        owner: The process that opened them; one that it forked has their lock's name, but not the lock.
    """
    if os.getpid() != owner:
        return
    for one in journals:
        with suppress(JournalError):  # nobody is there to be told, and nothing is lost
            one.close()


def check_places(stages: tuple[Stage, ...], journals: "list[Journal]", way_out: str = "") -> None:
    """Refuse to try items again whose success would move others to other places, by which journals know them.

    Args:
        stages: What was done.
        journals: Of each stage.
        way_out: What else can be done, than to take another journal.
    """
    failed = 0
    for stage, journal in zip(stages, journals, strict=True):
        moves_own, moves_later = stage.kind == "batch", stage.kind in {"flat", "filter"} and stage is not stages[-1]
        before, failed = failed, failed + journal.counts.failed
        if (moves_own and before) or (moves_later and failed):
            raise UsageError(
                f"to run failed items again would change how many leave {stage.name}, a {stage.kind} stage, and the "
                f"journals of a pipeline know items by their place; run the {failed} that failed with another journal"
                f"{way_out}"
            )


def _work(stage: Stage) -> str:
    return f"{stage.name} ({stage.kind})" if stage.kind != "map" else stage.name
