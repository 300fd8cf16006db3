"""How a crawl stands, counted while it runs."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from turnout.clock import Clock, thread_cpu_ns


class Stage(StrEnum):
    """What a crawl's own thread does; the rest of its time it fetches, or waits for the network."""

    READ = "read"
    RECORD = "record"
    INDEX = "index"


@dataclass(slots=True)
class Tally:
    """How a crawl stands.

    Attributes:
        clock: Tells the time.
        fetched: How many answers came, in this run.
        indexed: How many pages went to the index.
        failed: How many addresses were given up.
        unchanged: How many pages were as they had been (304).
        refused: How many addresses robots.txt forbids.
        duplicates: How many pages read exactly like earlier ones.
        received_bytes: Of all bodies, on the wire.
        statuses: How many answers had which status.
        notes: How many answers were left out of the index for which reason.
        in_flight: How many requests are under way.
        stage_ns: What the stages took.
        stage_cpu_ns: What the crawl's own thread computed in all of them.
    """

    clock: Clock
    fetched: int = 0
    indexed: int = 0
    failed: int = 0
    unchanged: int = 0
    refused: int = 0
    duplicates: int = 0
    received_bytes: int = 0
    in_flight: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    stage_cpu_ns: int = 0
    stage_ns: dict[Stage, int] = field(default_factory=lambda: dict.fromkeys(Stage, 0))

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        """Count the time of the block for a stage."""
        start_ns, start_cpu_ns = self.clock.wall_ns(), thread_cpu_ns()
        try:
            yield
        finally:
            self.stage_cpu_ns += thread_cpu_ns() - start_cpu_ns
            self.stage_ns[stage] += self.clock.wall_ns() - start_ns
