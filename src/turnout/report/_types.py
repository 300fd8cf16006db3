"""A whole race, as one value."""

from dataclasses import dataclass, field

from turnout.advise import Choice, Diagnosis, Finding, Projection, Scaling
from turnout.measurement import Environment, Measurement, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceReport:
    """Everything a race found out.

    Attributes:
        title: What raced: ``"factor over numbers.txt"``.
        item_count: All items; None if their number is unknown (an endless iterator).
        sample_count: How many of them each heat ran.
        environment: Where.
        measurements: Who ran, in the order they were entered.
        refusals: Who could not.
        diagnosis: What bounds the work.
        choice: Who wins; None if nobody finished without failures.
        projections: What all items would take, for each measurement.
        scalings: A fit for each executor raced with at least two worker counts.
        findings: What else the user must know: outcomes that differ, items that failed, a loaded machine.
        notes: Sentences of the caller's that belong beside the verdict, such as figures to compare with.
    """

    title: str
    item_count: int | None
    sample_count: int
    environment: Environment
    measurements: tuple[Measurement, ...]
    refusals: tuple[Refusal, ...] = ()
    diagnosis: Diagnosis
    choice: Choice | None
    projections: tuple[Projection, ...] = ()
    scalings: tuple[Scaling, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = field(default=())
