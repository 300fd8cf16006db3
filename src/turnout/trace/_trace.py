"""A finished recording, and the questions that can be asked of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from turnout.trace._spans import Span, SpanBatch, Worker
from turnout.trace._usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Where the workers' time went, as far as the operating system tells.

    Attributes:
        on_cpu_ns: On a core, inside items.
        off_cpu_ns: Inside items but not on a core: I/O, locks, the GIL, or waiting for a core.
        run_queue_ns: The part of the workers' whole time spent ready but without a core; None if it is not known.
        voluntary_switches: How often workers gave up the core, to wait.
        involuntary_switches: How often the core was taken from them.
    """

    on_cpu_ns: int
    off_cpu_ns: int
    run_queue_ns: int | None
    voluntary_switches: int
    involuntary_switches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What all workers did with all items of one run.

    Attributes:
        workers: The lanes, by id.
        batches: The spans that were kept, in the order of their arrival.
        usage: What each worker used, by `Worker.id`; a worker that died is missing.
        start_ns: When the run was asked for; its own clock's nanoseconds.
        end_ns: When the last outcome was there.
        span_count: How many spans there were.
        dropped_count: How many of them are not in ``batches``.
        busy_ns: Wall time inside items, summed over all spans, dropped ones too.
        span_cpu_ns: Time on a core inside items, summed likewise.
    """

    workers: tuple[Worker, ...]
    batches: tuple[SpanBatch, ...]
    usage: Mapping[int, Usage] = field(default_factory=dict)
    start_ns: int
    end_ns: int
    span_count: int
    dropped_count: int = 0
    busy_ns: int = 0
    span_cpu_ns: int = 0

    @property
    def wall_ns(self) -> int:
        """From the request to the last outcome."""
        return self.end_ns - self.start_ns

    @property
    def cpu_ns(self) -> int:
        """Time on a core inside items."""
        return self.span_cpu_ns

    @property
    def startup_ns(self) -> int:
        """From the request to the start of the first item; the whole wall time if no item began."""
        first = min((batch.start_ns for batch in self.batches), default=self.end_ns)
        return max(0, first - self.start_ns)

    def spans(self) -> Iterator[Span]:
        """Yield each span that was kept."""
        for batch in self.batches:
            yield from batch.spans()

    def concurrency(self) -> float:
        """Return how many items were under way at once, on average over the wall time."""
        return self.busy_ns / self.wall_ns if self.wall_ns > 0 else 0.0

    def waits(self) -> Waits:
        """Return where the workers' time went."""
        used = self.usage.values()
        queues = [usage.run_queue_ns for usage in used]
        known = [queue for queue in queues if queue is not None]
        return Waits(
            on_cpu_ns=self.span_cpu_ns,
            off_cpu_ns=max(0, self.busy_ns - self.span_cpu_ns),
            run_queue_ns=sum(known) if known and len(known) == len(queues) else None,
            voluntary_switches=sum(usage.voluntary_switches for usage in used),
            involuntary_switches=sum(usage.involuntary_switches for usage in used),
        )
