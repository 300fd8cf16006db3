"""A whole race, as one value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from turnout.advise import Choice, Diagnosis, Finding, Projection, Scaling
from turnout.measurement import Environment, Measurement, PythonRun, Refusal
from turnout.report._report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceReport(Report):
    """Everything a race found out.

    Attributes:
        title: What raced: ``"factor over numbers.txt"``.
        item_count: All items; None if their number is unknown (an endless iterator).
        sample_count: How many of them each heat ran.
        environment: Where.
        measurements: Who ran, in the order they were entered.
        refusals: Who could not.
        diagnosis: What bounds the work.
        choice: Who wins, among those with the fewest failures; None if every item failed with all of them.
        projections: What all items would take, for each measurement.
        scalings: A fit for each executor raced with at least two worker counts.
        findings: What else the user must know: outcomes that differ, items that failed, a loaded machine.
        pythons: What the same items took under other Pythons, if some were asked for; this one first.
        notes: Sentences of the caller's that belong beside the verdict, such as figures to compare with.
    """

    TITLE: ClassVar[str] = "turnout race"

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
    pythons: tuple[PythonRun, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def best(self) -> Measurement | None:
        """The measurement of the choice; None if there is no choice."""
        if self.choice is None:
            return None
        return next((one for one in self.measurements if one.contender == self.choice.contender), None)

    def to_text(self, width: int = 80, *, colour: bool = False) -> str:
        """Return the report for a terminal.

        Args:
            width: Columns, at least 60; narrower ones are taken as 60.
            colour: Whether to put in ANSI colours; leave it off for a file or a pipe.
        """
        from turnout.report._terminal import render_text  # noqa: PLC0415  brings in rich

        return render_text(self, width, colour=colour)

    def to_html(self) -> str:
        """Return the report as one page that needs no network."""
        from turnout.report._html import render_html  # noqa: PLC0415  only who asks for a page pays for it

        return render_html([self], self.title)

    def to_json(self, *, spans: bool = False) -> str:
        """Return the report as JSON; the schema is in `turnout.report._json`.

        Args:
            spans: Whether to put in each span of each contender's typical heat.
        """
        from turnout.report._json import render_json  # noqa: PLC0415

        return render_json(self, spans=spans)

    def to_chrome_trace(self) -> str:
        """Return the timelines in the Trace Event Format, which Perfetto and Chrome open."""
        from turnout.report._chrome import render_chrome_trace  # noqa: PLC0415

        return render_chrome_trace(self)

    def __repr__(self) -> str:
        from turnout.report._verdict import headline  # noqa: PLC0415  only who looks at it pays for it

        return f"<RaceReport {self.title!r}: {headline(self)}>"

    def _more_formats(self) -> Mapping[str, Callable[[], str]]:
        return {".trace.json": self.to_chrome_trace}
