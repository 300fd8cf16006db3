"""A worker process of a stream, seen from the process that started it."""

from array import array
from collections import deque
from functools import partial

from turnout.executors._batches import Batch, Reply
from turnout.executors._launch import Hired
from turnout.executors._link import Kind, Outbox, SharedMarks
from turnout.executors._said import Hear, Said, hear_all, said
from turnout.executors._shelf import Shelf
from turnout.trace import SpanBatch


class Member:
    """A worker and what it has been given."""

    def __init__(self, number: int, hired: Hired) -> None:
        self.number = number
        self.hired = hired
        self.outbox = Outbox(hired.link)
        self.given: deque[tuple[Batch, SharedMarks]] = deque()
        self._said: list[Said] = []  # by the batch that it is on
        self._half = 0

    def hear(self, offset: int, stream: int, payload: bytearray, repeat: Hear) -> None:
        """Keep what an item of the batch has said; what was said between batches is nobody's, and goes on at once."""
        index = self.given[0][0].first + offset if self.given and offset >= 0 else None
        what = said(stream, payload, item_index=index, worker_pid=self.hired.pid)
        if index is None:
            repeat(what)
        else:
            self._said.append(what)

    def with_said(self, reply: Reply, repeat: Hear) -> Reply:
        """Return a reply with what its items said; those that will be run again will say it again."""
        if self._said:
            indexes = range(reply.batch.first, reply.batch.first + len(reply.values))
            mine = [what for what in self._said if what.item_index in indexes]
            self._said = []
            if mine:
                reply.tell = partial(hear_all, repeat, mine)
        return reply

    @property
    def shelf(self) -> Shelf:
        """Where large buffers of the next batch go."""
        return self.hired.board.halves[self._half].inbound

    def give(self, batch: Batch, payload: bytes) -> None:
        """Send a batch: its items, or where to cut them if there is no payload."""
        marks = self.hired.board.halves[self._half]
        self._half = 1 - self._half
        marks.clear(len(batch.items))
        self.given.append((batch, marks))
        if payload:
            shelf = marks.inbound
            self.outbox.put(Kind.ITEMS, b=len(shelf.sizes), flag=batch.fine_cpu, payload=shelf.label(payload))
        else:
            self.outbox.put(Kind.SLICE, batch.first, batch.first + len(batch.items), flag=batch.fine_cpu)

    def lost_spans(self, died_ns: int) -> tuple[SpanBatch, int | None]:
        """Return the spans of its batch, which it died on and never reported, and how many items were done.

        That number is None if the batch had not begun.
        """
        batch, marks = self.given[0]
        spans, done = spans_of(self.number, batch, marks), marks.finished(len(batch.items))
        spans.lose(done, died_ns)
        has_begun = bool(spans.start_ns)
        spans.start_ns = spans.start_ns or batch.queued_ns
        return spans, done if has_begun else None


def spans_of(worker: int, batch: Batch, marks: SharedMarks) -> SpanBatch:
    """Return what a worker marked of a batch."""
    count = len(batch.items)
    ends, cpus = array("q"), array("q")
    ends.frombytes(marks.ends[:count].tobytes())
    if batch.fine_cpu:
        cpus.frombytes(marks.cpus[:count].tobytes())
    return batch.spans(
        worker=worker, start_ns=marks.start_ns, ends=ends, cpu_ns=marks.cpu_ns, cpus=cpus if batch.fine_cpu else None
    )
