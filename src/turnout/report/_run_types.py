"""A whole run, as one value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from turnout.measurement import Environment
from turnout.pipeline import RunStatus
from turnout.report._report import Report
from turnout.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottleneck:
    """The stage that the others wait for, or that waits for the rate it was given.

    Attributes:
        stage: Its name.
        workers: How many workers it has.
        balanced_workers: With how many it would keep up with the next slowest stage, or come to its rate, were its
            items to overlap.
        rate: How many calls a second it was limited to, as was asked, if that is what holds it up, or would be with
            ``balanced_workers``; None otherwise.
        reasons: Sentences.
    """

    stage: str
    workers: int
    balanced_workers: int
    reasons: tuple[str, ...]
    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedItem:
    """One item that failed.

    Attributes:
        index: Its place among the items, from 0.
        item: Its text, cut to one line.
        error: The error's type and text, in one line.
        attempts: How often it was tried.
        stage: The name of the stage where it failed; None if there is one only.
    """

    index: int
    item: str
    error: str
    attempts: int
    stage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport(Report):
    """Everything a run found out.

    Attributes:
        title: What was run: ``"fetch over urls.txt"``.
        status: The counters, at the end.
        environment: Where; None if nobody asked for it.
        traces: What the workers of each stage did, by stage; empty if the run was not recorded.
        bottleneck: The stage that the others wait for; None if none stands out, or for a single stage that did not
            wait for its rate.
        failures: The first items that failed.
        journal: The journal's file; None without one.
        results: Where the results were written; None if nowhere.
    """

    TITLE: ClassVar[str] = "turnout run"

    title: str
    status: RunStatus
    environment: Environment | None
    traces: tuple[Trace, ...] = ()
    bottleneck: Bottleneck | None = None
    failures: tuple[FailedItem, ...] = ()
    journal: str | None = None
    results: str | None = None

    def to_text(self, width: int = 80, *, colour: bool = False, explain: bool = False) -> str:
        """Return a summary for a terminal.

        Args:
            width: Columns, at least 60; narrower ones are taken as 60.
            colour: Whether to put in ANSI colours; leave it off for a file or a pipe.
            explain: Whether to tell all reasons for each track, and not the first one only.
        """
        from turnout.report._run_terminal import render_run_text  # noqa: PLC0415  brings in rich

        return render_run_text(self, width, colour=colour, explain=explain)

    def to_html(self) -> str:
        """Return the report as one page that needs no network."""
        from turnout.report._run_html import render_run_html  # noqa: PLC0415  only who asks for a page pays for it

        return render_run_html(self)

    def to_json(self, *, spans: bool = False) -> str:
        """Return the report as JSON; the schema is in `turnout.report._run_json`.

        Args:
            spans: Whether to put in each span that was kept.
        """
        from turnout.report._run_json import render_run_json  # noqa: PLC0415

        return render_run_json(self, spans=spans)

    def to_chrome_trace(self) -> str:
        """Return the timelines in the Trace Event Format, which Perfetto and Chrome open."""
        from turnout.report._chrome import render_run_chrome_trace  # noqa: PLC0415

        return render_run_chrome_trace(self)

    def __repr__(self) -> str:
        from turnout.report._run_summary import headline  # noqa: PLC0415  only who looks at it pays for it

        return f"<RunReport {self.title!r}: {headline(self)}>"

    def _more_formats(self) -> Mapping[str, Callable[[], str]]:
        return {".trace.json": self.to_chrome_trace}
