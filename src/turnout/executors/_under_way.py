"""A batch that a thread of this process runs, as another thread sees it."""

from array import array
from collections.abc import Callable
from typing import Any

from turnout.executors._batches import Batch, Reply
from turnout.executors._stopwatch import finished
from turnout.executors._worker import Failures, Marks, run_batch
from turnout.trace import SpanBatch, SpanKind


class UnderWay:
    """A batch while it runs: whoever holds this sees how far it has got, and can have it end after the item at hand.

    Args:
        batch: The batch.
        can_be_cut: Whether `cut` will be asked for; it takes a copy of the list of items.

    Attributes:
        marks: When the items that are done ended.
    """

    def __init__(self, batch: Batch, *, can_be_cut: bool = False) -> None:
        self.batch = batch
        self.marks = Marks(len(batch.items))
        self._items = list(batch.items) if can_be_cut else batch.items
        self._values: list[Any] = []  # the caller's results
        self._failures: Failures = {}

    def run(
        self, function: Callable[[Any], Any], *, worker: int, let_through: tuple[type[BaseException], ...] = ()
    ) -> Reply:
        """Run the batch in this thread and return its reply; if it was cut, the rest is to be run again."""
        run_batch(
            function,
            self._items,
            self.marks,
            fine_cpu=self.batch.fine_cpu,
            let_through=let_through,
            values=self._values,
            failures=self._failures,
        )
        done = len(self._values)
        spans = self._spans(done, worker, self.marks.cpu_ns)
        return Reply(self.batch, self._values, self._failures, spans, again=self._behind(done))

    def cut(self) -> int:
        """Have the batch end after the item at hand; return how many items are done."""
        if isinstance(self._items, list):
            self._items.clear()  # which the thread's iterator notices, and no other check costs each item anything
        return finished(self.marks, len(self.batch.items))

    def so_far(self, worker: int) -> Reply:
        """Answer for the items that are done, while the batch runs on and nobody waits for the rest."""
        done = finished(self.marks, len(self.batch.items))
        failures = {offset: each for offset, each in self._failures.copy().items() if offset < done}
        spans = self._spans(done, worker, sum(self.marks.cpus[:done])) if done else None
        return Reply(self.batch, self._values[:done], failures, spans)

    def abandoned(self, done: int, error: BaseException, *, worker: int, now_ns: int) -> tuple[Reply, SpanBatch]:
        """Answer for a batch that was cut and whose item at hand nobody waits for any more.

        Args:
            done: How many items ended before it; their results are kept.
            error: What it fails with.
            worker: Who ran the batch.
            now_ns: When it was given up.

        Returns:
            The reply, and the span of the lost item.
        """
        batch, marks = self.batch, self.marks
        failures = {offset: each for offset, each in self._failures.copy().items() if offset < done}
        values = [*self._values[:done], None]
        spans = self._spans(done, worker, sum(marks.cpus[:done])) if done else None
        lost = SpanBatch(
            worker=worker,
            first_item=batch.first + done,
            queued_ns=batch.queued_ns,
            start_ns=marks.ends[done - 1] if done else marks.start_ns,
            ends=array("q", [now_ns]),
            cpu_ns=0,
            kind=SpanKind.LOST,
            attempt=batch.attempt,
        )
        return Reply(batch, values, {**failures, done: error}, spans, again=self._behind(done + 1)), lost

    def _spans(self, done: int, worker: int, cpu_ns: int) -> SpanBatch:
        marks = self.marks
        is_whole = done == len(self.batch.items)
        return self.batch.spans(
            worker=worker,
            start_ns=marks.start_ns,
            ends=marks.ends if is_whole else marks.ends[:done],
            cpu_ns=cpu_ns,
            cpus=None if not self.batch.fine_cpu else marks.cpus if is_whole else marks.cpus[:done],
        )

    def _behind(self, done: int) -> list[Batch]:
        batch = self.batch
        if done == len(batch.items):
            return []
        return [Batch(batch.first + done, batch.items[done:], batch.attempt, batch.fine_cpu)]
