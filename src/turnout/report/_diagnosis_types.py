"""A diagnosed program, as one value."""

from dataclasses import dataclass
from pathlib import Path

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

    def save(self, path: str | Path) -> Path:
        """Write the report in the format that the file's name asks for, and return its path.

        Args:
            path: Ends in ``.html``, ``.json``, ``.txt``, ``.trace.json`` for a Chrome trace, or ``.speedscope.json``.
                A file that is there is overwritten.

        Raises:
            UsageError: If the name ends in something else.
            OSError: If the file cannot be written.
        """
        from turnout.report._saving import save_report  # noqa: PLC0415

        return save_report(self, path, {".speedscope.json": self.to_speedscope})

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        from turnout.report._diagnosis_words import headline, title  # noqa: PLC0415  only who looks at it pays for it

        return f"<DiagnosisReport {title(self.recording)!r}: {headline(self)}>"

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own, for a notebook."""
        from turnout.report._saving import framed  # noqa: PLC0415  only a notebook pays for it

        return framed(self.to_html(), "turnout diagnose")
