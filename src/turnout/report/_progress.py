"""How a run stands now, in a few lines for a terminal or a notebook, or in one for a log."""

from rich.table import Table
from rich.text import Text

from turnout.pipeline import RunStatus, StageStatus
from turnout.report._paper import paper
from turnout.report._rates import remaining_s
from turnout.report._run_rows import UNDECIDED, track_label
from turnout.report._words import duration, listed, number, percent, plain, significant

NARROWEST = 20
_BAR_WIDTH = 24
_ROOM_FOR_BAR = 72
_NAME_WIDTH = 24
_ACCENT = "cyan"
_WARNING = "yellow"


def progress_lines(
    status: RunStatus, per_second: float | None, now_ns: int, width: int, *, colour: bool = False
) -> list[str]:
    """Return lines of at most ``width`` columns: the whole, and one for each stage.

    Args:
        status: How the run stands.
        per_second: How many items are done in a second now; None if that is not known yet.
        now_ns: The time, on the clock `wall_ns`.
        width: Columns; taken as 20 if less.
        colour: Whether to put in ANSI colours.
    """
    console, sink = paper(max(NARROWEST, width), colour=colour)
    head = Text(no_wrap=True, overflow="ellipsis")
    if status.item_count and width >= _ROOM_FOR_BAR:
        full = min(_BAR_WIDTH, _BAR_WIDTH * status.done // status.item_count)
        head.append("━" * full, style=_ACCENT).append("─" * (_BAR_WIDTH - full), style="dim").append("  ")
    words = _whole(status, per_second, now_ns)
    head.append("  ".join(words))
    if status.failed:
        head.append(f"  {status.failed:,} failed", style=_WARNING)
    console.print(head)
    if len(status.stages) == 1:
        console.print(Text(_track(status.stages[0]), style="dim", no_wrap=True, overflow="ellipsis"))
    else:
        console.print(_stages(status.stages))
    return [line.rstrip() for line in sink.getvalue().splitlines()]


def progress_sentence(status: RunStatus, per_second: float | None, now_ns: int) -> str:
    """Return the same in one line for a log, without a stage's details; safe to show."""
    words = _whole(status, per_second, now_ns)
    if status.failed:
        words.append(f"{status.failed:,} failed")
    return ", ".join([*words, *([_track(status.stages[0])] if len(status.stages) == 1 else [])])


def _whole(status: RunStatus, per_second: float | None, now_ns: int) -> list[str]:
    if status.item_count is None:
        words = [f"{status.done:,} done"]
    else:
        share = status.done / status.item_count if status.item_count else 1.0
        words = [f"{status.done:,} of {status.item_count:,}", percent(min(share, 1.0))]
    if status.replayed:
        words.append(f"{status.replayed:,} from the journal")
    if per_second is not None:
        words.append(f"{significant(per_second)}/s")
    left_s = remaining_s(None if status.item_count is None else status.item_count - status.done, per_second)
    if status.is_interrupted:
        words.append("stopping")
    elif left_s is None:
        words.append(duration(max(0, now_ns - status.start_ns) / 1e9) if status.start_ns else "0 s")
    else:
        words.append(f"{_about(left_s)} left")
    return words


def _about(seconds: float) -> str:
    """Return a time that changes no more often than it can be read."""
    return duration(seconds) if seconds >= 60 else f"{seconds:.0f} s"  # noqa: PLR2004  a minute


def _track(stage: StageStatus) -> str:
    label = track_label(stage.choice)
    name = plain(stage.name, 40)
    if label in UNDECIDED:
        return f"{name}: choosing a track"
    before = listed([track_label(one) for one in stage.choice.tracks[:-1]])
    changed = f", after {before} until item {number(stage.choice.tracks[-1].done)}" if before else ""
    return f"{name} on {label}{changed}"


def _stages(stages: tuple[StageStatus, ...]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for place in range(5):
        table.add_column(justify="left" if place < 2 else "right", no_wrap=True, overflow="ellipsis")  # noqa: PLR2004  words, then figures
    for stage in stages:
        label = track_label(stage.choice)
        table.add_row(
            Text(f"  {plain(stage.name, _NAME_WIDTH)}"),
            Text("choosing" if label in UNDECIDED else plain(label, _NAME_WIDTH), style="dim"),
            Text(f"{stage.done:,} done"),
            Text(f"{stage.queued:,} of {stage.queue_limit:,} waiting" if stage.queue_limit else ""),
            Text(f"{stage.failed:,} failed" if stage.failed else "", style=_WARNING),
        )
    return table
