"""What the tasks of event loops did, as the figures that every renderer shows: a row for each coroutine function."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from turnout.observe import Recording, TaskRecord, TaskState
from turnout.report._state_words import place_of
from turnout.report._words import MISSING, duration, percent, plain, plural

NAME_LIMIT = 60
TASK_HEADS = {TaskState.RUN: "ran", TaskState.READY: "ready", TaskState.SUSPENDED: "suspended"}
TASK_CAPTION = (
    "Shares of the time of all tasks together: the loop ran them, they could have gone on but the loop was busy, or "
    "they waited for something else."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """The tasks that ran one function, or several.

    Attributes:
        name: What to call them; safe to show, as all that follows.
        count: How many there were.
        wall: Their time, all of them together.
        shares: Parts of that in each state, in percent.
        place: Where most of their suspended time was spent; empty if that was not seen.
    """

    name: str
    count: int
    wall: str
    shares: dict[TaskState, str]
    place: str


def task_rows(recording: Recording, limit: int) -> tuple[TaskRow, ...]:
    """Return a row for each coroutine function, those with the most time on the loop or in wait of it first.

    Args:
        recording: What was seen.
        limit: How many have a row of their own; others share one.
    """
    groups: dict[str, list[TaskRecord]] = {}
    for task in recording.tasks:
        groups.setdefault(task.coroutine, []).append(task)
    ranked = sorted(groups, key=lambda name: _wants_ns(groups[name]), reverse=True)
    rows = [_row(plain(name, NAME_LIMIT) or "?", groups[name]) for name in ranked[:limit]]
    others = [task for name in ranked[limit:] for task in groups[name]]
    if others:
        rows.append(_row(plural(len(ranked) - limit, "other function"), others))
    return tuple(rows)


def _row(name: str, tasks: Iterable[TaskRecord]) -> TaskRow:
    spent: Counter[TaskState] = Counter()
    places: Counter[str] = Counter()
    count = 0
    for task in tasks:
        count += task.count
        spent.update(task.state_ns)
        for frame, ns in task.place_ns.items():
            places[place_of(frame.file, frame.line, NAME_LIMIT)] += ns
    whole = spent.total()
    return TaskRow(
        name=name,
        count=count,
        wall=duration(whole / 1e9),
        shares={state: percent(spent[state] / whole) if whole else MISSING for state in TASK_HEADS},
        place=max(places, key=places.__getitem__, default=""),
    )


def _wants_ns(tasks: Iterable[TaskRecord]) -> tuple[int, int]:
    of_all = Counter[TaskState]()
    for task in tasks:
        of_all.update(task.state_ns)
    return of_all[TaskState.RUN] + of_all[TaskState.READY], of_all[TaskState.SUSPENDED]
