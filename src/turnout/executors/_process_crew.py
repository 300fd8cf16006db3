"""Worker processes for one stream of items, driven by the caller's own thread."""

import pickle
import select
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from turnout.clock import wall_ns
from turnout.errors import WorkerDiedError
from turnout.executors._batches import Batch, Reply, apart
from turnout.executors._contract import function_name, is_coroutine_function
from turnout.executors._launch import Hired, Launcher, StartMethod, choose_start_method, launcher
from turnout.executors._limits import GRACE_NS
from turnout.executors._link import Kind, Outbox, SharedMarks, receive
from turnout.executors._pickling import dumps_by_value, unpack_error
from turnout.executors._serve import Inherited
from turnout.executors._transfer import packed_items
from turnout.trace import Recorder, SpanBatch, SpanKind, Usage, Worker

PREFETCH_NS = 20_000_000  # a batch is sent ahead only if it is short: behind a long one it would wait while others idle
ATTEMPTS = 3  # of a batch that loses its workers before any of its items has begun
DEATHS = 8  # of workers in a row, without a reply between: then something is wrong with all of them


class ProcessCrew:
    """Worker processes that are given batches, and replaced when they die.

    A worker that dies fails the item it was on; items of the same batch that were done but not yet reported are run
    again, and those behind it go to another worker.

    Args:
        function: What to call with each item.
        items: All items; workers that are forked have a sequence already and are sent only where to cut it.
        workers: How many there are at most; each is started when there is work for it.
        start_method: How they are started; None for the best way now.
        recorder: Where workers are named.
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        workers: int,
        *,
        start_method: str | None,
        recorder: Recorder | None,
    ) -> None:
        self.workers = workers
        self.start_method: StartMethod = choose_start_method(start_method)
        is_async = is_coroutine_function(function)
        self._slices = self.start_method == "fork" and isinstance(items, list | tuple | range)
        self._inherited = Inherited(function, items if self._slices else (), is_async=is_async)  # type: ignore[arg-type]  # a sequence by the line above
        self._packed = b"" if self.start_method == "fork" else _pack_function(function, is_async=is_async)
        self._may_change = start_method is None
        self._recorder = recorder
        self._launchers: list[Launcher] = []
        self._crew: dict[int, _Member] = {}
        self._poll = select.poll()
        self._ready: deque[Reply] = deque()
        self._hired = 0
        self._deaths = 0
        self._batch_ns = 0

    def has_room(self) -> bool:
        """Tell whether a worker is idle, or will be soon."""
        if len(self._crew) < self.workers:
            return True
        deep = 2 if 0 < self._batch_ns < PREFETCH_NS else 1  # what is unknown may be long
        return any(len(member.given) < deep for member in self._crew.values())

    def put(self, batch: Batch) -> None:
        """Give a batch to the worker who has least to do."""
        member = min(self._crew.values(), key=lambda member: len(member.given), default=None)
        if (member is None or member.given) and len(self._crew) < self.workers:
            member = self._hire()
        if member is None:
            raise ValueError("a crew without workers was given a batch")
        payload = b""
        if not self._slices:  # which to hire may have changed
            packed = packed_items(batch)
            if isinstance(packed, Reply):
                self._ready.append(packed)
                return
            payload = packed
        member.give(batch, payload)
        self._watch(member)

    def get(self) -> Reply:
        """Wait for a reply.

        Raises:
            WorkerDiedError: If worker after worker dies and nothing gets done.
        """
        while not self._ready:
            for member, can_read in self._events(None):
                if can_read:
                    self._hear(member)
        return self._ready.popleft()

    def run_alone(self, item: Any, *, limit_s: float) -> Reply:  # an item of the caller's
        """Run one item that nobody shares the crew with.

        Args:
            item: The item.
            limit_s: How many seconds it may take.

        Raises:
            TimeoutError: If it takes longer; the worker still runs, until `abort`.
        """
        deadline = wall_ns() + int(limit_s * 1e9)
        self.put(Batch(0, [item], attempt=ATTEMPTS))
        while not self._ready:
            left_ns = deadline - wall_ns()
            if left_ns <= 0:
                raise TimeoutError
            for member, can_read in self._events(left_ns // 1_000_000 + 1):
                if can_read:
                    self._hear(member)
        return self._ready.popleft()

    def close(self, recorder: Recorder | None) -> None:
        """Let each worker finish its item, hear what it used, and wait for its end, half a second at most."""
        deadline = wall_ns() + GRACE_NS
        memory = int(recorder is not None and recorder.measures_memory)
        for member in self._crew.values():
            member.outbox.put(Kind.BYE, memory, flag=recorder is not None)
            self._watch(member)
        try:
            while self._crew and (left_ns := deadline - wall_ns()) > 0:
                for member, can_read in self._events(left_ns // 1_000_000 + 1):
                    if can_read and self._say_goodbye(member, recorder):
                        self._dismiss(member)
        finally:
            self.abort()

    def abort(self) -> None:
        """End all workers at once."""
        for member in self._crew.values():
            member.hired.kill()
        for member in list(self._crew.values()):
            self._dismiss(member)
        for each in self._launchers:
            each.close()
        self._launchers.clear()

    def _hire(self) -> "_Member":
        if not self._launchers:
            self._launchers.append(launcher(self.start_method))
        elif self._may_change and self.start_method == "fork" and choose_start_method(None) != "fork":
            # threads have come since the first worker was forked: its replacement must be started another way
            self.start_method, self._slices = "forkserver", False
            self._launchers.append(launcher(self.start_method))
            self._packed = _pack_function(self._inherited.function, is_async=self._inherited.is_async)
        hired = self._launchers[-1].hire(self._inherited)
        member = _Member(self._hired, hired)
        self._hired += 1
        if self._packed:
            member.outbox.put(Kind.FUNCTION, payload=self._packed)
        self._crew[hired.link.fileno()] = member
        self._watch(member)
        if self._recorder is not None:
            self._recorder.add_worker(Worker(id=member.number, pid=hired.pid, thread="MainThread"))
        return member

    def _events(self, timeout_ms: int | None) -> Iterator[tuple["_Member", bool]]:
        for handle, events in self._poll.poll(timeout_ms):
            member = self._crew[handle]
            if events & select.POLLOUT:
                member.outbox.push()
                self._watch(member)
            yield member, bool(events & ~select.POLLOUT)

    def _watch(self, member: "_Member") -> None:
        writes = select.POLLOUT if member.outbox else 0
        self._poll.register(member.hired.link.fileno(), select.POLLIN | writes)

    def _hear(self, member: "_Member") -> None:
        frame = receive(member.hired.link)
        if frame is None:
            self._bury(member)
            return
        self._deaths = 0
        kind, _a, _b, _flag, payload = frame
        batch, marks = member.given.popleft()
        if kind == Kind.UNREAD:
            self._ready.append(apart(batch, unpack_error(pickle.loads(payload))))
            return
        spans = _spans(member.number, batch, marks)
        spans.align(wall_ns())
        try:
            values, packed = pickle.loads(payload)
        except Exception as error:  # noqa: BLE001  loading runs the objects' own code
            self._ready.append(apart(batch, error))
            return
        self._batch_ns = spans.end_ns - spans.start_ns
        failures = {offset: unpack_error(error) for offset, error in packed.items()}
        self._ready.append(Reply(batch, values, failures, spans, sent_bytes=len(payload)))

    def _bury(self, member: "_Member") -> None:
        member.hired.kill()  # it may only have closed its link
        died_ns = wall_ns()
        given = list(member.given)
        running = [(*each, _lost_spans(member.number, *each, died_ns)) for each in given[:1]]
        verdicts = [(batch, spans, len(spans) - 1, bool(marks.start_ns)) for batch, marks, spans in running]
        error = WorkerDiedError(member.hired.pid, self._dismiss(member))
        self._deaths += 1
        if self._deaths > DEATHS:
            raise error
        for batch, spans, done, begun in verdicts:
            self._ready.append(_without_worker(batch, spans, error, done=done, begun=begun))
        self._ready += [Reply(batch, [], {}, None, again=[batch]) for batch, _marks in given[1:]]

    def _dismiss(self, member: "_Member") -> int | None:
        handle = member.hired.link.fileno()
        self._poll.unregister(handle)
        del self._crew[handle]
        return member.hired.reap()

    def _say_goodbye(self, member: "_Member", recorder: Recorder | None) -> bool:
        frame = receive(member.hired.link)
        if frame is None:
            return True
        kind, _a, _b, _flag, payload = frame
        if kind != Kind.USAGE:
            return False  # a result that nobody waits for any more
        if recorder is not None:
            cpu, queue, voluntary, involuntary, memory = pickle.loads(payload)
            usage = Usage(
                cpu_ns=cpu,
                run_queue_ns=queue,
                voluntary_switches=voluntary,
                involuntary_switches=involuntary,
                memory_bytes=memory,
            )
            recorder.add_usage(member.number, usage)
        return True


class _Member:
    """A worker and what it has been given."""

    def __init__(self, number: int, hired: Hired) -> None:
        self.number = number
        self.hired = hired
        self.outbox = Outbox(hired.link)
        self.given: deque[tuple[Batch, SharedMarks]] = deque()
        self._half = 0

    def give(self, batch: Batch, payload: bytes) -> None:
        """Send a batch: its items, or where to cut them if there is no payload."""
        marks = self.hired.board.halves[self._half]
        self._half = 1 - self._half
        marks.clear(len(batch.items))
        self.given.append((batch, marks))
        if payload:
            self.outbox.put(Kind.ITEMS, flag=batch.fine_cpu, payload=payload)
        else:
            self.outbox.put(Kind.SLICE, batch.first, batch.first + len(batch.items), flag=batch.fine_cpu)


def _pack_function(function: Callable[[Any], Any] | None, *, is_async: bool) -> bytes:
    return dumps_by_value((function, is_async), lambda: f"the function {function_name(function)}")  # type: ignore[arg-type]  # only a forked crew may have none


def _spans(worker: int, batch: Batch, marks: SharedMarks) -> SpanBatch:
    count = len(batch.items)
    ends, cpus = array("q"), array("q")
    ends.frombytes(marks.ends[:count].tobytes())
    if batch.fine_cpu:
        cpus.frombytes(marks.cpus[:count].tobytes())
    return batch.spans(
        worker=worker, start_ns=marks.start_ns, ends=ends, cpu_ns=marks.cpu_ns, cpus=cpus if batch.fine_cpu else None
    )


def _lost_spans(worker: int, batch: Batch, marks: SharedMarks, died_ns: int) -> SpanBatch:
    """Return the spans of a batch that was never reported: the items that were done, and the one that was not."""
    spans = _spans(worker, batch, marks)
    done = marks.finished(len(batch.items))
    del spans.ends[done:]
    spans.ends.append(died_ns)
    spans.kind, spans.cpus = SpanKind.LOST, None
    spans.start_ns = spans.start_ns or batch.queued_ns
    return spans


def _without_worker(batch: Batch, spans: SpanBatch, error: WorkerDiedError, *, done: int, begun: bool) -> Reply:
    """Answer for a batch whose worker has died."""
    count = len(batch.items)
    if not begun or done == count:  # then no item is known to be guilty
        if batch.attempt >= ATTEMPTS:
            return apart(batch, error)
        return Reply(batch, [], {}, spans, again=[Batch(batch.first, batch.items, batch.attempt + 1)])
    guilty = Batch(batch.first + done, batch.items[done : done + 1], batch.attempt)
    again = []
    if done:
        again.append(Batch(batch.first, batch.items[:done], batch.attempt + 1))
    if done + 1 < count:
        again.append(Batch(batch.first + done + 1, batch.items[done + 1 :], batch.attempt))
    return Reply(guilty, [None], {0: error}, spans, again=again)
