"""What a Dask worker does for us: each of its threads leads a process of ours, which runs the items.

An item that ends its process, or takes too long, so costs the Dask worker nothing, and which item it was is known.
The processes are kept from batch to batch, and end with the stream, with the Dask worker, or when nothing was heard of
the stream for a while.
"""

import asyncio
import pickle
import select
import socket
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from turnout.clock import wall_ns
from turnout.errors import ExecutorError
from turnout.executors._dask_api import this_task
from turnout.executors._launch import ForkServer, Hired
from turnout.executors._limits import GRACE_NS
from turnout.executors._link import Frame, Kind, Outbox, receive
from turnout.executors._said import repeat, said
from turnout.executors._serve import Inherited

PROTOCOL = 2  # of orders and answers; the two sides may have different versions of this package
LEVEL = 30  # of logging records that are worth sending: warnings
LOOK_MS = 200  # how often a thread looks whether its batch is still wanted
IDLE_S = 60  # after which processes of a stream that is not heard of are ended
FUNCTIONS_KEPT = 16
STREAMS_KEPT = 1024  # numbers of streams that have ended


@dataclass(slots=True, kw_only=True)
class Order:
    """What a Dask worker is to do.

    Attributes:
        stream: Whose processes may be used.
        digest: The function's name in the workers' memory; empty for a call, which brings its function along.
        function: The packed function; None if the worker should have it by now.
        count: How many items there are; 0 for a call.
        fine_cpu: Whether to read each item's CPU time.
        limit_s: How long an item may take.
    """

    stream: str
    digest: str
    function: bytes | None
    count: int
    fine_cpu: bool = False
    limit_s: float | None = None


@dataclass(slots=True, kw_only=True)
class Answer:
    """What became of an order.

    Attributes:
        what: ``"done"``; ``"unread"``: the items don't load; ``"needs"``: the function, which the worker doesn't have;
            ``"died"``: the process did; ``"late"``: it was ended since an item took too long; ``"left"``: it was ended
            since nobody waits any more; ``"strange"``: the two sides don't fit together.
        address: Of the Dask worker.
        host: Its machine's name.
        pid: The process that ran the items.
        failed: Whether a call raised.
        start_ns: When the batch began; 0 if it had not.
        ends: int64, when each item ended, ns.
        cpus: int64, each item's CPU time, ns.
        cpu_ns: The batch's CPU time.
        finished: How many items had ended.
        ended_ns: When the process was seen to be dead.
        exit_code: As in `Hired.reap`.
        hung_up: Whether the process closed its link and went on, until it was ended.
        words: What is strange.
    """

    what: str
    address: str
    host: str
    pid: int = 0
    failed: bool = False
    start_ns: int = 0
    ends: bytes = b""
    cpus: bytes = b""
    cpu_ns: int = 0
    finished: int = 0
    ended_ns: int = 0
    exit_code: int | None = None
    hung_up: bool = False
    words: str = ""


Answered = tuple[Answer, bytes | bytearray]


class Packed:
    """An order as an argument of `pickle.loads`: to load it is to have it done.

    A Dask scheduler loads each task that it is given, function and all, so that it would need all that its workers
    need. This way it loads the name of a builtin, and bytes.
    """

    def __init__(self, order: Order, payload: bytes) -> None:
        self._head = pickle.dumps(order)
        self._payload = payload

    def __reduce__(self) -> tuple[Callable[..., Answered], tuple[Any, ...]]:
        """Have `obey` called by who loads it."""
        return (obey, (PROTOCOL, sys.version_info[:2], self._head, pickle.PickleBuffer(self._payload)))


def obey(protocol: int, version: tuple[int, int], head: bytes, payload: bytes | bytearray | memoryview) -> Answered:
    """Have an order done by a process of its stream; called on a Dask worker.

    Args:
        protocol: The other side's.
        version: The other side's version of Python.
        head: The pickled order.
        payload: The pickled items, or the call.
    """
    address, is_wanted = this_task()
    answer = Answer(what="strange", address=address, host=socket.gethostname())
    if (protocol, version) != (PROTOCOL, sys.version_info[:2]):
        ours = ".".join(map(str, sys.version_info[:2]))
        theirs = ".".join(map(str, version))
        answer.words = f"it has Python {ours} and protocol {PROTOCOL}, we have Python {theirs} and protocol {protocol}"
        return answer, b""
    order: Order = pickle.loads(head)
    function = _remembered(order)
    if function is None:
        answer.what = "needs"
        return answer, b""
    child = _staff.take(order.stream, function)
    answer.pid = child.hired.pid
    result = _Turn(child, order, answer, is_wanted).run(payload)
    if answer.what in {"done", "unread"}:
        _staff.give_back(order.stream, child)
    return answer, result


async def finish(stream: str) -> list[tuple[int, Any]]:
    """End the processes of a stream, and return what each used, by its number; called on a Dask worker."""
    return await asyncio.to_thread(_staff.finish, stream)


_functions: "OrderedDict[str, bytes]" = OrderedDict()
_functions_lock = threading.Lock()


def _remembered(order: Order) -> bytes | None:
    """Return the order's function, which came with it or before it; empty for a call."""
    if not order.digest:
        return b""
    with _functions_lock:
        if order.function is not None:
            _functions[order.digest] = order.function
        found = _functions.get(order.digest)
        if found is not None:
            _functions.move_to_end(order.digest)
        while len(_functions) > FUNCTIONS_KEPT:
            _functions.popitem(last=False)
    return found


class _Child:
    """A process that runs items, and its side of the link."""

    def __init__(self, hired: Hired, function: bytes) -> None:
        self.hired = hired
        self.outbox = Outbox(hired.link)
        self.half = 0
        self.idle_ns = 0
        if function:
            self.outbox.put(Kind.FUNCTION, LEVEL, flag=True, payload=function)

    def dismiss(self) -> Any:
        """Have it end, at once if it doesn't by itself; return what it used, if it says so."""
        self.outbox.put(Kind.BYE, flag=True)
        poll = select.poll()
        poll.register(self.hired.link.fileno(), select.POLLIN)
        frame = receive(self.hired.link) if poll.poll(GRACE_NS // 1_000_000) else None
        if frame is None:
            self.hired.kill()
        self.hired.reap()
        return None if frame is None or frame[0] != Kind.USAGE else pickle.loads(frame[4])


class _Turn:
    """One order in the hands of one process."""

    def __init__(self, child: _Child, order: Order, answer: Answer, is_wanted: Callable[[], bool]) -> None:
        self._child = child
        self._order = order
        self._answer = answer
        self._is_wanted = is_wanted
        self._marks = child.hired.board.halves[child.half]
        self._limit_ns = None if order.limit_s is None else int(order.limit_s * 1e9)
        self._leave_ns: int | None = None

    def run(self, payload: bytes | bytearray | memoryview) -> bytes | bytearray:
        """Hand it over, wait for its end, and complete the answer."""
        child, order, answer = self._child, self._order, self._answer
        self._marks.clear(order.count)
        data = bytes(payload)
        if order.count:
            child.half = 1 - child.half
            child.outbox.put(Kind.ITEMS, flag=order.fine_cpu, payload=data)
        else:
            child.outbox.put(Kind.CALL, flag=True, payload=data)
        frame = self._await()
        self._keep_times()
        if frame is None:
            answer.hung_up = answer.what == "died" and not child.hired.is_ending()
            child.hired.kill()
            answer.ended_ns = wall_ns()
            answer.exit_code = child.hired.reap()
            return b""
        kind, failed, _b, _flag, result = frame
        answer.what = "unread" if kind == Kind.UNREAD else "done"
        answer.failed = bool(failed)
        return result

    def _await(self) -> Frame | None:
        """Wait for a frame; without one, the answer says why."""
        poll = select.poll()
        link = self._child.hired.link
        while True:
            poll.register(link.fileno(), select.POLLIN | (select.POLLOUT if self._child.outbox else 0))
            events = poll.poll(self._patience_ms())
            if not events and self._is_over():
                return None
            for _handle, event in events:
                if event & select.POLLOUT:
                    self._child.outbox.push()
                if event & ~select.POLLOUT:
                    frame = receive(link)
                    if frame is not None and frame[0] == Kind.SAID:
                        repeat(said(frame[2], frame[4], item_index=None, worker_pid=self._child.hired.pid))
                        continue
                    self._answer.what = "died"
                    return frame

    def _patience_ms(self) -> int:
        left_ns = self._left_ns()
        return LOOK_MS if left_ns is None else max(1, min(LOOK_MS, left_ns // 1_000_000 + 1))

    def _left_ns(self) -> int | None:
        """Return how long the item at hand may still take; None if there is no limit, or it has not begun."""
        if self._limit_ns is None or not self._marks.start_ns:
            return None
        done = self._marks.finished(self._order.count)
        began = self._marks.ends[done - 1] if done else self._marks.start_ns
        return int(began) + self._limit_ns - wall_ns() if done < self._order.count else None

    def _is_over(self) -> bool:
        left_ns = self._left_ns()
        if left_ns is not None and left_ns <= 0:
            self._answer.what = "late"
            return True
        if self._leave_ns is None and (_staff.has_ended(self._order.stream) or not self._is_wanted()):
            self._leave_ns = wall_ns() + GRACE_NS
        if self._leave_ns is not None and wall_ns() >= self._leave_ns:
            self._answer.what = "left"
            return True
        return False

    def _keep_times(self) -> None:
        count, marks, answer = self._order.count, self._marks, self._answer
        answer.start_ns, answer.cpu_ns, answer.finished = marks.start_ns, marks.cpu_ns, marks.finished(count)
        answer.ends = marks.ends[:count].tobytes()
        if self._order.fine_cpu:
            answer.cpus = marks.cpus[:count].tobytes()


class _Staff:
    """All processes that this Dask worker leads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: ForkServer | None = None
        self._idle: dict[str, list[_Child]] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._sweeper: threading.Timer | None = None

    def take(self, stream: str, function: bytes) -> _Child:
        """Return a process of the stream that has nothing to do, perhaps a new one."""
        with self._lock:
            idle = self._idle.get(stream)
            if idle:
                return idle.pop()
            return _Child(self._hire(), function)

    def _hire(self) -> Hired:
        if self._server is None:
            self._server = ForkServer()
        try:
            return self._server.hire(Inherited())
        except (ExecutorError, OSError):  # somebody has ended it
            self._server.close()
            self._server = ForkServer()
            return self._server.hire(Inherited())

    def give_back(self, stream: str, child: _Child) -> None:
        """Keep a process for the next batch."""
        with self._lock:
            if stream not in self._ended:
                child.idle_ns = wall_ns()
                self._idle.setdefault(stream, []).append(child)
                self._sweep_later()
                return
        child.dismiss()

    def has_ended(self, stream: str) -> bool:
        """Tell whether nobody waits for the stream any more."""
        return stream in self._ended

    def finish(self, stream: str) -> list[tuple[int, Any]]:
        """End a stream: its processes that are idle now, and those that work, half a second later at most."""
        with self._lock:
            self._ended[stream] = None
            while len(self._ended) > STREAMS_KEPT:
                self._ended.popitem(last=False)
            idle = self._idle.pop(stream, [])
        return [(child.hired.pid, child.dismiss()) for child in idle]

    def _sweep_later(self) -> None:
        if self._sweeper is None:
            self._sweeper = threading.Timer(IDLE_S / 2, self._sweep)
            self._sweeper.daemon = True
            self._sweeper.start()

    def _sweep(self) -> None:
        oldest = wall_ns() - IDLE_S * 1_000_000_000
        with self._lock:
            self._sweeper = None
            old = [child for idle in self._idle.values() for child in idle if child.idle_ns < oldest]
            kept = {name: [child for child in idle if child not in old] for name, idle in self._idle.items()}
            self._idle = {name: idle for name, idle in kept.items() if idle}
            if self._idle:
                self._sweep_later()
        for child in old:
            child.dismiss()


_staff = _Staff()
