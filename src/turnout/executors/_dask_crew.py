"""Dask workers for one stream of items, driven by the caller's own thread."""

import pickle
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

from turnout.clock import wall_ns
from turnout.errors import ClusterError, TimeLimitError, WorkerDiedError
from turnout.executors._batches import Batch, Reply, apart, without_worker
from turnout.executors._contract import function_name, is_coroutine_function
from turnout.executors._dask_hub import Hub
from turnout.executors._dask_line import Line
from turnout.executors._dask_tickets import Lost
from turnout.executors._dask_worker import Answer, Answered, Order
from turnout.executors._limits import ATTEMPTS, DEATHS
from turnout.executors._pickling import dumps_by_value, unpack_error
from turnout.executors._transfer import packed_items
from turnout.executors._waiting import take_until
from turnout.trace import Recorder, SpanBatch, Usage, Worker

PREFETCH_NS = 500_000_000  # a batch is sent ahead only if it is short, as in `ProcessCrew`
SMALL_BYTES = 1 << 16  # a function of this size goes along until each worker has it; a larger one when it is asked for


@dataclass(slots=True)
class _Told:
    """An order's number, and what became of it; a reply if it was never sent."""

    key: str
    what: Answered | Lost | ClusterError | Reply


class DaskCrew:
    """Processes that Dask workers lead for a stream.

    Each batch is one Dask task. Whatever becomes of a Dask worker, its batches are tried again by us and not by Dask,
    under the rules of `ProcessCrew`, so that attempts are counted.

    Args:
        function: What to call with each item.
        hub: Where the line to the cluster comes from, when the first item is there.
        limit: How many batches are obeyed at once, at most; as many as the cluster has threads for None.
        recorder: Where workers are named.
        timeout_s: How long an item may take.
    """

    is_calling_here = False

    def __init__(
        self,
        function: Callable[[Any], Any],
        hub: Hub,
        limit: int | None,
        recorder: Recorder | None,
        *,
        timeout_s: float | None = None,
    ) -> None:
        self._limit = limit
        self.workers = limit or 1  # until we know the cluster
        self._packed = dumps_by_value(
            (function, is_coroutine_function(function)), lambda: f"the function {function_name(function)}"
        )
        self._digest = sha256(self._packed).hexdigest()
        self._stream = uuid4().hex
        self._hub = hub
        self._line: Line | None = None
        self._recorder = recorder
        self._timeout_s = timeout_s
        self._told: SimpleQueue[_Told | None] = SimpleQueue()
        self._given: dict[str, Batch] = {}
        self._ready = 0
        self._numbers: dict[tuple[str, int], int] = {}
        self._have_function: set[str] = set()
        self._deaths = 0
        self._batch_ns = 0

    def has_room(self) -> bool:
        """Tell whether the cluster would obey soon: two short batches for each of its threads, if we may use them all.

        Raises:
            ClusterError: If there is no scheduler, or it has no workers.
        """
        slots = self._connected().slots
        deep = 2 if 0 < self._batch_ns < PREFETCH_NS else 1  # what is unknown may be long
        room = deep * slots if self._limit is None or slots <= self._limit else self._limit
        return len(self._given) + self._ready < max(1, room)

    def put(self, batch: Batch) -> None:
        """Make a task of a batch."""
        packed = packed_items(batch)
        if isinstance(packed, Reply):
            self._ready += 1
            self._told.put(_Told("", packed))
            return
        line = self._connected()
        is_known = len(self._packed) > SMALL_BYTES or len(self._have_function) >= line.worker_count
        self._send(batch, packed, None if is_known else self._packed)

    def get(self, until_ns: int | None = None) -> Reply | None:
        """Wait for a reply.

        Raises:
            ClusterError: If the scheduler goes away, or a worker doesn't fit.
            WorkerDiedError: If process after process dies and nothing gets done.
        """
        while (told := take_until(self._told, until_ns)) is not None:
            if isinstance(told.what, Reply):
                self._ready -= 1
                return told.what
            reply = self._hear(told.key, told.what)
            if reply is not None:
                return reply
        return None

    def wake(self) -> None:
        """Have `get` return."""
        self._told.put(None)

    def threads(self) -> list[tuple[int, int]]:
        """Return nothing: the workers' threads are on other machines."""
        return []

    def close(self, recorder: Recorder | None) -> None:
        """Cancel what is under way, and end the stream's processes; one on an item has half a second for it."""
        line, self._line = self._line, None
        if line is None:
            return
        line.on_growth.discard(self.wake)
        line.drop(list(self._given))
        for address, pid, used in line.finish(self._stream):
            number = self._numbers.get((address, pid))
            if recorder is not None and used is not None and number is not None:
                cpu, queue, voluntary, involuntary, _memory = used
                recorder.add_usage(
                    number,
                    Usage(
                        cpu_ns=cpu,
                        run_queue_ns=queue,
                        voluntary_switches=voluntary,
                        involuntary_switches=involuntary,
                        memory_bytes=None,
                    ),
                )
        self._given.clear()
        self._hub.release(line)

    def abort(self) -> None:
        """Leave at once: nothing of ours is in this process but the line, which `close` gives back."""
        if self._line is not None:
            self._line.drop(list(self._given))

    def _connected(self) -> Line:
        if self._line is None:
            self._line = self._hub.acquire()
            self.workers = self._limit or max(1, self._line.slots)
            self._line.on_growth.add(self.wake)
        return self._line

    def _send(self, batch: Batch, packed: bytes, function: bytes | None, near: str | None = None) -> None:
        order = Order(
            stream=self._stream,
            digest=self._digest,
            function=function,
            count=len(batch.items),
            fine_cpu=batch.fine_cpu,
            limit_s=self._timeout_s,
        )
        told = self._told
        key = self._connected().send(
            order,
            packed,
            lambda key, what: told.put(_Told(key, what)),
            near=near,
            alone=batch.attempt >= ATTEMPTS,  # so that no batch fails for what others did to its workers
        )
        self._given[key] = batch

    def _hear(self, key: str, told: Answered | Lost | ClusterError) -> Reply | None:
        batch = self._given.pop(key, None)
        if batch is None:
            return None
        if isinstance(told, ClusterError):
            raise told
        if isinstance(told, Lost):
            error = WorkerDiedError(None, None, place=f"the Dask worker {told.address}")
            return without_worker(batch, error, None, None)
        return self._settle(batch, *told)

    def _settle(self, batch: Batch, answer: Answer, payload: bytes | bytearray) -> Reply | None:
        place = f"the Dask worker {answer.address}"
        reply: Reply | None
        match answer.what:
            case "done":
                self._deaths = 0
                reply = self._done(batch, answer, payload)
            case "unread":
                reply = apart(batch, unpack_error(pickle.loads(payload)))
            case "needs":
                reply = self._send_function(batch, answer.address)
            case "died":
                reply = self._died(batch, answer, WorkerDiedError(answer.pid, answer.exit_code, place=place))
            case "late" if self._timeout_s is not None:
                aftermath = f"its process {answer.pid} of {place} was ended"
                reply = self._without_process(batch, answer, TimeLimitError(self._timeout_s, aftermath))
            case "strange":
                raise ClusterError(f"{place} does not fit: {answer.words}; install the same there as here")
            case _:  # it was told to leave, though somebody waits
                reply = Reply(batch, [], {}, None, again=[batch])
        return reply

    def _send_function(self, batch: Batch, address: str) -> Reply | None:
        packed = packed_items(batch)
        if isinstance(packed, Reply):
            return packed
        self._send(batch, packed, self._packed, near=address)
        return None

    def _done(self, batch: Batch, answer: Answer, payload: bytes | bytearray) -> Reply:
        spans = self._spans(batch, answer)
        spans.align(wall_ns())
        self._batch_ns = spans.end_ns - spans.start_ns
        self._have_function.add(answer.address)
        try:
            values, packed = pickle.loads(payload)
        except Exception as error:  # noqa: BLE001  loading runs the objects' own code
            return apart(batch, error)
        failures = {offset: unpack_error(error) for offset, error in packed.items()}
        return Reply(batch, values, failures, spans, sent_bytes=len(payload))

    def _died(self, batch: Batch, answer: Answer, error: WorkerDiedError) -> Reply:
        self._deaths = (
            0 if answer.start_ns else self._deaths + 1
        )  # an item that ends its process fails, and is done with
        if self._deaths > DEATHS:
            raise error
        return self._without_process(batch, answer, error)

    def _without_process(self, batch: Batch, answer: Answer, error: BaseException) -> Reply:
        """Answer for a batch whose process has ended, which tells how far it had come."""
        spans, done = self._spans(batch, answer), answer.finished
        if not answer.start_ns or done == len(batch.items):
            return without_worker(batch, error, None, None)
        spans.lose(done, answer.ended_ns)
        spans.align(wall_ns())
        return without_worker(batch, error, spans, done, hung_up=answer.hung_up)

    def _spans(self, batch: Batch, answer: Answer) -> SpanBatch:
        ends = array("q", answer.ends)
        cpus = array("q", answer.cpus) if batch.fine_cpu else None
        return batch.spans(
            worker=self._number(answer),
            start_ns=answer.start_ns or batch.queued_ns,
            ends=ends,
            cpu_ns=answer.cpu_ns,
            cpus=cpus,
        )

    def _number(self, answer: Answer) -> int:
        name = (answer.address, answer.pid)
        if name not in self._numbers:
            self._numbers[name] = len(self._numbers)
            if self._recorder is not None:
                self._recorder.add_worker(
                    Worker(id=self._numbers[name], pid=answer.pid, thread="MainThread", host=answer.host)
                )
        return self._numbers[name]
