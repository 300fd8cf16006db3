"""A race of whole programs that do the same in different ways, as plain values."""

from dataclasses import dataclass
from typing import ClassVar

from turnout.measurement import Environment, ProgramMeasurement, Refusal
from turnout.report._report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysReport(Report):
    """What a race of programs found out.

    Attributes:
        title: What it is called.
        noun: What they were sent for, in the singular: ``"file"``.
        wanted: How many of it.
        measurements: The programs, the first one being what speed-ups are measured against.
        refusals: Programs that came to no end, and why.
        notes: Sentences that say more.
        environment: Where it was measured.
    """

    TITLE: ClassVar[str] = "turnout race"

    title: str
    noun: str
    wanted: int
    measurements: tuple[ProgramMeasurement, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]
    environment: Environment

    def to_text(self, width: int = 80, *, colour: bool = False) -> str:
        """Return it as lines of at most ``width`` columns."""
        from turnout.report._ways_text import ways_text  # noqa: PLC0415  who only measures need not load rich

        return ways_text(self, width, colour=colour)

    def to_json(self) -> str:
        """Return it as JSON; its schema is told in `turnout.report._ways_json`."""
        from turnout.report._ways_json import ways_json  # noqa: PLC0415  likewise

        return ways_json(self)

    def to_html(self) -> str:
        """Return it as a page in one file, which needs no network."""
        from turnout.report._ways_html import render_ways_html  # noqa: PLC0415  likewise

        return render_ways_html(self)
