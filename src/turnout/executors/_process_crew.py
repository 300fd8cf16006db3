"""Worker processes for one stream of items, driven by the caller's own thread."""

import pickle
import select
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any, ClassVar

from turnout.clock import wall_ns
from turnout.errors import TimeLimitError, UnavailableError, WorkerDiedError
from turnout.executors._batches import Batch, Reply, apart, without_worker
from turnout.executors._bell import Bell
from turnout.executors._context import packed_context
from turnout.executors._contract import function_name, is_coroutine_function
from turnout.executors._launch import Hired, Launcher, StartMethod, choose_start_method, launcher
from turnout.executors._limits import ATTEMPTS, DEATHS, GRACE_NS
from turnout.executors._link import Kind, receive
from turnout.executors._member import Member, spans_of
from turnout.executors._native_pools import threads_each
from turnout.executors._pickling import dumps, dumps_by_value, unpack_error
from turnout.executors._said import Hear, repeat, root_level
from turnout.executors._serve import Inherited
from turnout.executors._stopwatch import Stopwatch, earlier, stopwatch
from turnout.executors._transfer import packed_items
from turnout.machine import usable_cpus
from turnout.machine._memory_kills import MemoryKills
from turnout.trace import Recorder, Usage, Worker

AGAIN_MS = 500  # as `AGAIN_S` of a queue
PREFETCH_NS = 20_000_000  # a batch is sent ahead only if it is short: behind a long one it would wait while others idle


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
        timeout_s: How long an item may take; its worker is then killed, and the item fails.
        root: The folder that holds ``proc`` and ``sys``, which tell whether memory ran out.
        hear: Takes what workers print, log and warn of, when the outcome is given out of the item that said it; None
            to have it printed, logged and shown here.
        sleeper: Forks the workers, from a copy of this process that has the function and the items; it is closed with
            the crew. None for the start method.

    Attributes:
        workers: How many there are at most; fewer than asked for once the system starts no more.
        shortage: What it said then; None before.
        start_method: How they are started.
    """

    is_calling_here = False
    batch_ns: ClassVar[int] = 10_000_000  # see `Executor`

    def __init__(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        workers: int,
        *,
        start_method: str | None,
        recorder: Recorder | None,
        timeout_s: float | None = None,
        root: Path = Path("/"),
        hear: Hear | None = None,
        sleeper: Launcher | None = None,
    ) -> None:
        self.workers = workers
        self.shortage: OSError | None = None
        self._stopwatch = stopwatch(timeout_s)
        self._context = copy_context()
        self._root = root
        self._repeat = hear or repeat
        self.start_method: StartMethod = "fork" if sleeper is not None else choose_start_method(start_method)
        is_async = is_coroutine_function(function)
        self._slices = self.start_method == "fork" and isinstance(items, list | tuple | range)
        self._inherited = Inherited(function, items if self._slices else (), is_async=is_async)  # type: ignore[arg-type]  # a sequence by the line above
        self._packed = b"" if self.start_method == "fork" else _pack_function(function, is_async=is_async)
        self._packed_context = packed_context(self._context, dumps) if self._packed else b""
        self._may_change = start_method is None and sleeper is None
        self._asked = workers
        self._recorder = recorder
        self._launchers: list[Launcher] = [] if sleeper is None else [sleeper]
        self._crew: dict[int, Member] = {}
        self._poll = select.poll()
        self._bell: Bell | None = None  # from the first wait on, since a crew that never works is never closed
        self._was_woken = False
        self._ready: deque[Reply] = deque()
        self._hired = 0
        self._deaths = 0
        self._batch_ns = 0

    def muster(self) -> None:
        """Fork all workers now, if forking is how they are made: before this process has threads."""
        while self.start_method == "fork" and len(self._crew) < self.workers:
            self._hire()

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
            member = self._hire() or member
        if member is None:
            raise ValueError("a crew without workers was given a batch")
        payload = b""
        if not self._slices:  # which to hire may have changed
            packed = packed_items(batch, member.shelf)
            if isinstance(packed, Reply):
                self._ready.append(packed)
                return
            payload = packed
        member.give(batch, payload)
        self._watch(member)

    def get(self, until_ns: int | None = None) -> Reply | None:
        """Wait for a reply.

        Raises:
            WorkerDiedError: If worker after worker dies before it begins an item.
        """
        if self._bell is None:
            self._bell = Bell()
            self._poll.register(self._bell.handle, select.POLLIN)
        while not self._ready and not self._was_woken:  # which is read after there is a bell, and set before it is rung
            now_ns = wall_ns()
            wake_ns = until_ns if self._stopwatch is None else earlier(until_ns, self._stopwatch.look_ns)
            for member, can_read in self._events(AGAIN_MS if wake_ns is None else _poll_ms(max(0, wake_ns - now_ns))):
                if can_read:
                    self._hear(member)
            if self._stopwatch is not None and wall_ns() >= self._stopwatch.look_ns:
                self._end_late(self._stopwatch)
            if until_ns is not None and until_ns <= now_ns:
                break
        self._was_woken = False
        return self._ready.popleft() if self._ready else None

    def wake(self) -> None:
        """Have `get` return."""
        self._was_woken = True
        if self._bell is not None:
            self._bell.ring()

    def run_alone(self, item: Any, *, limit_s: float) -> Reply:  # an item of the caller's
        """Run one item that nobody shares the crew with.

        Args:
            item: The item.
            limit_s: How many seconds it may take.

        Raises:
            TimeoutError: If it takes longer; the worker still runs, until `abort`.
        """
        self.put(Batch(0, [item], attempt=ATTEMPTS))
        reply = self.get(wall_ns() + int(limit_s * 1e9))
        if reply is None:
            raise TimeoutError
        if reply.tell is not None:
            reply.tell()
        return reply

    def threads(self) -> list[tuple[int, int]]:
        """Return each worker's process, and the system's number of its main thread, which is the same."""
        return [(member.hired.pid, member.hired.pid) for member in self._crew.values()]

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
        if self._bell is not None:
            self._bell.close()

    def _hire(self) -> Member | None:
        """Start one more worker, or return None and do with those there are.

        Raises:
            UnavailableError: If there is none, and none can be started.
        """
        if not self._hired:
            self._memory_kills = MemoryKills(self._root)
        try:
            hired = self._launched()
        except OSError as error:
            if not self._crew:
                reason = f"the system starts none ({error.strerror or error})"
                raise UnavailableError(
                    "a worker process", reason, "raise its limits (ulimit -n, -u, -v), or take the threads executor"
                ) from None
            self.workers, self.shortage = len(self._crew), error
            return None
        member = Member(self._hired, hired)
        self._hired += 1
        if self._packed:
            if self._packed_context:
                member.outbox.put(Kind.CONTEXT, payload=self._packed_context)
            member.outbox.put(Kind.FUNCTION, root_level(), payload=self._packed)
        self._crew[hired.link.fileno()] = member
        self._watch(member)
        if self._recorder is not None:
            self._recorder.add_worker(Worker(id=member.number, pid=hired.pid, thread="MainThread"))
        return member

    def _launched(self) -> Hired:
        if self._may_change and self.start_method == "fork" and choose_start_method(None) != "fork":
            # threads have come since this crew was made, or its last worker was forked: others are started another way
            self._launchers.append(self._launcher("forkserver"))
            self.start_method, self._slices = "forkserver", False
            self._packed = _pack_function(self._inherited.function, is_async=self._inherited.is_async)
            self._packed_context = packed_context(self._context, dumps)
        elif not self._launchers:
            self._launchers.append(self._launcher(self.start_method))
        return self._context.run(self._launchers[-1].hire, self._inherited)  # which a forked worker goes on in

    def _launcher(self, method: StartMethod) -> Launcher:
        return launcher(method, threads_each(self._asked, usable_cpus()))

    def _events(self, timeout_ms: int | None) -> Iterator[tuple[Member, bool]]:
        for handle, events in self._poll.poll(timeout_ms):
            if self._bell is not None and handle == self._bell.handle:
                self._bell.hear()
                continue
            member = self._crew[handle]
            if events & select.POLLOUT:
                member.outbox.push()
                self._watch(member)
            yield member, bool(events & ~select.POLLOUT)

    def _watch(self, member: Member) -> None:
        writes = select.POLLOUT if member.outbox else 0
        self._poll.register(member.hired.link.fileno(), select.POLLIN | writes)

    def _hear(self, member: Member) -> None:
        frame = receive(member.hired.link)
        if frame is None:
            self._bury(member)
            return
        kind, a, aside, _flag, payload = frame
        if kind == Kind.SAID:
            member.hear(a, aside, payload, self._repeat)
            return
        self._deaths = 0
        batch, marks = member.given.popleft()
        if self._stopwatch is not None and member.given:
            self._stopwatch.look_ns = 0  # the next batch has begun, since whenever this one ended
        if kind == Kind.UNREAD:
            self._ready.append(apart(batch, unpack_error(pickle.loads(payload))))
            return
        spans = spans_of(member.number, batch, marks)
        spans.align(wall_ns())
        try:
            values, packed = marks.outbound.loads(payload, aside)
        except Exception as error:  # noqa: BLE001  loading runs the objects' own code
            self._ready.append(apart(batch, error))
            return
        self._batch_ns = spans.end_ns - spans.start_ns
        failures = {offset: unpack_error(error) for offset, error in packed.items()}
        sent_bytes = len(payload) + sum(marks.outbound.sizes)
        reply = Reply(batch, values, failures, spans, sent_bytes=sent_bytes)
        if self._stopwatch is not None:
            reply = self._stopwatch.judge(reply)
        self._ready.append(member.with_said(reply, self._repeat))

    def _end_late(self, watch: Stopwatch) -> None:
        # the batch behind it cannot run before this one's reply was heard, or is looked at then
        running = [(member, *member.given[0]) for member in self._crew.values() if member.given]
        for member, done in watch.late([(member, marks, len(batch.items)) for member, batch, marks in running]):
            self._bury(member, late=watch.error("its process was ended"), late_offset=done)

    def _bury(self, member: Member, late: TimeLimitError | None = None, late_offset: int = 0) -> None:
        hung_up = late is None and not member.hired.is_ending()
        member.hired.kill()
        waiting = [batch for batch, _marks in member.given]
        running = waiting.pop(0) if waiting else None
        spans, done = member.lost_spans(wall_ns()) if running is not None else (None, None)
        exit_code = self._dismiss(member)
        error = late or WorkerDiedError(member.hired.pid, exit_code, self._memory_kills.explain(exit_code))
        self._deaths = self._deaths + 1 if done is None else 0  # an item that ends its process fails, and is done with
        if self._deaths > DEATHS:
            raise error
        if running is not None:
            reply = without_worker(running, error, spans, done if late is None else late_offset, hung_up=hung_up)
            self._ready.append(member.with_said(reply, self._repeat))
        self._ready += [Reply(batch, [], {}, None, again=[batch]) for batch in waiting]

    def _dismiss(self, member: Member) -> int | None:
        handle = member.hired.link.fileno()
        self._poll.unregister(handle)
        del self._crew[handle]
        return member.hired.reap()

    def _say_goodbye(self, member: Member, recorder: Recorder | None) -> bool:
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


def _poll_ms(left_ns: int) -> int:
    """Return how long to poll for: rounded up, and no longer than the system can say."""
    return min(left_ns // 1_000_000 + 1, (1 << 31) - 1) if left_ns > 0 else 0


def _pack_function(function: Callable[[Any], Any] | None, *, is_async: bool) -> bytes:
    return dumps_by_value((function, is_async), lambda: f"the function {function_name(function)}")  # type: ignore[arg-type]  # only a forked crew may have none
