"""What the advice is made of, as values."""

from dataclasses import dataclass
from enum import StrEnum

from turnout.measurement import Contender


class Bound(StrEnum):
    """What keeps the work from running faster."""

    GIL = "gil"  # Python code on one core at a time: threads gain nothing, processes do
    CPU = "cpu"  # computing; every core is busy under the best model
    CORES = "cores"  # computing that no model here could spread, for want of a second core
    IO = "io"  # waiting for something outside
    SHARED = "shared"  # neither busy nor overlapping: a lock, a rate limit or one slow resource
    OVERHEAD = "overhead"  # items so short or so few that starting workers and handing items over costs more
    TRANSFER = "transfer"  # computing that would spread, but its data costs more to send than it gains
    MIXED = "mixed"  # both computing and waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What bounds the work.

    Attributes:
        bound: The main cause.
        cpu_share: Part of the sequential wall time spent on a core, 0 to 1.
        evidence: Sentences, each with the figures it rests on; no trailing full stop is left out.
        unknown: What this measurement cannot tell, as sentences.
    """

    bound: Bound
    cpu_share: float
    evidence: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The track to take.

    Attributes:
        contender: The executor and its workers.
        reasons: Sentences.
        predicted_s: What all items will take, seconds; None when their number is unknown.
    """

    contender: Contender
    reasons: tuple[str, ...]
    predicted_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """What all items would take with one contender.

    Attributes:
        contender: The executor and its workers.
        item_count: All items.
        wall_s: Median estimate, seconds.
        low_s: From the fast end of the median's interval.
        high_s: From the slow end.
    """

    contender: Contender
    item_count: int
    wall_s: float
    low_s: float
    high_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """How one executor gains from workers.

    Attributes:
        executor: Its name.
        points: (workers, speed-up) pairs, by workers; the speed-up is over one worker of the same executor, or
            over sequential if one worker was not raced.
        parallel_share: Amdahl's fit: the part that overlaps, 0 to 1.
        contention: The universal scalability law's sigma, at least 0.
        coherency: Its kappa, at least 0.
        best_workers: Where the law peaks; None if it never does.
        limit: The greatest speed-up by Amdahl's fit; infinite if all overlaps.
    """

    executor: str
    points: tuple[tuple[int, float], ...]
    parallel_share: float
    contention: float
    coherency: float
    best_workers: int | None
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something the race found that the user must know.

    Attributes:
        title: One sentence.
        details: More sentences, with examples.
    """

    title: str
    details: tuple[str, ...] = ()
