"""Keeps what the workers report, in bounded memory."""

from turnout.trace._spans import SpanBatch, Worker
from turnout.trace._trace import Trace
from turnout.trace._usage import Usage

SPANS_KEPT = 500_000  # 8 MB at most: two 8-byte integers each
BATCH_WEIGHT = 30  # a batch takes as much memory as so many spans, so that long items weigh more than short ones


class Recorder:
    """Collects span batches as they arrive and makes a `Trace` of them.

    Sums stay exact for ever. When there are more than ``spans_kept`` spans (or a thirtieth of that, if each comes in
    a batch of its own), every other batch is dropped, and from then on only every second (fourth, eighth ...) batch is
    kept, so that what is left still covers the whole run; what was dropped is counted.

    Args:
        spans_kept: How many spans of long batches to keep at most, at least 1.
        measures_memory: Whether workers of other processes tell how much memory they had at their peak, which takes
            each of them some milliseconds.
    """

    def __init__(self, spans_kept: int = SPANS_KEPT, *, measures_memory: bool = False) -> None:
        self.measures_memory = measures_memory
        self._limit = spans_kept
        self._batches: list[SpanBatch] = []
        self._workers: dict[int, Worker] = {}
        self._usage: dict[int, Usage] = {}
        self._kept = 0
        self._stride = 1
        self._seen_batches = 0
        self._seen_spans = 0
        self._busy_ns = 0
        self._cpu_ns = 0
        self.start_ns = 0
        self.end_ns = 0

    @property
    def worker_count(self) -> int:
        """How many workers were named."""
        return len(self._workers)

    def add_worker(self, worker: Worker) -> None:
        """Name a worker, before or after its spans."""
        self._workers[worker.id] = worker

    def add_usage(self, worker: int, usage: Usage) -> None:
        """Keep what the worker with this id used in all."""
        self._usage[worker] = usage

    def add(self, batch: SpanBatch) -> None:
        """Keep a batch of spans."""
        self._seen_spans += len(batch)
        self._busy_ns += batch.end_ns - batch.start_ns
        self._cpu_ns += batch.cpu_ns
        if self._seen_batches % self._stride == 0:
            self._batches.append(batch)
            self._kept += len(batch)
            while self._kept + BATCH_WEIGHT * len(self._batches) > self._limit and len(self._batches) > 1:
                self._batches = self._batches[::2]
                self._stride *= 2
                self._kept = sum(map(len, self._batches))
        self._seen_batches += 1

    def trace(self) -> Trace:
        """Return what was recorded so far."""
        return Trace(
            workers=tuple(self._workers[key] for key in sorted(self._workers)),
            batches=tuple(self._batches),
            usage=dict(self._usage),
            start_ns=self.start_ns,
            end_ns=self.end_ns,
            span_count=self._seen_spans,
            dropped_count=self._seen_spans - self._kept,
            busy_ns=self._busy_ns,
            span_cpu_ns=self._cpu_ns,
        )
