"""A diagnosed program, as one value."""

from dataclasses import dataclass

from turnout.advise._program_types import ProgramDiagnosis
from turnout.observe import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisReport:
    """What a program was seen to do, and what bounds it.

    Attributes:
        recording: What was seen.
        diagnosis: The verdict on it.
    """

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

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        from turnout.report._diagnosis_words import headline, title  # noqa: PLC0415  only who looks at it pays for it

        return f"<DiagnosisReport {title(self.recording)!r}: {headline(self)}>"

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own, for a notebook."""
        from turnout.report._saving import framed  # noqa: PLC0415  only a notebook pays for it

        return framed(self.to_html(), "turnout diagnose")
