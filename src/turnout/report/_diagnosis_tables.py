"""The tables of a diagnosed program's page."""

from collections.abc import Mapping, Sequence

from turnout.advise._program_types import Line
from turnout.observe import Recording, State
from turnout.report._holders import holder_label, holders
from turnout.report._markup import Markup, tag
from turnout.report._parts import part, table
from turnout.report._state_words import DOES, ORDER, place_of
from turnout.report._task_rows import TASK_CAPTION, TASK_HEADS, task_rows
from turnout.report._thread_rows import ThreadRow, states_of, thread_labels, thread_rows
from turnout.report._words import MISSING, duration, number, percent, plain

ROWS_SHOWN = 200
_LINES_SHOWN = 100
_HOLDERS_SHOWN = 50
_HEADS = {
    State.RUN: "On a core",
    State.GIL: "GIL",
    State.LOCK: "Lock",
    State.SOCKET: "Network",
    State.PIPE: "Pipe",
    State.FILE: "File",
    State.POLL: "Polling",
    State.SLEEP: "Asleep",
    State.CHILD: "Child",
    State.CORE: "Core",
    State.UNKNOWN: "Unknown",
}


def threads_table(recording: Recording) -> Markup:
    """Return a table with a row for each thread; empty if there is none."""
    rows = thread_rows(recording, ROWS_SHOWN)
    if not rows:
        return Markup()
    found = states_of(rows)
    always = {State.RUN, State.LOCK, State.CORE} | ({State.GIL} if recording.has_gil else set())
    states = [state for state in ORDER if state in found or state in always]
    heads = ("Thread", "Id", "Wall", "Shares", *(_HEADS[state] for state in states))
    caption = "Shares of wall time in %: on a core, and what it waited for. A row adds up to 100."
    return part("Threads", [table("Threads", caption, heads, (_thread(row, states) for row in rows), "threads")])


def tasks_table(recording: Recording) -> Markup:
    """Return a table with a row for each coroutine function; empty if no event loop was seen."""
    body = (
        tag(
            "tr",
            tag("th", tag("bdi", row.name), scope="row"),
            tag("td", number(row.count)),
            tag("td", row.wall),
            (tag("td", share) for share in row.shares.values()),
            tag("td", tag("bdi", row.place), class_="words"),
        )
        for row in task_rows(recording, ROWS_SHOWN)
    )
    if not recording.tasks:
        return Markup()
    heads = ("Coroutine", "Tasks", "Time", *(head.capitalize() for head in TASK_HEADS.values()), "Mostly suspended at")
    return part("Tasks of event loops", [table("Tasks of event loops", TASK_CAPTION, heads, body, "tasks")])


def holders_table(recording: Recording) -> Markup:
    """Return a table of those who held the global lock; empty if nobody looked, or one alone did."""
    found = holders(recording)
    if found is None or len(found.shares) < 2:  # noqa: PLR2004  a sentence tells of one
        return Markup()
    labels = thread_labels(recording)
    shown = list(found.shares.items())[:_HOLDERS_SHOWN]
    rest = list(found.shares.values())[_HOLDERS_SHOWN:]
    rows = [_share(holder_label(thread, labels), share) for thread, share in shown]
    if rest:
        rows.append(_share(f"{len(rest):,} others", sum(rest)))
    rows.append(_share("free", found.free_share))
    return table("Who held the GIL", "Shares of the time in which somebody looked.", ("Thread", "Held"), rows, "narrow")


def lines_table(lines: Sequence[Line]) -> Markup:
    """Return a table of the lines that answer for most of the time; empty without any."""
    if not lines:
        return Markup()
    body = (
        tag(
            "tr",
            tag("th", tag("bdi", place_of(one.file, one.line, 80)), scope="row"),
            tag("td", tag("bdi", plain(one.function, 80) or "?"), class_="words"),
            tag("td", DOES[one.state], class_="words"),
            tag("td", percent(one.share)),
        )
        for one in lines[:_LINES_SHOWN]
    )
    caption = "Share: of all the time that threads spent so."
    heads = ("Line", "Function", "Its threads were", "Share")
    return part("Lines responsible", [table("Lines responsible", caption, heads, body, "wordy lines")])


def _thread(row: ThreadRow, states: Sequence[State]) -> Markup:
    cells = [str(row.percents.get(state, 0)) if row.percents else MISSING for state in states]
    return tag(
        "tr",
        tag("th", tag("bdi", row.name), scope="row"),
        tag("td", MISSING if row.native_id is None else str(row.native_id)),
        tag("td", duration(row.wall_ns / 1e9)),
        tag("td", _bar(row.shares), class_="shares"),
        (tag("td", cell) for cell in cells),
    )


def _bar(shares: Mapping[State, float]) -> Markup:
    """Return shares as a bar of coloured parts; the figures stand beside it."""
    rects = []
    at = 0.0
    for state in ORDER:
        wide = 100 * shares.get(state, 0.0)
        if wide > 0:
            rects.append(tag("rect", x=f"{at:.2f}", width=f"{wide:.2f}", height=1, class_=f"state-{state}"))
        at += wide
    return tag("svg", rects, viewBox="0 0 100 1", preserveAspectRatio="none", aria_hidden="true")


def _share(name: str, share: float) -> Markup:
    return tag("tr", tag("th", tag("bdi", name), scope="row"), tag("td", percent(share)))
