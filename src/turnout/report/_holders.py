"""Who held the global lock, as the figures that every renderer shows."""

from collections import Counter
from dataclasses import dataclass

from turnout.observe import Recording
from turnout.report._thread_rows import thread_labels
from turnout.report._words import listed, percent, plural, significant

_FREE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Holders:
    """How the global lock was shared out while somebody looked.

    Attributes:
        shares: For each thread that held it, by native id, its part of the time, 0 to 1; the greatest first.
        free_share: Part of the time in which nobody held it.
        handoffs_per_s: How often it passed to another thread; None if that is not known.
    """

    shares: dict[int, float]
    free_share: float
    handoffs_per_s: float | None


def holders(recording: Recording) -> Holders | None:
    """Return who held the global lock; None if nobody looked."""
    held: Counter[int] = Counter()
    for hold in recording.holds:
        held[hold.thread] += max(0, hold.end_ns - hold.start_ns)
    whole_ns = held.total()
    if whole_ns <= 0:
        return None
    known = recording.handoffs is not None and recording.wall_ns > 0
    return Holders(
        shares={thread: ns / whole_ns for thread, ns in held.most_common() if thread != _FREE and ns},
        free_share=held[_FREE] / whole_ns,
        handoffs_per_s=(recording.handoffs or 0) * 1e9 / recording.wall_ns if known else None,
    )


def holder_label(native_id: int, labels: dict[int, str]) -> str:
    """Return what to call who held it; safe to show."""
    return labels.get(native_id) or f"thread {native_id}"


def holder_words(recording: Recording, limit: int) -> list[str]:
    """Return how the global lock was shared out, in sentences; none if nobody looked.

    Args:
        recording: What was seen.
        limit: How many threads to name.
    """
    found = holders(recording)
    if found is None:
        return []
    labels = thread_labels(recording)
    named = [f"{holder_label(one, labels)} {percent(share)}" for one, share in list(found.shares.items())[:limit]]
    rest = list(found.shares.values())[limit:]
    if rest:
        named.append(f"{plural(len(rest), 'other')} {percent(sum(rest))}")
    free = f"free for {percent(found.free_share)} of the time"
    said = [f"Held by {listed(named)}; {free}." if named else f"It was {free}."]
    if found.handoffs_per_s is not None:
        said.append(f"It passed to another thread {significant(found.handoffs_per_s)} times a second.")
    return said
