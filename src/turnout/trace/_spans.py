"""The units of a trace: who worked, and on what, from when to when."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from turnout.trace._alignment import clock_offset_ns


class SpanKind(StrEnum):
    """What a worker did in a span."""

    RUN = "run"
    LOST = "lost"  # the worker died, or was given up; from when it was given the item to when that was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One lane of a timeline.

    Attributes:
        id: Its number in the trace, from 0.
        pid: Its process.
        thread: Its thread's name.
        interpreter: The subinterpreter's number, if it has its own.
        task: The asyncio task's name, if it is one.
        host: The name of its machine, if it was reached through a network.
    """

    id: int
    pid: int
    thread: str
    interpreter: int | None = None
    task: str | None = None
    host: str | None = None

    @property
    def label(self) -> str:
        """What a timeline calls it."""
        if self.host is not None:
            return f"{self.host}:{self.pid}"
        if self.task is not None:
            return self.task
        if self.interpreter is not None:
            return f"interpreter {self.interpreter}"
        if self.thread == "MainThread":
            return f"process {self.pid}"
        return self.thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What one worker did with one item, once.

    Attributes:
        item: The item's index, from 0.
        attempt: 1 for the first try.
        worker: The `Worker.id`.
        kind: What it was.
        queued_ns: When the item was handed to the workers.
        start_ns: When the worker began.
        end_ns: When it ended.
        cpu_ns: Time on a core, measured for this item or, in a batch of very short ones, its share of the batch.
    """

    item: int
    attempt: int
    worker: int
    kind: SpanKind
    queued_ns: int
    start_ns: int
    end_ns: int
    cpu_ns: int


@dataclass(slots=True, kw_only=True)
class SpanBatch:
    """Spans of neighbouring items that one worker did one after the other: an item starts where the last one ended.

    Attributes:
        worker: The `Worker.id`.
        first_item: The first item's index.
        queued_ns: When the batch was handed to the workers.
        start_ns: When its first item began.
        ends: int64, when each item ended, ns.
        cpu_ns: Time on a core for the whole batch.
        cpus: int64, time on a core for each item, ns; None where reading that clock would have cost more
            than 3 % of the item.
        kind: What the worker did.
        attempt: 1 for the first try.
    """

    worker: int
    first_item: int
    queued_ns: int
    start_ns: int
    ends: "array[int]"
    cpu_ns: int
    cpus: "array[int] | None" = None
    kind: SpanKind = SpanKind.RUN
    attempt: int = 1

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def end_ns(self) -> int:
        """When the last item ended."""
        return self.ends[-1] if self.ends else self.start_ns

    def align(self, received_ns: int) -> None:
        """Move the batch onto the clock of the process that queued it and had its reply at ``received_ns``."""
        offset = clock_offset_ns(self.queued_ns, self.start_ns, self.end_ns, received_ns)
        if offset:
            self.start_ns += offset
            self.ends = array("q", (end + offset for end in self.ends))

    def lose(self, done: int, seen_ns: int) -> None:
        """Keep the first ``done`` spans, and one of the item after them, which was then seen to be lost."""
        del self.ends[done:]
        self.ends.append(seen_ns)
        self.kind, self.cpus = SpanKind.LOST, None

    def spans(self) -> Iterator[Span]:
        """Yield the spans, in the order of their items."""
        start = self.start_ns
        wall = max(1, self.end_ns - start)
        for offset, end in enumerate(self.ends):
            cpu = self.cpus[offset] if self.cpus is not None else self.cpu_ns * (end - start) // wall
            yield Span(
                item=self.first_item + offset,
                attempt=self.attempt,
                worker=self.worker,
                kind=self.kind,
                queued_ns=self.queued_ns,
                start_ns=start,
                end_ns=end,
                cpu_ns=cpu,
            )
            start = end
