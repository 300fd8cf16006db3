"""Which contender to run the work with."""

from collections.abc import Sequence

from turnout.advise._types import Choice, Projection
from turnout.advise._wording import count, figures, listing, percent, seconds
from turnout.measurement import Contender, Interval, Measurement, median_interval, overlap

SIMPLICITY = {"sequential": 0, "threads": 1, "asyncio": 2, "interpreters": 3, "processes": 4}
SAME = 1.03  # a difference that no run shows reliably
NOISE = 1.10  # a difference that is noise when the intervals overlap too


def choose(measurements: Sequence[Measurement], projections: Sequence[Projection] = ()) -> Choice | None:
    """Return the contender that takes least for all items, or a simpler one that takes as long within the noise.

    Within the noise is a difference of less than 3 %, or of less than 10 % with overlapping intervals. Simpler is
    sequential before threads, asyncio, interpreters and processes, and fewer workers before more. A contender under
    which more items fail than under another is left out.

    Args:
        measurements: Who ran.
        projections: What all items would take; where it is missing, the sample's own wall time decides.

    Returns:
        None if there is no measurement, or all items failed with every contender.
    """
    predicted = {projection.contender: projection for projection in projections}
    fewest = min((_failures(m) for m in measurements if _failures(m) < m.item_count), default=None)
    if fewest is None:
        return None
    fit = [_Entry(m, predicted.get(m.contender)) for m in measurements if _failures(m) == fewest]
    fastest = min(fit, key=lambda entry: entry.wall_s)
    tied = [entry for entry in fit if entry.ties(fastest)]
    best = min(tied, key=_Entry.effort)
    reasons = (
        _what_it_takes(best),
        *_against_sequential(best, fit),
        *_against_fastest(best, fastest, tied),
        *_against_worst(best, fit),
        *_about_failures(best, measurements, fewest),
    )
    projection = predicted.get(best.contender)
    return Choice(
        contender=best.contender, reasons=reasons, predicted_s=projection.wall_s if projection is not None else None
    )


class _Entry:
    """A contender with the time that it is judged by."""

    def __init__(self, measurement: Measurement, projection: Projection | None) -> None:
        self.contender: Contender = measurement.contender
        self.label = measurement.contender.label
        if projection is None:
            self.item_count = measurement.item_count
            self.wall_s, self.interval = median_interval([heat.wall_ns / 1e9 for heat in measurement.heats])
        else:
            self.item_count = projection.item_count
            self.wall_s = projection.wall_s
            self.interval = Interval(low=projection.low_s, high=projection.high_s, confidence=0.0)

    def ties(self, fastest: "_Entry") -> bool:
        """Tell whether this one takes as long as the fastest, within the noise."""
        if self.wall_s <= fastest.wall_s * SAME:
            return True
        return self.wall_s <= fastest.wall_s * NOISE and overlap(self.interval, fastest.interval)

    def effort(self) -> tuple[int, int, float]:
        """Return what to prefer the least of, among equals."""
        return SIMPLICITY.get(self.contender.executor, len(SIMPLICITY)), self.contender.workers, self.wall_s


def _failures(measurement: Measurement) -> int:
    return max(heat.failures for heat in measurement.heats)


def _what_it_takes(best: _Entry) -> str:
    low, high = seconds(best.interval.low), seconds(best.interval.high)
    between = f" (between {low} and {high})" if low != high else ""
    return f"{best.label} takes {seconds(best.wall_s)} for {count(best.item_count, 'item')}{between}."


def _against_sequential(best: _Entry, fit: Sequence[_Entry]) -> tuple[str, ...]:
    for entry in fit:
        if entry.contender.executor == "sequential" and entry is not best and best.wall_s > 0:
            gain = entry.wall_s / best.wall_s
            return (f"That is {figures(gain)} times as fast as sequential, which takes {seconds(entry.wall_s)}.",)
    return ()


def _against_fastest(best: _Entry, fastest: _Entry, tied: Sequence[_Entry]) -> tuple[str, ...]:
    others = [entry.label for entry in tied if entry is not best]
    if not others:
        return ()
    if best is fastest:
        verb = "takes" if len(others) == 1 else "take"
        return (f"{listing(others)} {verb} as long within the noise; {best.label} is simpler.",)
    slower = percent(best.wall_s / fastest.wall_s - 1) if fastest.wall_s > 0 else percent(0)
    return (
        (
            f"{fastest.label} takes {seconds(fastest.wall_s)}; the difference of {slower} is within the noise, "
            f"and {best.label} is simpler."
        ),
    )


def _against_worst(best: _Entry, fit: Sequence[_Entry]) -> tuple[str, ...]:
    worst = max(fit, key=lambda entry: entry.wall_s)
    if worst.contender.executor == "sequential" or worst.wall_s < best.wall_s * NOISE or best.wall_s <= 0:
        return ()
    times = figures(worst.wall_s / best.wall_s)
    return (f"The slowest, {worst.label}, takes {seconds(worst.wall_s)}: {times} times as long.",)


def _about_failures(best: _Entry, measurements: Sequence[Measurement], fewest: int) -> tuple[str, ...]:
    against = f"{fewest or 'none'} under {best.label}"
    left_out = [
        f"{m.contender.label} is left out: {_failures(m):,} of {count(m.item_count, 'item')} failed, against {against}."
        for m in measurements
        if _failures(m) > fewest
    ]
    if not fewest:
        return tuple(left_out)
    total = count(measurements[0].item_count, "item")
    return (*left_out, f"{fewest:,} of {total} failed under every contender that was compared.")
