"""A diagnosed program, as one value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from turnout.advise._program_types import ProgramDiagnosis
from turnout.observe import Recording
from turnout.report._report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisReport(Report):
    """What a program was seen to do, and what bounds it.

    Attributes:
        recording: What was seen.
        diagnosis: The verdict on it.
    """

    TITLE: ClassVar[str] = "turnout diagnose"

    recording: Recording
    diagnosis: ProgramDiagnosis

    def to_text(self, width: int = 80, *, colour: bool = False, explain: bool = False) -> str:
        """Return a summary for a terminal.

        Args:
            width: Columns, at least 60; narrower ones are taken as 60.
            colour: Whether to put in ANSI colours; leave it off for a file or a pipe.
            explain: Whether to tell all that is known, and not the first of each, and to draw the threads over time.
        """
        from turnout.report._diagnosis_terminal import render_diagnosis_text  # noqa: PLC0415  brings in rich

        return render_diagnosis_text(self, width, colour=colour, explain=explain)

    def to_html(self) -> str:
        """Return the report as one page that needs no network."""
        from turnout.report._diagnosis_html import render_diagnosis_html  # noqa: PLC0415  only a page pays for it

        return render_diagnosis_html(self)

    def to_json(self, *, segments: bool = False) -> str:
        """Return the report as JSON; the schema is in `turnout.report._diagnosis_json`.

        Args:
            segments: Whether to put in each segment of each thread, and each hold of the global lock.
        """
        from turnout.report._diagnosis_json import render_diagnosis_json  # noqa: PLC0415

        return render_diagnosis_json(self, segments=segments)

    def to_chrome_trace(self) -> str:
        """Return the threads over time in the Trace Event Format, which Perfetto and Chrome open."""
        from turnout.report._diagnosis_chrome import render_diagnosis_chrome_trace  # noqa: PLC0415

        return render_diagnosis_chrome_trace(self)

    def to_speedscope(self) -> str:
        """Return the threads' stacks as a file for https://www.speedscope.app, a profile for each thread."""
        from turnout.report._speedscope import render_speedscope  # noqa: PLC0415

        return render_speedscope(self)

    def __repr__(self) -> str:
        from turnout.report._diagnosis_words import headline, title  # noqa: PLC0415  only who looks at it pays for it

        return f"<DiagnosisReport {title(self.recording)!r}: {headline(self)}>"

    def _more_formats(self) -> Mapping[str, Callable[[], str]]:
        return {".trace.json": self.to_chrome_trace, ".speedscope.json": self.to_speedscope}
