"""A run in plain sentences: what was done, how fast, on which track and why."""

from math import isfinite

from turnout.pipeline import StageStatus
from turnout.report._run_rows import ran_nothing, stage_rows, track_label
from turnout.report._run_types import Bottleneck, RunReport
from turnout.report._words import duration, listed, number, plain, plural, significant

_BUSY = 0.5


def headline(report: RunReport) -> str:
    """Return what was done, in one sentence; safe to show."""
    status = report.status
    if status.is_interrupted:
        whole = "" if status.item_count is None else f" of {status.item_count:,}"
        noun = "items" if whole or status.done != 1 else "item"
        return f"Interrupted after {status.done:,}{whole} {noun} and {duration(wall_s(report))}."
    if not status.done:
        return f"No item was done, in {duration(wall_s(report))}."
    if status.replayed == status.done:
        return f"All {plural(status.done, 'item')} came from the journal; nothing was run again."
    return f"{plural(status.done, 'item')} in {duration(wall_s(report))}: {rate(report)}."


def tally(report: RunReport) -> str:
    """Return how many succeeded, failed and were not run again, in one sentence."""
    status = report.status
    succeeded = f"{max(0, status.done - status.failed):,} succeeded"
    parts = [f"{succeeded} and {status.failed:,} failed" if status.failed else f"{succeeded} and none failed"]
    if status.replayed:
        parts.append(f"{status.replayed:,} came from the journal")
    if status.left_out:
        parts.append(f"{status.left_out:,} had not been run before, and were left out")
    retried = sum(stage.retried for stage in status.stages)
    if retried:
        parts.append(f"it took {retried:,} further {'try' if retried == 1 else 'tries'}")
    return f"{'; '.join(parts)}."


def summary(report: RunReport) -> list[str]:
    """Return the run's sentences, the headline first; safe to show."""
    return [headline(report), tally(report), *filter(None, [slow_stage(report)])]


def wall_s(report: RunReport) -> float:
    """Return how long it took, in seconds."""
    return max(0, report.status.end_ns - report.status.start_ns) / 1e9


def rate(report: RunReport) -> str:
    """Return how many items were run in a second, in words."""
    seconds, count = wall_s(report), report.status.done - report.status.replayed
    return f"{significant(count / seconds)} a second" if seconds > 0 else "in no time that could be measured"


def slow_stage(report: RunReport) -> str:
    """Return which stage held the others up, in a sentence; empty for a single stage that kept no rate."""
    if report.bottleneck is not None:
        return bottleneck_words(report.bottleneck)
    shares = [row.busy_share or 0.0 for row in stage_rows(report.status)]
    if len(shares) < 2 or all(map(ran_nothing, report.status.stages)):  # noqa: PLR2004  a pipeline
        return ""
    if max(shares) < _BUSY:
        return "No stage was busy for half of the time: the items came, or the results were taken, no faster."
    return "No stage held the others up: the busiest are about as busy as each other."


def bottleneck_words(found: Bottleneck) -> str:
    """Return where the others waited, and what would balance it, in a sentence."""
    name = plain(found.stage, 60)
    asked = None if found.rate is None else f"limited to {found.rate:,.10g} a second, as was asked"
    if asked is not None and found.balanced_workers <= found.workers:
        return f"{name} was {asked}; more workers would change nothing."
    if asked is not None:
        return (
            f"The other stages waited for {name}: with {plural(found.balanced_workers, 'worker')} instead of "
            f"{found.workers:,} it would come to its rate, if its items overlap; it was {asked}."
        )
    if found.balanced_workers <= found.workers:
        return f"The other stages waited for {name}."
    return (
        f"The other stages waited for {name}: with {plural(found.balanced_workers, 'worker')} instead of "
        f"{found.workers:,} it would keep up with the next slowest, if its items overlap."
    )


def track_words(stage: StageStatus) -> str:
    """Return how a stage ran: ``"processes x 2; before item 40, sequential"``; safe to show."""
    if ran_nothing(stage):
        return "nothing was run"
    said = track_label(stage.choice) or "nothing was run"
    tracks = stage.choice.tracks
    if len(tracks) > 1:
        said += f" from item {number(tracks[-1].done)} on; before, {listed([track_label(one) for one in tracks[:-1]])}"
    return said


def reasons_of(stage: StageStatus) -> list[str]:
    """Return why a stage ran as it did; safe to show."""
    if ran_nothing(stage):
        return []
    return [plain(reason) for reason in stage.choice.reasons]


def foretold(stage: StageStatus) -> str:
    """Return what was predicted, in words; empty if nothing was."""
    seconds = stage.choice.predicted_s
    return "" if seconds is None or not isfinite(seconds) else f"{duration(seconds)} were predicted"
