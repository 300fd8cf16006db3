"""The times and counts of a run, kept in the frontier for reports."""

from turnout.clock import Clock
from turnout.jobs.crawl._crawler import Crawler
from turnout.jobs.crawl._frontier import Frontier
from turnout.jobs.crawl._tally import Stage

_NS = 1e9
_SPANS = 120  # of the timeline; then they are twice as long


class RunRecord:
    """Writes down what a run does, as long as it does.

    Args:
        frontier: Where to.
        crawler: What runs.
        clock: Tells the time.
    """

    def __init__(self, frontier: Frontier, crawler: Crawler, clock: Clock) -> None:
        self._frontier = frontier
        self._crawler = crawler
        self._clock = clock
        self._run = frontier.begin_run()
        self._start_ns = self._last_ns = clock.wall_ns()
        self._start_cpu_ns = clock.cpu_ns()
        self._span_ns = round(_NS / 4)
        self._spans = 0
        self._fetched = self._failed = self._bytes = 0

    def keep_span(self, *, is_last: bool) -> None:
        """Write down what was done since the last time, if that was a while ago."""
        now_ns = self._clock.wall_ns()
        if now_ns - self._last_ns < self._span_ns and not is_last:
            return
        tally = self._crawler.tally
        self._frontier.keep_span(
            (
                self._run,
                (self._last_ns - self._start_ns) / _NS,
                (now_ns - self._last_ns) / _NS,
                tally.fetched - self._fetched,
                tally.failed - self._failed,
                self._frontier.waiting,
                tally.received_bytes - self._bytes,
            )
        )
        self._fetched, self._failed, self._bytes = tally.fetched, tally.failed, tally.received_bytes
        self._last_ns = now_ns
        self._spans += 1
        if self._spans % _SPANS == 0:
            self._span_ns *= 2  # a long run has longer spans
        self._keep_run(ended=False)
        self._frontier.commit()

    def end(self) -> None:
        """Write down that the run ends."""
        self.keep_span(is_last=True)
        self._keep_run(ended=True)
        self._frontier.commit()

    def _keep_run(self, *, ended: bool) -> None:
        tally, crawler = self._crawler.tally, self._crawler
        wall_s = (self._clock.wall_ns() - self._start_ns) / _NS
        stages = {stage.value: tally.stage_ns[stage] / _NS for stage in Stage}
        fetch_s = (crawler.cpu_ns - tally.stage_cpu_ns) / _NS  # all else that the crawl's own thread computes
        self._frontier.keep_run(
            self._run,
            ended=ended,
            wall_s=wall_s,
            cpu_s=(self._clock.cpu_ns() - self._start_cpu_ns) / _NS,
            fetched=tally.fetched,
            indexed=tally.indexed,
            stages={"fetch": fetch_s, **stages, "wait": max(0.0, wall_s - fetch_s - sum(stages.values()))},
        )
