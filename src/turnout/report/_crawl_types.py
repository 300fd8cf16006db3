"""How a crawl stands, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from turnout.report._report import Report

SCHEMA = "turnout-crawl/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlHost:
    """One host of a crawl.

    Attributes:
        origin: Scheme, host and port.
        found: How many addresses were found there.
        done: How many were fetched.
        failed: How many could not be.
        waiting: How many wait.
        received_bytes: Of what was fetched, on the wire.
        mean_ms: How long an answer took, on average.
        note: Why nothing more was asked, or "".
    """

    origin: str
    found: int
    done: int
    failed: int
    waiting: int
    received_bytes: int
    mean_ms: float
    note: str

    @property
    def lacks(self) -> bool:
        """Whether its note tells why something is not here: some of it waits, or all of it failed."""
        return bool(self.note) and (self.waiting > 0 or (self.failed > 0 and not self.done))


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlRun:
    """One time that a crawl was begun or gone on with.

    Attributes:
        began: When, in ISO 8601.
        ended: Likewise; None if it goes on, or was killed.
        wall_s: How long it took so far.
        cpu_s: What it computed, in all threads.
        fetched: How many answers came.
        indexed: How many pages went to the index.
        stages: Seconds of the crawl's own thread, by what it did: fetch, read, record, index, wait.
    """

    began: str
    ended: str | None
    wall_s: float
    cpu_s: float
    fetched: int
    indexed: int
    stages: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSpan:
    """What was done in a part of a run.

    Attributes:
        start_s: Since the run began.
        span_s: How long it was.
        fetched: How many answers came.
        failed: How many addresses were given up.
        waiting: How many addresses waited at its end.
        received_bytes: Of bodies, on the wire.
    """

    start_s: float
    span_s: float
    fetched: int
    failed: int
    waiting: int
    received_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlReport(Report):
    """How a crawl stands, and what was measured.

    Attributes:
        folder: Where it is kept.
        seeds: Where it began.
        waiting: How many addresses wait.
        done: How many were fetched.
        failed: How many could not be.
        left_out: How many are not fetched: robots.txt, traps, limits.
        statuses: How many answers had which status; 0 for none.
        notes: How many addresses have which note: why they are not in the index.
        hosts: Those with the most addresses first.
        slowest: Addresses and milliseconds, the slowest first.
        failures: Addresses that failed, and why; the last ones.
        runs: The first one first.
        timeline: Of the last run.
    """

    TITLE: ClassVar[str] = "turnout crawl"

    folder: str
    seeds: Sequence[str]
    waiting: int
    done: int
    failed: int
    left_out: int
    statuses: Mapping[int, int]
    notes: Mapping[str, int]
    hosts: Sequence[CrawlHost]
    slowest: Sequence[tuple[str, float]]
    failures: Sequence[tuple[str, str]]
    runs: Sequence[CrawlRun]
    timeline: Sequence[CrawlSpan]

    @property
    def found(self) -> int:
        """How many addresses were found."""
        return self.waiting + self.done + self.failed + self.left_out

    def to_text(self, width: int = 80, *, colour: bool = False, explain: bool = False) -> str:
        """Return it as lines of at most ``width`` columns; with ``explain``, hosts, stages, timeline and failures."""
        from turnout.report._crawl_text import crawl_text  # noqa: PLC0415  who only counts need not load rich

        return crawl_text(self, width, colour=colour, explain=explain)

    def to_json(self) -> str:
        """Return it as JSON."""
        from turnout.report._crawl_json import crawl_json  # noqa: PLC0415  likewise

        return crawl_json(self)

    def to_html(self) -> str:
        """Return it as a page in one file, which needs no network."""
        from turnout.report._crawl_html import render_crawl_html  # noqa: PLC0415  likewise

        return render_crawl_html(self)
