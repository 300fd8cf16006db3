"""How a run stands: counters that a progress display reads while the stages write them, and a report at the end."""

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Track:
    """One way to run a stage, from when it was taken.

    Attributes:
        executor: Its executor's name: ``"threads"``.
        workers: How many workers it has.
        since_ns: When it was taken, on the clock `wall_ns`.
        done: How many items the stage had done by then.
    """

    executor: str
    workers: int
    since_ns: int
    done: int


@dataclass(slots=True, kw_only=True)
class TrackChoice:
    """Why a stage runs the way it does.

    Attributes:
        executor: The executor now.
        workers: Its workers now.
        predicted_s: What all items were predicted to take; None if their number is unknown.
        reasons: Sentences, in the order in which they were found: what the pilot saw, what was predicted for each
            executor, and each change of track.
        tracks: Every way that was taken, the present one last.
    """

    executor: str
    workers: int
    predicted_s: float | None = None
    reasons: list[str] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class StageStatus:
    """How a stage stands; written by the stage, read by anyone.

    Attributes:
        name: What it is called: the function's name, or what the user says.
        kind: ``"map"``, ``"flat"``, ``"batch"``, ``"filter"`` or ``"sink"``.
        choice: How it runs, and why.
        taken: Items it was given.
        done: Items it is done with, failed ones too.
        failed: Items that failed here for good.
        retried: How often an item was tried again.
        replayed: Items whose outcome was known from the journal.
        passed: Items that it was not given, since they failed, or were left out, in a stage before.
        left_out: Items that were passed over, since only failed ones were to run again.
        given_out: Items it handed on; failures, which pass by the later stages, do not count.
        queued: Items that wait in front of it now.
        queue_limit: How many may wait there; 0 if nothing does.
        rate: How many calls may begin in a second, as was asked; None for any number.
        paced: How many calls began when the rate let them, and not when an item or a worker was there.
        busy_ns: Wall time inside items, summed over its workers.
        cpu_ns: Time on a core inside items, summed likewise.
        start_ns: When it began; 0 before.
        end_ns: When it ended; 0 before.
    """

    name: str
    kind: str
    choice: TrackChoice
    taken: int = 0
    done: int = 0
    failed: int = 0
    retried: int = 0
    replayed: int = 0
    passed: int = 0
    left_out: int = 0
    given_out: int = 0
    queued: int = 0
    queue_limit: int = 0
    rate: float | None = None
    paced: int = 0
    busy_ns: int = 0
    cpu_ns: int = 0
    start_ns: int = 0
    end_ns: int = 0


@dataclass(slots=True, kw_only=True)
class RunStatus:
    """How a whole run stands.

    Attributes:
        stages: In the order of the data path.
        item_count: All items; None while their number is unknown.
        done: Source items that are done with: outcomes handed out, and items that a filter dropped.
        failed: How many of them failed.
        replayed: How many of them came from the journal and were not run again.
        left_out: Source items that were passed over, since only failed ones were to run again, and these had not been
            run at all.
        start_ns: When the run began; 0 before.
        end_ns: When it ended; 0 before.
        is_interrupted: Whether it ended before its items did: Ctrl-C, or the reader left.
    """

    stages: tuple[StageStatus, ...]
    item_count: int | None = None
    done: int = 0
    failed: int = 0
    replayed: int = 0
    left_out: int = 0
    start_ns: int = 0
    end_ns: int = 0
    is_interrupted: bool = False
